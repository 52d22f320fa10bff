package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// policies are the verdicts that docs/bad-data.md gives where the data set
// leaves the choice: true is accepted.
var policies = map[string]bool{
	"6": true, "10": true, "18": true, "22": false, "27": false, "30": true, "32": true, "38": true,
}

// TestDirty loads the dirty files through psql: each line's verdict is the
// expected one, bad lines are in the dead-letter stream with a reason, and the
// server answers afterwards.
func TestDirty(t *testing.T) {
	needPsql(t)
	dir := filepath.Join(shared(t), "data")
	n, ctx := start(t)
	for _, c := range []struct {
		file, table, ddl, options string
		first                     int // what the dead letter of the first line is numbered
	}{
		{"dirty.jsonl", "q", "CREATE STREAM q (id TEXT KEY NOT NULL, event_time TIMESTAMP NOT NULL, mag DOUBLE PRECISION, place TEXT) WITH (timestamp = 'event_time')", "FORMAT json", 1},
		{"dirty.csv", "v", "CREATE STREAM v (event_time TIMESTAMP NOT NULL, visitor TEXT KEY NOT NULL, method TEXT, path TEXT, status INT, bytes BIGINT) WITH (timestamp = 'event_time')", "FORMAT csv, HEADER", 2},
	} {
		if _, err := n.Psql(ctx, "-c", c.ddl); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Psql(ctx, "-c", fmt.Sprintf(`\copy %s FROM '%s' WITH (%s, ON_ERROR 'dlq')`, c.table, filepath.Join(dir, c.file), c.options)); err != nil {
			t.Fatal(err)
		}
		letters, err := n.Psql(ctx, "-c", fmt.Sprintf(`SELECT "offset" FROM leat.errors WHERE stream = '%s' AND reason <> '' AND code <> ''`, c.table))
		if err != nil {
			t.Fatal(err)
		}
		bad := map[string]bool{}
		for _, l := range letters {
			bad[l] = true
		}
		accepted := checkVerdicts(t, filepath.Join(dir, c.file+".expect.csv"), bad, c.first)
		count, err := n.Psql(ctx, "-c", "SELECT count(*) FROM "+c.table)
		if err != nil || len(count) != 1 || count[0] != fmt.Sprint(accepted) {
			t.Errorf("%s: %v rows, want %d, %v", c.file, count, accepted, err)
		}
		// Without ON_ERROR the first bad line stops the copy and nothing is written.
		if _, err := n.Psql(ctx, "-c", fmt.Sprintf(`\copy %s FROM '%s' WITH (%s)`, c.table, filepath.Join(dir, c.file), c.options)); err == nil {
			t.Errorf("%s: COPY without ON_ERROR did not stop", c.file)
		}
		if again, err := n.Psql(ctx, "-c", "SELECT count(*) FROM "+c.table); err != nil || len(again) != 1 || again[0] != count[0] {
			t.Errorf("%s: after the stopped COPY %v rows, %v", c.file, again, err)
		}
	}
}

// checkVerdicts compares dead letters, by number, with the expectations and
// gives how many lines had to be accepted.
func checkVerdicts(t *testing.T, name string, bad map[string]bool, first int) (accepted int) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		var line int
		if _, err := fmt.Sscan(r[0], &line); err != nil {
			t.Fatal(err)
		}
		is := bad[fmt.Sprint(line-1+first)]
		ok := r[1] == "ok" || r[1] == "policy" && policies[r[0]]
		if ok {
			accepted++
		}
		if want := r[1] == "bad" || r[1] == "policy" && !policies[r[0]]; is != want {
			t.Errorf("%s line %s (%s): bad %v, want %v", filepath.Base(name), r[0], r[2], is, want)
		}
	}
	return accepted
}
