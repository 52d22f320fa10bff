package task

import (
	"context"
	"fmt"
	"math"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
)

// Adopt makes a table's topic hold what another topic holds, in one journal entry
// of the task name, which has none yet: for each key whose newest record differs
// that record, for each key that is gone a tombstone. Both topics have the same
// partitions and nobody else writes them. The entry is applied whole or not at
// all; TaskState tells which. It gives the number of records written. Both tables
// are held in memory.
func (r *Runtime) Adopt(ctx context.Context, name, from, topic string) (changed int64, err error) {
	to, err := newTarget(r.cfg.Log, topic)
	if err != nil {
		return 0, err
	}
	o := outputs{limit: r.cfg.OutputBytes}
	for part := range to.partitions {
		if err := r.adoptPartition(ctx, &o, &to, from, part); err != nil {
			return 0, err
		}
	}
	changed = o.records
	appends, crc := o.finish()
	e := log.JournalEntry{
		Task: name, Epoch: 1, EngineVersion: r.cfg.EngineVersion, Time: r.cfg.Clock.Now().UnixMilli(),
		Steps: encodeSteps(nil), Outputs: appends, OutputCounts: []int64{changed, 0}, OutputCRC: crc,
	}
	r.adopting.Lock()
	defer r.adopting.Unlock()
	return changed, r.commitOne(e)
}

func (r *Runtime) commitOne(e log.JournalEntry) error {
	done := make(chan error, 1)
	r.cfg.Log.CommitAsync(e, func(_ log.JournalResult, err error) { done <- err })
	return <-done
}

// Adopted commits the entry of Adopt where there is nothing to write.
func (r *Runtime) Adopted(name string) error {
	return r.commitOne(log.JournalEntry{
		Task: name, Epoch: 1, EngineVersion: r.cfg.EngineVersion, Time: r.cfg.Clock.Now().UnixMilli(), Steps: encodeSteps(nil),
	})
}

// Refuse keeps a task of Adopt from ever having its entry, when it has none: to be
// called when Adopt's outcome is not known.
func (r *Runtime) Refuse(name string) error {
	return r.commitOne(log.JournalEntry{
		Task: name, Epoch: 2, EngineVersion: r.cfg.EngineVersion, Time: r.cfg.Clock.Now().UnixMilli(), Steps: encodeSteps(nil),
	})
}

// newest is a table's records: the last of each key.
type newest struct {
	keys []string // in the order of their first records
	rows map[string]tableRecord
}

// tableRecord is a key's last record; a nil value deletes it.
type tableRecord struct {
	value []byte
	ts    int64
}

func (r *Runtime) adoptPartition(ctx context.Context, o *outputs, to *target, from string, part int32) error {
	now, err := r.newestOf(ctx, from, part)
	if err != nil {
		return err
	}
	was, err := r.newestOf(ctx, to.topic, part)
	if err != nil {
		return err
	}
	for _, k := range now.keys {
		n := now.rows[k]
		w, there := was.rows[k]
		if n.value != nil && !(there && w.value != nil && w.ts == n.ts && string(w.value) == string(n.value)) {
			o.add(to, part, batch.Record{Key: []byte(k), Value: n.value, Timestamp: n.ts})
		}
	}
	for _, k := range was.keys {
		if w := was.rows[k]; w.value != nil && now.rows[k].value == nil {
			o.add(to, part, batch.Record{Key: []byte(k), Timestamp: w.ts})
		}
	}
	return nil
}

func (r *Runtime) newestOf(ctx context.Context, topic string, part int32) (*newest, error) {
	start, _, err := r.cfg.Log.Offsets(topic, part)
	if err != nil {
		return nil, err
	}
	c := cursor{log: r.cfg.Log, topic: topic, partition: part, bytes: r.cfg.FetchBytes, next: start}
	n := &newest{rows: map[string]tableRecord{}}
	var rec batch.Record
	for i := 0; ; i++ {
		if i%chunkRows == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		ok, err := c.record(&rec, math.MaxInt64)
		if err != nil {
			return nil, fmt.Errorf("read %s/%d: %w", topic, part, err)
		}
		if !ok {
			return n, nil
		}
		key := string(rec.Key)
		if _, seen := n.rows[key]; !seen {
			n.keys = append(n.keys, key)
		}
		row := tableRecord{ts: rec.Timestamp}
		if rec.Value != nil {
			row.value = append(make([]byte, 0, len(rec.Value)), rec.Value...)
		}
		n.rows[key] = row
	}
}
