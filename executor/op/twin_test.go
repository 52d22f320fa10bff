package op

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/leatdb/leat/executor/ref"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

var (
	trials  = flag.Int("trials", 24, "random plans for each operator, at least")
	outputs = flag.Int("outputs", 0, "rows that each operator gives, at least")
)

// plan makes a random stage over sources.
type plan func(rng *rand.Rand) (planner.Node, []*source)

// twins compares the operators of random plans with their record-at-a-time
// twins: same rows, times, windows, old values, failures and late rows in the
// same order, whatever the batches, wherever the state is saved and loaded, and
// after a crash that goes back to the state saved last.
func twins(t *testing.T, make plan) {
	t.Helper()
	twinsUpTo(t, *outputs, make)
}

// twinsUpTo goes on until the operators gave so many rows.
func twinsUpTo(t *testing.T, most int, make plan) {
	t.Helper()
	rows, seed, cold := 0, int64(0), int64(0)
	for ; seed < int64(*trials) || rows < most; seed++ {
		rng := rand.New(rand.NewSource(seed))
		root, sources := make(rng)
		p := &pair{t: t, seed: seed, rng: rng, root: root, sources: sources, types: schemaTypes(root.Out())}
		p.run()
		if t.Failed() {
			return
		}
		rows += p.rows
		cold += p.cold.most
	}
	t.Logf("campaign: %s: %d random plans (seeds 0 to %d), %d rows equal", t.Name(), seed, seed-1, rows)
	t.Logf("%d rows of state were outside of memory", cold)
}

// pair is a tree and its twin.
type pair struct {
	t       *testing.T
	seed    int64
	rng     *rand.Rand
	root    planner.Node
	sources []*source
	types   []types.Type // of the outputs
	stage   *planner.Stage
	ctx     *Ctx
	tree    *Tree
	twin    *ref.Tree
	rows    int      // compared
	since   []*taken // since the last save
	saves
	cold    coldPart
	resumed int // times that closed windows were gone on with
}

func (p *pair) run() {
	ksql := p.rng.Intn(3) == 0
	p.stage = &planner.Stage{Root: p.root, Inputs: slices.Repeat([]*planner.Input{{}}, len(p.sources))}
	p.ctx = &Ctx{Env: testEnv, Ksql: ksql, MaxClose: []int{0, 1, 3, 20}[p.rng.Intn(4)], Picked: p.seed%2 == 0}
	p.limit()
	defer p.close()
	p.tree = p.build()
	p.twin = ref.Build(p.root, testEnv, ksql)
	size := []int{1, 8, 64}[p.rng.Intn(3)]
	for step := range 24 {
		if p.rng.Intn(12) == 0 {
			p.tick(step)
		} else {
			p.step(step, 1+p.rng.Intn(size))
		}
		switch p.rng.Intn(16) {
		case 0, 1:
			p.reload()
		case 2:
			p.crash(step)
		case 3, 4:
			p.save()
		}
		if p.t.Failed() {
			return
		}
	}
}

func (p *pair) build() *Tree {
	tree, err := Build(p.stage, p.ctx)
	if err != nil {
		p.t.Fatalf("seed %d: build: %v", p.seed, err)
	}
	return tree
}

func (p *pair) step(step, n int) {
	recs := make([][]ref.Rec, len(p.sources))
	var want []ref.Rec
	i := 0
	for seq := range n {
		if p.seed%3 < 2 || p.rng.Intn(24) == 0 { // else many rows of one source follow each other
			i = p.rng.Intn(len(p.sources))
		}
		r := p.sources[i].next(int32(seq))
		recs[i] = append(recs[i], r)
		want = append(want, p.twin.Row(i, r)...)
	}
	ins := make([]*vec.Batch, len(p.sources))
	for i, rs := range recs {
		if len(rs) > 0 {
			ins[i] = p.sources[i].batch(rs, len(rs) == n)
		}
	}
	p.take(step, &taken{ins: ins}, want)
}

func (p *pair) tick(step int) {
	now := p.sources[0].now + p.rng.Int63n(300)
	p.take(step, &taken{tick: true, now: now}, p.twin.Tick(now))
}

