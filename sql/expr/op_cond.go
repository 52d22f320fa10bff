package expr

import (
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// caseOp evaluates each condition for the rows still undecided and each branch
// for the rows that chose it (E2).
type caseOp struct {
	whens, thens []op
	els          op
	t            types.Type
}

func (o caseOp) eval(f *frame, sel []int32) vec.Vec {
	rest := f.all(sel)
	m := newBlend(f.n, o.t)
	for k, w := range o.whens {
		if len(rest) == 0 {
			break
		}
		if chosen := filterOp(w, f, rest); len(chosen) > 0 {
			rest = minus(rest, chosen)
			m.add(o.thens[k].eval(f, chosen), chosen)
		}
	}
	if o.els != nil && len(rest) > 0 {
		m.add(o.els.eval(f, rest), rest)
	}
	return m.finish()
}

// coalesceOp evaluates each operand for the rows still NULL.
type coalesceOp struct {
	xs []op
	t  types.Type
}

func (o coalesceOp) eval(f *frame, sel []int32) vec.Vec {
	rest := f.all(sel)
	m := newBlend(f.n, o.t)
	for _, x := range o.xs {
		if len(rest) == 0 {
			break
		}
		v := x.eval(f, rest)
		var have, null []int32
		for _, i := range rest {
			if v.Null(int(i)) {
				null = append(null, i)
			} else {
				have = append(have, i)
			}
		}
		m.add(v, have)
		rest = null
	}
	return m.finish()
}

// blend puts a vector together from disjoint rows of others; what no part
// gives is NULL.
type blend struct {
	t     types.Type
	n     int
	parts []vec.Vec
	from  []int16 // part of each row, -1: none
}

func newBlend(n int, t types.Type) *blend {
	m := &blend{t: t, n: n, from: make([]int16, n)}
	for i := range m.from {
		m.from[i] = -1
	}
	return m
}

func (m *blend) add(v vec.Vec, rows []int32) {
	if len(rows) == 0 {
		return
	}
	for _, i := range rows {
		m.from[i] = int16(len(m.parts))
	}
	m.parts = append(m.parts, v)
}

func (m *blend) finish() vec.Vec {
	if len(m.parts) == 0 {
		return vec.Nulls(m.t, m.n)
	}
	if laneOf(m.t) == laneI64 {
		return m.ints()
	}
	out := vec.NewBuilder(m.t, m.n)
	for i, p := range m.from {
		if p < 0 {
			out.AppendNull()
			continue
		}
		out.AppendFrom(&m.parts[p], i)
	}
	return out.Finish()
}

// ints is finish for values in I64.
func (m *blend) ints() vec.Vec {
	out := vec.Vec{Type: m.t, N: m.n, I64: make([]int64, m.n)}
	own := false
	for i, p := range m.from {
		if p < 0 || m.parts[p].Null(i) {
			out.Valid = invalid(out.Valid, m.n, i, &own)
			continue
		}
		out.I64[i] = m.parts[p].I64[i]
	}
	return out
}

// tryNullOp turns the failures of its operand into NULL and reports them in
// Context.Nulled.
type tryNullOp struct{ x op }

func (o tryNullOp) eval(f *frame, sel []int32) vec.Vec {
	outer, mine := f.errs, fn.Errors{}
	f.errs = &mine
	v := o.x.eval(f, sel)
	f.errs = outer
	failed := firstErrors(&mine, 0)
	if len(failed) == 0 {
		return v
	}
	for k, i := range mine.Rows {
		f.c.Nulled.Add(f.base(int(i)), mine.Errs[k])
	}
	return nullRows(v, failed)
}

// subqueryOp runs a subquery once a row.
type subqueryOp struct {
	n *Subquery
	x op
}

func (o subqueryOp) eval(f *frame, sel []int32) vec.Vec {
	var left vec.Vec
	if o.x != nil {
		left = o.x.eval(f, sel)
	}
	out := make([]types.Value, f.n)
	f.each(sel, func(i int) {
		if f.fatal != nil {
			return
		}
		var x types.Value
		if o.x != nil {
			x = left.Value(i)
		}
		outer := append([]types.Row{f.row(f.base(i))}, f.c.Outer...)
		v, err := f.c.RunSubquery(o.n, x, outer)
		switch {
		case err == nil:
			out[i] = v
		case ends(err):
			f.stop(err)
		default:
			f.fail(i, err)
		}
	})
	return vec.FromValues(o.n.T, out)
}

// row boxes a physical row of the batch.
func (f *frame) row(i int) types.Row {
	row := make(types.Row, len(f.b.Cols))
	for k := range f.b.Cols {
		if f.b.Cols[k].N > i {
			row[k] = f.b.Cols[k].Value(i)
		}
	}
	return row
}
