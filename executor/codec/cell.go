package codec

import (
	"math"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// cell is one decoded value before it goes into its column, so that a record
// that turns out bad leaves nothing behind.
type cell struct {
	kind cellKind
	i    int64       // integers, dates, times, instants; the bits of a float; 0 or 1
	b    []byte      // text, JSON, bytes, canonical decimal: lent by the record or the arena
	v    types.Value // everything else
}

type cellKind uint8

const (
	cellNull cellKind = iota
	cellInt
	cellFloat
	cellBool
	cellBytes
	cellBoxed
)

func (c *cell) setNull()             { c.kind = cellNull }
func (c *cell) setInt(x int64)       { c.kind, c.i = cellInt, x }
func (c *cell) setFloat(x float64)   { c.kind, c.i = cellFloat, int64(math.Float64bits(x)) }
func (c *cell) setBytes(p []byte)    { c.kind, c.b = cellBytes, p }
func (c *cell) setBox(v types.Value) { c.kind, c.v = cellBoxed, v }
func (c *cell) float() float64       { return math.Float64frombits(uint64(c.i)) }
func (c *cell) instantMs() int64     { return floorDiv(c.i, types.MicrosPerMilli) }

func (c *cell) setBool(x bool) {
	c.kind, c.i = cellBool, 0
	if x {
		c.i = 1
	}
}

// appendTo puts the value into its column; bytes are copied.
func (c *cell) appendTo(b *vec.Builder) {
	switch c.kind {
	case cellNull:
		b.AppendNull()
	case cellInt:
		b.AppendI64(c.i)
	case cellFloat:
		b.AppendF64(c.float())
	case cellBool:
		b.AppendBool(c.i == 1)
	case cellBytes:
		b.AppendBytes(c.b)
	default:
		b.Append(c.v)
	}
}

// value boxes the cell as a value of type t; bytes are copied.
func (c *cell) value(t *types.Type) types.Value {
	switch c.kind {
	case cellNull:
		return nil
	case cellInt:
		return c.i
	case cellFloat:
		return c.float()
	case cellBool:
		return c.i == 1
	case cellBytes:
		switch t.Kind {
		case types.Bytes:
			return append([]byte{}, c.b...)
		case types.Decimal:
			return types.DecimalFromText(c.b)
		}
		return string(c.b)
	}
	return c.v
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
