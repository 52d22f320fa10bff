package fn

import (
	"encoding/binary"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Aggregate states hold values in vec's binary form, each with its length in
// front. It is exact (decimals keep their scale, maps their order) but does not
// sort; sorted and distinct state uses types.AppendKey.

// appendValue appends the encoding of v of type t.
func appendValue(dst []byte, t types.Type, v types.Value) []byte {
	return vec.AppendValueBinary(dst, t, v)
}

// appendAt appends the encoding of value row of col.
func appendAt(dst []byte, col *vec.Vec, row int) []byte { return vec.AppendValueAt(dst, col, row) }

// valueReader takes encoded values from the front of b. Malformed bytes read as
// NULLs and end the reading.
type valueReader struct{ b []byte }

func (r *valueReader) more() bool { return len(r.b) > 0 }

// value reads one value of type t.
func (r *valueReader) value(t types.Type) types.Value {
	v, rest, err := vec.ReadValueBinary(t, r.b)
	if err != nil {
		r.b = nil
		return nil
	}
	r.b = rest
	return v
}

// into reads one value and appends it to out.
func (r *valueReader) into(out *vec.Builder) {
	n := out.Len()
	rest, err := vec.ReadValueInto(out, r.b)
	if err != nil && out.Len() == n {
		out.AppendNull()
	}
	r.b = rest
}

// skip passes over one value.
func (r *valueReader) skip() {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)-w) {
		r.b = nil
		return
	}
	r.b = r.b[w+int(n):]
}
