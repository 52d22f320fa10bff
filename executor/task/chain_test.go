package task

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// manyPages are rows of n pages in one minute, the first of them from.
func manyPages(from, n int) (ts []int64, rows []types.Row) {
	for i := range n {
		ts = append(ts, int64(i%1000))
		rows = append(rows, types.Row{int64(i), fmt.Sprintf("/page%d", (from+i)%800), int64(1)})
	}
	return ts, rows
}

func chainSpec(t testing.TB) JobSpec { return JobSpec{ID: "c", Plan: countPlan(t, 1, 1, minute())} }

// chained is a node whose aggregate has checkpoints in two chains, and how many
// rows it took.
func chained(t *testing.T) (n *node, took int) {
	n = newNode(t, 64)
	n.topic("clicks", 1)
	n.topic("counts", 1)
	n.start(chainSpec(t))
	for round := range 7 {
		ts, rows := manyPages(took, []int{800, 20}[min(round, 1)])
		took += len(rows)
		n.insert(clicks(1), ts, rows...)
		n.save()
	}
	return n, took
}

// save takes a checkpoint of all there is.
func (n *node) save() {
	n.t.Helper()
	n.idle()
	n.rt.Checkpoint()
	n.idle()
	for _, j := range n.rt.list() {
		for _, t := range j.tasks {
			for t.save.Load() || t.writing.Load() {
				t.writer.Wait()
			}
		}
	}
}

func (n *node) files(stage int) *checkpoints {
	return &checkpoints{fs: n.fs, dir: n.fs.PathJoin("tasks", dirOf(TaskName("c", stage, 0)))}
}

// flip damages a file in the middle.
func flip(t *testing.T, fs vfs.FS, path string) {
	t.Helper()
	f, err := fs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if f, err = fs.Create(path, vfs.WriteCategoryUnspecified); err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestChangesAreWrittenAlone: behind a whole checkpoint of each chain there are
// the rows that changed, and files are kept as long as one goes on from them.
func TestChangesAreWrittenAlone(t *testing.T) {
	n, _ := chained(t)
	defer n.close()
	s := n.files(1)
	epochs, err := s.list()
	n.must(err)
	whole, changes := 0, 0
	for _, e := range epochs {
		c, states, bad, err := s.assemble(e)
		if err != nil || bad != "" || len(states) != len(c.chain)+1 {
			t.Fatalf("epoch %d: %s %v", e, bad, err)
		}
		if len(c.chain) == 0 {
			whole = max(whole, len(c.state))
		} else if changes++; len(c.state)*4 > len(states[0]) {
			t.Errorf("epoch %d: changes of %d bytes, whole ones of %d", e, len(c.state), len(states[0]))
		}
	}
	if len(epochs) != 7 || changes != 5 || whole == 0 {
		t.Errorf("%d files, %d of changes, the largest whole one %d bytes", len(epochs), changes, whole)
	}
	if st := n.rt.Jobs()[0].Tasks[1].Saved; st.Files != 7 || st.Changes != 5 || st.Bytes < int64(whole) || st.Last > int64(whole) {
		t.Errorf("status: %+v", st)
	}
}

// TestChainsAreRewritten: a chain ends after maxChain files, and its files go when
// the next one has begun.
func TestChainsAreRewritten(t *testing.T) {
	n, took := chained(t)
	defer n.close()
	most := 0
	for range 40 {
		ts, rows := manyPages(took, 5)
		took += len(rows)
		n.insert(clicks(1), ts, rows...)
		n.save()
		epochs, err := n.files(1).list()
		n.must(err)
		most = max(most, len(epochs))
		c, _, bad, err := n.files(1).assemble(epochs[0])
		if err != nil || bad != "" || len(c.chain) >= maxChain {
			t.Fatalf("a chain of %d: %s %v", len(c.chain)+1, bad, err)
		}
	}
	if most > 2*maxChain || most < maxChain {
		t.Errorf("%d files", most)
	}
	state, _ := n.log.TaskState(TaskName("c", 1, 0))
	if epochs, _ := n.files(1).list(); state.TrimEpoch != epochs[1] {
		t.Errorf("the journal is trimmed to %d, the older checkpoint is %d", state.TrimEpoch, epochs[1])
	}
}

// TestAnyFileOfAChainMayBeDamaged, or missing: the task takes the other chain and
// its journal from there. When no chain is left it says what is damaged.
func TestAnyFileOfAChainMayBeDamaged(t *testing.T) {
	n, took := chained(t)
	epochs, err := n.files(1).list()
	n.must(err)
	want := n.records("counts")
	whole := n.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
	defer n.close()
	again := func() *node {
		return openNode(t, whole.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 0}), n.clock, 64)
	}
	for i, e := range epochs {
		m := again()
		if i%2 == 0 {
			flip(t, m.fs, m.files(1).path(e))
		} else {
			m.must(m.files(1).remove(e))
		}
		found, err := InspectCheckpoints(m.fs, "tasks")
		if err != nil || len(found.Damage) == 0 && i != 1 { // a chain's last file may as well never have been
			t.Fatalf("epoch %d: nothing is found to be damaged: %v", e, err)
		}
		m.must(m.rt.StartJob(m.ctx(), chainSpec(t), true))
		ts, rows := manyPages(took, 30)
		m.insert(clicks(1), ts, rows...)
		m.save()
		got := m.records("counts")
		if len(got) != len(want)+30 || !slices.Equal(got[:len(want)], want) {
			t.Fatalf("epoch %d damaged: %d records, want %d", e, len(got), len(want)+30)
		}
		page, count := 0, 0
		if _, err := fmt.Sscanf(got[len(got)-1][strings.Index(got[len(got)-1], "/page"):], "/page%d", &page); err != nil {
			t.Fatal(err)
		}
		for i := range took + 30 {
			if row := i; row%800 == page {
				count++
			}
		}
		if !strings.Contains(got[len(got)-1], fmt.Sprintf(`"count":%d`, count)) {
			t.Errorf("epoch %d damaged: %s, want %d", e, got[len(got)-1], count)
		}
		m.close()
	}
	m := again()
	for _, e := range epochs[:2] {
		flip(t, m.fs, m.files(1).path(e))
	}
	m.must(m.rt.StartJob(m.ctx(), chainSpec(t), true))
	m.idle()
	j := m.rt.Jobs()[0]
	if j.State != Failed || !sqlerr.Is(j.Err, sqlerr.DataCorrupted) || !strings.Contains(sqlerr.From(j.Err).Detail, m.files(1).path(epochs[1])) {
		t.Errorf("without a checkpoint: %s %v", j.State, j.Err)
	}
	m.close()
}

