package goldentest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// result is what one statement gave.
type result struct {
	columns int
	rows    [][]string // cells as query rows show them
	tag     string
}

// conn runs statements in one session.
type conn interface {
	exec(ctx context.Context, text string) ([]result, error)
	close()
}

// errorText is an error as golden files print it.
func errorText(text string, err error) []string {
	e := sqlerr.From(err)
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		e = &sqlerr.Error{Code: pe.Code, Message: pe.Message, Detail: pe.Detail, Hint: pe.Hint}
		if pe.Position > 0 {
			e.Pos = byteOffset(text, int(pe.Position)) + 1
		}
	}
	line := fmt.Sprintf("ERROR %s: %s", e.Code, e.Message)
	if e.Pos > 0 {
		l, c := lineColumn(text, e.Pos-1)
		line += fmt.Sprintf(" (%d:%d)", l, c)
	}
	out := strings.Split(line, "\n")
	if e.Detail != "" {
		out = append(out, strings.Split("DETAIL: "+e.Detail, "\n")...)
	}
	if e.Hint != "" {
		out = append(out, strings.Split("HINT: "+e.Hint, "\n")...)
	}
	return out
}

// byteOffset turns a position in characters, from 1, into a byte offset.
func byteOffset(text string, pos int) int {
	off := 0
	for i := 1; i < pos && off < len(text); i++ {
		_, n := utf8.DecodeRuneInString(text[off:])
		off += n
	}
	return off
}

// lineColumn turns a byte offset into line and column in characters, from 1.
func lineColumn(text string, off int) (line, col int) {
	off = min(off, len(text))
	head := text[:off]
	line = strings.Count(head, "\n") + 1
	return line, utf8.RuneCountInString(head[strings.LastIndexByte(head, '\n')+1:]) + 1
}

// localConn is a session in this process.
type localConn struct{ s *server.Session }

func openLocal(n *node) (*localConn, error) {
	s, err := n.srv.NewSession("golden", "leat", nil, silentClient{})
	if err != nil {
		return nil, err
	}
	return &localConn{s: s}, nil
}

func (c *localConn) exec(ctx context.Context, text string) ([]result, error) {
	var out []result
	err := c.s.Simple(ctx, text, func(r *pgwire.Result) error {
		res, err := readResult(ctx, r, c.s.Style())
		out = append(out, res)
		return err
	})
	if err != nil {
		c.s.Failed()
	}
	return out, err
}

func (c *localConn) close() { c.s.Close() }

// readResult reads a result to its end.
func readResult(ctx context.Context, r *pgwire.Result, style *types.TextOptions) (result, error) {
	switch {
	case r.Rows != nil:
		return readRows(ctx, r.Rows, style)
	case r.CopyOut != nil:
		return readCopy(ctx, r.CopyOut)
	case r.CopyIn != nil:
		return result{}, r.CopyIn.Fail(ctx, "COPY FROM STDIN has no data in a golden file; use load")
	}
	return result{tag: r.Tag}, nil
}

func readRows(ctx context.Context, rows pgwire.Rows, style *types.TextOptions) (result, error) {
	defer rows.Close()
	cols := rows.Columns()
	out := result{columns: len(cols)}
	for {
		b, err := rows.Next(ctx)
		if err == io.EOF {
			out.tag = rows.Tag(int64(len(out.rows)))
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for i := 0; i < b.Len(); i++ {
			cells := make([]string, len(cols))
			for c := range cols {
				v := b.Cols[c].Value(b.Row(i))
				var text []byte
				if v != nil {
					text = types.AppendText(nil, cols[c].Type, v, style)
				}
				cells[c] = queryCell(text, v == nil)
			}
			out.rows = append(out.rows, cells)
		}
	}
}

// readCopy gives the lines of a COPY TO STDOUT as rows of one cell.
func readCopy(ctx context.Context, c pgwire.CopyOut) (result, error) {
	defer c.Close()
	out := result{columns: 1}
	for {
		b, err := c.Next(ctx)
		if err == io.EOF {
			out.tag = c.Tag()
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for _, l := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
			out.rows = append(out.rows, []string{l})
		}
	}
}

// silentClient drops what a session says besides its results.
type silentClient struct{}

func (silentClient) Notice(string, *sqlerr.Error)  {}
func (silentClient) Parameter(string, string)      {}
func (silentClient) Notify(uint32, string, string) {}
func (silentClient) Deallocate(string) bool        { return false }

// wireConn is a session over the Postgres wire, through a pipe.
type wireConn struct{ c *pgconn.PgConn }

func openWire(ctx context.Context, n *node) (*wireConn, error) {
	cfg, err := pgconn.ParseConfig("postgres://golden@leat.invalid:1/leat?sslmode=disable")
	if err != nil {
		return nil, err
	}
	cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		client, srv := net.Pipe()
		go n.srv.ServeConn(srv)
		return client, nil
	}
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &wireConn{c: c}, nil
}

func (w *wireConn) exec(ctx context.Context, text string) ([]result, error) {
	if st, err := sql.ParseOne(text); err == nil {
		if c, ok := st.(*sql.Copy); ok && !c.From {
			return w.copyOut(ctx, text)
		}
	}
	mrr := w.c.Exec(ctx, text)
	var out []result
	for mrr.NextResult() {
		rr := mrr.ResultReader()
		res := result{columns: len(rr.FieldDescriptions())}
		for rr.NextRow() {
			cells := make([]string, res.columns)
			for i, v := range rr.Values() {
				cells[i] = queryCell(v, v == nil)
			}
			res.rows = append(res.rows, cells)
		}
		tag, err := rr.Close()
		if err != nil {
			_ = mrr.Close()
			return out, err
		}
		res.tag = tag.String()
		out = append(out, res)
	}
	return out, mrr.Close()
}

// copyOut runs COPY TO STDOUT, whose lines are rows of one cell.
func (w *wireConn) copyOut(ctx context.Context, text string) ([]result, error) {
	var b strings.Builder
	tag, err := w.c.CopyTo(ctx, &b, text)
	if err != nil {
		return nil, err
	}
	out := result{columns: 1, tag: tag.String()}
	if b.Len() > 0 {
		for _, l := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			out.rows = append(out.rows, []string{l})
		}
	}
	return []result{out}, nil
}

func (w *wireConn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = w.c.Close(ctx)
}
