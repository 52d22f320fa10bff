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

// publishIdle counts as committed what had no records: gaps at the end.
func (t *task) publishIdle() {
	if len(t.pending) > 0 || t.inFlight > 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	moved := false
	for i, f := range t.core.feeds {
		if f.next > t.mu.committed[i] {
			t.mu.committed[i], moved = f.next, true
		}
	}
	if moved {
		t.announceLocked()
	}
}

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

// waitFor blocks until the committed positions satisfy enough, the task ends
// (then it gives false) or ctx does.
func (t *task) waitFor(ctx context.Context, enough func(committed []int64) bool) (bool, error) {
	t.demand.Add(1)
	defer t.demand.Add(-1)
	for {
		t.mu.Lock()
		ok := t.mu.ready && enough(t.mu.committed)
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
