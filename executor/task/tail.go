package task

import (
	"slices"
	"sort"
	"sync"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
)

// tail is the newest rows of one partition as some relation reads them. Whoever
// comes first to where nothing is decoded yet, and has another reader not far
// behind, decodes with the columns that all readers need; the others take what
// is there. A reader that is alone, or for whom what is there will not do,
// decodes for itself.
type tail struct {
	of    *tails
	name  string
	input planner.Input
	// forward: headers go on with the rows.
	forward bool
	mu      struct {
		sync.Mutex
		readers []*tailReader
		chunks  []*chunk // by offset; they do not overlap
		decoded uint64   // chunks so far
		cursor  cursor
		dec     *codec.Decoder // nil: to be made
		wanted  []int          // readers that need it, by column
		// lastBytes is the size of the last chunk.
		lastBytes int64
	}
}

// tailReader is one feed that reads a tail. What may change is in the tail's mu.
type tailReader struct {
	tail  *tail
	need  []bool
	at    int64  // the first offset not yet read
	since uint64 // the chunks up to here were decoded before it came: they are not for it
	gone  bool
}

// chunkCost and columnCost are about what a chunk takes besides its values, and a
// column of one, in bytes.
const (
	chunkCost  = 1 << 10
	columnCost = 256
)

// reach is how many offsets a reader may be behind another that decodes for it.
const reach = 1 << 18

func newTail(ts *tails, name string, f *feed) *tail {
	t := &tail{of: ts, name: name, input: *f.input, forward: f.forward}
	t.mu.cursor = cursor{log: f.cursor.log, topic: f.cursor.topic, partition: f.cursor.partition, bytes: f.cursor.bytes}
	t.mu.wanted = make([]int, len(f.input.Schema))
	return t
}

func (t *tail) joinLocked(r *tailReader, at int64) {
	r.at, r.since = at, t.mu.decoded
	t.mu.readers = append(t.mu.readers, r)
	for _, c := range t.mu.chunks {
		if c.to > at {
			c.left++
		}
	}
	t.needLocked(r, 1)
}

func (t *tail) leaveLocked(r *tailReader) {
	if r.gone {
		return
	}
	t.moveLocked(r, noEnd)
	r.gone = true
	t.mu.readers = slices.DeleteFunc(t.mu.readers, func(x *tailReader) bool { return x == r })
	t.needLocked(r, -1)
}

// needLocked counts a reader's columns in or out. The next chunk is decoded with
// what is needed then.
func (t *tail) needLocked(r *tailReader, by int) {
	for i, need := range r.need {
		if !need {
			continue
		}
		before := t.mu.wanted[i] > 0
		t.mu.wanted[i] += by
		if before != (t.mu.wanted[i] > 0) {
			t.mu.dec = nil
		}
	}
}

// moveLocked notes where a reader stands. A chunk that all have passed goes.
func (t *tail) moveLocked(r *tailReader, at int64) {
	from, to, by := r.at, at, -1
	if at < r.at {
		from, to, by = at, r.at, 1
	}
	r.at = at
	none := false
	for i := t.behindLocked(from); i < len(t.mu.chunks) && t.mu.chunks[i].to <= to; i++ {
		t.mu.chunks[i].left += by
		none = none || t.mu.chunks[i].left == 0
	}
	if none {
		t.dropLocked(func(c *chunk) bool { return c.left == 0 })
	}
}

func (t *tail) dropLocked(which func(*chunk) bool) {
	t.mu.chunks = slices.DeleteFunc(t.mu.chunks, func(c *chunk) bool {
		if !which(c) {
			return false
		}
		t.of.bytes.Add(-c.bytes)
		return true
	})
}

// read gives the rows from at on that several readers share, at most rows of
// them and below limit. Where there are none to be shared, ok is false, and the
// reader is to decode for itself, but not beyond until.
func (r *tailReader) read(at, limit int64, rows int) (v view, until int64, ok bool, err error) {
	t := r.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.gone {
		return v, limit, false, nil
	}
	t.moveLocked(r, at)
	if len(t.mu.readers) < 2 && len(t.mu.chunks) == 0 {
		return v, limit, false, nil
	}
	for at < limit {
		c, before := t.findLocked(at)
		if c == nil && !t.worthLocked(r, at) {
			return v, min(limit, before), false, nil
		}
		if c == nil {
			var end int64
			if c, end, err = t.decodeLocked(at, before); err != nil {
				return v, 0, false, err
			}
			if c == nil {
				v.next = min(end, limit)
				break
			}
		}
		to, alone := t.servesLocked(c, r, at)
		if to == at {
			return v, min(limit, alone), false, nil
		}
		v = c.view(r.need, at, min(limit, to), rows)
		at = v.next
		t.moveLocked(r, at)
		if v.batch != nil {
			t.of.taken.Add(int64(v.batch.N))
			break
		}
	}
	v.next = max(v.next, at)
	return v, limit, true, nil
}

