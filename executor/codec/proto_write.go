package codec

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// protoWriter writes messages by plans: fields by number, absent ones left out.
type protoWriter struct {
	rules rules
	text  []byte
}

// message writes the fields of a message; cols are its columns by slot.
func (w *protoWriter) message(dst []byte, r *protoPlan, cols []*vec.Vec, i int) ([]byte, error) {
	var err error
	for _, f := range r.fields {
		v := cols[f.slot]
		if v.Null(i) {
			continue
		}
		if dst, err = w.field(dst, f, v, i); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (w *protoWriter) field(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	switch {
	case f.list:
		return w.list(dst, f, v, i)
	case f.entries:
		return w.entries(dst, f, v, i)
	}
	return w.single(dst, f, v, i, f.presence)
}

// single writes a tagged value; one that is the default is left out unless all.
func (w *protoWriter) single(dst []byte, f *protoField, v *vec.Vec, i int, all bool) ([]byte, error) {
	start := len(dst)
	if f.shape == protoScalar {
		dst = protowire.AppendTag(dst, f.num, wireOf(f.kind))
		body := len(dst)
		dst, err := w.scalar(dst, f, v, i)
		if err == nil && !all && isDefault(dst[body:]) {
			dst = dst[:start]
		}
		return dst, err
	}
	dst = protowire.AppendTag(dst, f.num, protowire.BytesType)
	body := len(dst)
	dst, err := w.nested(dst, f, v, i)
	return prefixed(dst, body), err
}

// isDefault tells whether the bytes of a scalar are those of 0, false or "".
func isDefault(p []byte) bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}

// prefixed puts the length of dst[body:] before it.
func prefixed(dst []byte, body int) []byte {
	n := len(dst) - body
	var head [10]byte
	size := len(protowire.AppendVarint(head[:0], uint64(n)))
	dst = append(dst, head[:size]...)
	copy(dst[body+size:], dst[body:body+n])
	protowire.AppendVarint(dst[:body], uint64(n))
	return dst
}

func (w *protoWriter) list(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	kid := &v.Kids[0]
	from, to := int(v.Off[i]), int(v.Off[i+1])
	if from == to {
		return dst, nil
	}
	var err error
	if f.packed {
		dst = protowire.AppendTag(dst, f.num, protowire.BytesType)
		body := len(dst)
		for j := from; j < to; j++ {
			if dst, err = w.element(dst, f.elem, kid, j); err != nil {
				return dst, err
			}
		}
		return prefixed(dst, body), nil
	}
	for j := from; j < to; j++ {
		if dst, err = w.always(dst, f.elem, kid, j); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// element writes a scalar without a tag; NULL is the default, since lists have none.
func (w *protoWriter) element(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	if !v.Null(i) {
		return w.scalar(dst, f, v, i)
	}
	switch wireOf(f.kind) {
	case protowire.Fixed32Type:
		return append(dst, 0, 0, 0, 0), nil
	case protowire.Fixed64Type:
		return append(dst, 0, 0, 0, 0, 0, 0, 0, 0), nil
	}
	return append(dst, 0), nil
}

// always writes a tagged value, NULL as an empty one.
func (w *protoWriter) always(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	switch {
	case !v.Null(i):
		return w.single(dst, f, v, i, true)
	case f.shape == protoScalar:
		return w.element(protowire.AppendTag(dst, f.num, wireOf(f.kind)), f, v, i)
	}
	return append(protowire.AppendTag(dst, f.num, protowire.BytesType), 0), nil
}

func (w *protoWriter) entries(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	for j := int(v.Off[i]); j < int(v.Off[i+1]); j++ {
		dst = protowire.AppendTag(dst, f.num, protowire.BytesType)
		body := len(dst)
		var err error
		if dst, err = w.always(dst, f.key, &v.Kids[0], j); err != nil {
			return dst, err
		}
		val := &v.Kids[1]
		switch {
		case val.Null(j):
		case f.val.list || f.val.entries:
			dst, err = w.field(dst, f.val, val, j)
		default:
			dst, err = w.single(dst, f.val, val, j, true)
		}
		if err != nil {
			return dst, err
		}
		dst = prefixed(dst, body)
	}
	return dst, nil
}

func (w *protoWriter) scalar(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	switch f.kind {
	case protoreflect.StringKind:
		return protowire.AppendBytes(dst, w.plain(v, i)), nil
	case protoreflect.BytesKind:
		return protowire.AppendBytes(dst, v.Str(i)), nil
	case protoreflect.BoolKind:
		if v.Bits == nil {
			return dst, errPut(&v.Type, "a Protobuf bool", f.name)
		}
		return protowire.AppendVarint(dst, protowire.EncodeBool(v.Bits.Get(i))), nil
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(dst, math.Float64bits(number(v, i))), nil
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(dst, math.Float32bits(float32(number(v, i)))), nil
	case protoreflect.EnumKind:
		n, ok := f.enumNumber(string(w.plain(v, i)))
		if !ok {
			return dst, sqlerr.New(sqlerr.InvalidTextRepresent, "\"%s\" is no value of the enum in field \"%s\"", shown(w.plain(v, i)), f.name)
		}
		return protowire.AppendVarint(dst, uint64(n)), nil
	}
	if v.I64 == nil {
		return dst, errPut(&v.Type, "a Protobuf "+f.kind.String(), f.name)
	}
	return w.integer(dst, f, v, i)
}

func (w *protoWriter) integer(dst []byte, f *protoField, v *vec.Vec, i int) ([]byte, error) {
	n := v.I64[i]
	if v.Type.Kind == types.Timestamp || v.Type.Kind == types.Time {
		n = floorDiv(n, types.MicrosPerMilli)
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	switch f.kind {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		low, high = math.MinInt32, math.MaxInt32
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		low, high = 0, math.MaxUint32
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		low = 0
	}
	if n < low || n > high {
		return dst, sqlerr.New(sqlerr.NumericOutOfRange, "value %d is out of range for the %s of field \"%s\"", n, f.kind, f.name)
	}
	switch f.kind {
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(n)), nil
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(dst, uint32(n)), nil
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(dst, uint64(n)), nil
	}
	return protowire.AppendVarint(dst, uint64(n)), nil
}

// plain is the text of a scalar, lent until the next call.
func (w *protoWriter) plain(v *vec.Vec, i int) []byte {
	if v.Type.IsText() || v.Type.Kind == types.JSON {
		return v.Str(i)
	}
	w.text = w.rules.appendText(w.text[:0], v, i)
	return w.text
}
