package log

import (
	"encoding/binary"
	"fmt"
)

// applyActivate gives a DDL statement its place in the log (D6): old tasks end, topics appear, new tasks begin.
func (g *dataGroup) applyActivate(at place, c activateCommand) outcome {
	a := c.activation
	if r, ok := g.plans.find(a.PlanID); ok {
		return outcome{value: r}
	}
	if err := g.mayActivate(a); err != nil {
		return outcome{err: err}
	}
	for _, name := range a.Drop {
		if err := g.dropTask(name); err != nil {
			panic("BUG: " + err.Error())
		}
	}
	for _, t := range a.Topics {
		if err := g.createTopic(t); err != nil {
			panic("BUG: " + err.Error())
		}
	}
	result := ActivationResult{EntryTime: at.time}
	for _, t := range a.Tasks {
		inputs := make([]InputPos, 0, len(t.Inputs))
		for _, in := range t.Inputs {
			inputs = append(inputs, InputPos{Topic: in.Topic, Partition: in.Partition, Next: g.resolveStart(in)})
		}
		g.startTask(t.Task, inputs, c.journalBytes)
		result.Tasks = append(result.Tasks, TaskPositions{Task: t.Task, Inputs: inputs})
	}
	g.plans.add(a.PlanID, result)
	return outcome{value: result}
}

// mayActivate checks everything that could go wrong half way.
func (g *dataGroup) mayActivate(a Activation) error {
	dropped := map[string]bool{}
	for _, name := range a.Drop {
		if g.mu.tasks[name] == nil || dropped[name] {
			return fmt.Errorf("%w: %s", ErrUnknownTask, name)
		}
		dropped[name] = true
	}
	made := map[string]int32{}
	for _, t := range a.Topics {
		if err := g.mayCreate(t); err != nil {
			return err
		}
		if _, twice := made[t.Name]; twice {
			return fmt.Errorf("%w: %s", ErrTopicExists, t.Name)
		}
		made[t.Name] = t.Partitions
	}
	begun := map[string]bool{}
	for _, t := range a.Tasks {
		if begun[t.Task] || (g.mu.tasks[t.Task] != nil && !dropped[t.Task]) {
			return fmt.Errorf("%w: %s", ErrTaskExists, t.Task)
		}
		begun[t.Task] = true
		for _, in := range t.Inputs {
			partitions := made[in.Topic]
			if known := g.mu.topics[in.Topic]; known != nil {
				partitions = int32(len(known.partitions))
			}
			if in.Partition < 0 || in.Partition >= partitions {
				return fmt.Errorf("%w: %s/%d", ErrUnknownTopic, in.Topic, in.Partition)
			}
		}
	}
	return nil
}

// resolveStart fixes where a task begins; what it reads is the group's own state (L2).
func (g *dataGroup) resolveStart(in StartAt) int64 {
	p := g.mu.topics[in.Topic].partitions[in.Partition]
	start, end := p.offsets()
	switch in.Start {
	case Latest:
		return end
	case Offset:
		return min(max(in.Offset, start), end)
	case Timestamp:
		offset, err := p.offsetForTime(in.Time)
		if err != nil {
			g.fatal(fmt.Errorf("apply: %w", err))
			return end
		}
		return offset
	}
	return start
}

func (g *dataGroup) startTask(name string, start []InputPos, journalBytes int64) {
	t := &taskState{id: g.nextTopic, name: name, inputs: start, start: start, pinned: start}
	g.nextTopic++
	t.journal = newPartition(g.fs, g.journalDir(t.id), g.interval, rollSettings{journalBytes, journalMs})
	t.journal.dense = false
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.tasks[name] = t
}

// journalMs is the span after which a journal segment rolls: never by time.
const journalMs = 1 << 60

// plansKept is how many activations are remembered for retries.
const plansKept = 1024

// planResults remembers the results of the last activations by plan id.
type planResults struct {
	order   []string
	results map[string]ActivationResult
}

func (r *planResults) find(id string) (ActivationResult, bool) {
	a, ok := r.results[id]
	return a, ok
}

func (r *planResults) add(id string, a ActivationResult) {
	if r.results == nil {
		r.results = map[string]ActivationResult{}
	}
	if len(r.order) == plansKept {
		delete(r.results, r.order[0])
		r.order = r.order[1:]
	}
	r.order = append(r.order, id)
	r.results[id] = a
}

func (r *planResults) encode(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.order)))
	for _, id := range r.order {
		a := r.results[id]
		dst = appendString(dst, id)
		dst = binary.AppendVarint(dst, a.EntryTime)
		dst = binary.AppendUvarint(dst, uint64(len(a.Tasks)))
		for _, t := range a.Tasks {
			dst = appendString(dst, t.Task)
			dst = appendInputs(dst, t.Inputs)
		}
	}
	return dst
}

func decodePlans(d *decoder) planResults {
	var r planResults
	for range d.count() {
		id := d.string()
		a := ActivationResult{EntryTime: d.varint()}
		for range d.count() {
			a.Tasks = append(a.Tasks, TaskPositions{Task: d.string(), Inputs: decodeInputs(d)})
		}
		r.add(id, a)
	}
	return r
}
