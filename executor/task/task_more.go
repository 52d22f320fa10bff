package task

// A step in which very many rows come out of closed windows would be one huge
// entry. Operators stop at MaxClose rows; the steps that go on with them are
// journalled like others, and replayed. Until the last of them no other input is
// taken and no checkpoint is begun, and readers that wait for the input of the
// first step still wait.

// goOn runs one step that goes on with closed windows.
func (t *task) goOn() error {
	if t.cfg.Turn != nil {
		defer t.cfg.Turn(t.name)()
	}
	now := t.now()
	t.lastRows = now
	t.publishBusy()
	if err := t.applyMore(now); err != nil {
		return t.failedStep(err)
	}
	t.cfg.At(PointResumed)
	t.pending = append(t.pending, step{kind: stepMore, time: now})
	if !t.out.empty() || len(t.pending) >= maxPendingSteps || !t.core.more() {
		t.commit()
	}
	return nil
}

// applyMore executes it; live and replay alike.
func (t *task) applyMore(ms int64) error {
	in, out, failures, err := t.core.resume(ms)
	if err != nil {
		return err
	}
	t.total.steps++
	var failed error
	t.emit(out, func(seq int32, err error) {
		if in == nil {
			failed = err
			return
		}
		r := in.ref(seq)
		failures = append(failures, failure{ref: r, offset: in.ins[r.input].Offset[r.row], stage: "sink", err: err})
	})
	t.keepLate()
	if in == nil {
		return failed
	}
	return t.reject(in, failures, ms)
}

// failedStep makes the error of a step one that reloads, where rows before the
// one at fault count however steps are cut.
func (t *task) failedStep(err error) error {
	if (t.spec.onError() == "stop" || t.fatal) && !t.careful && !t.core.cold.failed() {
		t.careful = true
		return errReload
	}
	return err
}

// through notes how far the input is done with.
func (t *task) through() {
	if !t.core.more() {
		t.passed = t.positions()
	}
}
