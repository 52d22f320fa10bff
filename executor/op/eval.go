package op

import (
	"slices"

	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/vec"
)

// scope evaluates the expressions of one operator and keeps count of failures.
type scope struct {
	ctx   *Ctx
	stage string
	at    int // the operator's place in the tree
	ec    expr.Context
	order []int32 // scratch: positions in ec.Errs, by row
}

func newScope(e *env) scope { return scope{ctx: e.ctx, stage: e.name, at: e.at} }

// begin forgets failures and takes the step's environment.
func (s *scope) begin() {
	s.ec.Env = s.ctx.Env
	s.ec.Errs.Rows, s.ec.Errs.Errs = s.ec.Errs.Rows[:0], s.ec.Errs.Errs[:0]
	s.ec.Nulled.Rows, s.ec.Nulled.Errs = s.ec.Nulled.Rows[:0], s.ec.Nulled.Errs[:0]
}

// compile compiles a list of expressions.
func compile(nodes []expr.Node) ([]*expr.Program, error) {
	out := make([]*expr.Program, len(nodes))
	for i, n := range nodes {
		p, err := expr.Compile(n)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// evalAll evaluates programs over the rows sel of b; the vectors are aligned
// with b.
func (s *scope) evalAll(progs []*expr.Program, b *vec.Batch, sel []int32) ([]vec.Vec, error) {
	out := make([]vec.Vec, len(progs))
	for i, p := range progs {
		v, err := p.Eval(&s.ec, b, sel)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// settle takes the rows that failed since begin out of sel. A failed row is
// reported once, with its first failure, unless quiet.
func (s *scope) settle(b *vec.Batch, sel []int32, quiet bool) []int32 {
	if !quiet {
		s.keepNulled(b)
	}
	errs := &s.ec.Errs
	if len(errs.Rows) == 0 {
		return sel
	}
	s.order = s.order[:0]
	for i := range errs.Rows {
		s.order = append(s.order, int32(i))
	}
	slices.SortStableFunc(s.order, func(i, j int32) int { return int(errs.Rows[i]) - int(errs.Rows[j]) })
	bad := make(map[int32]bool, len(s.order))
	for _, i := range s.order {
		row := errs.Rows[i]
		if !bad[row] && !quiet {
			s.fail(b.SeqAt(int(row)), errs.Errs[i])
		}
		bad[row] = true
	}
	errs.Rows, errs.Errs = errs.Rows[:0], errs.Errs[:0]
	return without(sel, bad)
}

// keepNulled reports the failures that became NULL, for the processing log.
func (s *scope) keepNulled(b *vec.Batch) {
	n := &s.ec.Nulled
	if s.ctx.KeepNulled {
		for i, row := range n.Rows {
			s.ctx.Nulled = append(s.ctx.Nulled, Failure{Seq: b.SeqAt(int(row)), Stage: s.stage, Err: n.Errs[i], at: s.at})
		}
	}
	n.Rows, n.Errs = n.Rows[:0], n.Errs[:0]
}

// fail reports one row.
func (s *scope) fail(seq int32, err error) {
	s.ctx.Failures = append(s.ctx.Failures, Failure{Seq: seq, Stage: s.stage, Err: err, at: s.at})
}

// late reports one row, or one window of it, behind the grace period.
func (s *scope) late(seq int32, ts, window int64) {
	s.ctx.Late = append(s.ctx.Late, LateRow{Seq: seq, Ts: ts, Window: window, at: s.at})
}

// failedNow tells whether anything failed since begin, or was made NULL.
func (s *scope) failedNow() bool { return len(s.ec.Errs.Rows) > 0 || len(s.ec.Nulled.Rows) > 0 }

func without(sel []int32, bad map[int32]bool) []int32 {
	out := make([]int32, 0, len(sel))
	for _, r := range sel {
		if !bad[r] {
			out = append(out, r)
		}
	}
	return out
}
