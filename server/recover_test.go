package server

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/catalog"
)

// crash loses what was not synced and opens the server again.
func (f *fixture) crash() {
	f.Helper()
	clone := f.cfg.FS.(*vfs.MemFS).CrashClone(vfs.CrashCloneCfg{})
	if err := f.srv.Abandon(); err != nil {
		f.Fatal(err)
	}
	f.cfg.FS = clone
	f.reopen()
}

func crashable(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, cfg: testConfig()}
	f.cfg.FS = vfs.NewCrashableMem()
	f.reopen()
	t.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// Everything acknowledged is there after a crash: rows, derived rows, jobs.
func TestCrashKeepsWhatWasAcknowledged(t *testing.T) {
	f := crashable(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n FROM s GROUP BY k", "CREATE TABLE")
	f.is("CREATE STREAM big AS SELECT * FROM s WHERE v > 1", "CREATE STREAM")
	f.is("CREATE VIEW vw AS SELECT n FROM c", "CREATE VIEW")
	f.is("CREATE TYPE addr AS STRUCT<street TEXT>", "CREATE TYPE")
	for i := range 4 {
		f.is("INSERT INTO s VALUES ('a', 1), ('b', 2)", "INSERT 0 2")
		f.crash()
		n := formatInt(int64(i + 1))
		f.is("SELECT * FROM c ORDER BY k", "a,"+n+"; b,"+n+"; SELECT 2")
		f.is("SELECT count(*) FROM big", n+"; SELECT 1")
	}
	f.is("SELECT * FROM vw LIMIT 1", "4; SELECT 1")
	f.is("SELECT name FROM leat.types", "addr; SELECT 1")
	f.is("PAUSE ctas_c_0", "PAUSE")
	f.is("INSERT INTO s VALUES ('a', 1)", "INSERT 0 1")
	f.crash()
	f.is("SELECT state FROM leat.jobs WHERE sink = 'c'", "paused; SELECT 1")
	f.is("SELECT n FROM c WHERE k = 'a'", "4; SELECT 1")
	f.is("RESUME ctas_c_0", "RESUME")
	f.is("SELECT n FROM c WHERE k = 'a'", "5; SELECT 1")
}

// A CREATE or DROP that a crash cut off between its steps is finished or taken
// back when the server opens (S2).
func TestHalfDoneDDL(t *testing.T) {
	f := crashable(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("INSERT INTO s VALUES ('a', 1)", "INSERT 0 1")
	ctx := context.Background()
	rq := f.ss.request(nil, "")
	src, _ := rq.snap.Relation("", "s")
	intent := *src
	intent.Name, intent.Topic = "half", "half"
	if _, err := f.srv.propose(ctx, &catalog.CreateRelation{Relation: intent}); err != nil {
		t.Fatal(err)
	}
	derived := *src
	derived.Name, derived.Topic, derived.Derived, derived.Reads = "copy", "copy", true, []string{"s"}
	job := &catalog.Job{Kind: catalog.CSAS, SQL: "CREATE STREAM copy AS SELECT * FROM s", Query: "SELECT * FROM s", Meaning: "leat", Reads: []string{"s"}}
	if _, err := f.srv.propose(ctx, &catalog.CreateRelation{Relation: derived, Job: job}); err != nil {
		t.Fatal(err)
	}
	broken := derived
	broken.Name, broken.Topic = "broken", "broken"
	job2 := *job
	job2.SQL = "CREATE STREAM broken AS SELECT nope FROM s"
	if _, err := f.srv.propose(ctx, &catalog.CreateRelation{Relation: broken, Job: &job2}); err != nil {
		t.Fatal(err)
	}
	f.fails("SELECT * FROM half", "42P01")
	f.crash()
	f.is("SELECT * FROM half", "SELECT 0")
	f.is("SELECT * FROM copy", "a,1; SELECT 1")
	f.fails("SELECT * FROM broken", "42P01")
	if _, err := f.srv.propose(ctx, &catalog.DropRelation{Name: "copy", Kind: catalog.Stream, Meaning: "leat"}); err != nil {
		t.Fatal(err)
	}
	f.crash()
	f.is("SELECT name FROM leat.topics ORDER BY 1", "half; s; SELECT 2")
	f.is("SELECT count(*) FROM leat.jobs", "0; SELECT 1")
	f.is("CREATE STREAM copy AS SELECT * FROM s", "CREATE STREAM")
}

func TestOrderlyRestart(t *testing.T) {
	f := crashable(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("CREATE TABLE c AS SELECT k, sum(v) AS n FROM s GROUP BY k", "CREATE TABLE")
	f.is("INSERT INTO s VALUES ('a', 1), ('a', 2)", "INSERT 0 2")
	if err := f.srv.Close(); err != nil {
		t.Fatal(err)
	}
	f.reopen()
	f.is("SELECT n FROM c", "3; SELECT 1")
}