// findLocked gives the chunk that holds an offset, or nil and where the next one
// begins.
func (t *tail) findLocked(at int64) (c *chunk, before int64) {
	i := t.behindLocked(at)
	switch {
	case i == len(t.mu.chunks):
		return nil, noEnd
	case at < t.mu.chunks[i].from:
		return nil, t.mu.chunks[i].from
	}
	return t.mu.chunks[i], 0
}

// behindLocked is the first chunk that ends behind an offset.
func (t *tail) behindLocked(at int64) int {
	return sort.Search(len(t.mu.chunks), func(i int) bool { return t.mu.chunks[i].to > at })
}

// servesLocked tells up to where a reader finds in a chunk what it would decode
// itself; at none, it is to do so up to until.
func (t *tail) servesLocked(c *chunk, r *tailReader, at int64) (to, until int64) {
	start, _, err := t.mu.cursor.log.Offsets(t.mu.cursor.topic, t.mu.cursor.partition)
	if c.seq <= r.since || err != nil || start > at { // let it see what the log says of it
		return at, c.to
	}
	return c.serves(r.need, at)
}

// worthLocked tells whether to decode at an offset for others too: there are
// some that come by soon, and there is room.
func (t *tail) worthLocked(r *tailReader, at int64) bool {
	others := 0
	for _, o := range t.mu.readers {
		if o != r && o.at <= at && at-o.at <= reach {
			others++
		}
	}
	if others == 0 {
		return false
	}
	return t.roomLocked(min(t.mu.lastBytes, t.of.cfg.MaxDecoded/4), others)
}

// roomLocked tells whether there is room for a chunk that so many readers wait
// for; what fewer wait for makes it.
func (t *tail) roomLocked(bytes int64, waiting int) bool {
	for len(t.mu.chunks) > 0 && t.of.bytes.Load()+bytes > t.of.cfg.MaxDecoded && t.mu.chunks[0].left < waiting {
		first := t.mu.chunks[0]
		t.dropLocked(func(c *chunk) bool { return c == first })
	}
	return t.of.bytes.Load()+bytes <= t.of.cfg.MaxDecoded
}

// decodeLocked reads a chunk from at on, below end; nil and how far the log goes
// when nothing is there.
func (t *tail) decodeLocked(at, end int64) (*chunk, int64, error) {
	if err := t.prepareLocked(); err != nil {
		return nil, 0, err
	}
	cur, dec := &t.mu.cursor, t.mu.dec
	if cur.next != at {
		cur.seek(at)
	}
	c := &chunk{from: at, need: dec.Needs()}
	var rec batch.Record
	for n := 0; n < t.of.cfg.MaxBatch; n++ {
		if n%64 == 63 && dec.Bytes() >= chunkBytes {
			break
		}
		ok, err := cur.record(&rec, end)
		if err != nil {
			t.mu.dec = nil // with what it holds
			cur.seek(-1)
			return nil, 0, err
		}
		if !ok {
			break
		}
		if t.forward {
			c.headers = addHeaders(c.headers, &rec)
		}
		dec.Add(&rec)
	}
	if dec.Len() == 0 {
		dec.Rest()
		return nil, cur.next, nil
	}
	c.bytes = int64(dec.Bytes() + chunkCost + columnCost*len(c.need))
	c.batch, c.bad = dec.Finish()
	c.to = cur.next
	t.of.once.Add(int64(c.batch.N))
	t.keepLocked(c)
	return c, c.to, nil
}

// prepareLocked makes the decoder of all columns that are needed.
func (t *tail) prepareLocked() error {
	if t.mu.dec != nil {
		return nil
	}
	in := t.input
	in.Needed = make([]bool, len(in.Schema))
	for i, n := range t.mu.wanted {
		in.Needed[i] = n > 0
	}
	dec, err := codec.NewDecoder(&in)
	if err != nil {
		return err
	}
	if t.of.cfg.Schemas != nil {
		dec.Use(t.of.cfg.Schemas)
	}
	dec.Begin(t.mu.cursor.partition)
	t.mu.dec = dec
	return nil
}

// keepLocked puts a chunk in its place, if there is room: else it is only its
// reader's.
func (t *tail) keepLocked(c *chunk) {
	t.mu.decoded++
	c.seq, t.mu.lastBytes = t.mu.decoded, c.bytes
	for _, r := range t.mu.readers {
		if r.at < c.to {
			c.left++
		}
	}
	if !t.roomLocked(c.bytes, c.left) || !t.of.grow(c.bytes) {
		return
	}
	t.mu.chunks = slices.Insert(t.mu.chunks, t.behindLocked(c.from), c)
}
