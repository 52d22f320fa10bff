package task

import (
	"context"
	"fmt"
	"sync"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Table is a relation's current rows, materialised from its topic. Its state is
// a function of the log's prefix, so it has no journal: it is read again from
// the log's start after a restart. Reads first apply what is committed, so they
// are linearizable per partition; no cut across partitions is promised.
type Table struct {
	rel   *catalog.Relation
	keys  []int
	types []types.Type
	parts []*tablePart
	log   Log
	batch int
}

// Words of a table's row.
const (
	rowTs = iota
	rowOffset
	rowWin
	rowWinEnd
	rowWords
)

// tablePart is one partition.
type tablePart struct {
	mu struct {
		sync.Mutex
		feed    *feed
		rows    *state.Table
		applied int64 // next offset
		bad     int64
	}
	part int32
	key  []byte
	row  []byte
	cols []*vec.Vec
}

// Table opens a table's materialisation, or gives the one that is open.
func (r *Runtime) Table(rel *catalog.Relation) (*Table, error) {
	name := shapeOf(rel)
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.mu.tables[name]; t != nil {
		return t, nil
	}
	t, err := newTable(&r.cfg, rel)
	if err != nil {
		return nil, err
	}
	r.mu.tables[name] = t
	return t, nil
}

// CloseTable forgets a dropped relation's rows.
func (r *Runtime) CloseTable(rel *catalog.Relation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.mu.tables, shapeOf(rel))
}

// shapeOf names a topic and how its records are read: relations that agree in
// it share their rows.
func shapeOf(rel *catalog.Relation) string {
	s := fmt.Sprintf("%s %d %v %v %v %s", rel.Topic, rel.Partitions, rel.KeyFormat, rel.ValueFormat, rel.WrapSingle, rel.Meaning)
	if rel.Timestamp != nil {
		s += fmt.Sprintf(" %v", *rel.Timestamp)
	}
	if rel.Windowed != nil {
		s += fmt.Sprintf(" %v", *rel.Windowed)
	}
	for _, c := range rel.Schema {
		s += fmt.Sprintf(" %q %s %v %v", c.Name, c.Type, c.Key, c.NotNull)
	}
	return s
}

// relationInput reads a relation as a plan would, with all columns or some.
func relationInput(rel *catalog.Relation, needed []bool) *planner.Input {
	in := &planner.Input{
		Relation: rel.Name, Topic: rel.Topic, Schema: rel.Schema, Needed: needed,
		KeyFormat: rel.KeyFormat, ValFormat: rel.ValueFormat, Wrap: rel.WrapSingle,
		Timestamp: rel.Timestamp, Windowed: rel.Windowed, Fills: rel.Fills, Ksql: rel.Meaning == "ksqldb", Exchange: -1,
	}
	if rel.Kind == catalog.Table {
		in.Kind = planner.TableResult
	}
	return in
}

func newTable(cfg *Config, rel *catalog.Relation) (*Table, error) {
	t := &Table{rel: rel, keys: rel.Schema.KeyColumns(), log: cfg.Log, batch: cfg.MaxBatch}
	for i := range rel.Schema {
		t.types = append(t.types, rel.Schema[i].Type)
	}
	for part := range max(rel.Partitions, 1) {
		f, err := relationFeed(cfg, rel, nil, part)
		if err != nil {
			return nil, err
		}
		start, _, err := cfg.Log.Offsets(rel.Topic, part)
		if err != nil {
			return nil, err
		}
		f.seek(start)
		p := &tablePart{part: part}
		p.mu.feed, p.mu.rows, p.mu.applied = f, state.NewTable(rowWords, 1, nil), start
		t.parts = append(t.parts, p)
	}
	return t, nil
}

// catchUpLocked applies what is committed and gives the next offset. What it
// has applied when ctx ends stays.
func (p *tablePart) catchUpLocked(ctx context.Context, t *Table) (int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return p.mu.applied, err
		}
		if err := p.mu.feed.fillKept(chunkRows, noEnd); err != nil {
			return p.mu.applied, err
		}
		n := p.mu.feed.left()
		if n == 0 {
			p.mu.applied = max(p.mu.applied, p.mu.feed.next)
			return p.mu.applied, nil
		}
		b, bad := p.mu.feed.take(n)
		p.mu.bad += int64(len(bad))
		p.applyLocked(t, b)
		p.mu.applied = p.mu.feed.next
	}
}

// chunkRows is how many records are decoded at a time outside of steps; noEnd
// is behind every offset.
const (
	chunkRows = 4096
	noEnd     = 1<<63 - 1
)

func (p *tablePart) applyLocked(t *Table, b *vec.Batch) {
	p.cols = p.cols[:0]
	for i := range b.Cols {
		p.cols = append(p.cols, &b.Cols[i])
	}
	for i, n := 0, b.Len(); i < n; i++ {
		row := b.Row(i)
		p.key = tableKey(p.key[:0], b, t.keys, row)
		if b.Tomb != nil && b.Tomb.Get(row) {
			if r := p.mu.rows.FindKey(p.key); r != state.None {
				p.mu.rows.Delete(r)
			}
			continue
		}
		r, _ := p.mu.rows.UpsertKey(p.key)
		w := p.mu.rows.Words(r)
		w[rowTs], w[rowOffset] = b.Ts[row], b.Offset[row]
		if b.Win != nil {
			w[rowWin], w[rowWinEnd] = b.Win[row], b.WinEnd[row]
		}
		p.row = vec.EncodeRow(p.row[:0], p.cols, row)
		p.mu.rows.SetBlob(r, 0, p.row)
	}
}

// WaitFor blocks until the records below offset of a partition are applied.
func (t *Table) WaitFor(ctx context.Context, partition int32, offset int64) error {
	p := t.parts[partition]
	for {
		p.mu.Lock()
		at, err := p.catchUpLocked(ctx, t)
		p.mu.Unlock()
		if err != nil || at >= offset {
			return err
		}
		select {
		case <-t.log.Wait(t.rel.Topic, partition, at):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Len is the number of rows as of now.
func (t *Table) Len(ctx context.Context) (rows int, err error) {
	for _, p := range t.parts {
		p.mu.Lock()
		_, err := p.catchUpLocked(ctx, t)
		rows += p.mu.rows.Len()
		p.mu.Unlock()
		if err != nil {
			return 0, err
		}
	}
	return rows, nil
}

// Bytes is the memory the rows take.
func (t *Table) Bytes() (n int64) {
	for _, p := range t.parts {
		p.mu.Lock()
		n += p.mu.rows.Bytes()
		p.mu.Unlock()
	}
	return n
}

// Bad is the number of records that could not be read so far.
func (t *Table) Bad() (n int64) {
	for _, p := range t.parts {
		p.mu.Lock()
		n += p.mu.bad
		p.mu.Unlock()
	}
	return n
}

// tickTables keeps open tables near the ends of their topics. A failure shows
// at the next read.
func (r *Runtime) tickTables() {
	r.mu.Lock()
	tables := make([]*Table, 0, len(r.mu.tables))
	for _, t := range r.mu.tables {
		tables = append(tables, t)
	}
	r.mu.Unlock()
	for _, t := range tables {
		if _, err := t.Len(context.Background()); err != nil {
			r.cfg.Logger.Debug("table behind", "table", t.rel.Name, "error", err)
		}
	}
}

func (r *Runtime) dropTables() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.mu.tables)
}
