package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
)

// peer is another session of the fixture's server.
func (f *fixture) peer(name string) *fixture {
	f.Helper()
	p := &fixture{T: f.T, srv: f.srv}
	var err error
	if p.ss, err = f.srv.NewSession(name, "leat", nil, &p.ears); err != nil {
		f.Fatal(err)
	}
	return p
}

// waits blocks until a session waits for an advisory lock.
func (f *fixture) waits(p *fixture) {
	f.Helper()
	a := &f.srv.advisory
	for {
		a.mu.Lock()
		_, waits := a.mu.waiting[p.ss]
		a.mu.Unlock()
		if waits {
			return
		}
		f.is("SELECT 1", "1; SELECT 1")
	}
}

// later runs a statement that waits, and gives how it ended.
func (f *fixture) later(text string) <-chan string {
	done := make(chan string, 1)
	go func() {
		got, err := f.try(text)
		if err != nil {
			got = fmt.Sprint(err)
		}
		done <- got
	}()
	return done
}

func TestAdvisoryLocks(t *testing.T) {
	a := open(t)
	b := a.peer("b")
	a.is("SELECT pg_advisory_lock(7), pg_advisory_lock(7)", "NULL,NULL; SELECT 1")
	b.is("SELECT pg_try_advisory_lock(7), pg_try_advisory_lock_shared(7), pg_try_advisory_lock(0, 7), pg_try_advisory_lock(8)", "f,f,t,t; SELECT 1")
	done := b.later("SELECT pg_advisory_lock(7)")
	a.waits(b)
	a.is("SELECT pg_advisory_unlock(7)", "t; SELECT 1") // it was taken twice
	a.waits(b)
	a.is("SELECT pg_advisory_unlock(7)", "t; SELECT 1")
	if got := <-done; got != "NULL; SELECT 1" {
		t.Errorf("the one that waited: %s", got)
	}
	a.heard()
	a.is("SELECT pg_advisory_unlock(7)", "f; SELECT 1")
	if got := a.heard(); !strings.Contains(got, "you don't own a lock of type ExclusiveLock") {
		t.Errorf("heard %q", got)
	}
	a.is("SELECT pg_try_advisory_lock(7)", "f; SELECT 1")
	b.is("SELECT pg_advisory_unlock_all()", "NULL; SELECT 1")
	a.is("SELECT pg_try_advisory_lock(7), pg_try_advisory_lock(0, 7)", "t,t; SELECT 1")
	a.ss.Close()
	b.is("SELECT pg_try_advisory_lock(7), pg_try_advisory_lock(0, 7)", "t,t; SELECT 1")
}

func TestAdvisoryLocksShared(t *testing.T) {
	a := open(t)
	b, c := a.peer("b"), a.peer("c")
	a.is("SELECT pg_advisory_lock_shared(1)", "NULL; SELECT 1")
	b.is("SELECT pg_try_advisory_lock_shared(1), pg_try_advisory_lock(1)", "t,f; SELECT 1")
	a.is("SELECT pg_advisory_unlock_shared(1)", "t; SELECT 1")
	c.is("SELECT pg_try_advisory_lock(1)", "f; SELECT 1")
	b.is("SELECT pg_try_advisory_lock(1), pg_advisory_unlock_shared(1)", "t,t; SELECT 1") // its own is not in its way
	c.is("SELECT pg_try_advisory_lock_shared(1)", "f; SELECT 1")
}

func TestAdvisoryLocksOfTransactions(t *testing.T) {
	a := open(t)
	b := a.peer("b")
	a.is("SELECT pg_advisory_xact_lock(1)", "NULL; SELECT 1") // a transaction of its own
	b.is("SELECT pg_try_advisory_lock(1), pg_advisory_unlock(1)", "t,t; SELECT 1")
	for _, end := range []string{"COMMIT", "ROLLBACK"} {
		a.is("BEGIN", "BEGIN")
		a.is("SELECT pg_advisory_xact_lock(1), pg_advisory_lock(2)", "NULL,NULL; SELECT 1")
		a.is("SELECT pg_advisory_unlock_all()", "NULL; SELECT 1")
		b.is("SELECT pg_try_advisory_lock(1), pg_try_advisory_xact_lock(2)", "f,t; SELECT 1")
		a.is(end, end)
		b.is("SELECT pg_try_advisory_xact_lock(1)", "t; SELECT 1")
	}
	a.is("BEGIN", "BEGIN")
	a.is("SELECT pg_advisory_xact_lock(1)", "NULL; SELECT 1")
	a.fails("SELECT 1 / 0", sqlerr.DivisionByZero)
	b.is("SELECT pg_try_advisory_lock(1)", "f; SELECT 1")
	a.is("ROLLBACK", "ROLLBACK")
	b.is("SELECT pg_try_advisory_lock(1)", "t; SELECT 1")
}

func TestAdvisoryLocksThatDoNotCome(t *testing.T) {
	a := open(t)
	b := a.peer("b")
	a.is("SELECT pg_advisory_lock(1)", "NULL; SELECT 1")
	b.is("SELECT pg_advisory_lock(2)", "NULL; SELECT 1")
	b.is("SET lock_timeout = '5ms'", "SET")
	b.fails("SELECT pg_advisory_lock(1)", sqlerr.LockNotAvailable)
	b.is("SET lock_timeout = 0", "SET")
	done := b.later("SELECT pg_advisory_lock(1)")
	a.waits(b)
	a.fails("SELECT pg_advisory_lock(2)", "40P01")
	a.is(fmt.Sprintf("SELECT pg_cancel_backend(%d)", b.ss.pid), "t; SELECT 1")
	if got := <-done; !strings.Contains(got, "canceling statement due to user request") {
		t.Errorf("the canceled one: %s", got)
	}
	a.fails("CREATE STREAM x AS SELECT pg_try_advisory_lock(1) AS l FROM nothing", sqlerr.UndefinedTable)
}

// Sizes are those of the segments, and nobody's who may not see the relation.
func TestRelationSizes(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)", "CREATE TABLE")
	f.is("SELECT pg_relation_size('t'), pg_total_relation_size('pg_class'), pg_relation_size(4::oid)", "0,0,NULL; SELECT 1")
	f.is("INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 1000) i", "INSERT 0 1000")
	f.is(`SELECT pg_relation_size('t') > 100000, pg_table_size('t') = pg_relation_size('t'), pg_relation_size('t', 'vm'), pg_indexes_size('t'),
		pg_database_size('leat') > pg_relation_size('t')`, "t,t,0,0,t; SELECT 1")
}
