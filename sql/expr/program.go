package expr

import (
	"sort"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Context is one evaluation's surroundings. It may be reused for many batches
// by one goroutine.
type Context struct {
	Env    *fn.Env
	Params []types.Value // values of Param nodes
	Outer  []types.Row   // rows of enclosing queries, nearest first, for Outer nodes
	Errs   fn.Errors     // failures by physical row of the batch; the caller resets it
	// Nulled holds the failures TryNull turned into NULL, by physical row, for
	// counts and the processing log; the caller resets it.
	Nulled fn.Errors
	// RunSubquery evaluates a Subquery node for one row; executor/batch sets it.
	// outer is the current row followed by the context's outer rows.
	RunSubquery func(q *Subquery, x types.Value, outer []types.Row) (types.Value, error)
}

// Program is a compiled expression. It is immutable and may be shared by
// goroutines, each with its own Context.
type Program struct {
	root op
	typ  types.Type
	cols []*Column // distinct columns, for EvalRow
	wide int       // 1 + the highest column index
}

// Compile makes a program of n. An error is a 0A000 of a node that cannot be
// evaluated.
func Compile(n Node) (*Program, error) {
	c := compiler{}
	root := c.node(n)
	if c.err != nil {
		return nil, c.err
	}
	p := &Program{root: root, typ: n.Type()}
	seen := map[int]bool{}
	Walk(n, func(x Node) bool {
		if col, ok := x.(*Column); ok && !seen[col.Index] {
			seen[col.Index] = true
			p.cols = append(p.cols, col)
			p.wide = max(p.wide, col.Index+1)
		}
		return true
	})
	return p, nil
}

// MustCompile is Compile for expressions built by the program itself.
func MustCompile(n Node) *Program {
	p, err := Compile(n)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return p
}

// Type is the type of the result.
func (p *Program) Type() types.Type { return p.typ }

// Eval evaluates over the rows sel of b, ascending (nil: the live rows of b).
// The result is aligned with b: b.N slots, those outside sel unspecified. A
// failing row is NULL and reported in c.Errs once, with its first error. The
// returned error ends the statement (cancelled); row errors are not returned.
func (p *Program) Eval(c *Context, b *vec.Batch, sel []int32) (vec.Vec, error) {
	f, start := newFrame(c, b), len(c.Errs.Rows)
	if sel == nil {
		sel = b.Sel
	}
	v := p.root.eval(f, sel)
	if f.fatal != nil {
		return vec.Vec{}, f.fatal
	}
	if failed := firstErrors(&c.Errs, start); len(failed) > 0 {
		v = nullRows(v, failed)
	}
	return v, nil
}

// EvalBool evaluates a condition over sel (nil: the live rows) and gives the
// rows where it is true, ascending: NULL and failing rows are not among them.
// The slice is the caller's.
func (p *Program) EvalBool(c *Context, b *vec.Batch, sel []int32) ([]int32, error) {
	f, start := newFrame(c, b), len(c.Errs.Rows)
	if sel == nil {
		sel = b.Sel
	}
	out := filterOp(p.root, f, sel)
	if f.fatal != nil {
		return nil, f.fatal
	}
	if failed := firstErrors(&c.Errs, start); len(failed) > 0 {
		out = without(out, failed)
	}
	return out, nil
}

// EvalRow evaluates for one row of column values. The error is the row's.
func (p *Program) EvalRow(c *Context, row types.Row) (types.Value, error) {
	b := vec.Batch{N: 1, Cols: make([]vec.Vec, p.wide)}
	for _, col := range p.cols {
		b.Cols[col.Index] = vec.FromValues(col.T, []types.Value{row[col.Index]})
	}
	return p.one(c, &b)
}

func (p *Program) one(c *Context, b *vec.Batch) (types.Value, error) {
	start := len(c.Errs.Rows)
	v, err := p.Eval(c, b, nil)
	if err == nil && len(c.Errs.Rows) > start {
		err = c.Errs.Errs[start]
		c.Errs.Rows, c.Errs.Errs = c.Errs.Rows[:start], c.Errs.Errs[:start]
	}
	if err != nil {
		return nil, err
	}
	return v.Value(0), nil
}

// EvalConst evaluates an expression without columns, parameters and subqueries.
func EvalConst(n Node, env *fn.Env) (types.Value, error) {
	p, err := Compile(n)
	if err != nil {
		return nil, err
	}
	return p.one(&Context{Env: env}, &vec.Batch{N: 1, Cols: make([]vec.Vec, p.wide)})
}

// firstErrors keeps, of the errors from start on, the first of each row (the
// one a record-at-a-time engine would have met) and gives the rows, ascending.
func firstErrors(e *fn.Errors, start int) []int32 {
	if len(e.Rows) == start {
		return nil
	}
	seen := make(map[int32]bool, len(e.Rows)-start)
	k := start
	for i := start; i < len(e.Rows); i++ {
		if seen[e.Rows[i]] {
			continue
		}
		seen[e.Rows[i]] = true
		e.Rows[k], e.Errs[k] = e.Rows[i], e.Errs[i]
		k++
	}
	e.Rows, e.Errs = e.Rows[:k], e.Errs[:k]
	rows := append([]int32(nil), e.Rows[start:]...)
	sort.Slice(rows, func(i, j int) bool { return rows[i] < rows[j] })
	return rows
}

// without drops the sorted rows from the sorted selection.
func without(sel, rows []int32) []int32 {
	out, k := sel[:0], 0
	for _, i := range sel {
		for k < len(rows) && rows[k] < i {
			k++
		}
		if k == len(rows) || rows[k] != i {
			out = append(out, i)
		}
	}
	return out
}
