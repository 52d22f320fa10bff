package task

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// joinPlan is SELECT c.id, c.page, u.name, c.n FROM clicks c LEFT JOIN users u, or of
// the inner join those whose name is not x, into topic joined.
func joinPlan(outer bool) *planner.StreamPlan {
	left, right := clicks(1), users(1)
	out := append(append(types.Schema{}, left.Schema...), types.Column{Name: "uid", Type: types.TBigInt}, types.Column{Name: "name", Type: types.TString})
	var root planner.Node = &planner.StreamTableJoinNode{
		Base: planner.Base{Schema: out}, Outer: outer, LeftKey: []expr.Node{col(left.Schema, "id")},
		Left:  &planner.InputNode{Base: planner.Base{Schema: left.Schema}},
		Right: &planner.InputNode{Base: planner.Base{Schema: right.Schema, Result: planner.TableResult, Key: []int{0}}, Index: 1},
	}
	if !outer {
		cond := &expr.Compare{Op: "<>", L: col(out, "name"), R: &expr.Const{V: "x", T: types.TString}}
		root = &planner.FilterNode{Base: planner.Base{Schema: out}, In: root, Cond: cond}
	}
	shown := types.Schema{out[0], out[1], out[4], out[2]}
	exprs := []expr.Node{col(out, "id"), col(out, "page"), col(out, "name"), col(out, "n")}
	root = &planner.ProjectNode{Base: planner.Base{Schema: shown}, In: root, Exprs: exprs}
	return &planner.StreamPlan{
		Stages: []*planner.Stage{{Partitions: 1, Root: root, Inputs: []*planner.Input{inputOf(left), inputOf(right)}}},
		Schema: shown, Hash: fmt.Sprint("join", outer),
		Sink: &planner.Sink{Topic: "joined", Columns: []int{0, 1, 2, 3}, KeyFormat: jsonFormat, ValFormat: jsonFormat, Wrap: true, Schema: shown},
	}
}

// TestJoinedRowsAreThoseOfTheirTime: the values of joined rows stand in the stream's
// columns, whose memory the next rows are decoded into, and in columns read once
// from the table: they are those of the click and of the user as it was then,
// whatever came before and after, and also when the task begins again.
func TestJoinedRowsAreThoseOfTheirTime(t *testing.T) {
	for _, size := range []int{1, 5, 64} {
		for _, outer := range []bool{true, false} {
			rng := rand.New(rand.NewPCG(uint64(size), 11))
			n := newNode(t, size)
			n.topic("clicks", 1)
			n.topic("users", 1)
			n.topic("joined", 1)
			spec := JobSpec{ID: "j", Plan: joinPlan(outer)}
			n.start(spec)
			j := joined{rng: rng, outer: outer, names: map[int64]string{}}
			for round := range 24 {
				j.rename(n)
				j.click(n, 1+rng.IntN(120))
				if round == 9 || round == 17 {
					n = n.crash(rng)
					n.must(n.rt.StartJob(n.ctx(), spec, true))
					n.idle()
				}
			}
			equalLines(t, n.records("joined"), j.want...)
			if len(j.want) < 300 {
				t.Errorf("only %d rows were joined", len(j.want))
			}
			n.close()
		}
	}
}

// joined keeps what is to come out.
type joined struct {
	rng   *rand.Rand
	outer bool
	ts    int64
	names map[int64]string
	want  []string
}

func (j *joined) text() string {
	return string(rune('a'+j.rng.IntN(26))) + strings.Repeat("x\"y"[:j.rng.IntN(4)], j.rng.IntN(20))
}

// rename gives some users new names.
func (j *joined) rename(n *node) {
	for range j.rng.IntN(4) {
		j.ts++
		id, name := int64(j.rng.IntN(6)), j.text()
		if j.rng.IntN(4) == 0 {
			name = "x"
		}
		n.insert(users(1), []int64{j.ts}, user(id, name))
		j.names[id] = name
	}
	n.idle()
}

// click inserts so many clicks of users, some of whom nobody knows.
func (j *joined) click(n *node, count int) {
	var rows []types.Row
	var ts []int64
	for range count {
		j.ts++
		id, page := int64(j.rng.IntN(8)), j.text()
		rows, ts = append(rows, types.Row{id, page, j.ts}), append(ts, j.ts)
		name, known := j.names[id]
		shown := "null"
		if known {
			shown = `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
		}
		if j.outer || known && name != "x" {
			page = strings.ReplaceAll(page, `"`, `\"`)
			j.want = append(j.want, fmt.Sprintf(`0/%d @%d %d={"page":"%s","name":%s,"n":%d}`, len(j.want), j.ts, id, page, shown, j.ts))
		}
	}
	n.insert(clicks(1), ts, rows...)
	n.idle()
}
