package task

import (
	"context"
	"reflect"
)

// wait blocks until the task is woken, stopped, or one of the inputs has more.
func (t *task) wait(inputs []<-chan struct{}) {
	switch len(inputs) {
	case 0:
		select {
		case <-t.notify:
		case <-t.stop:
		}
		return
	case 1:
		select {
		case <-t.notify:
		case <-t.stop:
		case <-inputs[0]:
		}
		return
	}
	waitAny(append([]<-chan struct{}{t.notify, t.stop}, inputs...))
}

// waitAny blocks until one of the channels is ready and gives its position.
func waitAny(channels []<-chan struct{}) int {
	cases := make([]reflect.SelectCase, len(channels))
	for i, c := range channels {
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
	}
	i, _, _ := reflect.Select(cases)
	return i
}

// inputWaits are closed when an input has records behind what was read.
func (t *task) inputWaits() []<-chan struct{} {
	out := make([]<-chan struct{}, len(t.core.feeds))
	for i, f := range t.core.feeds {
		if f.stopped() {
			continue // until Thaw wakes the task: nil is never ready
		}
		out[i] = t.cfg.Log.Wait(f.cursor.topic, t.part, f.cursor.next)
	}
	return out
}

// publishCommitted tells the waiters how far the task is.
func (t *task) publishCommitted(epoch uint64, next []int64) {
	stats, nodes := t.core.stateOf()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.epoch = epoch
	t.mu.state, t.mu.nodes = stats, nodes
	copy(t.mu.committed, next)
	t.announceLocked()
}

// publishIdle says that there is nothing to do. It counts as committed what had
// no records: gaps at the end.
func (t *task) publishIdle() {
	if len(t.pending) > 0 || t.inFlight > 0 || t.saving != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, f := range t.core.feeds {
		t.mu.committed[i] = max(t.mu.committed[i], f.next)
	}
	t.mu.quiet = true
	t.announceLocked()
}

// publishBusy takes it back.
func (t *task) publishBusy() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.quiet = false
}

// asked tells whether a Tick or a checkpoint is still to be acted upon.
func (t *task) asked() bool { return t.ticks.Load() != 0 || t.save.Load() || t.writing.Load() }

func (t *task) publishTotals() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.total = t.total
	t.mu.late = append([]LateRow(nil), t.lateLog...)
}

func (t *task) announceLocked() {
	close(t.mu.changed)
	t.mu.changed = make(chan struct{})
}

// waitFor blocks until the committed positions satisfy enough, with idle set
// also until the task has nothing left to do. False when the task ends first.
func (t *task) waitFor(ctx context.Context, idle bool, enough func(committed []int64) bool) (bool, error) {
	t.demand.Add(1)
	defer t.demand.Add(-1)
	for {
		t.mu.Lock()
		ok := t.mu.ready && enough(t.mu.committed) && (!idle || t.mu.quiet && !t.asked())
		changed := t.mu.changed
		t.mu.Unlock()
		if ok {
			return true, nil
		}
		t.wake()
		select {
		case <-changed:
		case <-t.done:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
