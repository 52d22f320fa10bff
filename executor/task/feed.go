package task

import (
	"errors"
	"math"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// rowDecoder turns records into batches: codec.Decoder, or ExchangeDecoder.
type rowDecoder interface {
	Begin(partition int32)
	Add(rec *batch.Record)
	Len() int
	Bytes() int
	Finish() (*vec.Batch, []codec.Bad)
	Rest()
}

// chunkBytes bounds the columns of one chunk.
const chunkBytes = 4 << 20

// feed is one input partition of a task: the rows decoded and not yet taken.
type feed struct {
	input  *planner.Input
	cursor cursor
	dec    rowDecoder
	cur    *vec.Batch
	bad    []codec.Bad
	at     int   // first physical row of cur not yet taken
	next   int64 // offset of the first record not yet taken
	// loadTo: a table is read up to here before other inputs are.
	loadTo int64
	// preload is a table's rows as of next, given before what follows in the log.
	preload []*vec.Batch
	loaded  bool // cur is of preload
	// again: who takes the rows keeps no part of them behind its step, so that the
	// next are decoded into their memory (again.go).
	again   bool
	lent    bool                     // cur is a tail's: others read it too
	tail    *tailReader              // nil: the feed decodes for itself
	gate    *gate                    // of the job; nil for exchanges, and outside of jobs
	forward bool                     // the records' headers go on to what is made of them
	headers map[int64][]batch.Header // those of records not yet through, by offset
}

func newFeed(l Log, in *planner.Input, topic string, partition int32, fetchBytes int) (*feed, error) {
	f := &feed{input: in, cursor: cursor{log: l, topic: topic, partition: partition, bytes: fetchBytes}}
	if in.Exchange >= 0 {
		f.dec = codec.NewExchangeDecoder(in.Schema)
	} else {
		dec, err := codec.NewDecoder(in)
		if err != nil {
			return nil, err
		}
		f.dec = dec
	}
	f.dec.Begin(partition)
	return f, nil
}

// use lets the feed find the schemas that records name.
func (f *feed) use(s codec.Schemas) {
	if d, ok := f.dec.(*codec.Decoder); ok && s != nil {
		d.Use(s)
	}
}

// seek drops what is buffered and goes to an offset.
func (f *feed) seek(offset int64) {
	f.cursor.seek(offset)
	f.cur, f.bad, f.at, f.lent, f.next, f.headers = nil, nil, 0, false, offset, nil
}

// left is the number of buffered rows.
func (f *feed) left() int {
	if f.cur == nil {
		return 0
	}
	return f.cur.N - f.at
}

// rest gives back what an idle feed does not need: the batch it has handed out,
// and what its decoder keeps.
func (f *feed) rest() {
	if f.left() == 0 {
		f.cur, f.bad, f.at, f.loaded = nil, nil, 0, false
		f.dec.Rest()
	}
}

func (c *core) rest() {
	for _, f := range c.feeds {
		f.rest()
	}
}

// loading tells whether a table's rows are still to come that go before other
// inputs.
func (f *feed) loading() bool {
	return f.next < f.loadTo || len(f.preload) > 0 || f.loaded && f.left() > 0
}

// ts is the time of the row that is n behind the first buffered one.
func (f *feed) ts(n int) int64 { return f.cur.Ts[f.at+n] }

// fill decodes up to rows records below limit when nothing is buffered; with
// rows at its maximum, all of them.
func (f *feed) fill(rows int, limit int64) error {
	if f.left() > 0 {
		return nil
	}
	if f.loaded = len(f.preload) > 0; f.loaded {
		f.cur, f.bad, f.at, f.preload = f.preload[0], nil, 0, f.preload[1:]
		return nil
	}
	for {
		done, until, err := f.share(rows, limit)
		if done || err != nil {
			return err
		}
		if err := f.decode(rows, until); err != nil || f.left() > 0 || until >= limit || f.cursor.next < until {
			return err
		}
	}
}

// decode is fill for the feed alone.
func (f *feed) decode(rows int, limit int64) error {
	f.giveBack()
	var rec batch.Record
	for n := 0; n < rows; n++ {
		if n%64 == 63 && rows != math.MaxInt && f.dec.Bytes() >= chunkBytes {
			break
		}
		ok, err := f.cursor.record(&rec, limit)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		f.keepHeaders(&rec)
		f.dec.Add(&rec)
	}
	f.cur, f.bad, f.at, f.lent = nil, nil, 0, false
	if f.dec.Len() == 0 {
		f.release()
		f.next = max(f.next, f.cursor.next)
		return nil
	}
	if f.tail != nil {
		f.tail.tail.of.alone.Add(int64(f.dec.Len()))
	}
	f.cur, f.bad = f.dec.Finish()
	for i := range f.bad {
		if f.input.Exchange >= 0 {
			return sqlerr.New(sqlerr.DataCorrupted, "topic \"%s\" partition %d offset %d: %s",
				f.cursor.topic, f.cursor.partition, f.bad[i].Offset, f.bad[i].Err.Message)
		}
	}
	return nil
}

// fillKept is fill for readers without a pin: what retention has removed
// meanwhile is passed over.
func (f *feed) fillKept(rows int, limit int64) error {
	err := f.fill(rows, limit)
	if !errors.Is(err, log.ErrOffsetOutOfRange) {
		return err
	}
	start, _, at := f.cursor.log.Offsets(f.cursor.topic, f.cursor.partition)
	if at != nil || start <= f.cursor.next {
		return err
	}
	f.seek(start)
	return f.fill(rows, limit)
}

// take removes the first n buffered rows as a batch of their own, and the bad
// records among them, whose Row counts from the batch's first.
func (f *feed) take(n int) (b *vec.Batch, bad []codec.Bad) {
	from, to := f.at, f.at+n
	for len(f.bad) > 0 && int(f.bad[0].Row) < to {
		x := f.bad[0]
		x.Row -= int32(from)
		bad, f.bad = append(bad, x), f.bad[1:]
	}
	b = physical(f.cur, from, to)
	if f.loaded {
		f.at = to
		return b, nil
	}
	f.next = f.cur.Offset[to-1] + 1
	f.at = to
	if to == f.cur.N {
		f.next = max(f.next, f.cursor.next)
	}
	return b, bad
}

// physical cuts rows [from, to) of b, dead ones included, so that a replay,
// which decodes just these records, sees the same rows at the same places.
func physical(b *vec.Batch, from, to int) *vec.Batch {
	if from == 0 && to == b.N {
		return b
	}
	whole := *b
	whole.Sel = nil
	out := *whole.Slice(from, to)
	out.Seq = nil
	if b.Sel != nil {
		out.Sel = []int32{}
		for _, r := range b.Sel {
			if int(r) >= from && int(r) < to {
				out.Sel = append(out.Sel, r-int32(from))
			}
		}
	}
	return &out
}
