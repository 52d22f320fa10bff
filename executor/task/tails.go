package task

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/leatdb/leat/executor/codec"
)

// tails are the partitions' newest rows, decoded once for all that read them at
// the same time: tasks and push queries of one runtime.
type tails struct {
	cfg   *Config
	bytes atomic.Int64 // of all chunks, at most cfg.MaxDecoded
	once  atomic.Int64 // rows decoded for several readers
	taken atomic.Int64 // rows that readers took of them
	alone atomic.Int64 // rows that readers decoded for themselves
	mu    struct {
		sync.Mutex
		open map[string]*tail
	}
}

func newTails(cfg *Config) *tails {
	if cfg.MaxDecoded <= 0 {
		return nil
	}
	ts := &tails{cfg: cfg}
	ts.mu.open = map[string]*tail{}
	return ts
}

// grow takes memory for a chunk, if it is there.
func (ts *tails) grow(bytes int64) bool {
	for {
		now := ts.bytes.Load()
		if now+bytes > ts.cfg.MaxDecoded {
			return false
		}
		if ts.bytes.CompareAndSwap(now, now+bytes) {
			return true
		}
	}
}

// TailStats tells how much of what is read is decoded once for several readers.
type TailStats struct {
	Bytes int64 // of rows that readers have still to come by
	Once  int64 // rows decoded for several readers
	Taken int64 // rows that readers took of them
	Alone int64 // rows that readers decoded for themselves
}

// Tails reads the counters.
func (r *Runtime) Tails() TailStats {
	ts := r.cfg.tails
	if ts == nil {
		return TailStats{}
	}
	return TailStats{Bytes: ts.bytes.Load(), Once: ts.once.Load(), Taken: ts.taken.Load(), Alone: ts.alone.Load()}
}

// join lets a feed that stands at its place share what it reads from there on. A
// task joins when its pins are set: what it takes was read from the log since
// then, so that its replay finds the same records.
func (ts *tails) join(f *feed) {
	dec, ok := f.dec.(*codec.Decoder)
	if ts == nil || !ok || f.input.Exchange >= 0 || f.tail != nil {
		return
	}
	name := nameOfTail(f, dec)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.mu.open[name]
	if t == nil {
		t = newTail(ts, name, f)
		ts.mu.open[name] = t
	}
	f.tail = &tailReader{tail: t, need: slices.Clone(dec.Needs())}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.joinLocked(f.tail, f.cursor.next)
}

// leave ends what join began; more than once is as good.
func (r *tailReader) leave() {
	ts := r.tail.of
	ts.mu.Lock()
	defer ts.mu.Unlock()
	r.tail.mu.Lock()
	defer r.tail.mu.Unlock()
	if r.tail.leaveLocked(r); len(r.tail.mu.readers) == 0 && ts.mu.open[r.tail.name] == r.tail {
		delete(ts.mu.open, r.tail.name)
	}
}

// joinTails and leaveTails are join and leave of all feeds.
func (c *core) joinTails(cfg *Config) {
	for _, f := range c.feeds {
		cfg.tails.join(f)
	}
}

func (c *core) leaveTails() {
	for _, f := range c.feeds {
		if f.tail != nil {
			f.tail.leave()
			f.tail = nil
		}
	}
}

// nameOfTail says where a feed's rows come from and all that decides what they
// are but the columns that are needed: of those only whether there are any in
// the key and in the value (codec.Decoder.Sides).
func nameOfTail(f *feed, dec *codec.Decoder) string {
	in := f.input
	key, value := dec.Sides()
	var b strings.Builder
	fmt.Fprintf(&b, "%q %d %q %v %q %q %v %v %v %v %v", f.cursor.topic, f.cursor.partition, in.Relation, in.Kind,
		in.KeyFormat, in.ValFormat, in.Wrap, in.Ksql, f.forward, key, value)
	if in.Timestamp != nil {
		fmt.Fprintf(&b, " time %q", *in.Timestamp)
	}
	if in.Windowed != nil {
		fmt.Fprintf(&b, " window %v", *in.Windowed)
	}
	for _, i := range slices.Sorted(maps.Keys(in.Headers)) {
		fmt.Fprintf(&b, " header %d %q", i, in.Headers[i])
	}
	for _, x := range in.Fills {
		fmt.Fprintf(&b, " fill %q %q %d", x.Column, x.Value, x.Before)
	}
	for _, c := range in.Schema {
		fmt.Fprintf(&b, " %q %s %v %v", c.Name, c.Type, c.Key, c.NotNull)
	}
	return b.String()
}

// Rows that nobody has come by for so many ticks are let go of: those that wait
// for few of the readers, and all.
const (
	ticksForFew = 3
	ticksForAll = 50
)

// tick lets go of what waits for readers that do not come.
func (ts *tails) tick() {
	if ts == nil {
		return
	}
	ts.mu.Lock()
	open := slices.Collect(maps.Values(ts.mu.open)) // each is on its own: no order
	ts.mu.Unlock()
	for _, t := range open {
		t.mu.Lock()
		t.mu.chunks = slices.DeleteFunc(t.mu.chunks, func(c *chunk) bool {
			c.ticks++
			few := c.ticks > ticksForFew && c.left*8 < len(t.mu.readers)
			if few || c.ticks > ticksForAll {
				ts.bytes.Add(-c.bytes)
				return true
			}
			return false
		})
		t.mu.Unlock()
	}
}
