package task

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/executor/spill"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/sqlerr"
)

// recover discards the task's memory and makes it again: the newest checkpoint
// that is not ahead of the journal, then the journal's steps at their recorded
// times. What the replay would write is compared with what was written (E4).
func (t *task) recover() error {
	if t.stopping() {
		return errStopped
	}
	state, ok := t.cfg.Log.TaskState(t.name)
	if !ok {
		return fmt.Errorf("%w: %s", log.ErrUnknownTask, t.name)
	}
	if err := t.rebuild(); err != nil {
		return err
	}
	if err := spill.Remove(t.cfg.FS, t.spillDir()); err != nil {
		return err
	}
	if err := t.files.dropAhead(state.Epoch); err != nil {
		return err
	}
	t.files.trimmed = state.TrimEpoch > 0
	inputs := state.Start
	saved, states, damage, err := t.files.newest(state.TrimEpoch, state.Epoch)
	if err != nil {
		return err
	}
	for _, d := range damage {
		t.cfg.Logger.Warn("damaged checkpoint passed over", "task", t.name, "damage", d)
	}
	switch {
	case saved != nil:
		if err := t.restore(saved, states); err != nil {
			return err
		}
		inputs = saved.inputs
	case state.TrimEpoch > 0:
		e := sqlerr.New(sqlerr.DataCorrupted, "task %s has no checkpoint at or after epoch %d", t.name, state.TrimEpoch)
		if len(damage) > 0 {
			e = e.WithDetail("Damaged: %s.", strings.Join(damage, "; "))
		}
		return e
	}
	if err := t.seek(inputs); err != nil {
		return err
	}
	t.through()
	if err := t.replay(state); err != nil {
		return err
	}
	t.cfg.At(PointRecovered)
	return t.begin(state)
}

// rebuild makes operators, feeds and sink anew.
func (t *task) rebuild() error {
	t.forget()
	ksql := t.spec.Plan.Sink != nil && t.spec.Plan.Sink.Ksql
	c, err := newCore(t.cfg, t.name, t.stage, t.part, ksql, t.spillDir())
	if err != nil {
		return err
	}
	c.env.Setting = t.spec.Setting
	c.ctx.MaxClose = t.cfg.MaxClose
	forward := forwards(t.spec.Plan)
	for _, in := range t.stage.Inputs {
		f, err := newFeed(t.cfg.Log, in, inputTopic(t.spec.ID, t.spec.Plan, in), t.part, t.cfg.FetchBytes)
		if err != nil {
			return err
		}
		f.use(t.cfg.Schemas)
		f.forward = forward
		if in.Exchange < 0 {
			f.gate = t.gate
		}
		f.again = transient(t.stage, in)
		c.feeds = append(c.feeds, f)
	}
	if t.sink, err = newSink(t.cfg, t.spec, t.stage, t.part); err != nil {
		return err
	}
	if t.letters, err = newDeadLetters(t.cfg.Log, t.spec, t.part); err != nil {
		return err
	}
	if t.plog, err = newProcessingLog(t.cfg.Log, t.spec); err != nil {
		return err
	}
	c.ctx.KeepNulled = t.plog != nil
	c.ctx.Picked = t.sink.takesPicked()
	t.core = c
	t.out = outputs{limit: t.cfg.OutputBytes}
	t.epoch, t.pending, t.waiting, t.lastTime = 0, nil, 0, 0
	t.total, t.lateLog, t.broken, t.saving = counters{}, nil, nil, nil
	return nil
}

func newDeadLetters(l Log, spec *JobSpec, part int32) (*deadLetters, error) {
	if spec.DeadLetter == "" || spec.onError() != "dlq" {
		return nil, nil
	}
	to, err := newTarget(l, spec.DeadLetter)
	if err != nil {
		return nil, err
	}
	return &deadLetters{target: to, own: part}, nil
}

func (t *task) restore(c *checkpoint, states [][]byte) error {
	if c.engine != t.cfg.EngineVersion || c.plan != t.spec.Plan.Hash {
		return errReplay("checkpoint %d is of engine %d and plan %q, this is engine %d and plan %q",
			c.epoch, c.engine, c.plan, t.cfg.EngineVersion, t.spec.Plan.Hash)
	}
	alone, err := t.core.load(states...)
	t.files.ends[0].alone = alone
	if err != nil {
		return fmt.Errorf("load checkpoint %d of %s: %w", c.epoch, t.name, err)
	}
	t.epoch, t.lastTime, t.total, t.lateLog = c.epoch, c.time, c.counters, c.late
	return nil
}

