package fn

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Locks are advisory locks: names that clients agree on. Lookups that keep them
// implement it.
type Locks interface {
	// AdvisoryLock takes a lock. It waits until the lock is free, or with wait
	// false gives false when it is not.
	AdvisoryLock(l AdvisoryLock, wait bool) (bool, error)
	// AdvisoryUnlock gives one holding of a session's lock back; false when it has none.
	AdvisoryUnlock(l AdvisoryLock) bool
	// AdvisoryUnlockAll gives all of a session's back, but not those of its transaction.
	AdvisoryUnlockAll()
}

// AdvisoryLock says which lock, and how it is held.
type AdvisoryLock struct {
	Key         LockKey
	Shared      bool
	Transaction bool // until the transaction ends
}

// LockKey is one number, or a pair of two: they never meet.
type LockKey struct {
	A, B int64
	Pair bool
}

// addLocks registers pg_advisory_*.
func addLocks(a *adder) {
	for _, f := range []struct {
		name   string
		shared bool
		tx     bool
		wait   bool
	}{
		{"pg_advisory_lock", false, false, true}, {"pg_advisory_lock_shared", true, false, true},
		{"pg_advisory_xact_lock", false, true, true}, {"pg_advisory_xact_lock_shared", true, true, true},
		{"pg_try_advisory_lock", false, false, false}, {"pg_try_advisory_lock_shared", true, false, false},
		{"pg_try_advisory_xact_lock", false, true, false}, {"pg_try_advisory_xact_lock_shared", true, true, false},
	} {
		doc, ret := "Takes an advisory lock when it is free.", "bool"
		if f.wait {
			doc, ret = "Takes an advisory lock, and waits until it is free.", "void"
		}
		eachKey(a, f.name, ret, doc, func(l Locks, key LockKey) (types.Value, error) {
			ok, err := l.AdvisoryLock(AdvisoryLock{key, f.shared, f.tx}, f.wait)
			if f.wait {
				return nil, err
			}
			return ok, err
		})
	}
	for _, suffix := range []string{"", "_shared"} {
		eachKey(a, "pg_advisory_unlock"+suffix, "bool", "Gives an advisory lock of the session back.", func(l Locks, key LockKey) (types.Value, error) {
			return l.AdvisoryUnlock(AdvisoryLock{Key: key, Shared: suffix != ""}), nil
		})
	}
	a.row("pg_advisory_unlock_all() void", volatile, func(e *Env, _ []types.Value) (types.Value, error) {
		l, err := locksOf(e, "pg_advisory_unlock_all")
		if err == nil {
			l.AdvisoryUnlockAll()
		}
		return nil, err
	}, "Gives all advisory locks of the session back.")
}

// eachKey registers a function for both forms of a key.
func eachKey(a *adder, name, ret, doc string, f func(Locks, LockKey) (types.Value, error)) {
	for _, args := range []string{"key bigint", "class int, key int"} {
		a.row(name+"("+args+") "+ret, volatile, func(e *Env, v []types.Value) (types.Value, error) {
			l, err := locksOf(e, name)
			if err != nil {
				return nil, err
			}
			key := LockKey{A: v[0].(int64)}
			if len(v) == 2 {
				key.B, key.Pair = v[1].(int64), true
			}
			return f(l, key)
		}, doc)
	}
}

func locksOf(e *Env, name string) (Locks, error) {
	if l, ok := e.Catalog.(Locks); ok {
		return l, nil
	}
	return nil, sqlerr.Unsupported("%s here", name)
}
