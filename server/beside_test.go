package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/sql/sqlerr"
)

const (
	countPerKey = "CREATE TABLE t AS SELECT k, count(*) AS n FROM s GROUP BY k"
	sumPerKey   = "CREATE OR REPLACE TABLE t AS SELECT k, sum(v) AS n FROM s WHERE k <> 'b' GROUP BY k"
	rowsOfT     = "SELECT k, n FROM t ORDER BY k"
)

var replacePoints = []string{"replace/begun", "replace/caught-up", "replace/stopped", "replace/adopted", "replace/finished"}

// replaceAndCrash runs statements and then a replacement, and opens the server
// as the disk was when the replacement reached a point.
func replaceAndCrash(t *testing.T, point, replace string, before ...string) *fixture {
	f := &fixture{T: t, cfg: testConfig()}
	fs := vfs.NewCrashableMem()
	var clone *vfs.MemFS
	f.cfg.FS = fs
	f.cfg.At = func(p string) {
		if p == point && clone == nil {
			clone = fs.CrashClone(vfs.CrashCloneCfg{})
		}
	}
	f.reopen()
	for _, text := range append(before, replace) {
		if _, err := f.try(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if clone == nil {
		t.Fatal("the point was not reached")
	}
	if err := f.srv.Abandon(); err != nil {
		t.Fatal(err)
	}
	f.cfg.FS, f.cfg.At = clone, nil
	f.reopen()
	t.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) settle() {
	f.Helper()
	if err := f.srv.WaitIdle(context.Background()); err != nil {
		f.Fatal(err)
	}
}

// A crash at any moment of a replacement leaves the old rows or the new, and
// recovery brings it to its end.
func TestReplaceSurvivesCrashes(t *testing.T) {
	for _, point := range replacePoints {
		t.Run(strings.TrimPrefix(point, "replace/"), func(t *testing.T) {
			f := replaceAndCrash(t, point, sumPerKey,
				"CREATE STREAM s (k TEXT KEY, v INT) WITH (partitions = 3)", countPerKey,
				"CREATE TABLE d AS SELECT k, n + 1 AS m FROM t",
				"INSERT INTO s VALUES ('a', 5), ('b', 6), ('c', 7), ('a', 8)", rowsOfT)
			if got, err := f.try(rowsOfT); err != nil || got != "a,2; b,1; c,1; SELECT 3" && got != "a,13; c,7; SELECT 2" {
				t.Errorf("after the crash: %s, %v", got, err)
			}
			f.settle()
			f.is(rowsOfT, "a,13; c,7; SELECT 2")
			f.is("SELECT k, m FROM d ORDER BY k", "a,14; c,8; SELECT 2")
			f.is("INSERT INTO s VALUES ('b', 1), ('c', 1)", "INSERT 0 2")
			f.is(rowsOfT, "a,13; c,8; SELECT 2")
			f.crash()
			f.is(rowsOfT, "a,13; c,8; SELECT 2")
			f.is("SELECT count(*) FROM leat.jobs WHERE sink = 't'", "1; SELECT 1")
			if names := f.leftovers(); len(names) > 0 {
				t.Errorf("left behind: %v", names)
			}
		})
	}
}

// A stream's rows stay through a crash in its replacement, and none is missing
// or sent twice.
func TestReplaceStreamSurvivesCrashes(t *testing.T) {
	const replace = "CREATE OR REPLACE STREAM j AS SELECT v, k, 'new' AS by FROM s PARTITION BY v"
	for _, point := range replacePoints {
		t.Run(strings.TrimPrefix(point, "replace/"), func(t *testing.T) {
			f := replaceAndCrash(t, point, replace,
				"CREATE STREAM s (k TEXT KEY, v INT) WITH (partitions = 3)", "CREATE STREAM j AS SELECT v, k, 'old' AS by FROM s PARTITION BY v",
				"INSERT INTO s VALUES ('a', 1), ('b', 2), ('c', 3), ('a', 4)", "SELECT count(*) FROM j")
			f.is("SELECT v, by FROM j ORDER BY v", "1,old; 2,old; 3,old; 4,old; SELECT 4")
			f.settle()
			f.is("INSERT INTO s VALUES ('b', 5), ('c', 6)", "INSERT 0 2")
			f.is("SELECT v, by FROM j ORDER BY v", "1,old; 2,old; 3,old; 4,old; 5,new; 6,new; SELECT 6")
			if names := f.leftovers(); len(names) > 0 {
				t.Errorf("left behind: %v", names)
			}
		})
	}
}

// A stream is replaced again and again while rows come: each of them is in it
// once.
func TestReplaceStreamUnderWriters(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k INT KEY, v INT) WITH (partitions = 3)", "CREATE STREAM")
	f.is("CREATE STREAM j AS SELECT v, k, 0 AS version FROM s PARTITION BY v", "CREATE STREAM")
	ss, err := f.srv.NewSession("writer", "leat", nil, &ears{})
	if err != nil {
		t.Fatal(err)
	}
	client := &fixture{T: t, srv: f.srv, ss: ss}
	stop, wrote := make(chan struct{}), make(chan int)
	go func() {
		for v := 0; ; v++ {
			select {
			case <-stop:
				wrote <- v
				return
			default:
			}
			if _, err := client.try(fmt.Sprintf("INSERT INTO s VALUES (%d, %d)", v%7, v)); err != nil {
				t.Error(err)
			}
		}
	}()
	for version := range 5 {
		f.is(fmt.Sprintf("CREATE OR REPLACE STREAM j AS SELECT v, k, %d AS version FROM s PARTITION BY v", version+1), "CREATE STREAM")
	}
	close(stop)
	n := <-wrote
	f.is("SELECT count(*), count(DISTINCT v), max(v) FROM j", fmt.Sprintf("%d,%d,%d; SELECT 1", n, n, n-1))
	// Of each key the versions come in their order.
	f.is("SELECT count(*) FROM (SELECT version, lag(version) OVER (PARTITION BY k ORDER BY v) AS before FROM j) x WHERE version < before", "0; SELECT 1")
}

// leftovers are tasks and topics that no job has.
func (f *fixture) leftovers() (out []string) {
	for _, name := range f.srv.log.Tasks() {
		if id, rest, _ := strings.Cut(name, "/"); rest == "adopt/0" {
			out = append(out, name)
		} else if _, ok := f.srv.catalog.Current().Job(id); !ok {
			out = append(out, name)
		}
	}
	for _, c := range f.srv.log.Topics() {
		if strings.HasPrefix(c.Name, shadowTopic("")) {
			out = append(out, c.Name)
		}
	}
	return out
}

// Readers and writers go on while a table is replaced, again and again: every
// answer is of one query, holds what its session wrote, and is never empty.
func TestReplaceUnderReaders(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k INT KEY, v INT) WITH (partitions = 3)", "CREATE STREAM")
	var values []string
	for k := range 60 {
		values = append(values, fmt.Sprintf("(%d, 1)", k))
	}
	f.is("INSERT INTO s VALUES "+strings.Join(values, ", "), "INSERT 0 60")
	f.is("CREATE TABLE t AS SELECT k, count(*) AS n, 0 AS version FROM s GROUP BY k", "CREATE TABLE")
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for r := range 3 {
		ss, err := f.srv.NewSession(fmt.Sprintf("reader%d", r), "leat", nil, &ears{})
		if err != nil {
			t.Fatal(err)
		}
		client := &fixture{T: t, srv: f.srv, ss: ss}
		readers.Add(1)
		go func() {
			defer readers.Done()
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := client.try(fmt.Sprintf("INSERT INTO s VALUES (%d, 1)", 1000+r)); err != nil {
					t.Error(err)
					return
				}
				want := fmt.Sprintf("1,60,%d; SELECT 1", i)
				got, err := client.try(fmt.Sprintf(`SELECT count(DISTINCT version), count(*) FILTER (WHERE k < 1000),
					max(n) FILTER (WHERE k = %d) FROM t`, 1000+r))
				if err != nil || got != want {
					t.Errorf("reader %d: %s, %v, want %s", r, got, err, want)
					return
				}
			}
		}()
	}
	for v := range 5 {
		f.is(fmt.Sprintf("CREATE OR REPLACE TABLE t AS SELECT k, count(*) AS n, %d AS version FROM s GROUP BY k", v+1), "CREATE TABLE")
	}
	close(stop)
	readers.Wait()
	f.is("SELECT DISTINCT version FROM t", "5; SELECT 1")
}

