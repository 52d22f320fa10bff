package task

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// TestDeadLettersHoldTheRecord feeds records that cannot be read. A letter tells
// its step's time, so a replay with another time would not match (E4).
func TestDeadLettersHoldTheRecord(t *testing.T) {
	n := newNode(t, 64)
	n.topic("clicks", 1)
	n.topic("big", 1)
	n.topic("letters", 1)
	n.start(JobSpec{ID: "j", Plan: filterPlan(1), DeadLetter: "letters"})
	n.raw("clicks", 0,
		batch.Record{Key: []byte("1"), Value: []byte(`{"page":"/a","n":1}`), Timestamp: 1},
		batch.Record{Key: []byte("2"), Value: []byte(`{"page":"/b","n":"many"}`), Timestamp: 2},
		batch.Record{Key: []byte("x"), Value: []byte(`{"page":"/c","n":3}`), Timestamp: 3},
		batch.Record{Key: []byte("4"), Value: []byte("\xff\xfe"), Timestamp: 4},
		batch.Record{Key: []byte("5"), Value: []byte(`{"page":"/e","n":5}`), Timestamp: 5})
	n.idle()
	equalLines(t, n.records("big"), `0/0 @1 1={"page":"/a","n":1}`, `0/1 @5 5={"page":"/e","n":5}`)
	got := n.records("letters")
	for i, want := range []string{
		`"topic":"clicks","partition":0,"offset":1,"key":"2","value":"{\"page\":\"/b\",\"n\":\"many\"}","encoding":"text",` +
			`"reason":"invalid input syntax for type integer: \"many\"","code":"22P02","column":"n","query":"j","at":"2023-11-14T22:13:20Z"`,
		`"offset":2,"key":"x"`,
		`"offset":3,"key":"NA==","value":"//4=","encoding":"base64"`,
	} {
		if i >= len(got) || !strings.Contains(got[i], want) {
			t.Errorf("letter %d of %v does not hold %s", i, got, want)
		}
	}
	n.clock.ms.Add(5000)
	n = n.crash(rand.New(rand.NewPCG(4, 4)))
	defer n.close()
	n.must(n.rt.StartJob(n.ctx(), JobSpec{ID: "j", Plan: filterPlan(1), DeadLetter: "letters"}, true))
	n.idle()
	if s := n.rt.Jobs()[0]; s.State != Running || s.Tasks[0].Failed != 3 || s.Tasks[0].RowsIn != 5 {
		t.Errorf("status %+v", s)
	}
	equalLines(t, n.records("letters"), got...)
}

// TestFailedRowsKeepTheirRecord divides by zero in a projection.
func TestFailedRowsKeepTheirRecord(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("big", 1)
	n.topic("letters", 1)
	p := filterPlan(1)
	f := p.Stages[0].Root.(*planner.FilterNode)
	zero := &expr.Binary{Op: "/", L: &expr.Const{V: int64(6), T: types.TInt}, R: col(p.Schema, "n"), T: types.TInt}
	f.Cond = &expr.Compare{Op: ">", L: zero, R: &expr.Const{V: int64(1), T: types.TInt}}
	n.start(JobSpec{ID: "j", Plan: p, DeadLetter: "letters"})
	n.insert(clicks(1), []int64{1, 2, 3}, types.Row{int64(1), "/a", int64(3)}, types.Row{int64(2), "/b", int64(0)}, types.Row{int64(3), "/c", int64(6)})
	n.idle()
	equalLines(t, n.records("big"), `0/0 @1 1={"page":"/a","n":3}`)
	got := n.records("letters")
	if len(got) != 1 || !strings.Contains(got[0], `"offset":1,"key":"2","value":"{\"page\":\"/b\",\"n\":0}"`) ||
		!strings.Contains(got[0], `"code":"22012"`) {
		t.Errorf("letters %v", got)
	}
}

