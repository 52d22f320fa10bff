package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
)

// advisory are the locks of pg_advisory_lock: they lock nothing but each other,
// and are gone with their sessions.
type advisory struct {
	mu struct {
		sync.Mutex
		locks   map[fn.LockKey]*advisoryLock // those that somebody holds
		waiting map[*Session]advisoryWait
	}
}

type advisoryLock struct {
	holders map[*Session]*holding
	freed   chan struct{} // closed when somebody gives a holding back
}

// holding counts how often a session has a lock: by exclusive and shared, and
// within those by session and transaction.
type holding [2][2]int

type advisoryWait struct {
	key    fn.LockKey
	shared bool
}

func (h *holding) exclusive() bool { return h[0][0]+h[0][1] > 0 }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// take gives ss the lock when it is free for it, else what to wait for. A cycle of
// sessions that wait for each other is 40P01.
func (a *advisory) take(ss *Session, l fn.AdvisoryLock, wait bool) (taken bool, freed <-chan struct{}, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mu.locks == nil {
		a.mu.locks, a.mu.waiting = map[fn.LockKey]*advisoryLock{}, map[*Session]advisoryWait{}
	}
	delete(a.mu.waiting, ss)
	lock := a.mu.locks[l.Key]
	if lock == nil {
		lock = &advisoryLock{holders: map[*Session]*holding{}, freed: make(chan struct{})}
		a.mu.locks[l.Key] = lock
	}
	if len(a.inTheWayLocked(ss, advisoryWait{l.Key, l.Shared})) == 0 {
		h := lock.holders[ss]
		if h == nil {
			h = &holding{}
			lock.holders[ss] = h
		}
		h[bit(l.Shared)][bit(l.Transaction)]++
		return true, nil, nil
	}
	if wait {
		a.mu.waiting[ss] = advisoryWait{l.Key, l.Shared}
		if a.cycleLocked(ss, ss, map[*Session]bool{}) {
			delete(a.mu.waiting, ss)
			return false, nil, sqlerr.New("40P01", "deadlock detected").
				WithDetail("Sessions wait for each other's advisory locks.")
		}
	}
	return false, lock.freed, nil
}

// inTheWayLocked are the other sessions whose holdings w has to wait for.
func (a *advisory) inTheWayLocked(ss *Session, w advisoryWait) (others []*Session) {
	if lock := a.mu.locks[w.key]; lock != nil {
		for s, h := range lock.holders {
			if s != ss && (!w.shared || h.exclusive()) {
				others = append(others, s)
			}
		}
	}
	return others
}

// cycleLocked tells whether from waits, over others, for to.
func (a *advisory) cycleLocked(from, to *Session, seen map[*Session]bool) bool {
	w, waits := a.mu.waiting[from]
	if !waits || seen[from] {
		return false
	}
	seen[from] = true
	for _, s := range a.inTheWayLocked(from, w) {
		if s == to || a.cycleLocked(s, to, seen) {
			return true
		}
	}
	return false
}

// giveUp ends a wait.
func (a *advisory) giveUp(ss *Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.mu.waiting, ss)
}

// release takes holdings away from ss: change tells which of a lock's.
func (a *advisory) release(ss *Session, change func(fn.LockKey, *holding)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, lock := range a.mu.locks {
		h := lock.holders[ss]
		if h == nil {
			continue
		}
		before := *h
		if change(key, h); *h == before {
			continue
		}
		if *h == (holding{}) {
			delete(lock.holders, ss)
		}
		close(lock.freed)
		lock.freed = make(chan struct{})
		if len(lock.holders) == 0 {
			delete(a.mu.locks, key)
		}
	}
}

// endOfTransaction gives back what ss had until now.
func (a *advisory) endOfTransaction(ss *Session) {
	a.release(ss, func(_ fn.LockKey, h *holding) { h[0][1], h[1][1] = 0, 0 })
}

// endOfSession gives back all that ss has.
func (a *advisory) endOfSession(ss *Session) {
	a.release(ss, func(_ fn.LockKey, h *holding) { *h = holding{} })
}

// AdvisoryLock implements fn.Locks.
func (l lookups) AdvisoryLock(lock fn.AdvisoryLock, wait bool) (bool, error) {
	ss, a := l.ss, &l.ss.srv.advisory
	ss.locked = true
	ctx := ss.step
	if ms := ss.settings.millis("lock_timeout"); ms > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, time.Duration(ms)*time.Millisecond,
			sqlerr.New(sqlerr.LockNotAvailable, "canceling statement due to lock timeout"))
		defer cancel()
	}
	for {
		taken, freed, err := a.take(ss, lock, wait)
		if taken || err != nil || !wait {
			return taken, err
		}
		select {
		case <-freed:
		case <-ctx.Done():
			a.giveUp(ss)
			var e *sqlerr.Error
			if errors.As(context.Cause(ctx), &e) {
				return false, e
			}
			return false, errCanceled
		}
	}
}

// AdvisoryUnlock implements fn.Locks.
func (l lookups) AdvisoryUnlock(lock fn.AdvisoryLock) (had bool) {
	l.ss.srv.advisory.release(l.ss, func(key fn.LockKey, h *holding) {
		if n := &h[bit(lock.Shared)][0]; key == lock.Key && *n > 0 {
			*n, had = *n-1, true
		}
	})
	if !had {
		kind := map[bool]string{true: "ShareLock", false: "ExclusiveLock"}[lock.Shared]
		l.ss.tell("WARNING", sqlerr.New(sqlerr.Warning, "you don't own a lock of type %s", kind))
	}
	return had
}

// AdvisoryUnlockAll implements fn.Locks.
func (l lookups) AdvisoryUnlockAll() {
	l.ss.srv.advisory.release(l.ss, func(_ fn.LockKey, h *holding) { h[0][0], h[1][0] = 0, 0 })
}
