package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// columnsOf describes a schema to the wire.
func columnsOf(s types.Schema) []pgwire.Column {
	out := make([]pgwire.Column, len(s))
	for i, c := range s {
		out[i] = pgwire.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

// fixed is a result that is there already.
type fixed struct {
	cols []pgwire.Column
	b    *vec.Batch // nil: sent, or empty
	word string
}

// fixedRows makes a result of boxed rows; word is the command tag, a %d in it is the
// number of rows.
func fixedRows(s types.Schema, rows []types.Row, word string) *pgwire.Result {
	f := &fixed{cols: columnsOf(s), word: word}
	if len(rows) > 0 {
		f.b = &vec.Batch{N: len(rows), Cols: make([]vec.Vec, len(s))}
		for c := range s {
			col := vec.NewBuilder(s[c].Type, len(rows))
			for _, r := range rows {
				col.Append(r[c])
			}
			f.b.Cols[c] = col.Finish()
		}
	}
	return &pgwire.Result{Rows: f}
}

// textRows is a result of one column of text.
func textRows(column string, lines []string, word string) *pgwire.Result {
	rows := make([]types.Row, len(lines))
	for i, l := range lines {
		rows[i] = types.Row{l}
	}
	return fixedRows(types.Schema{{Name: column, Type: types.TString}}, rows, word)
}

func (f *fixed) Columns() []pgwire.Column { return f.cols }
func (f *fixed) Ready() bool              { return true }
func (f *fixed) Close()                   {}

func (f *fixed) Tag(sent int64) string { return tagOf(f.word, sent) }

func tagOf(word string, n int64) string {
	for i := 0; i+1 < len(word); i++ {
		if word[i] == '%' && word[i+1] == 'd' {
			return fmt.Sprintf(word, n)
		}
	}
	return word
}

func (f *fixed) Next(context.Context) (*vec.Batch, error) {
	if f.b == nil {
		return nil, io.EOF
	}
	b := f.b
	f.b = nil
	return b, nil
}

// timed ends a result at statement_timeout, or at pull_timeout.
type timed struct {
	pgwire.Rows
	deadline time.Time
	cause    error
}

func (t *timed) Next(ctx context.Context) (*vec.Batch, error) {
	tctx, cancel := context.WithDeadlineCause(ctx, t.deadline, t.cause)
	defer cancel()
	b, err := t.Rows.Next(tctx)
	if err != nil && errors.Is(context.Cause(tctx), t.cause) {
		return nil, t.cause
	}
	return b, err
}

// drain reads a result to its end into boxed rows.
func drain(ctx context.Context, rows pgwire.Rows) ([]types.Row, error) {
	defer rows.Close()
	n := len(rows.Columns())
	var out []types.Row
	for {
		b, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = appendRows(out, b, n)
	}
}

func appendRows(out []types.Row, b *vec.Batch, cols int) []types.Row {
	for i := range b.Len() {
		r := make(types.Row, cols)
		for c := range r {
			r[c] = b.Cols[c].Value(b.Row(i))
		}
		out = append(out, r)
	}
	return out
}