// Between the new definition and the start of its job nobody applies a session's
// writes: its reads wait for the job rather than miss them.
func TestReadsWaitForTheNewJob(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is(countPerKey, "CREATE TABLE")
	f.is("INSERT INTO s VALUES ('a', 5)", "INSERT 0 1")
	ss, err := f.srv.NewSession("reader", "leat", nil, &ears{})
	if err != nil {
		t.Fatal(err)
	}
	reader := &fixture{T: t, srv: f.srv, ss: ss}
	asked := 0
	f.srv.cfg.At = func(p string) {
		if p != "replace/adopted" && p != "replace/finished" {
			return
		}
		asked++
		reader.is("INSERT INTO s VALUES ('a', 1)", "INSERT 0 1")
		reader.is("SET statement_timeout = '200ms'", "SET")
		reader.fails(rowsOfT, sqlerr.QueryCanceled)
		reader.is("SET statement_timeout = 0", "SET")
	}
	f.is(sumPerKey, "CREATE TABLE")
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
	reader.is(rowsOfT, "a,7; SELECT 1")
}

// A replacement that is terminated, or whose query fails, leaves the old one.
func TestReplaceTakenBack(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is(countPerKey, "CREATE TABLE")
	f.is("INSERT INTO s VALUES ('a', 5), ('b', 0)", "INSERT 0 2")
	e := f.fails("CREATE OR REPLACE TABLE t WITH (on_error = 'stop') AS SELECT k, sum(1 / v) AS n FROM s GROUP BY k", sqlerr.DivisionByZero)
	if !strings.Contains(e.Detail, "stays") {
		t.Errorf("detail %q", e.Detail)
	}
	f.is(rowsOfT, "a,1; b,1; SELECT 2")

	reached, goOn := make(chan struct{}), make(chan struct{})
	f.srv.cfg.At = func(p string) {
		if p == "replace/caught-up" {
			close(reached)
			<-goOn
		}
	}
	f.is("SET background_ddl = on", "SET")
	f.is(sumPerKey, "CREATE TABLE")
	<-reached
	f.is(rowsOfT, "a,1; b,1; SELECT 2")
	f.is("SELECT sink, phase, percent FROM leat.jobs WHERE phase = 'replacing'", "t,replacing,100; SELECT 1")
	f.fails(sumPerKey, sqlerr.ObjectInUse)
	id, err := f.try("SELECT id FROM leat.jobs WHERE phase = 'replacing'")
	if err != nil {
		t.Fatal(err)
	}
	id = strings.TrimSuffix(id, "; SELECT 1")
	f.fails(`PAUSE "`+id+`"`, sqlerr.ObjectNotInState)
	f.is(`TERMINATE "`+id+`"`, "TERMINATE")
	close(goOn)
	f.settle()
	f.is("INSERT INTO s VALUES ('a', 5)", "INSERT 0 1")
	f.is(rowsOfT, "a,2; b,1; SELECT 2")
	if jobs := f.srv.runtime.Jobs(); len(jobs) != 1 || jobs[0].State != task.Running {
		t.Errorf("jobs %+v", jobs)
	}
	if names := f.leftovers(); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}
