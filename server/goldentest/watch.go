package goldentest

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// watch is a push query that a file keeps open.
type watch struct {
	name string
	text string
	// start is the OFFSETS clause to subscribe with after a crash, "" for none.
	start   string
	skip    int // outputs to pass over after a crash: they were seen before it
	emitted int

	session *server.Session
	rows    pgwire.Rows
	stop    func()
	ended   chan error
	lines   []string // not yet asserted
}

// openWatch subscribes. text may differ from w.text after a crash.
func (w *watch) open(ctx context.Context, n *node, text string, settings []string) error {
	s, err := n.srv.NewSession("golden", "leat", nil, silentClient{})
	if err != nil {
		return err
	}
	w.session = s
	for _, set := range settings {
		if err := s.Simple(ctx, set, func(*pgwire.Result) error { return nil }); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	w.stop = cancel
	opened := make(chan pgwire.Rows, 1)
	w.ended = make(chan error, 1)
	go func() {
		err := s.Simple(ctx, text, func(r *pgwire.Result) error {
			if r.Rows == nil {
				return fmt.Errorf("watch %s: the statement has no rows", w.name)
			}
			opened <- r.Rows
			<-ctx.Done()
			return ctx.Err()
		})
		w.ended <- err
	}()
	select {
	case w.rows = <-opened:
		return nil
	case err := <-w.ended:
		cancel()
		s.Close()
		w.session = nil
		return err
	}
}

// drain takes what is ready; it tells whether there was anything.
func (w *watch) drain(ctx context.Context) (bool, error) {
	moved := false
	for w.rows.Ready() {
		b, err := w.rows.Next(ctx)
		if err == io.EOF {
			return moved, nil
		}
		if err != nil {
			return moved, fmt.Errorf("watch %s: %w", w.name, err)
		}
		moved = true
		for i := 0; i < b.Len(); i++ {
			w.emitted++
			if w.skip > 0 {
				w.skip--
				continue
			}
			w.lines = append(w.lines, w.line(b, b.Row(i)))
		}
	}
	return moved, nil
}

// line is one change: watch, op, rowtime, values.
func (w *watch) line(b *vec.Batch, r int) string {
	op := "+"
	switch {
	case b.Tomb != nil && b.Tomb.Get(r):
		op = "-"
	case b.OldOK != nil && b.OldOK.Get(r):
		op = "~"
	}
	cells := []string{w.name, op}
	if b.Ts != nil {
		cells = append(cells, formatTime(b.Ts[r]))
	}
	for c, col := range w.rows.Columns() {
		var v types.Value
		if !b.Cols[c].Null(r) {
			v = b.Cols[c].Value(r)
		}
		cells = append(cells, changeCell(col.Type, v))
	}
	return strings.Join(cells, " ")
}

func (w *watch) close() {
	if w.session == nil {
		return
	}
	w.stop()
	<-w.ended
	if w.rows != nil {
		w.rows.Close()
	}
	w.session.Close()
	w.session = nil
}

// plan decides how a watch goes on after a crash. A query without memory starts
// at the end again; a query with memory over one stream starts where it first
// did and passes over what it has emitted. Over several sources, or with memory
// over a table, there is no such point: ok is false.
func (w *watch) plan(kind func(relation string) string) (stateful, ok bool) {
	st, err := sql.ParseOne(w.text)
	if err != nil {
		return false, false
	}
	q, isQuery := st.(*sql.QueryStmt)
	if !isQuery {
		return false, false
	}
	sel, isSelect := q.Query.Body.(*sql.Select)
	if !isSelect {
		return false, false
	}
	table, one := sel.From.(*sql.Table)
	stateful = len(sel.GroupBy) > 0 || sel.Window != nil || sel.Having != nil
	if !one {
		return true, false
	}
	if !stateful {
		return false, true
	}
	return true, kind(table.Name.Last().Fold(false)) == "stream"
}

// source is the only relation a watch reads.
func (w *watch) source() string {
	st, err := sql.ParseOne(w.text)
	if err != nil {
		return ""
	}
	if q, ok := st.(*sql.QueryStmt); ok {
		if sel, ok := q.Query.Body.(*sql.Select); ok {
			if t, ok := sel.From.(*sql.Table); ok {
				return t.Name.Last().Fold(false)
			}
		}
	}
	return ""
}
