package task

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// fakeClock stands still until it is moved.
type fakeClock struct{ ms atomic.Int64 }

func (c *fakeClock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// noMeta is a state machine without state.
type noMeta struct{}

func (noMeta) Apply(uint64, int64, []byte) any { return nil }
func (noMeta) Snapshot() ([]byte, error)       { return nil, nil }
func (noMeta) Restore([]byte) error            { return nil }

// node is a log and a runtime over one crashable file system.
type node struct {
	t     testing.TB
	fs    *vfs.MemFS
	clock *fakeClock
	log   *log.Log
	rt    *Runtime
	batch int
}

func openNode(t testing.TB, fs *vfs.MemFS, clock *fakeClock, maxBatch int) *node {
	t.Helper()
	cfg := log.DefaultConfig("log")
	cfg.FS, cfg.Clock = fs, clock
	cfg.WALSegmentBytes, cfg.ReserveBytes = 64<<10, 0
	l, err := log.Open(context.Background(), cfg, noMeta{})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, fs: fs, clock: clock, log: l, batch: maxBatch}
	n.rt = New(Config{Log: l, FS: fs, Dir: "tasks", Clock: clock, MaxBatch: maxBatch, ChangesFrom: 1, MaxClose: 7, MaxDecoded: 32 << 20})
	return n
}

func newNode(t testing.TB, maxBatch int) *node {
	clock := &fakeClock{}
	clock.ms.Store(1_700_000_000_000)
	return openNode(t, vfs.NewCrashableMem(), clock, maxBatch)
}

func (n *node) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	n.t.Cleanup(cancel)
	return ctx
}

func (n *node) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// close ends runtime and log orderly.
func (n *node) close() {
	n.t.Helper()
	n.must(n.rt.Close(n.ctx()))
	n.must(n.log.Close())
}

// crash loses what was not synced and opens again what is left.
func (n *node) crash(rng *rand.Rand) *node {
	n.t.Helper()
	left := n.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
	n.must(n.rt.Abandon(n.ctx()))
	n.must(n.log.Close())
	return openNode(n.t, left, n.clock, n.batch)
}

func (n *node) topic(name string, partitions int32) {
	n.t.Helper()
	n.must(n.log.CreateTopic(n.ctx(), log.TopicConfig{Name: name, Partitions: partitions, RetentionMs: -1, RetentionBytes: -1}))
}

// start activates and runs a job.
func (n *node) start(spec JobSpec) {
	n.t.Helper()
	a := Activation(spec)
	a.PlanID = spec.ID
	_, err := n.log.Activate(n.ctx(), a)
	n.must(err)
	n.must(n.rt.StartJob(n.ctx(), spec, false))
}

func (n *node) idle() {
	n.t.Helper()
	n.must(n.rt.WaitIdle(n.ctx()))
}

// insert appends rows, in the relation's column order, as one batch a
// partition; ts is each row's time.
func (n *node) insert(rel *catalog.Relation, ts []int64, rows ...types.Row) {
	n.t.Helper()
	w, err := codec.InsertEncoder(rel)
	n.must(err)
	placed, err := w.Rows(rows, ts)
	n.must(err)
	var cmd []log.Append
	for part := range rel.Partitions {
		var b batch.Builder
		b.Reset(batch.None, -1, -1, -1)
		for _, p := range placed {
			if p.Partition == part {
				b.Append(p.Record)
			}
		}
		if b.Count() > 0 {
			cmd = append(cmd, log.Append{Topic: rel.Topic, Partition: part, Batch: b.Bytes(), ExpectedOffset: -1})
		}
	}
	_, err = n.log.Append(n.ctx(), cmd)
	n.must(err)
}

// raw appends records as they are.
func (n *node) raw(topic string, part int32, records ...batch.Record) {
	n.t.Helper()
	var b batch.Builder
	b.Reset(batch.None, -1, -1, -1)
	for _, r := range records {
		b.Append(r)
	}
	_, err := n.log.Append(n.ctx(), []log.Append{{Topic: topic, Partition: part, Batch: b.Bytes(), ExpectedOffset: -1}})
	n.must(err)
}

