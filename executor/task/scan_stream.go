package task

import (
	"context"
	"io"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// relationFeed reads one partition of a relation.
func relationFeed(cfg *Config, rel *catalog.Relation, needed []bool, part int32) (*feed, error) {
	dec, err := codec.NewRelationDecoder(rel, needed)
	if err != nil {
		return nil, err
	}
	f := &feed{input: relationInput(rel, needed), dec: dec}
	f.use(cfg.Schemas)
	f.cursor = cursor{log: cfg.Log, topic: rel.Topic, partition: part, bytes: cfg.FetchBytes}
	dec.Begin(part)
	return f, nil
}

// ScanStream reads a stream's records, partition by partition, from the log's
// start to the end at the time of the call. Records that cannot be read are
// left out.
func (r *Runtime) ScanStream(_ context.Context, rel *catalog.Relation, opt ScanOptions) (*Rows, error) {
	filter := newRowFilter(rel, &opt)
	needed := filter.alsoNeeded(opt.Needed)
	parts := max(rel.Partitions, 1)
	ends := make([]int64, parts)
	starts := make([]int64, parts)
	for p := range parts {
		var err error
		if starts[p], ends[p], err = r.cfg.Log.Offsets(rel.Topic, p); err != nil {
			return nil, err
		}
	}
	var f *feed
	part := int32(-1)
	return &Rows{next: func(ctx context.Context) (*vec.Batch, error) {
		for {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if f == nil {
				if part++; part >= parts {
					return nil, io.EOF
				}
				var err error
				if f, err = relationFeed(&r.cfg, rel, needed, part); err != nil {
					return nil, err
				}
				f.seek(starts[part])
			}
			if err := f.fillKept(chunkRows, ends[part]); err != nil {
				return nil, err
			}
			if f.left() == 0 {
				f = nil
				continue
			}
			b, _ := f.take(f.left())
			if b = filter.apply(b); b.Len() > 0 {
				return b, nil
			}
		}
	}}, nil
}

// rowFilter keeps the rows of a stream that keys and bounds admit.
type rowFilter struct {
	opt    *ScanOptions
	keys   []int
	types  []types.Type
	points map[string]bool
}

func newRowFilter(rel *catalog.Relation, opt *ScanOptions) *rowFilter {
	f := &rowFilter{opt: opt, keys: rel.Schema.KeyColumns()}
	for _, k := range f.keys {
		f.types = append(f.types, rel.Schema[k].Type)
	}
	if opt.Points != nil {
		f.points = map[string]bool{}
		for _, p := range opt.Points {
			f.points[string(vec.EncodeKeyValues(nil, f.types, p))] = true
		}
	}
	return f
}

// passes tells whether the filter keeps everything.
func (f *rowFilter) passes() bool {
	o := f.opt
	return o.Points == nil && o.Low == nil && o.High == nil && o.WindowLow == nil && o.WindowHigh == nil
}

// alsoNeeded adds the key columns to the needed ones.
func (f *rowFilter) alsoNeeded(needed []bool) []bool {
	if needed == nil || f.passes() {
		return needed
	}
	out := append([]bool(nil), needed...)
	for _, k := range f.keys {
		out[k] = true
	}
	return out
}

func (f *rowFilter) apply(b *vec.Batch) *vec.Batch {
	if f.passes() {
		return b
	}
	keys := make([]*vec.Vec, len(f.keys))
	for i, k := range f.keys {
		keys[i] = &b.Cols[k]
	}
	var buf []byte
	out := *b
	out.Sel = []int32{}
	for i, n := 0, b.Len(); i < n; i++ {
		row := b.Row(i)
		if f.points != nil {
			buf = vec.EncodeKey(buf[:0], keys, row)
			if !f.points[string(buf)] {
				continue
			}
		}
		if f.window(b, row) && f.bounded(keys, row) {
			out.Sel = append(out.Sel, int32(row))
		}
	}
	return &out
}

func (f *rowFilter) window(b *vec.Batch, row int) bool {
	o := f.opt
	return b.Win == nil || (o.WindowLow == nil || b.Win[row] >= *o.WindowLow) && (o.WindowHigh == nil || b.Win[row] <= *o.WindowHigh)
}

func (f *rowFilter) bounded(keys []*vec.Vec, row int) bool {
	o := f.opt
	if o.Low == nil && o.High == nil {
		return true
	}
	if len(keys) == 0 || keys[0].Null(row) {
		return false
	}
	v := keys[0].Value(row)
	if o.Low != nil {
		if c := types.Compare(f.types[0], v, o.Low); c < 0 || c == 0 && o.LowStrict {
			return false
		}
	}
	if o.High != nil {
		if c := types.Compare(f.types[0], v, o.High); c > 0 || c == 0 && o.HighStrict {
			return false
		}
	}
	return true
}
