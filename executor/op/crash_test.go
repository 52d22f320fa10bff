package op

import (
	"slices"

	"github.com/leatdb/leat/sql/vec"
)

// taken is a step that was taken: what went in and what came out.
type taken struct {
	ins    []*vec.Batch
	tick   bool
	now    int64
	out    []shown
	failed []Failure
	late   []LateRow
}

// do takes a step and notes what comes out.
func (p *pair) do(step int, s *taken) []shown {
	p.t.Helper()
	p.ctx.Failures, p.ctx.Late = nil, nil
	var got []*vec.Batch
	var err error
	if s.tick {
		got, err = p.tree.Tick(s.now)
	} else {
		got, err = p.tree.Step(s.ins)
	}
	if err != nil {
		p.t.Fatalf("seed %d step %d, tick %t: %v", p.seed, step, s.tick, err)
	}
	for p.tree.More() {
		p.resumed++
		more, err := p.tree.Resume()
		if err != nil {
			p.t.Fatalf("seed %d step %d: resume: %v", p.seed, step, err)
		}
		if n := rowsIn(more); n > p.ctx.MaxClose {
			p.t.Fatalf("seed %d step %d: %d rows where %d may come", p.seed, step, n, p.ctx.MaxClose)
		}
		got = append(got, more...)
	}
	s.out, s.failed, s.late = p.gave(step, got), p.ctx.Failures, p.ctx.Late
	return s.out
}

// crash goes back to the state that was saved last, or to none, and takes the
// steps since then again: each gives what it gave.
func (p *pair) crash(step int) {
	p.t.Helper()
	p.load()
	for _, s := range p.since {
		before := *s
		p.same(step, p.do(step, s), before.out)
		if !slices.EqualFunc(s.failed, before.failed, sameFailure) || !slices.Equal(s.late, before.late) {
			p.t.Fatalf("seed %d step %d: a step taken again reports %v and %v, before %v and %v",
				p.seed, step, s.failed, s.late, before.failed, before.late)
		}
	}
}

func sameFailure(a, b Failure) bool {
	return compareFailures(a, b) == 0
}

// rowsIn counts the rows of batches.
func rowsIn(bs []*vec.Batch) (n int) {
	for _, b := range bs {
		n += b.Len()
	}
	return n
}
