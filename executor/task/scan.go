package task

import (
	"context"
	"io"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// ScanOptions narrow a scan. Points, Low and High are exact.
type ScanOptions struct {
	Needed                []bool
	Points                [][]types.Value // full keys to look up; nil: all rows
	Low, High             types.Value     // bounds of the first key column; nil: open
	LowStrict, HighStrict bool
	WindowLow, WindowHigh *int64 // bounds of the window start, ms, inclusive
}

// Rows is a running scan. It is used by one goroutine.
type Rows struct {
	next func(ctx context.Context) (*vec.Batch, error)
}

// Next gives the next batch, not empty, or io.EOF. The batch is given.
func (r *Rows) Next(ctx context.Context) (*vec.Batch, error) { return r.next(ctx) }

// Close ends the scan.
func (r *Rows) Close() error {
	r.next = func(context.Context) (*vec.Batch, error) { return nil, io.EOF }
	return nil
}

// Scan reads the current rows of a table, by partition and key, or a stream's
// records from its start to the end at the time of the call. Batches have the
// relation's columns, Ts, Part and Offset, and Win and WinEnd when it is
// windowed.
func (r *Runtime) Scan(ctx context.Context, rel *catalog.Relation, opt ScanOptions) (*Rows, error) {
	if rel.Kind != catalog.Table {
		return r.ScanStream(ctx, rel, opt)
	}
	t, err := r.Table(rel)
	if err != nil {
		return nil, err
	}
	r.adopting.RLock() // all partitions before an Adopt, or all behind it
	defer r.adopting.RUnlock()
	return t.Scan(ctx, opt)
}

// Get gives the rows with a key, over all windows of it; nil when there are
// none. key has one value a key column.
func (t *Table) Get(ctx context.Context, key []types.Value) (*vec.Batch, error) {
	rows, err := t.Scan(ctx, ScanOptions{Points: [][]types.Value{key}})
	if err != nil {
		return nil, err
	}
	var all []*vec.Batch
	for {
		b, err := rows.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return vec.ConcatBatches(all), nil
}

// frozen is rows copied out of a partition at one moment.
type frozen struct {
	part  int32
	next  int64 // offset behind what the rows come from
	words []int64
	off   []int
	data  []byte
}

// Scan freezes the rows that the options admit, partition by partition, and
// decodes them as they are read.
func (t *Table) Scan(ctx context.Context, opt ScanOptions) (*Rows, error) {
	var parts []*frozen
	for _, p := range t.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := p.freeze(ctx, t, &opt)
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
	}
	return &Rows{next: func(ctx context.Context) (*vec.Batch, error) {
		for len(parts) > 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if b, err := parts[0].take(t); b != nil || err != nil {
				return b, err
			}
			parts = parts[1:]
		}
		return nil, io.EOF
	}}, nil
}

// freeze copies the rows; lookups and updates go on as soon as it is done.
func (p *tablePart) freeze(ctx context.Context, t *Table, opt *ScanOptions) (*frozen, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, err := p.catchUpLocked(ctx, t)
	if err != nil {
		return nil, err
	}
	f := &frozen{part: p.part, off: []int{0}, next: next}
	for _, r := range p.matchLocked(t, opt) {
		w := p.mu.rows.Words(r)
		if opt.WindowLow != nil && w[rowWin] < *opt.WindowLow || opt.WindowHigh != nil && w[rowWin] > *opt.WindowHigh {
			continue
		}
		f.words = append(f.words, w...)
		f.data = append(f.data, p.mu.rows.Blob(r, 0)...)
		f.off = append(f.off, len(f.data))
	}
	return f, nil
}

// matchLocked lists the rows that keys and bounds admit, by key; looked-up ones in
// the order of the points.
func (p *tablePart) matchLocked(t *Table, opt *ScanOptions) []state.Row {
	if opt.Points == nil {
		low, high := t.bounds(opt)
		return p.mu.rows.Sorted(nil, low, high)
	}
	var out []state.Row
	for _, key := range opt.Points {
		k := t.encodeKey(key)
		if t.rel.Windowed != nil {
			out = p.mu.rows.Sorted(out, k, successor(k))
		} else if r := p.mu.rows.FindKey(k); r != state.None {
			out = append(out, r)
		}
	}
	return t.within(p, opt, out)
}

// within applies the bounds to looked-up rows.
func (t *Table) within(p *tablePart, opt *ScanOptions, rows []state.Row) []state.Row {
	low, high := t.bounds(opt)
	if low == nil && high == nil {
		return rows
	}
	out := rows[:0]
	for _, r := range rows {
		k := string(p.mu.rows.Key(r))
		if k >= string(low) && (high == nil || k < string(high)) {
			out = append(out, r)
		}
	}
	return out
}

func (t *Table) encodeKey(key []types.Value) []byte {
	ts := make([]types.Type, len(t.keys))
	for i, k := range t.keys {
		ts[i] = t.types[k]
	}
	return vec.EncodeKeyValues(nil, ts, key)
}

// bounds gives the keys from low to before high; nil is open. Encoded keys
// order as their values do, and a key begins with its first column.
func (t *Table) bounds(opt *ScanOptions) (low, high []byte) {
	if len(t.keys) == 0 {
		return nil, nil
	}
	first := t.types[t.keys[0]]
	if opt.Low != nil {
		low = types.AppendKey(nil, first, opt.Low)
		if opt.LowStrict {
			low = successor(low)
		}
	}
	switch {
	case opt.High != nil:
		high = types.AppendKey(nil, first, opt.High)
		if !opt.HighStrict {
			high = successor(high)
		}
	case opt.Low != nil:
		high = types.AppendKey(nil, first, nil) // NULL is last, and within no bounds
	}
	return low, high
}

// successor is the least key above all keys that begin with p; nil when there
// is none.
func successor(p []byte) []byte {
	out := append([]byte(nil), p...)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i] != 0xff {
			out[i]++
			return out[:i+1]
		}
	}
	return nil
}

// take decodes the next rows; nil when there are none left.
func (f *frozen) take(t *Table) (*vec.Batch, error) {
	n := min(len(f.off)-1, max(t.batch, 1024))
	if n == 0 {
		return nil, nil
	}
	builders := make([]*vec.Builder, len(t.types))
	for i := range builders {
		builders[i] = vec.NewBuilder(t.types[i], n)
	}
	b := &vec.Batch{N: n, Cols: make([]vec.Vec, len(builders)), Part: make([]int32, n)}
	for i := range n {
		if err := vec.DecodeRowInto(builders, f.data[f.off[i]:f.off[i+1]]); err != nil {
			return nil, err
		}
		w := f.words[i*rowWords:]
		b.Ts, b.Offset = append(b.Ts, w[rowTs]), append(b.Offset, w[rowOffset])
		if t.rel.Windowed != nil {
			b.Win, b.WinEnd = append(b.Win, w[rowWin]), append(b.WinEnd, w[rowWinEnd])
		}
		b.Part[i] = f.part
	}
	for i, w := range builders {
		b.Cols[i] = w.Finish()
	}
	f.off, f.words = f.off[n:], f.words[n*rowWords:]
	return b, nil
}
