package web

import (
	"fmt"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// columnInfo describes a column to clients.
type columnInfo struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// columnsOf names the columns; a name that is there already gets a number.
func columnsOf(cols []pgwire.Column) []columnInfo {
	out := make([]columnInfo, len(cols))
	taken := map[string]bool{}
	for i, c := range cols {
		name := c.Name
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", c.Name, n)
		}
		taken[name] = true
		out[i] = columnInfo{name, c.Type.String()}
	}
	return out
}

// lineWriter writes rows as JSON objects.
type lineWriter struct {
	cols  []pgwire.Column
	keys  []string // `"name":`
	mark  bool     // a deleted row says so, since no column does
	key   []int    // of the row's key, nil: none
	names []columnInfo
}

func newLineWriter(cols []pgwire.Column, table bool, key []int) *lineWriter {
	w := &lineWriter{cols: cols, mark: table, key: key, names: columnsOf(cols)}
	for _, c := range w.names {
		w.keys = append(w.keys, string(types.AppendJSONString(nil, c.Name))+":")
		w.mark = w.mark && c.Name != "rowop"
	}
	return w
}

// object appends row i of b as an object.
func (w *lineWriter) object(dst []byte, b *vec.Batch, i int) []byte {
	dst = append(dst, '{')
	row := b.Row(i)
	if w.mark && b.Tomb != nil && b.Tomb.Get(row) {
		dst = append(dst, `"rowop":"delete",`...)
	}
	for c := range w.cols {
		dst = append(dst, w.keys[c]...)
		dst = types.AppendJSON(dst, w.cols[c].Type, b.Cols[c].Value(row), types.JSONLeat)
		dst = append(dst, ',')
	}
	if len(w.cols) == 0 {
		return append(dst, '}')
	}
	dst[len(dst)-1] = '}'
	return dst
}

// array appends row i of b as an array.
func (w *lineWriter) array(dst []byte, b *vec.Batch, i int) []byte {
	dst = append(dst, '[')
	for c := range w.cols {
		if c > 0 {
			dst = append(dst, ',')
		}
		dst = types.AppendJSON(dst, w.cols[c].Type, b.Cols[c].Value(b.Row(i)), types.JSONLeat)
	}
	return append(dst, ']')
}

// keyOf is the key of row i of b as text.
func (w *lineWriter) keyOf(b *vec.Batch, i int) string {
	var dst []byte
	for _, c := range w.key {
		dst = types.AppendJSON(dst, w.cols[c].Type, b.Cols[c].Value(b.Row(i)), types.JSONLeat)
		dst = append(dst, ',')
	}
	return string(dst)
}
