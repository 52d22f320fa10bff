package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// readerNames are the relations that are subscribed to.
var readerNames = []string{"ev", "joined", "agg"}

var readerQueries = map[string]string{
	"ev":     "SELECT w, n FROM ev EMIT CHANGES WITH (start = 'earliest')",
	"joined": "SELECT w, n FROM joined EMIT CHANGES WITH (start = 'earliest')",
	"agg":    "SELECT k, c, total FROM agg EMIT CHANGES",
}

// read subscribes to a relation, behind what the book has heard of it, and notes
// what comes until ctx ends.
func read(ctx context.Context, n *Node, b *book, name string) error {
	s, err := n.session()
	if err != nil {
		return err
	}
	defer s.close()
	watch, err := s.s.PlanWatch(readerQueries[name])
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", name, err)
	}
	rows, err := watch.Run(ctx, b.token(name))
	if ctx.Err() != nil || n.dead() {
		if err == nil {
			rows.Close()
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", name, err)
	}
	defer rows.Close()
	for {
		batch, err := rows.Next(ctx)
		switch {
		case ctx.Err() != nil || n.dead() || err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("subscriber of %s: %w", name, err)
		}
		b.hear(name, changes(watch, batch), rows.Token())
	}
}

// change is a row that came; without cells beyond the key when it is deleted.
type change struct {
	cells   []string
	deleted bool
}

func changes(w *server.Watch, b *vec.Batch) []change {
	var out []change
	for i := range b.Len() {
		r := b.Row(i)
		c := change{deleted: b.Tomb != nil && b.Tomb.Get(r)}
		for k, col := range w.Columns {
			cell := "-"
			if v := b.Cols[k].Value(r); v != nil {
				cell = string(types.AppendText(nil, col.Type, v, nil))
			}
			c.cells = append(c.cells, cell)
		}
		out = append(out, c)
	}
	return out
}

func (b *book) token(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.mu.readers[name]
	if h.token == "" { // it begins anew
		b.mu.readers[name] = newHeard()
	}
	return h.token
}

// hear notes rows and the token behind them in one (C4).
func (b *book) hear(name string, rows []change, token string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.mu.readers[name]
	for _, c := range rows {
		if err := h.hear(name, c); err != nil {
			b.mu.faults = append(b.mu.faults, fmt.Sprintf("subscriber of %s: %v", name, err))
		}
	}
	h.token = token
}

func (h *heard) hear(name string, c change) error {
	switch name {
	case "ev":
		if want := fmt.Sprint(h.next[c.cells[0]]); c.cells[1] != want {
			return fmt.Errorf("row %s of %s came instead of %s", c.cells[1], c.cells[0], want)
		}
		h.next[c.cells[0]]++
	case "joined":
		if h.got[c.cells[0]] == nil {
			h.got[c.cells[0]] = map[string]bool{}
		}
		if h.got[c.cells[0]][c.cells[1]] {
			return fmt.Errorf("row %s of %s came twice", c.cells[1], c.cells[0])
		}
		h.got[c.cells[0]][c.cells[1]] = true
	case "agg":
		if c.deleted {
			return errors.New("a row was deleted")
		}
		before, was := h.table[c.cells[0]]
		h.table[c.cells[0]] = strings.Join(c.cells[1:], " ")
		if was && !(number(before) < number(h.table[c.cells[0]])) {
			return fmt.Errorf("%s went from %q to %q", c.cells[0], before, h.table[c.cells[0]])
		}
	}
	return nil
}

// number is the first number of a text.
func number(text string) (n int) {
	_, _ = fmt.Sscan(text, &n)
	return n
}
