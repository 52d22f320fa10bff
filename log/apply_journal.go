package log

import (
	"fmt"

	"github.com/leatdb/leat/log/batch"
)

// applyJournal applies a task's entry whole, or rejects it when the task has moved on (L7).
func (g *dataGroup) applyJournal(at place, c journalCommand) outcome {
	e := &c.entry
	t := g.mu.tasks[e.Task]
	if t == nil {
		return outcome{err: fmt.Errorf("%w: %s", ErrUnknownTask, e.Task)}
	}
	if t.epoch != e.PrevEpoch {
		return outcome{err: fmt.Errorf("%w: %s is at %d, not %d", ErrFenced, e.Task, t.epoch, e.PrevEpoch)}
	}
	if e.Epoch <= e.PrevEpoch {
		return outcome{err: fmt.Errorf("%w: epoch %d of %s does not follow %d", ErrInvalidRecord, e.Epoch, e.Task, e.PrevEpoch)}
	}
	results, err := g.appendAll(at, c.outputs)
	if err != nil {
		return outcome{err: err, value: JournalResult{Outputs: results}}
	}
	// The journal is a partition whose offsets are epochs; the record's time is the entry's.
	var w batch.Builder
	w.Reset(batch.None, -1, -1, -1)
	w.Append(batch.Record{Value: c.kept, Timestamp: at.time})
	b := w.Bytes()
	batch.Patch(b, int64(e.Epoch), int32(at.term))
	g.write(t.journal, b, at.time)

	g.mu.Lock()
	defer g.mu.Unlock()
	t.epoch = e.Epoch
	t.inputs = mergeInputs(t.inputs, e.Inputs)
	return outcome{value: JournalResult{Epoch: e.Epoch, Outputs: results, EntryTime: at.time}}
}

// mergeInputs returns a fresh list: old with the positions in changed; partitions new to it come last.
func mergeInputs(old, changed []InputPos) []InputPos {
	if len(changed) == 0 {
		return old
	}
	out := append(make([]InputPos, 0, len(old)+len(changed)), old...)
next:
	for _, c := range changed {
		for i := range out {
			if out[i].Topic == c.Topic && out[i].Partition == c.Partition {
				out[i].Next = c.Next
				continue next
			}
		}
		out = append(out, c)
	}
	return out
}

// trimJournal drops the journal up to an epoch and moves the task's pins to the checkpoint of that epoch.
func (g *dataGroup) trimJournal(c trimCommand) error {
	t := g.mu.tasks[c.task]
	if t == nil {
		return fmt.Errorf("%w: %s", ErrUnknownTask, c.task)
	}
	if c.upTo > t.epoch {
		return fmt.Errorf("%w: journal of %s ends at %d, cannot trim to %d", ErrOffsetOutOfRange, c.task, t.epoch, c.upTo)
	}
	if c.upTo < t.trimEpoch {
		return nil // an older checkpoint, late
	}
	t.journal.moveStart(int64(c.upTo) + 1)
	g.mu.Lock()
	defer g.mu.Unlock()
	t.trimEpoch = c.upTo
	t.pinned = mergeInputs(t.pinned, c.inputs)
	return nil
}

// dropTask ends a task and releases its journal and pins.
func (g *dataGroup) dropTask(name string) error {
	t := g.mu.tasks[name]
	if t == nil {
		return fmt.Errorf("%w: %s", ErrUnknownTask, name)
	}
	g.mu.Lock()
	delete(g.mu.tasks, name)
	g.mu.Unlock()
	t.journal.drop()
	g.obsolete.add(t.journal.dir)
	return nil
}