func TestOnErrorStopAndSkip(t *testing.T) {
	for _, mode := range []string{"stop", "skip"} {
		n := newNode(t, 1)
		n.topic("clicks", 1)
		n.topic("big", 1)
		n.start(JobSpec{ID: "j", Plan: filterPlan(1), OnError: mode})
		n.raw("clicks", 0, batch.Record{Key: []byte("1"), Value: []byte(`{"n":1}`)}, batch.Record{Key: []byte("2"), Value: []byte(`{`)})
		err := n.rt.WaitCaughtUp(n.ctx(), "j")
		s := n.rt.Jobs()[0]
		if mode == "skip" && (err != nil || s.State != Running || s.Tasks[0].Skipped != 1) {
			t.Errorf("skip: %v %+v", err, s)
		}
		if mode == "stop" {
			if !sqlerr.Is(err, sqlerr.InvalidJSON) || s.State != Failed || sqlerr.From(s.Err).Detail == "" {
				t.Errorf("stop: %v %+v", err, s)
			}
			n.must(n.rt.ResumeJob(n.ctx(), "j"))
			if err := n.rt.WaitCaughtUp(n.ctx(), "j"); !sqlerr.Is(err, sqlerr.InvalidJSON) {
				t.Errorf("after resuming: %v", err)
			}
		}
		n.close()
	}
}

func TestPauseHoldsAndResumeGoesOn(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("big", 1)
	n.start(JobSpec{ID: "j", Plan: filterPlan(1)})
	n.idle()
	n.must(n.rt.PauseJob("j"))
	n.insert(clicks(1), []int64{1}, types.Row{int64(1), "/a", int64(3)})
	n.idle()
	if s := n.rt.Jobs()[0]; s.State != Paused || s.Tasks[0].Lag != 1 {
		t.Errorf("status %+v", s)
	}
	n.must(n.rt.ResumeJob(n.ctx(), "j"))
	n.must(n.rt.WaitApplied(n.ctx(), "j", []log.InputPos{{Topic: "clicks", Next: 1}}))
	equalLines(t, n.records("big"), `0/0 @1 1={"page":"/a","n":3}`)
	n.must(n.rt.StopJob(n.ctx(), "j", true))
	if len(n.rt.Jobs()) != 0 || n.rt.PauseJob("j") == nil {
		t.Error("a dropped job is still there")
	}
}

