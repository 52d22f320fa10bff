package codec

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// nested writes the inside of a message field.
func (w *protoWriter) nested(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	switch f.shape {
	case protoMessage:
		cols := make([]*vec.Vec, len(v.Kids))
		for k := range cols {
			cols[k] = &v.Kids[k]
		}
		return w.message(dst, f.sub, cols, i)
	case protoInner:
		return w.message(dst, f.sub, []*vec.Vec{v}, i)
	case protoWrapper:
		return w.single(dst, f.elem, v, i, false)
	case protoDecimal:
		return w.decimal(dst, f, v, i)
	}
	if !v.Type.IsTemporal() {
		return dst, errPut(&v.Type, "a Protobuf message of time", f.name)
	}
	n := v.I64[i]
	if v.Type.Kind == types.Date && f.shape == protoInstant {
		n *= types.MicrosPerDay
	}
	switch f.shape {
	case protoDate:
		if v.Type.Kind == types.Timestamp {
			n = floorDiv(n, types.MicrosPerDay)
		}
		y, m, d := types.CivilFromDays(n)
		return varints(dst, y, int64(m), int64(d)), nil
	case protoClock:
		s := n / 1e6
		return varints(dst, s/3600, s/60%60, s%60, n%1e6*1000), nil
	}
	s := floorDiv(n, 1e6)
	return varints(dst, s, (n-s*1e6)*1000), nil
}

// varints writes fields 1, 2, ... of integers, zeros left out.
func varints(dst []byte, values ...int64) []byte {
	for i, n := range values {
		if n != 0 {
			dst = protowire.AppendVarint(protowire.AppendTag(dst, protowire.Number(i+1), protowire.VarintType), uint64(n))
		}
	}
	return dst
}

// decimal writes value, precision and scale: the type's, or as many as there are.
func (w *protoWriter) decimal(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	w.text = w.rules.appendText(w.text[:0], v, i)
	scale, precision := int(v.Type.Scale), int64(v.Type.Precision)
	if precision == 0 {
		if n, ok := splitNumeral(w.text); ok {
			scale, precision = len(n.frac), int64(len(n.whole)+len(n.frac))
		}
	}
	raw, ok := unscaled(nil, w.text, scale)
	if !ok {
		return dst, sqlerr.New(sqlerr.NumericOutOfRange, "value %s is no decimal, in field \"%s\"", shown(w.text), f.name)
	}
	dst = protowire.AppendBytes(protowire.AppendTag(dst, 1, protowire.BytesType), raw)
	if precision != 0 {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 2, protowire.VarintType), uint64(precision))
	}
	if scale != 0 {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 3, protowire.VarintType), uint64(scale))
	}
	return dst, nil
}
