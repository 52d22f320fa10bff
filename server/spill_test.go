package server

import (
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/sql/sqlerr"
)

// noTables is a file system on which spilled state finds no space when full.
type noTables struct {
	vfs.FS
	full atomic.Bool
}

func (d *noTables) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if d.full.Load() && strings.HasSuffix(name, ".sst") {
		return nil, fmt.Errorf("create %s: %w", name, syscall.ENOSPC)
	}
	return d.FS.Create(name, c)
}

// TestFullDiskStopsTheQuery: a query whose state has no room on disk either goes
// to state error and says so, has written nothing wrong, and goes on after RESUME.
func TestFullDiskStopsTheQuery(t *testing.T) {
	disk := &noTables{FS: vfs.NewMem()}
	f := &fixture{T: t, cfg: testConfig()}
	f.cfg.MaxState, f.cfg.FS = 100_000, disk
	f.reopen()
	t.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	f.is("CREATE STREAM s (k INT, v TEXT)", "CREATE STREAM")
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n, latest_by_offset(v) AS v FROM s GROUP BY k", "CREATE TABLE")
	fill := func() {
		t.Helper()
		for i := range 5 {
			f.is(fmt.Sprintf("INSERT INTO s SELECT x, repeat('v' || x, 300) FROM generate_series(%d, %d) x", 1000*i, 1000*i+999), "INSERT 0 1000")
		}
	}
	disk.full.Store(true)
	for try := 0; ; try++ {
		fill()
		f.settle()
		state, err := f.try("SELECT state FROM leat.jobs")
		if err != nil || try == 100 {
			t.Fatalf("the query is %s with a full disk (%v)", state, err)
		}
		if state == "error; SELECT 1" {
			break
		}
	}
	text, err := f.try("SELECT error FROM leat.jobs")
	if err != nil || !strings.Contains(text, "could not write spilled state") || !strings.Contains(text, "no space left") {
		t.Errorf("the error is %s (%v)", text, err)
	}
	f.is("SELECT count(*) FROM c JOIN (SELECT k, count(*) AS n FROM s GROUP BY k) x ON c.k = x.k WHERE c.n > x.n OR c.v <> repeat('v' || c.k, 300)", "0; SELECT 1")
	ids, err := f.try("SELECT id FROM leat.jobs")
	id, _, _ := strings.Cut(ids, ";")
	if err != nil {
		t.Fatal(err)
	}
	disk.full.Store(false)
	f.is(`RESUME "`+id+`"`, "RESUME")
	f.settle()
	f.is("SELECT state, error, spilled_rows > 4000 FROM leat.jobs", "running,NULL,t; SELECT 1")
	f.is("SELECT count(*) FROM c JOIN (SELECT k, count(*) AS n FROM s GROUP BY k) x ON c.k = x.k WHERE c.n = x.n AND c.v = repeat('v' || c.k, 300)", "5000; SELECT 1")
	f.fails(`RESUME "nobody"`, sqlerr.UndefinedObject)
}
