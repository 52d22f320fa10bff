package task

import (
	"math"
	"slices"
	"sort"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/vec"
)

// chunk is the records [from, to) of a tail, decoded. Its rows are never written
// again: their memory is used again by nobody.
type chunk struct {
	from, to int64
	batch    *vec.Batch
	bad      []codec.Bad
	need     []bool // the columns that are decoded
	headers  map[int64][]batch.Header
	bytes    int64
	left     int // readers that stand before to
	seq      uint64
	ticks    int // since a reader came by
}

// serves tells up to where the chunk is what a reader of some columns would
// decode; at none, until is how far it is not. What another finds bad may be good
// where fewer columns are needed: such records each reader decodes for itself, and
// all of a chunk that has many.
func (c *chunk) serves(need []bool, at int64) (to, until int64) {
	same := true
	for i := range need {
		if need[i] && !c.need[i] {
			return at, c.to
		}
		same = same && need[i] == c.need[i]
	}
	if same || len(c.bad) == 0 {
		return c.to, 0
	}
	if len(c.bad) > 1+c.batch.N/fewBad {
		return at, c.to
	}
	i := sort.Search(len(c.bad), func(i int) bool { return c.bad[i].Offset >= at })
	if i == len(c.bad) {
		return c.to, 0
	}
	first := c.bad[i].Offset
	for i+1 < len(c.bad) && c.bad[i+1].Row == c.bad[i].Row+1 {
		i++
	}
	return first, c.bad[i].Offset + 1
}

// fewBad is how many records there are at least for each bad one but the first of
// a chunk of which the others are shared.
const fewBad = 64

// view is rows of a chunk as one reader sees them.
type view struct {
	batch   *vec.Batch // nil: none
	bad     []codec.Bad
	headers map[int64][]batch.Header // of all records of the chunk
	next    int64                    // offset behind the view
}

// view cuts out the records from at on, below limit, at most rows of them. The
// columns that are not needed are NULL, as in a batch that the reader decodes.
func (c *chunk) view(need []bool, at, limit int64, rows int) (v view) {
	c.ticks = 0
	n := c.batch.N
	lo := sort.Search(n, func(i int) bool { return c.batch.Offset[i] >= at })
	hi := lo + sort.Search(n-lo, func(i int) bool { return c.batch.Offset[lo+i] >= limit })
	v.next = min(c.to, limit)
	if hi-lo > rows {
		hi = lo + rows
		v.next = c.batch.Offset[hi-1] + 1
	}
	if lo == hi {
		return v
	}
	b := *physical(c.batch, lo, hi)
	b.Cols = slices.Clone(b.Cols)
	for i := range b.Cols {
		if !need[i] && c.need[i] {
			b.Cols[i] = vec.SharedNulls(b.Cols[i].Type, b.N)
		}
	}
	v.batch, v.headers = &b, c.headers
	for _, x := range c.bad {
		if int(x.Row) >= lo && int(x.Row) < hi {
			own := *x.Err // who reports it may add to it
			x.Row, x.Err = x.Row-int32(lo), &own
			v.bad = append(v.bad, x)
		}
	}
	return v
}

// share fills the feed with rows that several readers decode once. Where there
// are none it is to decode for itself, but not beyond until.
func (f *feed) share(rows int, limit int64) (done bool, until int64, err error) {
	if f.tail == nil || rows == math.MaxInt {
		return false, limit, nil // a replay reads just what it says
	}
	v, until, ok, err := f.tail.read(f.cursor.next, limit, rows)
	if !ok || err != nil {
		return false, until, err
	}
	f.release()
	f.cursor.seek(v.next)
	f.cursor.buf = nil
	f.cur, f.bad, f.at, f.lent = v.batch, v.bad, 0, true
	if f.cur == nil {
		f.next = max(f.next, v.next)
		return true, until, nil
	}
	first := f.cur.Offset[0]
	for at, h := range v.headers {
		if at >= first && at < v.next {
			if f.headers == nil {
				f.headers = map[int64][]batch.Header{}
			}
			f.headers[at] = h
		}
	}
	return true, until, nil
}
