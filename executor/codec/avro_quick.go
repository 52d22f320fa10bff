package codec

import (
	"math"
	"math/bits"
)

// quickRun is where the quick steps are.
type quickRun struct {
	p     []byte
	steps []avroStep
	i, k  int // in p and in steps
	row   int
	end   int // of the rows

	byWords bool // not as the machine could
}

// quick is quickSteps, as the machine does it best.
func (a *avroReader) quick(steps []avroStep, i, k, row, end int) (_, at, _ int) {
	if a.byWords || !wideQuick {
		return a.quickSteps(steps, i, k, row, end)
	}
	x := &a.quickRun
	x.p, x.steps, x.i, x.k, x.row, x.end = a.p, steps, i, k, row, end
	wideSteps(x)
	return x.i, x.k, x.row
}

// quickSteps goes through steps from k on until the row is end, or stops where
// care is needed. What ordinary values are is done here without a call, and
// without a branch on their length.
func (a *avroReader) quickSteps(steps []avroStep, i, k, row, end int) (_, at, _ int) {
	p := a.p
	for {
		if k == len(steps) {
			if k, row = 0, row+1; row == end {
				return i, k, row
			}
		}
		x := &steps[k]
		v := x.v
		switch x.op {
		case stepText:
			next := a.textAt(v, p, i, row)
			if next == 0 {
				return i, k, row
			}
			i = next
		case stepInteger:
			if i+8 > len(p) || row >= len(v.I64) {
				return i, k, row
			}
			n, size := varintIn(word(p, i))
			if size == 0 || n < x.low || n > x.high {
				return i, k, row
			}
			v.I64[row] = n * x.unit
			i += size
		case stepDouble:
			if i+8 > len(p) || row >= len(v.F64) {
				return i, k, row
			}
			v.F64[row] = math.Float64frombits(word(p, i))
			i += 8
		case stepBoolean:
			if i >= len(p) || p[i] > 1 || row>>3 >= len(v.Bits) {
				return i, k, row
			}
			v.Bits[row>>3] = v.Bits[row>>3]&^(1<<(row&7)) | p[i]<<(row&7)
			i++
		case stepUnion:
			switch {
			case i < len(p) && p[i] == x.null^2:
				i++
			case i < len(p) && p[i] == x.null && x.quickNull(row):
				i, k = i+1, k+int(x.skip)
			default:
				return i, k, row
			}
		case stepEnd:
			if len(v.Valid) > 0 {
				return i, k, row
			}
		default:
			return i, k, row
		}
		k++
	}
}

// quickNull makes row NULL where that is little work.
func (x *avroStep) quickNull(row int) bool {
	v, at := x.v, row>>3
	if at >= len(v.Valid) {
		return false
	}
	switch {
	case x.zero == zeroInteger && row < len(v.I64):
		v.I64[row] = 0
	case x.zero == zeroDouble && row < len(v.F64):
		v.F64[row] = 0
	case x.zero == zeroEnd && row+1 < len(v.Off):
		v.Off[row+1] = v.Off[row]
	default:
		return false
	}
	v.Valid[at] &^= 1 << (row & 7)
	return true
}

// varintIn is the zig-zag varint of up to eight bytes that x begins with; size
// is 0 when it is longer.
func varintIn(x uint64) (n int64, size int) {
	stop := ^x & highs
	if stop == 0 {
		return 0, 0
	}
	x &= stop ^ (stop - 1)
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	x = x&0x000000000fffffff | x&0x0fffffff00000000>>4
	return int64(x>>1) ^ -int64(x&1), bits.TrailingZeros64(stop)>>3 + 1
}