// take lets the tree take a step, compares it with the twin's and keeps it for
// a crash.
func (p *pair) take(step int, s *taken, want []ref.Rec) {
	p.t.Helper()
	p.compare(step, p.do(step, s), want)
	p.compareReports(step)
	p.countCold()
	p.since = append(p.since, s)
}

func (p *pair) compare(step int, g []shown, want []ref.Rec) {
	p.t.Helper()
	p.rows += len(want)
	p.same(step, g, p.show(want))
}

// shown is a record as bytes that are equal when records are, and to print.
type shown struct {
	code string
	rec  ref.Rec
}

func (p *pair) show(recs []ref.Rec) []shown {
	out := make([]shown, len(recs))
	for i, r := range recs {
		out[i] = shown{p.code(r), r}
	}
	return out
}

// gave are the records that the tree gave, in the order of Seq.
func (p *pair) gave(step int, got []*vec.Batch) []shown {
	p.t.Helper()
	var g []ref.Rec
	last := int32(-1)
	for _, b := range got {
		if p.root.Kind() == planner.TableResult && b.OldOK == nil {
			p.t.Fatalf("seed %d step %d: changes without OldOK", p.seed, step)
		}
		if !p.ctx.Picked && b != b.Whole() {
			p.t.Fatalf("seed %d step %d: picked columns come out", p.seed, step)
		}
		for _, r := range ref.Records(b.Whole()) {
			if r.Seq < last {
				p.t.Fatalf("seed %d step %d: Seq %d after %d", p.seed, step, r.Seq, last)
			}
			last = r.Seq
			g = append(g, r)
		}
	}
	return p.show(g)
}

func (p *pair) same(step int, g, w []shown) {
	p.t.Helper()
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i].code != w[i].code {
			p.t.Fatalf("seed %d step %d, output %d of %d, want %d:\ngot\n  %s\nwant\n  %s",
				p.seed, step, i, len(g), len(w), around(g, i), around(w, i))
		}
	}
}

func around(s []shown, i int) string {
	var out []string
	for _, x := range s[min(len(s), max(0, i-1)):min(len(s), i+3)] {
		out = append(out, fmt.Sprintf("%+v = %x", x.rec, x.code))
	}
	return strings.Join(out, "\n  ")
}

// code is a record to the last bit; of a tombstone only its key counts.
func (p *pair) code(r ref.Rec) string {
	vals := r.Vals
	if r.Tomb {
		vals = make(types.Row, len(r.Vals))
		for _, c := range p.root.Keys() {
			vals[c] = r.Vals[c]
		}
	}
	flags := byte(0)
	for i, set := range []bool{r.Windowed, r.Tomb, r.OldOK, r.Old != nil} {
		if set {
			flags |= 1 << i
		}
	}
	b := []byte{flags}
	for _, n := range []int64{int64(r.Seq), r.Ts, r.Win, r.WinEnd} {
		b = binary.AppendVarint(b, n)
	}
	b = vec.EncodeValues(b, p.types, vals)
	if r.Old != nil {
		b = vec.EncodeValues(b, p.types, r.Old)
	}
	return string(b)
}

func schemaTypes(s types.Schema) []types.Type {
	out := make([]types.Type, len(s))
	for i := range s {
		out[i] = s[i].Type
	}
	return out
}

func (p *pair) compareReports(step int) {
	p.t.Helper()
	failed, late := p.twin.Reports()
	var gf []ref.Failed
	for _, f := range p.ctx.Failures {
		gf = append(gf, ref.Failed{Seq: f.Seq, At: f.at, Err: f.Err.Error()})
	}
	if !slices.Equal(gf, failed) {
		p.t.Fatalf("seed %d step %d: failures\ngot  %v\nwant %v", p.seed, step, gf, failed)
	}
	var gl []ref.Late
	for _, l := range p.ctx.Late {
		gl = append(gl, ref.Late{Seq: l.Seq, At: l.at, Ts: l.Ts, Window: l.Window})
	}
	if !slices.Equal(gl, late) {
		p.t.Fatalf("seed %d step %d: late rows\ngot  %v\nwant %v", p.seed, step, gl, late)
	}
}
