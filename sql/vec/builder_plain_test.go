package vec_test

import (
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// TestPlainText: a column is plain while all its values were given as plain, and begins anew with every vector.
func TestPlainText(t *testing.T) {
	text := []byte("some plain text")
	ways := []struct {
		name  string
		plain bool
		add   func(b *vec.Builder)
	}{
		{"AppendPlain", true, func(b *vec.Builder) { b.AppendPlain(text, 5, 5) }},
		{"AppendNull", true, func(b *vec.Builder) { b.AppendNull() }},
		{"AppendBytes", false, func(b *vec.Builder) { b.AppendBytes(text) }},
		{"AppendString", false, func(b *vec.Builder) { b.AppendString("text") }},
		{"Append", false, func(b *vec.Builder) { b.Append("text") }},
		{"EndBytes", false, func(b *vec.Builder) { b.EndBytes(copy(b.Room(4), "text")) }},
		{"Extend", false, func(b *vec.Builder) {
			b.AppendPlain(text, 0, 4)
			b.Extend(b.Len())
		}},
	}
	for _, way := range ways {
		b := vec.NewBuilder(types.TString, 0)
		for range 2 {
			b.AppendPlain(text, 0, 4)
			way.add(b)
			b.AppendPlain(text, 5, 10)
			v := b.Finish()
			if v.Plain != way.plain {
				t.Errorf("%s: plain is %v", way.name, v.Plain)
			}
			if s := v.Slice(1, 3); s.Plain != way.plain || string(s.Str(1)) != "plain text" {
				t.Errorf("%s: a slice is plain %v, its last value %q", way.name, s.Plain, s.Str(1))
			}
			if g := v.Gather([]int32{2}); g.Plain != way.plain || string(g.Str(0)) != "plain text" {
				t.Errorf("%s: what was gathered is plain %v, %q", way.name, g.Plain, g.Str(0))
			}
			b.Recycle(&v)
		}
	}
}
