package codec

import (
	"bytes"
	"math"
	"math/big"
	"strconv"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// The conversions of binary formats: a value as it stood on the wire into a
// cell of the column's type.

func errWire(format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidBinaryRepresent, format, args...)
}

func errInto(what string, t *types.Type) *sqlerr.Error {
	return sqlerr.New(sqlerr.DatatypeMismatch, "%s cannot be read as type %s", what, t)
}

// wireInt takes an integer. As a point in time it counts milliseconds, days for
// a date.
func (r rules) wireInt(t *types.Type, n int64, c *cell) error {
	switch t.Kind {
	case types.BigInt:
		c.setInt(n)
		return nil
	case types.Int:
		if n != int64(int32(n)) {
			return errRange(t, strconv.AppendInt(nil, n, 10))
		}
		c.setInt(n)
		return nil
	case types.Double:
		c.setFloat(float64(n))
		return nil
	case types.Boolean, types.Bytes, types.UUID, types.Interval, types.Enum, types.Array, types.Map, types.Struct:
		return errInto("an integer", t)
	}
	return r.number(t, strconv.AppendInt(nil, n, 10), c)
}

func (r rules) wireFloat(t *types.Type, f float64, single bool, c *cell) error {
	switch t.Kind {
	case types.Double:
		c.setFloat(f)
		return nil
	case types.Real:
		c.setFloat(float64(float32(f)))
		return nil
	case types.Boolean, types.Bytes, types.UUID, types.Interval, types.Enum, types.Timestamp, types.Date, types.Time, types.Array, types.Map, types.Struct:
		return errInto("a floating-point number", t)
	case types.Int, types.SmallInt, types.BigInt:
		if !r.ksql && f != math.Trunc(f) || math.Abs(f) >= 1<<63 || math.IsNaN(f) {
			return errRange(t, r.appendFloat(nil, f, single))
		}
		return r.wireInt(t, int64(f), c)
	case types.Decimal:
		size := 64
		if single {
			size = 32
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return decimal(t, r.appendFloat(nil, f, single), c)
		}
		return decimal(t, strconv.AppendFloat(nil, f, 'f', -1, size), c)
	}
	return r.string(t, r.appendFloat(nil, f, single), c)
}

func (r rules) wireBool(t *types.Type, x bool, c *cell) error { return r.boolean(t, x, c) }

func (r rules) wireText(t *types.Type, p []byte, c *cell) error {
	switch t.Kind {
	case types.String:
		return r.string(t, p, c)
	case types.Bytes:
		c.setBytes(p)
		return nil
	case types.Boolean, types.Array, types.Map, types.Struct:
		return errInto("text", t)
	}
	return r.text(t, p, c)
}

func (r rules) wireBytes(t *types.Type, p []byte, c *cell) error {
	switch t.Kind {
	case types.Bytes:
		c.setBytes(p)
		return nil
	case types.String:
		return r.string(t, p, c)
	case types.UUID:
		if len(p) == 16 {
			c.setBox([16]byte(p))
			return nil
		}
	}
	return errInto("a byte string", t)
}

// wireInstant takes µs; as an integer it is what stood on the wire.
func (r rules) wireInstant(t *types.Type, us, raw int64, c *cell) error {
	switch t.Kind {
	case types.Timestamp:
		if us > maxInstant || us < -maxInstant {
			return errField(strconv.AppendInt(nil, raw, 10))
		}
		c.setInt(us)
		return nil
	case types.Date:
		c.setInt(floorDiv(us, types.MicrosPerDay))
		return nil
	case types.String:
		return r.string(t, types.AppendTimestampISO(nil, us), c)
	}
	return r.wireInt(t, raw, c)
}

func (r rules) wireDate(t *types.Type, days int64, c *cell) error {
	switch t.Kind {
	case types.Date:
		c.setInt(days)
		return nil
	case types.Timestamp:
		if days > maxInstant/types.MicrosPerDay || days < -maxInstant/types.MicrosPerDay {
			return errField(strconv.AppendInt(nil, days, 10))
		}
		c.setInt(days * types.MicrosPerDay)
		return nil
	case types.String:
		return r.string(t, types.AppendDate(nil, days), c)
	}
	return r.wireInt(t, days, c)
}

