package task

import (
	"math"
	"sync"

	"github.com/leatdb/leat/log"
)

// gate is where the tasks of a job stop reading relations. Open, it is nowhere.
type gate struct {
	sync.RWMutex
	shut map[gatePartition]int64 // nil: open; else the first offset not to be read
}

type gatePartition struct {
	topic     string
	partition int32
}

// limit is the first offset that must not be read. The caller holds the gate
// while it reads.
func (g *gate) limit(topic string, part int32) int64 {
	if at, ok := g.shut[gatePartition{topic, part}]; ok {
		return at
	}
	return math.MaxInt64
}

// read fills the feed up to its job's gate.
func (f *feed) read(rows int) error {
	if f.gate == nil {
		return f.fill(rows, math.MaxInt64)
	}
	f.gate.RLock()
	defer f.gate.RUnlock()
	return f.fill(rows, f.gate.limit(f.cursor.topic, f.cursor.partition))
}

// stopped tells whether the feed stands at its job's gate.
func (f *feed) stopped() bool {
	if f.gate == nil {
		return false
	}
	f.gate.RLock()
	defer f.gate.RUnlock()
	return f.cursor.next >= f.gate.limit(f.cursor.topic, f.cursor.partition)
}

// Freeze lets jobs read their relations up to one place and no further, the same
// for all of them, and gives it: behind all that they have read so far. They go
// on with what lies before it.
func (r *Runtime) Freeze(ids ...string) ([]log.InputPos, error) {
	jobs, err := r.some(ids)
	if err != nil {
		return nil, err
	}
	for _, j := range jobs {
		j.gate.Lock()
		defer j.gate.Unlock()
	}
	shut := map[gatePartition]int64{}
	var at []log.InputPos
	for _, j := range jobs {
		for _, t := range j.tasks {
			for _, in := range t.stage.Inputs {
				p := gatePartition{in.Topic, t.part}
				if _, done := shut[p]; done || in.Exchange >= 0 {
					continue
				}
				_, end, err := r.cfg.Log.Offsets(in.Topic, t.part)
				if err != nil {
					return nil, err
				}
				shut[p] = end
				at = append(at, log.InputPos{Topic: in.Topic, Partition: t.part, Next: end})
			}
		}
	}
	for _, j := range jobs {
		j.gate.shut = shut
	}
	return at, nil
}

// Thaw takes Freeze back for those of the jobs that run.
func (r *Runtime) Thaw(ids ...string) {
	for _, id := range ids {
		j, err := r.job(id)
		if err != nil {
			continue
		}
		j.gate.Lock()
		j.gate.shut = nil
		j.gate.Unlock()
		for _, t := range j.tasks {
			t.wake()
		}
	}
}

// some finds jobs that go on.
func (r *Runtime) some(ids []string) ([]*job, error) {
	var out []*job
	for _, id := range ids {
		j, err := r.job(id)
		if err != nil {
			return nil, err
		}
		if !j.healthy() {
			return nil, errNotRunning(id)
		}
		out = append(out, j)
	}
	return out, nil
}
