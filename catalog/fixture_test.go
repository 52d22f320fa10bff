package catalog_test

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// world is a catalog under test with its log.
type world struct {
	t   *testing.T
	c   *catalog.Catalog
	log [][]byte
}

func newWorld(t *testing.T) *world { return &world{t: t, c: catalog.New()} }

// do applies a command at the next index, one second after the last.
func (w *world) do(cmd catalog.Command) catalog.Result {
	b := catalog.Encode(cmd)
	w.log = append(w.log, b)
	n := len(w.log)
	return w.c.Apply(uint64(n), int64(n)*1000, b).(catalog.Result)
}

func (w *world) ok(cmd catalog.Command) catalog.Result {
	w.t.Helper()
	res := w.do(cmd)
	if res.Err != nil {
		w.t.Fatalf("%T: %v (%s)", cmd, res.Err, res.Err.Detail)
	}
	return res
}

// no wants a refusal whose code, message and detail hold the words of want, and
// that nothing has changed (C3).
func (w *world) no(cmd catalog.Command, want ...string) {
	w.t.Helper()
	before := w.state()
	res := w.do(cmd)
	if res.Err == nil {
		w.t.Fatalf("%T was not refused, want %q", cmd, want)
	}
	got := res.Err.Code + " " + res.Err.Message + "\n" + res.Err.Detail
	for _, s := range want {
		if !strings.Contains(got, s) {
			w.t.Errorf("%T: %s\nwant %q", cmd, got, s)
		}
	}
	if after := w.state(); before != after {
		w.t.Errorf("%T was refused and changed the catalog", cmd)
	}
}

// state is the stored catalog without its version.
func (w *world) state() string {
	b, err := w.c.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), `,"State":`)
	return rest
}

func columns(text string) types.Schema {
	var out types.Schema
	for _, part := range strings.Split(text, ", ") {
		part, key := strings.CutSuffix(part, " key")
		part, notNull := strings.CutSuffix(part, " not null")
		name, word, _ := strings.Cut(part, " ")
		t, err := types.ParseType(word)
		if err != nil {
			panic("BUG: a test's type: " + word)
		}
		out = append(out, types.Column{Name: name, Type: t, Key: key, NotNull: notNull})
	}
	return out
}

func stream(name, cols string, reads ...string) *catalog.CreateRelation {
	return &catalog.CreateRelation{Ready: true, Relation: catalog.Relation{
		Name: name, Kind: catalog.Stream, Schema: columns(cols), Topic: name, Partitions: 1, Reads: reads,
		KeyFormat: catalog.Format{Name: "JSON"}, ValueFormat: catalog.Format{Name: "JSON"}, Meaning: "leat",
	}}
}

func view(name, cols string, reads ...string) *catalog.CreateRelation {
	c := stream(name, cols, reads...)
	c.Relation.Kind, c.Relation.Topic = catalog.View, ""
	return c
}

// derived is CREATE STREAM name AS ... of what it reads.
func derived(name, cols string, reads ...string) *catalog.CreateRelation {
	c := stream(name, cols, reads...)
	c.Relation.Derived = true
	c.Job = &catalog.Job{Kind: catalog.CSAS, Query: "SELECT", Reads: reads}
	return c
}

func ksql(c *catalog.CreateRelation) *catalog.CreateRelation {
	c.Relation.Meaning = "ksqldb"
	if c.Job != nil {
		c.Job.Meaning = "ksqldb"
	}
	return c
}
