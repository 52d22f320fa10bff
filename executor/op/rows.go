package op

import (
	"math"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// An output batch is cut at maxOut rows or about maxOutBytes bytes, looked at
// every few rows: a vector must stay below 2 GiB.
const (
	maxOut      = 4096
	maxOutBytes = 32 << 20
	lookEvery   = 8
)

// large tells, every few rows, whether builders hold enough for a batch.
func large(rows int, bs []*vec.Builder) bool {
	if rows >= maxOut {
		return true
	}
	if rows%lookEvery != 0 {
		return false
	}
	n := 0
	for _, w := range bs {
		n += w.Bytes()
	}
	return n >= maxOutBytes
}

// identity is 0, 1, 2, ... for batches without a selection.
var identity = func() []int32 {
	out := make([]int32, maxOut)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}()

// rowsOf lists the live rows of b, lent and not to be written.
func rowsOf(b *vec.Batch) []int32 {
	if b.Sel != nil {
		return b.Sel
	}
	if b.N <= len(identity) {
		return identity[:b.N]
	}
	out := make([]int32, b.N)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func tomb(b *vec.Batch, row int32) bool { return b.Tomb != nil && b.Tomb.Get(int(row)) }

// hasOld tells whether the old value of the row is there.
func hasOld(b *vec.Batch, row int32) bool { return b.OldOK != nil && b.OldOK.Get(int(row)) }

// split gives the rows with a new value and the rows whose old value is in Old.
func split(b *vec.Batch) (fresh, old []int32) {
	rows := rowsOf(b)
	fresh, old = rows, []int32{} // an empty selection is not nil: nil is all rows
	if b.Tomb != nil {
		fresh = make([]int32, 0, len(rows))
		for _, r := range rows {
			if !b.Tomb.Get(int(r)) {
				fresh = append(fresh, r)
			}
		}
	}
	if b.Old != nil && b.OldOK != nil {
		for _, r := range rows {
			if b.OldOK.Get(int(r)) {
				old = append(old, r)
			}
		}
	}
	return fresh, old
}

// oldView is the batch with its old values as values.
func oldView(b *vec.Batch) *vec.Batch {
	out := *b
	out.Cols, out.Old, out.Tomb, out.OldOK = b.Old, nil, nil, nil
	return &out
}

// flags makes a bitmap of n bits with those of rows set.
func flags(n int, rows []int32) vec.Bitmap {
	m := vec.NewBitmap(n)
	for _, r := range rows {
		m.Set(int(r))
	}
	return m
}

// pick makes a list of column pointers.
func pick(cols []vec.Vec, at []int) []*vec.Vec {
	out := make([]*vec.Vec, len(at))
	for i, c := range at {
		out[i] = &cols[c]
	}
	return out
}

func pointers(cols []vec.Vec) []*vec.Vec {
	out := make([]*vec.Vec, len(cols))
	for i := range cols {
		out[i] = &cols[i]
	}
	return out
}

// anyNull tells whether a value of the row is NULL.
func anyNull(cols []*vec.Vec, row int32) bool {
	for _, v := range cols {
		if v.Null(int(row)) {
			return true
		}
	}
	return false
}

// encodeKey appends the key of a row with its window, if it has one: keys of
// windowed relations are key columns, start, end.
func encodeKey(dst []byte, b *vec.Batch, cols []*vec.Vec, row int32) []byte {
	dst = vec.EncodeKey(dst, cols, int(row))
	if b.Win != nil {
		dst = types.AppendKeyI64(types.AppendKeyTag(dst), b.Win[row])
	}
	if b.WinEnd != nil {
		dst = types.AppendKeyI64(types.AppendKeyTag(dst), b.WinEnd[row])
	}
	return dst
}

// builders makes one builder for each column.
func builders(s types.Schema, capacity int) []*vec.Builder {
	out := make([]*vec.Builder, len(s))
	for i := range s {
		out[i] = vec.NewBuilder(s[i].Type, capacity)
	}
	return out
}

func finish(bs []*vec.Builder) []vec.Vec {
	out := make([]vec.Vec, len(bs))
	for i, w := range bs {
		out[i] = w.Finish()
	}
	return out
}

func appendNulls(bs []*vec.Builder) {
	for _, w := range bs {
		w.AppendNull()
	}
}

// minTime is before all stream times.
const minTime = math.MinInt64

// less is a-b that stops at the ends of the range; b >= 0.
func less(a, b int64) int64 {
	if a < math.MinInt64+b {
		return math.MinInt64
	}
	return a - b
}

// plus is a+b that stops at the ends of the range; b >= 0.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
