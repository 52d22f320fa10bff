package op

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// outColumns are the columns of a join's output: the left ones, then the right.
type outColumns struct {
	w           *writer
	left, right []*vec.Builder // parts of w.cols
	oldL, oldR  []*vec.Builder // parts of w.old, nil without
}

func newOutColumns(schema types.Schema, nLeft int, table, needsOld bool, stats *Stats) outColumns {
	w := newWriter(schema, table, needsOld, stats)
	o := outColumns{w: w, left: w.cols[:nLeft], right: w.cols[nLeft:]}
	if needsOld {
		o.oldL, o.oldR = w.old[:nLeft], w.old[nLeft:]
	}
	return o
}

// stored appends a stored row, or NULLs when there is none.
func stored(out []*vec.Builder, row []byte, ok bool) error {
	if !ok {
		appendNulls(out)
		return nil
	}
	return vec.DecodeRowInto(out, row)
}

// copyRow appends a row of a batch.
func copyRow(out []*vec.Builder, b *vec.Batch, row int32) {
	for i := range out {
		out[i].AppendFrom(&b.Cols[i], int(row))
	}
}

// keyed is a batch with its join keys evaluated.
type keyed struct {
	b    *vec.Batch
	rows []int32 // physical rows, those that failed left out
	cols []*vec.Vec
}

// evalKeys evaluates key expressions over the rows sel of b.
func (s *scope) evalKeys(progs []*expr.Program, b *vec.Batch, sel []int32) (keyed, error) {
	s.begin()
	cols, err := s.evalAll(progs, b, sel)
	if err != nil {
		return keyed{}, err
	}
	return keyed{b, s.settle(b, sel, false), pointers(cols)}, nil
}

// sub is the live rows of a run as physical rows.
func (r run) rows() []int32 { return rowsOf(r.b)[r.from:r.to] }

// residual is the part of a join condition beyond the keys.
type residual struct {
	sc   *scope
	prog *expr.Program
}

func newResidual(n expr.Node, sc *scope) (*residual, error) {
	if n == nil {
		return nil, nil
	}
	p, err := expr.Compile(n)
	if err != nil {
		return nil, err
	}
	return &residual{sc, p}, nil
}

// passing gives the rows of sel for which the condition holds. Failed ones are
// reported and come second.
func (r *residual) passing(b *vec.Batch, sel []int32) (pass, ok []int32, err error) {
	return r.holding(b, sel, false)
}

// holding is passing that does not report when quiet.
func (r *residual) holding(b *vec.Batch, sel []int32, quiet bool) (pass, ok []int32, err error) {
	r.sc.begin()
	pass, err = r.prog.EvalBool(&r.sc.ec, b, sel)
	if err != nil {
		return nil, nil, err
	}
	if r.sc.failedNow() {
		ok = r.sc.settle(b, sel, quiet)
		good := flags(b.N, ok)
		kept := make([]int32, 0, len(pass))
		for _, i := range pass {
			if good.Get(int(i)) {
				kept = append(kept, i)
			}
		}
		return kept, ok, nil
	}
	return pass, sel, nil
}
