package log

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/leatdb/leat/log/batch"
)

// Commit applies a task's journal entry, given, with its outputs whole, or rejects it: ErrFenced when PrevEpoch is
// not the task's epoch, ErrUnknownTask when the task was not activated or has ended. It returns when the entry is
// synced and applied.
func (l *Log) Commit(ctx context.Context, e JournalEntry) (JournalResult, error) {
	c, err := l.journalCommand(&e)
	if err != nil {
		return JournalResult{}, err
	}
	v, err := l.propose(ctx, c, true)
	r, _ := v.(JournalResult)
	return r, err
}

// CommitAsync is Commit without waiting. done is called once, in the order of the calls for one task, on a goroutine
// of the log, which it must not block and from which it must not propose; or at once, by the caller, when the entry cannot
// be proposed.
func (l *Log) CommitAsync(e JournalEntry, done func(JournalResult, error)) {
	c, err := l.journalCommand(&e)
	if err != nil {
		done(JournalResult{}, err)
		return
	}
	l.nodes[0].proposer.enqueue(&proposal{command: c, urgent: true, done: func(o outcome) {
		r, _ := o.value.(JournalResult)
		done(r, o.err)
	}})
}

func (l *Log) journalCommand(e *JournalEntry) (journalCommand, error) {
	if e.Epoch <= e.PrevEpoch || e.Epoch >= math.MaxInt64 {
		return journalCommand{}, fmt.Errorf("%w: epoch %d of %s does not follow %d", ErrInvalidRecord, e.Epoch, e.Task, e.PrevEpoch)
	}
	outputs, _, err := l.data.resolve(e.Outputs, validateBuilt)
	if err != nil {
		return journalCommand{}, err
	}
	c := journalCommand{entry: *e, outputs: outputs}
	c.entry.Outputs = nil
	return c, checkSize(c)
}

// TaskState returns a copy of a task's state; false when there is no such task.
func (l *Log) TaskState(task string) (TaskState, bool) {
	g := l.data
	g.mu.RLock()
	defer g.mu.RUnlock()
	t := g.mu.tasks[task]
	if t == nil {
		return TaskState{}, false
	}
	return TaskState{
		Epoch: t.epoch, Inputs: slices.Clone(t.inputs), Start: slices.Clone(t.start),
		TrimEpoch: t.trimEpoch, Pinned: slices.Clone(t.pinned),
	}, true
}

// Tasks returns the names of all tasks, sorted.
func (l *Log) Tasks() []string {
	g := l.data
	g.mu.RLock()
	defer g.mu.RUnlock()
	names := make([]string, 0, len(g.mu.tasks))
	for name := range g.mu.tasks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// JournalRead calls fn with the task's committed entries after fromEpoch, in order, up to those committed when it
// was called. An entry is lent until fn returns, its Outputs are nil; an error of fn ends the reading.
// ErrOffsetOutOfRange: fromEpoch lies before what was trimmed.
func (l *Log) JournalRead(task string, fromEpoch uint64, fn func(JournalEntry) error) error {
	journal, epoch, err := l.data.journalOf(task)
	if err != nil {
		return err
	}
	for next := int64(fromEpoch) + 1; next <= int64(epoch); {
		f, err := journal.fetch(next, 1<<20, math.MaxInt64)
		if err != nil {
			return fmt.Errorf("journal of %s after epoch %d: %w", task, next-1, err)
		}
		for _, b := range f.Batches {
			if b.BaseOffset > int64(epoch) {
				return nil
			}
			e, err := readJournalBatch(b.Bytes)
			if err != nil {
				return fmt.Errorf("journal of %s at epoch %d: %w", task, b.BaseOffset, err)
			}
			if err := fn(e); err != nil {
				return err
			}
		}
		next = f.NextOffset
	}
	return nil
}

func (g *dataGroup) journalOf(task string) (*partition, uint64, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	t := g.mu.tasks[task]
	if t == nil {
		return nil, 0, fmt.Errorf("%w: %s", ErrUnknownTask, task)
	}
	return t.journal, t.epoch, nil
}

func readJournalBatch(b []byte) (JournalEntry, error) {
	var r batch.Reader
	var rec batch.Record
	if err := r.Reset(b, 0); err != nil {
		return JournalEntry{}, err
	}
	if !r.Next(&rec) {
		return JournalEntry{}, fmt.Errorf("%w: empty journal batch", ErrCorrupt)
	}
	d := decoder{b: rec.Value}
	e := decodeJournalEntry(&d)
	if d.bad || len(d.b) != 0 {
		return JournalEntry{}, fmt.Errorf("%w: journal record", ErrCorrupt)
	}
	return e, nil
}

// TrimJournal says that the oldest checkpoint kept is that of upToEpoch, with these input positions, given: the
// journal up to it goes and the task's pins move there. An older epoch than the last one changes nothing.
func (l *Log) TrimJournal(ctx context.Context, task string, upToEpoch uint64, checkpointInputs []InputPos) error {
	_, err := l.propose(ctx, trimCommand{task: task, upTo: upToEpoch, inputs: checkpointInputs}, true)
	return err
}

// DropTask ends a task: its journal goes, its pins are released, its commits are rejected.
func (l *Log) DropTask(ctx context.Context, task string) error {
	_, err := l.propose(ctx, dropTaskCommand{task: task}, true)
	return err
}