func (r rules) wireTime(t *types.Type, us, raw int64, c *cell) error {
	switch t.Kind {
	case types.Time:
		if us < 0 || us > types.MicrosPerDay {
			return errField(strconv.AppendInt(nil, raw, 10))
		}
		c.setInt(us)
		return nil
	case types.String:
		return r.string(t, types.AppendTimeISO(nil, us), c)
	}
	return r.wireInt(t, raw, c)
}

// maxUnscaled bounds the bytes of a decimal's digits: beyond what NUMERIC holds.
const maxUnscaled = 1 << 12

// wireDecimal takes big-endian two's complement digits and their scale.
func (r rules) wireDecimal(t *types.Type, p []byte, scale int, c *cell) error {
	if len(p) > maxUnscaled || scale < 0 || scale > maxScale {
		return errWire("a decimal of %d bytes and scale %d is too long", len(p), scale)
	}
	text := appendScaled(nil, p, scale)
	switch t.Kind {
	case types.Decimal:
		return decimal(t, text, c)
	case types.Double, types.Real:
		return floating(t, text, c)
	case types.String:
		return r.string(t, text, c)
	case types.Int, types.SmallInt, types.BigInt:
		return r.integer(t, text, c)
	}
	return errInto("a decimal", t)
}

// appendScaled writes unscaled digits with scale of them behind the point.
func appendScaled(dst, p []byte, scale int) []byte {
	var digits []byte
	neg := len(p) > 0 && p[0]&0x80 != 0
	if len(p) <= 8 {
		n := int64(0)
		if neg {
			n = -1
		}
		for _, b := range p {
			n = n<<8 | int64(b)
		}
		digits = strconv.AppendInt(nil, n, 10)
	} else {
		n := new(big.Int).SetBytes(p)
		if neg {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(p))))
		}
		digits = n.Append(nil, 10)
	}
	if neg {
		dst, digits = append(dst, '-'), digits[1:]
	}
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = append(bytes.Repeat([]byte{'0'}, missing), digits...)
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	if scale > 0 {
		dst = append(append(dst, '.'), digits[len(digits)-scale:]...)
	}
	return dst
}

// unscaled reads canonical decimal text as an integer of the given scale, in
// the fewest big-endian two's complement bytes; false when it has more digits
// behind the point or is no number.
func unscaled(dst, text []byte, scale int) ([]byte, bool) {
	n, ok := splitNumeral(text)
	if !ok || n.exp != 0 {
		return dst, false
	}
	frac := n.frac
	for len(frac) > scale && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	if len(frac) > scale {
		return dst, false
	}
	digits := append(append(make([]byte, 0, len(n.whole)+scale), n.whole...), frac...)
	for range scale - len(frac) {
		digits = append(digits, '0')
	}
	if len(digits) <= 18 {
		var v int64
		for _, d := range digits {
			v = v*10 + int64(d-'0')
		}
		if n.neg {
			v = -v
		}
		return appendTwos(dst, v), true
	}
	big1, _ := new(big.Int).SetString(string(digits), 10)
	if n.neg {
		big1.Neg(big1)
	}
	return appendBigTwos(dst, big1), true
}

// appendTwos appends the fewest two's complement bytes of n.
func appendTwos(dst []byte, n int64) []byte {
	size := 1
	for size < 8 && (n>>(8*size-1) != 0 && n>>(8*size-1) != -1) {
		size++
	}
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

func appendBigTwos(dst []byte, n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			dst = append(dst, 0)
		}
		return append(dst, b...)
	}
	size := uint(new(big.Int).Not(n).BitLen()/8 + 1)
	b := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), 8*size)).FillBytes(make([]byte, size))
	return append(dst, b...)
}