// seek places the feeds. A topic may be read by two inputs, as in a self join:
// a checkpoint lists each, the log one position a topic.
func (t *task) seek(inputs []log.InputPos) error {
	for i, f := range t.core.feeds {
		reads := func(p log.InputPos) bool { return p.Topic == f.cursor.topic && p.Partition == t.part }
		at := slices.IndexFunc(inputs, reads)
		if i < len(inputs) && reads(inputs[i]) {
			at = i
		}
		if at < 0 {
			return errReplay("task %s has no position in topic %q partition %d", t.name, f.cursor.topic, t.part)
		}
		f.seek(inputs[at].Next)
	}
	return nil
}

// replay runs the journal's entries behind the checkpoint.
func (t *task) replay(state log.TaskState) error {
	if state.Epoch == t.epoch {
		return nil
	}
	err := t.cfg.Log.JournalRead(t.name, t.epoch, func(e log.JournalEntry) error {
		if t.stopping() {
			return errStopped
		}
		return t.replayEntry(&e)
	})
	if err != nil {
		return err
	}
	if t.epoch < state.Epoch {
		return errReplay("the journal of %s ends at epoch %d of %d", t.name, t.epoch, state.Epoch)
	}
	return nil
}

func (t *task) replayEntry(e *log.JournalEntry) error {
	if e.PrevEpoch != t.epoch {
		return errReplay("entry %d follows %d, not %d", e.Epoch, e.PrevEpoch, t.epoch)
	}
	if e.EngineVersion != t.cfg.EngineVersion {
		return errReplay("entry %d is of engine version %d, this is %d", e.Epoch, e.EngineVersion, t.cfg.EngineVersion)
	}
	steps, err := decodeSteps(e.Steps, len(t.core.feeds))
	if err != nil {
		return err
	}
	for i := range steps {
		if err := t.replayStep(&steps[i]); err != nil {
			return err
		}
	}
	if _, crc := t.out.finish(); crc != e.OutputCRC {
		return errReplay("entry %d wrote output %08x, the replay %08x", e.Epoch, e.OutputCRC, crc)
	}
	t.out.house.take()
	t.epoch = e.Epoch
	t.through()
	return nil
}

func (t *task) replayStep(s *step) error {
	t.lastTime = s.time
	switch {
	case s.kind == stepMore && t.core.more():
		return t.applyMore(s.time)
	case s.kind == stepMore || t.core.more():
		return errReplay("a step of kind %d where windows have been left: %t", s.kind, t.core.more())
	case s.kind == stepTick:
		return t.applyTick(s.time)
	}
	in, err := t.core.replay(s.slices)
	if err != nil {
		return err
	}
	return t.apply(in, s.time)
}

// begin publishes where the task stands and sets how far its tables are loaded
// before its streams are read.
func (t *task) begin(state log.TaskState) error {
	target := make([]int64, len(t.core.feeds))
	start := make([]int64, len(t.core.feeds))
	for i, f := range t.core.feeds {
		_, end, err := t.cfg.Log.Offsets(f.cursor.topic, t.part)
		if err != nil {
			return err
		}
		target[i] = end
		if f.input.Kind == tableResult && f.input.Exchange < 0 && !f.input.Changelog {
			f.loadTo = end
		}
		for _, p := range state.Start {
			if p.Topic == f.cursor.topic && p.Partition == t.part {
				start[i] = p.Next
			}
		}
	}
	t.core.joinTails(t.cfg)
	stats, nodes := t.core.stateOf()
	t.lastRows = t.cfg.Clock.Now().UnixMilli()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.committed, t.mu.start = t.passed, start
	if t.mu.target == nil {
		t.mu.target = target
	}
	t.mu.total, t.mu.late, t.mu.state = t.total, append([]LateRow(nil), t.lateLog...), stats
	t.mu.nodes = nodes
	t.mu.epoch, t.mu.ready = t.epoch, true
	t.announceLocked()
	return nil
}

// Diverged tells whether a job stopped because its replay did not match its
// journal.
func Diverged(err error) bool { return errors.Is(err, errDiverged) }