// TestCheckpointsTrimTheJournal restarts from a checkpoint and finds the
// journal cut behind it.
func TestCheckpointsTrimTheJournal(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	n := newNode(t, 4)
	n.topic("clicks", 1)
	n.topic("counts", 1)
	spec := JobSpec{ID: "c", Plan: countPlan(t, 1, 1, minute())}
	n.start(spec)
	for i := range 5 {
		ts, rows := randomClicks(rng, i*20, 20)
		n.insert(clicks(1), ts, rows...)
		n.idle()
		n.must(n.rt.StopJob(n.ctx(), "c", false)) // commits and checkpoints
		n.must(n.rt.StartJob(n.ctx(), spec, true))
	}
	state, _ := n.log.TaskState(TaskName("c", 1, 0))
	if state.TrimEpoch == 0 || state.TrimEpoch >= state.Epoch {
		t.Errorf("trimmed to %d of %d", state.TrimEpoch, state.Epoch)
	}
	epochs, err := (&checkpoints{fs: n.fs, dir: n.fs.PathJoin("tasks", dirOf(TaskName("c", 1, 0)))}).list()
	n.must(err)
	if len(epochs) != 2 || epochs[0] != state.Epoch || epochs[1] != state.TrimEpoch {
		t.Errorf("checkpoints %v, journal at %d trimmed to %d", epochs, state.Epoch, state.TrimEpoch)
	}
	n.idle()
	before := n.rt.Jobs()[0].Tasks[1]
	n = n.crash(rng)
	defer n.close()
	n.must(n.rt.StartJob(n.ctx(), spec, true))
	n.idle()
	after := n.rt.Jobs()[0].Tasks[1]
	if after.RowsIn != 100 || before.RowsIn != 100 || after.StateRows != before.StateRows {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

// TestReplayThatDivergesStopsTheJob instead of going on as if nothing were.
func TestReplayThatDivergesStopsTheJob(t *testing.T) {
	for name, change := range map[string]func(r *Runtime, p *planner.StreamPlan){
		"engine": func(r *Runtime, _ *planner.StreamPlan) { r.cfg.EngineVersion = 1 },
		"output": func(_ *Runtime, p *planner.StreamPlan) {
			p.Stages[0].Root.(*planner.FilterNode).Cond = &expr.Const{V: true, T: types.TBoolean}
		},
	} {
		n := newNode(t, 64)
		n.topic("clicks", 1)
		n.topic("big", 1)
		n.start(JobSpec{ID: "j", Plan: filterPlan(1)})
		n.insert(clicks(1), []int64{1, 2}, types.Row{int64(1), "/a", int64(3)}, types.Row{int64(2), "/a", int64(-3)})
		n.idle()
		n = n.crash(rand.New(rand.NewPCG(1, 2)))
		p := filterPlan(1)
		change(n.rt, p)
		n.must(n.rt.StartJob(n.ctx(), JobSpec{ID: "j", Plan: p}, true))
		if err := n.rt.WaitCaughtUp(n.ctx(), "j"); !Diverged(err) {
			t.Errorf("%s: %v", name, err)
		}
		n.close()
	}
}

// TestTablesAreLoadedBeforeStreams checks that a stream's old row meets the
// newest row of a table that was there at the start.
func TestTablesAreLoadedBeforeStreams(t *testing.T) {
	for _, size := range []int{1, 3, 64} {
		n := newNode(t, size)
		n.topic("clicks", 1)
		n.topic("users", 1)
		n.topic("joined", 1)
		n.insert(users(1), []int64{100, 200, 300}, user(1, "old"), user(2, "two"), user(1, "new"))
		n.insert(clicks(1), []int64{1, 2}, types.Row{int64(1), "/a", int64(3)}, types.Row{int64(9), "/b", int64(4)})
		left, right := clicks(1), users(1)
		out := append(append(types.Schema{}, left.Schema...), types.Column{Name: "uid", Type: types.TBigInt}, types.Column{Name: "name", Type: types.TString})
		root := &planner.StreamTableJoinNode{
			Base: planner.Base{Schema: out}, Outer: true, LeftKey: []expr.Node{col(left.Schema, "id")},
			Left:  &planner.InputNode{Base: planner.Base{Schema: left.Schema}},
			Right: &planner.InputNode{Base: planner.Base{Schema: right.Schema, Result: planner.TableResult, Key: []int{0}}, Index: 1},
		}
		p := &planner.StreamPlan{
			Stages: []*planner.Stage{{Partitions: 1, Root: root, Inputs: []*planner.Input{inputOf(left), inputOf(right)}}},
			Schema: out, Hash: "join",
			Sink: &planner.Sink{Topic: "joined", Columns: []int{0, 1, 4}, KeyFormat: jsonFormat, ValFormat: jsonFormat, Wrap: true,
				Schema: types.Schema{out[0], out[1], out[4]}},
		}
		n.start(JobSpec{ID: "j", Plan: p})
		n.idle()
		equalLines(t, n.records("joined"), `0/0 @1 1={"page":"/a","name":"new"}`, `0/1 @2 9={"page":"/b","name":null}`)
		n.close()
	}
}

// TestLateRowsAreRemembered across a crash, by topic and offset.
func TestLateRowsAreRemembered(t *testing.T) {
	n := newNode(t, 64)
	n.topic("clicks", 1)
	n.topic("counts", 1)
	window := minute()
	window.Grace = 0
	spec := JobSpec{ID: "c", Plan: countPlan(t, 1, 1, window)}
	n.start(spec)
	n.insert(clicks(1), []int64{10, 70_000, 20}, types.Row{int64(1), "/a", int64(1)}, types.Row{int64(2), "/a", int64(1)}, types.Row{int64(3), "/a", int64(1)})
	n.idle()
	n = n.crash(rand.New(rand.NewPCG(3, 4)))
	defer n.close()
	n.must(n.rt.StartJob(n.ctx(), spec, true))
	n.idle()
	late, err := n.rt.Late("c")
	n.must(err)
	if len(late) != 1 || late[0].Offset != 2 || late[0].Ts != 20 || late[0].Window != 0 {
		t.Errorf("late rows %+v", late)
	}
}

func TestStartRefusesWhatCannotRun(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	if err := n.rt.StartJob(n.ctx(), JobSpec{ID: "j", Plan: filterPlan(1)}, false); !sqlerr.Is(err, sqlerr.UndefinedObject) {
		t.Errorf("without its sink's topic: %v", err)
	}
	n.topic("big", 1)
	p := filterPlan(1)
	p.Sink.ValFormat = catalog.Format{Name: "XML"}
	if err := n.rt.StartJob(n.ctx(), JobSpec{ID: "j", Plan: p}, false); !sqlerr.Is(err, sqlerr.FeatureNotSupported) {
		t.Errorf("with XML: %v", err)
	}
	n.must(n.rt.StartJob(n.ctx(), JobSpec{ID: "j", Plan: filterPlan(1)}, false))
	if err := n.rt.WaitCaughtUp(n.ctx(), "j"); !errors.Is(err, log.ErrUnknownTask) {
		t.Errorf("a task that the log does not know: %v", err)
	}
}

func TestNamesLeadNowhere(t *testing.T) {
	for name, want := range map[string]string{"a/0/1": "a%2f0%2f1", "../x": "%2e%2e%2fx", "Ü_-9": "%c3%9c_-9"} {
		if got := dirOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := TaskName("j", 1, 2); got != "j/1/2" {
		t.Error(got)
	}
}

// TestNullsOfKsqlStreamsPassThrough keeps a null value a null, as ksqlDB does.
func TestNullsOfKsqlStreamsPassThrough(t *testing.T) {
	for meaning, want := range map[bool]string{true: "0/0 @4 1=NULL", false: `0/0 @4 1={"page":null,"n":null}`} {
		n := newNode(t, 64)
		n.topic("clicks", 1)
		n.topic("big", 1)
		p := filterPlan(1)
		p.Stages[0].Root = p.Stages[0].Root.Inputs()[0]
		p.Stages[0].Inputs[0].Ksql, p.Sink.Ksql = meaning, meaning
		n.start(JobSpec{ID: "j", Plan: p})
		n.raw("clicks", 0, batch.Record{Key: []byte("1"), Timestamp: 4})
		n.idle()
		equalLines(t, n.records("big"), want)
		n.close()
	}
}

// TestRegroupedRowsAreUndoneWhereTheyWere moves rows of a table between groups
// that live in different partitions.
func TestRegroupedRowsAreUndoneWhereTheyWere(t *testing.T) {
	for _, size := range []int{1, 64} {
		n := newNode(t, size)
		n.topic("users", 1)
		n.topic("names", 5)
		n.start(JobSpec{ID: "j", Plan: byNamePlan(t, 5)})
		want := map[string]int{}
		for i := range int64(60) {
			n.insert(users(1), []int64{i}, user(i%7, fmt.Sprint("name", i*i%11)))
			if i%13 == 12 {
				n.raw("users", 0, batch.Record{Key: fmt.Append(nil, i%7), Timestamp: i})
			}
		}
		n.idle()
		rows, err := n.rt.Scan(n.ctx(), users(1), ScanOptions{})
		n.must(err)
		for _, line := range n.read(rows) {
			want[strings.Fields(line)[2]]++
		}
		names := &catalog.Relation{
			Name: "names", Topic: "names", Kind: catalog.Table, Partitions: 5, Meaning: "leat",
			KeyFormat: jsonFormat, ValueFormat: jsonFormat, WrapSingle: true, Schema: byNamePlan(t, 5).Schema,
		}
		rows, err = n.rt.Scan(n.ctx(), names, ScanOptions{})
		n.must(err)
		got := map[string]int{}
		for _, line := range n.read(rows) {
			var count int
			f := strings.Fields(line)
			if _, err := fmt.Sscan(f[2], &count); err != nil {
				t.Fatal(err)
			}
			got[f[1]] = count
		}
		if !maps.Equal(got, want) {
			t.Errorf("groups %v, want %v", got, want)
		}
		n.close()
	}
}
