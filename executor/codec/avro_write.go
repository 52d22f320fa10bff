package codec

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// avroWriter writes values by plans.
type avroWriter struct {
	rules rules
	text  []byte
}

func errNullField(name string) error {
	return sqlerr.New(sqlerr.NotNullViolation, "null value in field \"%s\", which its schema requires", name).
		WithDetail("The field has no default.")
}

// absent writes what stands for NULL.
func (p *avroPut) absent(dst []byte) ([]byte, error) {
	switch {
	case p.op == avroNull && p.from != nil:
		return dst, nil
	case p.null >= 0:
		return appendLong(dst, int64(p.null)), nil
	case p.deflt != nil:
		return append(dst, p.deflt...), nil
	}
	return dst, errNullField(p.name)
}

// missing writes a field that no column has.
func (p *avroPut) missing(dst []byte) ([]byte, error) {
	if p.deflt != nil {
		return append(dst, p.deflt...), nil
	}
	return p.absent(dst)
}

// value writes value i of v.
func (w *avroWriter) value(dst []byte, p *avroPut, v *vec.Vec, i int) ([]byte, error) {
	if v.Null(i) {
		return p.absent(dst)
	}
	switch p.op {
	case avroNull:
		return dst, nil
	case avroUnion:
		return w.union(dst, p, v, i)
	case avroBool:
		if v.Bits.Get(i) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case avroInt:
		return appendLong(dst, p.integer(v, i)), nil
	case avroFloat:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(number(v, i)))), nil
	case avroDouble:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(number(v, i))), nil
	case avroText:
		return appendSized(dst, w.plain(v, i)), nil
	case avroBytes, avroFixed:
		return w.bytes(dst, p, v, i)
	case avroEnum:
		n, ok := p.symbols[string(w.plain(v, i))]
		if !ok {
			return dst, sqlerr.New(sqlerr.InvalidTextRepresent, "\"%s\" is no symbol of the enum in field \"%s\"", shown(w.plain(v, i)), p.name)
		}
		return appendLong(dst, n), nil
	case avroArray, avroMap:
		return w.list(dst, p.steps, v, i)
	}
	return w.rows(dst, p.steps, v.Kids, i, i+1)
}

// plain is the text of a scalar, lent until the next call.
func (w *avroWriter) plain(v *vec.Vec, i int) []byte {
	if v.Type.IsText() || v.Type.Kind == types.JSON {
		return v.Str(i)
	}
	w.text = w.rules.appendText(w.text[:0], v, i)
	return w.text
}

// integer is a number or time in the schema's unit; without one, times are
// milliseconds.
func (p *avroPut) integer(v *vec.Vec, i int) int64 {
	n := v.I64[i]
	if v.Type.Kind != types.Timestamp && v.Type.Kind != types.Time {
		return n
	}
	switch p.meaning {
	case dateValue:
		return floorDiv(n, types.MicrosPerDay)
	case plainValue:
		return floorDiv(n, types.MicrosPerMilli)
	}
	return floorDiv(n, p.unit)
}

// number is a numeric value as a float.
func number(v *vec.Vec, i int) float64 {
	switch {
	case v.F64 != nil:
		return v.F64[i]
	case v.I64 != nil:
		return float64(v.I64[i])
	}
	f, err := strconv.ParseFloat(string(v.Str(i)), 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

func (w *avroWriter) bytes(dst []byte, p *avroPut, v *vec.Vec, i int) ([]byte, error) {
	var raw []byte
	switch {
	case p.meaning == decimalValue:
		var ok bool
		w.text = w.rules.appendText(w.text[:0], v, i)
		if raw, ok = unscaled(nil, w.text, p.scale); !ok {
			return dst, sqlerr.New(sqlerr.NumericOutOfRange, "value %s does not fit the decimal of scale %d in field \"%s\"", shown(w.text), p.scale, p.name)
		}
	case v.Type.Kind == types.UUID:
		u := v.UUID(i)
		raw = u[:]
	default:
		raw = v.Str(i)
	}
	if p.op == avroBytes {
		return appendSized(dst, raw), nil
	}
	if p.meaning == decimalValue && len(raw) < p.size {
		fill := byte(0)
		if len(raw) > 0 && raw[0]&0x80 != 0 {
			fill = 0xff
		}
		for range p.size - len(raw) {
			dst = append(dst, fill)
		}
		return append(dst, raw...), nil
	}
	if len(raw) != p.size {
		return dst, sqlerr.New(sqlerr.StringRightTruncation, "a value of %d bytes does not fit the %d bytes of field \"%s\"", len(raw), p.size, p.name)
	}
	return append(dst, raw...), nil
}

func (w *avroWriter) union(dst []byte, p *avroPut, v *vec.Vec, i int) ([]byte, error) {
	if !p.spread {
		return w.value(appendLong(dst, int64(p.branch)), p.fields[p.branch], v, i)
	}
	for b, f := range p.fields {
		if f != nil && !v.Kids[p.slots[b]].Null(i) {
			return w.value(appendLong(dst, int64(b)), f, &v.Kids[p.slots[b]], i)
		}
	}
	return p.absent(dst)
}