// TestTheFirstCheckpointMayBeDamaged, while there is no second: the journal is
// there from its beginning.
func TestTheFirstCheckpointMayBeDamaged(t *testing.T) {
	for _, damage := range []func(*node, string){
		func(n *node, path string) { flip(t, n.fs, path) },
		func(n *node, path string) { n.must(n.fs.Remove(path)) },
	} {
		n := newNode(t, 64)
		n.topic("clicks", 1)
		n.topic("counts", 1)
		n.start(chainSpec(t))
		ts, rows := manyPages(0, 800)
		n.insert(clicks(1), ts, rows...)
		n.save()
		n.close()
		m := openNode(t, n.fs, n.clock, 64)
		epochs, err := m.files(1).list()
		if m.must(err); len(epochs) != 1 {
			t.Fatalf("checkpoints %v", epochs)
		}
		damage(m, m.files(1).path(epochs[0]))
		m.must(m.rt.StartJob(m.ctx(), chainSpec(t), true))
		m.insert(clicks(1), ts[:1], rows[0])
		m.idle()
		if got := m.records("counts"); len(got) != 801 || !strings.Contains(got[800], `"count":2`) {
			t.Errorf("%d records, the last one %s", len(got), got[len(got)-1])
		}
		m.close()
	}
}

// TestCheckpointsAheadGo: a checkpoint ahead of the journal, whose end was lost,
// does not stay (E5): its epoch is to come again, with other rows.
func TestCheckpointsAheadGo(t *testing.T) {
	n, _ := chained(t)
	defer n.close()
	files := n.files(0)
	had, err := files.list()
	n.must(err)
	n.must(files.dropAhead(had[1]))
	left, err := files.list()
	n.must(err)
	if len(had) < 3 || !slices.Equal(left, had[1:]) {
		t.Errorf("of checkpoints %v those up to %d are to stay, there are %v", had, had[1], left)
	}
}