// records prints a topic: "partition/offset @ts key=value", partition by
// partition.
func (n *node) records(topic string) []string {
	n.t.Helper()
	cfg, ok := n.log.Topic(topic)
	if !ok {
		n.t.Fatalf("no topic %s", topic)
	}
	var out []string
	for part := range cfg.Partitions {
		c := cursor{log: n.log, topic: topic, partition: part, bytes: 1 << 20}
		var rec batch.Record
		for {
			ok, err := c.record(&rec, 1<<60)
			n.must(err)
			if !ok {
				break
			}
			val := "NULL"
			if rec.Value != nil {
				val = string(rec.Value)
			}
			out = append(out, fmt.Sprintf("%d/%d @%d %s=%s", part, rec.Offset, rec.Timestamp, rec.Key, val))
		}
	}
	return out
}

var jsonFormat = catalog.Format{Name: "JSON"}

// clicks is a stream (id BIGINT KEY, page TEXT, n INT).
func clicks(partitions int32) *catalog.Relation {
	return &catalog.Relation{
		Name: "clicks", Topic: "clicks", Kind: catalog.Stream, Partitions: partitions, Meaning: "leat",
		KeyFormat: jsonFormat, ValueFormat: jsonFormat, WrapSingle: true,
		Schema: types.Schema{
			{Name: "id", Type: types.TBigInt, Key: true}, {Name: "page", Type: types.TString}, {Name: "n", Type: types.TInt},
		},
	}
}

func inputOf(rel *catalog.Relation) *planner.Input {
	in := &planner.Input{
		Relation: rel.Name, Topic: rel.Topic, Schema: rel.Schema, KeyFormat: rel.KeyFormat, ValFormat: rel.ValueFormat,
		Wrap: rel.WrapSingle, Exchange: -1, Timestamp: rel.Timestamp,
	}
	if rel.Kind == catalog.Table {
		in.Kind = planner.TableResult
	}
	return in
}

func col(s types.Schema, name string) expr.Node {
	i := s.Index(name)
	return &expr.Column{Index: i, Name: name, T: s[i].Type}
}

// filterPlan is SELECT * FROM clicks WHERE n > 0, into topic big.
func filterPlan(partitions int32) *planner.StreamPlan {
	rel := clicks(partitions)
	in := &planner.InputNode{Base: planner.Base{Schema: rel.Schema}}
	cond := &expr.Compare{Op: ">", L: col(rel.Schema, "n"), R: &expr.Const{V: int64(0), T: types.TInt}}
	root := &planner.FilterNode{Base: planner.Base{Schema: rel.Schema}, In: in, Cond: cond}
	return &planner.StreamPlan{
		Stages: []*planner.Stage{{Partitions: partitions, Inputs: []*planner.Input{inputOf(rel)}, Root: root}},
		Schema: rel.Schema, OnError: "dlq", Hash: "filter",
		Sink: &planner.Sink{
			Relation: "big", Topic: "big", Columns: []int{0, 1, 2}, Schema: rel.Schema,
			KeyFormat: jsonFormat, ValFormat: jsonFormat, Wrap: true,
		},
	}
}

func equalLines(t testing.TB, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

// rowsOf prints the live rows of a batch: "@ts v, v", "-" in front of deletes.
func rowsOf(b *vec.Batch) []string {
	var out []string
	for i := 0; i < b.Len(); i++ {
		row := b.Row(i)
		line := fmt.Sprintf("@%d", b.Ts[row])
		if b.Tomb != nil && b.Tomb.Get(row) {
			line = "-" + line
		}
		for c := range b.Cols {
			line += fmt.Sprintf(" %v", b.Cols[c].Value(row))
		}
		out = append(out, line)
	}
	return out
}
