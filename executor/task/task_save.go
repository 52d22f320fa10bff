package task

import (
	"context"
	"slices"
)

// savedState is a checkpoint on its way to disk.
type savedState struct {
	checkpoint
}

// housekeeping does what a Tick or a request asked for.
func (t *task) housekeeping() error {
	now := t.ticks.Load()
	asked := t.save.Load()
	if now > 0 {
		t.publishBusy()
		defer t.ticks.CompareAndSwap(now, 0)
		if t.lastSave == 0 {
			t.lastSave = now
		}
		if err := t.idleTick(now); err != nil {
			return err
		}
		if len(t.pending) > 0 {
			t.commit()
		}
		asked = asked || now-t.lastSave >= t.cfg.CheckpointEvery.Milliseconds()
	}
	if !asked || t.saving != nil || t.writing.Load() {
		return nil
	}
	t.publishBusy()
	t.save.Store(false)
	if now > 0 {
		t.lastSave = now
	}
	return t.snapshot()
}

// snapshot freezes the whole memory at a step boundary; it is written, while the
// task works on, once its epoch has committed, and never before.
func (t *task) snapshot() error {
	if len(t.pending) > 0 {
		t.commit()
	}
	if t.epoch == 0 {
		return nil
	}
	t.saving = &savedState{checkpoint{
		epoch: t.epoch, engine: t.cfg.EngineVersion, plan: t.spec.Plan.Hash, time: t.lastTime,
		inputs: t.inputPositions(t.positions()), counters: t.total, late: slices.Clone(t.lateLog), frozen: t.core.freeze(),
	}}
	if t.inFlight == 0 {
		t.writeSaved()
	}
	return nil
}

// writeSaved hands the checkpoint to a writer, then trims the journal to the
// oldest one kept.
func (t *task) writeSaved() {
	s := t.saving
	t.writer.Add(1)
	t.writing.Store(true)
	go func() {
		defer t.writer.Done()
		defer t.wake()
		defer t.writing.Store(false)
		if err := t.persist(s); err != nil {
			t.cfg.Logger.Error("checkpoint failed", "task", t.name, "epoch", s.epoch, "error", err)
		}
	}()
	t.saving = nil
}

func (t *task) persist(s *savedState) error {
	t.cfg.At(PointSaving)
	oldest, err := t.files.write(s.epoch, s.write)
	s.frozen.release()
	if err != nil {
		return err
	}
	t.files.know(s.epoch, s.inputs, oldest)
	t.cfg.At(PointSaved)
	inputs, err := t.files.inputsOf(oldest)
	if err != nil {
		return err
	}
	if err := t.cfg.Log.TrimJournal(context.Background(), t.name, oldest, lowest(inputs)); err != nil {
		return err
	}
	t.cfg.At(PointTrimmed)
	return nil
}
