package goldentest

import (
	"math/rand/v2"
	"sync"
)

// turnstile lets a number of tasks compute at a time and chooses by seed who is
// next, so that a file meets interleavings the scheduler would seldom give.
type turnstile struct {
	mu struct {
		sync.Mutex
		free    int
		rng     *rand.Rand
		waiting []chan struct{}
	}
}

func newTurnstile(workers int, seed uint64) *turnstile {
	t := &turnstile{}
	t.mu.free, t.mu.rng = workers, rand.New(rand.NewPCG(seed, uint64(workers)))
	return t
}

// turn waits for a place and gives what leaves it.
func (t *turnstile) turn(string) (done func()) {
	ch := make(chan struct{})
	t.mu.Lock()
	t.mu.waiting = append(t.mu.waiting, ch)
	t.admitLocked()
	t.mu.Unlock()
	<-ch
	return func() {
		t.mu.Lock()
		t.mu.free++
		t.admitLocked()
		t.mu.Unlock()
	}
}

// admitLocked lets waiting tasks in, in an order of chance, while there is room.
func (t *turnstile) admitLocked() {
	for t.mu.free > 0 && len(t.mu.waiting) > 0 {
		i := t.mu.rng.IntN(len(t.mu.waiting))
		last := len(t.mu.waiting) - 1
		ch := t.mu.waiting[i]
		t.mu.waiting[i] = t.mu.waiting[last]
		t.mu.waiting = t.mu.waiting[:last]
		t.mu.free--
		close(ch)
	}
}
