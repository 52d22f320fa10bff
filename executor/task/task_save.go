package task

import (
	"context"
	"slices"
	"sync/atomic"
)

// savedState is a checkpoint on its way to disk.
type savedState struct {
	checkpoint
	turn int // the freeze of the core that it is of, from 1
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
	if !asked || t.saving != nil || t.writing.Load() || t.core.more() {
		return nil
	}
	t.publishBusy()
	t.save.Store(false)
	if now > 0 {
		t.lastSave = now
	}
	if len(t.pending) == 0 && t.files.has(t.epoch) && t.files.lone() {
		t.commit() // an epoch of no steps, for the second checkpoint: until then the journal and its inputs are kept whole
	}
	return t.snapshot()
}

// snapshot freezes the whole memory at a step boundary; it is written, while the
// task works on, once its epoch has committed, and never before.
func (t *task) snapshot() error {
	if len(t.pending) > 0 {
		t.commit()
	}
	if t.epoch == 0 || t.files.has(t.epoch) {
		return nil
	}
	frozen := t.core.freeze()
	t.saving = &savedState{checkpoint{
		epoch: t.epoch, engine: t.cfg.EngineVersion, plan: t.spec.Plan.Hash, time: t.lastTime,
		inputs: t.inputPositions(t.positions()), counters: t.total, late: slices.Clone(t.lateLog), frozen: frozen,
	}, t.core.freezes}
	if t.inFlight == 0 {
		t.writeSaved()
	}
	return nil
}

// writeSaved hands the checkpoint to a writer, then trims the journal to the
// older one of two.
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
	if !s.frozen.spilled() {
		s.chain = t.files.before(s.turn, t.cfg.ChangesFrom)
	}
	n, err := t.files.write(&s.checkpoint, s.turn, t.cfg.At)
	s.frozen.release()
	if err != nil {
		return err
	}
	t.saved.count(n, len(s.chain) > 0)
	if t.cfg.At(PointSaved); len(s.chain) > 0 {
		t.cfg.At(PointSavedChanges)
	}
	older, err := t.files.tidy()
	if err != nil {
		return err
	}
	if t.cfg.At(PointTidied); older == nil {
		return nil
	}
	if err := t.cfg.Log.TrimJournal(context.Background(), t.name, older.epoch(), lowest(older.inputs)); err != nil {
		return err
	}
	t.files.trimmed = true
	t.cfg.At(PointTrimmed)
	return nil
}

// SaveStats count the checkpoints that a task has written since it started.
type SaveStats struct {
	Files   int64
	Changes int64 // of them what changed behind other files
	Bytes   int64
	Last    int64 // bytes of the last one
}

// Plus adds two.
func (s SaveStats) Plus(o SaveStats) SaveStats {
	return SaveStats{s.Files + o.Files, s.Changes + o.Changes, s.Bytes + o.Bytes, s.Last + o.Last}
}

// savedTotals are SaveStats that a checkpoint's writer adds to.
type savedTotals struct{ files, changes, bytes, last atomic.Int64 }

func (s *savedTotals) count(bytes int64, changes bool) {
	s.files.Add(1)
	if changes {
		s.changes.Add(1)
	}
	s.bytes.Add(bytes)
	s.last.Store(bytes)
}

func (s *savedTotals) stats() SaveStats {
	return SaveStats{s.files.Load(), s.changes.Load(), s.bytes.Load(), s.last.Load()}
}
