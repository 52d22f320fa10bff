package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/sqlerr"
)

func sharedFile(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("LEAT_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("../shared is absent: %v", err)
	}
	return string(b)
}

// knownGaps is how many of the recorded queries may fail for another reason
// than that the thing they ask of is not there. It may only shrink.
const knownGaps = 6

// runAll executes a statement and reads its rows.
func runAll(t *testing.T, ss *Session, p *pgwire.Prepared) error {
	r, err := ss.Execute(t.Context(), p, nil)
	if err != nil || r.Rows == nil {
		return err
	}
	_, err = drain(t.Context(), r.Rows)
	return err
}

// The queries that real clients send are described, and those without
// parameters run, without an error other than those that name what Leat does
// not have. The gaps are comments that the recording folded into one line, and
// deliberate mistakes.
func TestRecordedClientQueries(t *testing.T) {
	f := open(t)
	f.srv.cfg.Sleep = func(context.Context, time.Duration) error { return nil }
	f.is("CREATE TABLE customers (id INT PRIMARY KEY, name TEXT)", "CREATE TABLE")
	f.is(`CREATE TABLE orders (id INT PRIMARY KEY, customer TEXT, ts TIMESTAMP, amount NUMERIC(12,2), ok BOOLEAN, tags TEXT[], doc JSONB, u UUID, d DATE, b BYTEA, f8 DOUBLE PRECISION)`, "CREATE TABLE")
	asked, failed := 0, 0
	for block := range strings.SplitSeq(sharedFile(t, "spec/postgres-client-queries.txt"), "\n\n") {
		head, q, _ := strings.Cut(strings.TrimSpace(block), "\n")
		verb := strings.ToUpper(strings.TrimLeft(q, " ("))
		if q == "" || !strings.HasPrefix(verb, "SELECT") && !strings.HasPrefix(verb, "WITH") && !strings.HasPrefix(verb, "SHOW") {
			continue
		}
		asked++
		ss, err := f.srv.NewSession("me", "leat", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ss.Prepare(t.Context(), q, nil)
		if err == nil && len(p.Params) == 0 {
			err = runAll(t, ss, p)
		}
		if err != nil {
			e := sqlerr.From(err)
			if e.Code == sqlerr.UndefinedTable || e.Code == sqlerr.UndefinedObject || strings.HasPrefix(e.Message, "cannot insert multiple") {
				ss.Close()
				continue
			}
			failed++
			t.Logf("%s: %v\n%.160s", head, e, q)
		}
		ss.Close()
	}
	if asked < 100 || failed > knownGaps {
		t.Errorf("%d of %d recorded queries fail", failed, asked)
	}
}
