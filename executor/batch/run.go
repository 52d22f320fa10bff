package batch

import (
	"context"
	"errors"
	"io"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Rows per batch that operators aim at when they build new batches.
const batchRows = 1024

// Relations reads streams and tables; executor/task gives it.
type Relations interface {
	// Scan reads the current rows of a table, or a stream's records up to its
	// end. Batches have the relation's columns in order, Ts, Part and Offset,
	// and Win and WinEnd for windowed relations.
	Scan(ctx context.Context, rel *catalog.Relation, o ScanOptions) (Iterator, error)
}

// Iterator gives batches until io.EOF. A batch is shared.
type Iterator interface {
	Next(ctx context.Context) (*vec.Batch, error)
	Close() error
}

// ScanOptions narrow a scan. They only save work: the plan filters again where
// it has to, but Points, Low and High are exact.
type ScanOptions struct {
	Needed                []bool
	Points                [][]types.Value // full keys to look up; nil: all rows
	Low, High             types.Value     // bounds of the first key column; nil: open
	LowStrict, HighStrict bool
	WindowLow, WindowHigh *int64 // bounds of the window start, ms, inclusive
}

// Runtime is what one statement's execution needs. It is used by one goroutine
// at a time.
type Runtime struct {
	Env       *fn.Env
	Params    []types.Value
	Relations Relations
	Virtual   executor.Source
	// MaxBytes bounds what sorts, joins, aggregates and CTEs may hold; 0: no bound. Beyond it the statement fails with 53200.
	MaxBytes int64
	// Counters, when set, receives rows per plan node for EXPLAIN ANALYZE.
	Counters map[planner.BatchNode]*Counter
}

// Counter is what EXPLAIN ANALYZE shows of one node.
type Counter struct {
	Rows  int64
	Loops int64
}

// Rows is a running pull query.
type Rows struct {
	it iter
	x  *exec
}

// Run starts a pull plan. Rows come from Next; Close releases it.
func Run(ctx context.Context, node planner.BatchNode, rt *Runtime) (*Rows, error) {
	x := &exec{sh: &shared{ctx: ctx, rt: rt, progs: map[expr.Node]*expr.Program{}, subs: map[*expr.Subquery]*subqueryState{}}}
	it, err := x.build(node)
	if err != nil {
		return nil, err
	}
	return &Rows{it: it, x: x}, nil
}

// Next gives the next non-empty batch, or io.EOF. The batch is shared and has
// no selection.
func (r *Rows) Next(ctx context.Context) (*vec.Batch, error) {
	r.x.sh.ctx = ctx
	return nextFull(r.it)
}

// Close releases the query's resources.
func (r *Rows) Close() error {
	r.it.close()
	return nil
}

// iter is a pull operator. next gives a batch without selection (possibly
// empty) or io.EOF.
type iter interface {
	next() (*vec.Batch, error)
	close()
}

func nextFull(it iter) (*vec.Batch, error) {
	for {
		b, err := it.next()
		if err != nil || b.N > 0 {
			return b, err
		}
	}
}

// shared is the state of one statement over all its frames.
type shared struct {
	ctx   context.Context // of the call at work: Run's, then each Next's
	rt    *Runtime
	progs map[expr.Node]*expr.Program
	subs  map[*expr.Subquery]*subqueryState
	held  int64
}

// exec is one frame: a plan running under given outer rows and CTEs.
type exec struct {
	sh    *shared
	outer []types.Row
	ctes  *cteScope
}

func (x *exec) frame(outer []types.Row) *exec {
	return &exec{sh: x.sh, outer: outer, ctes: x.ctes}
}

func (x *exec) check() error {
	if err := x.sh.ctx.Err(); err != nil {
		if errors.Is(context.Cause(x.sh.ctx), context.DeadlineExceeded) {
			return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to statement timeout").Wrap(err)
		}
		return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request").Wrap(err)
	}
	return nil
}

func (x *exec) prog(n expr.Node) (*expr.Program, error) {
	if p, ok := x.sh.progs[n]; ok {
		return p, nil
	}
	p, err := expr.Compile(n)
	if err != nil {
		return nil, err
	}
	x.sh.progs[n] = p
	return p, nil
}

func (x *exec) exprContext() *expr.Context {
	return &expr.Context{Env: x.sh.rt.Env, Params: x.sh.rt.Params, Outer: x.outer, RunSubquery: x.runSubquery}
}

// eval computes n over all rows of b; a failing row fails the statement.
func (x *exec) eval(n expr.Node, b *vec.Batch) (vec.Vec, error) {
	if c, ok := n.(*expr.Column); ok {
		return b.Cols[c.Index], nil
	}
	p, err := x.prog(n)
	if err != nil {
		return vec.Vec{}, err
	}
	c := x.exprContext()
	v, err := p.Eval(c, b, nil)
	if err != nil {
		return vec.Vec{}, err
	}
	if len(c.Errs.Errs) > 0 {
		return vec.Vec{}, c.Errs.Errs[0]
	}
	return v, nil
}

func (x *exec) evalAll(ns []expr.Node, b *vec.Batch) ([]vec.Vec, error) {
	out := make([]vec.Vec, len(ns))
	for i, n := range ns {
		v, err := x.eval(n, b)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// filter gives the rows of b for which cond is true, in order.
func (x *exec) filter(cond expr.Node, b *vec.Batch) ([]int32, error) {
	p, err := x.prog(cond)
	if err != nil {
		return nil, err
	}
	c := x.exprContext()
	sel, err := p.EvalBool(c, b, nil)
	if err != nil {
		return nil, err
	}
	if len(c.Errs.Errs) > 0 {
		return nil, c.Errs.Errs[0]
	}
	return sel, nil
}

// scalar computes n once, without a row.
func (x *exec) scalar(n expr.Node) (types.Value, error) {
	v, err := x.eval(n, &vec.Batch{N: 1})
	if err != nil {
		return nil, err
	}
	return v.Value(0), nil
}

// hold accounts bytes kept in memory.
func (x *exec) hold(b *vec.Batch) error {
	if x.sh.rt.MaxBytes <= 0 {
		return nil
	}
	n := int64(0)
	for i := range b.Cols {
		n += vecBytes(&b.Cols[i])
	}
	return x.holdBytes(n)
}

// holdBytes accounts n bytes; fewer when negative.
func (x *exec) holdBytes(n int64) error {
	x.sh.held += n
	if x.sh.rt.MaxBytes > 0 && x.sh.held > x.sh.rt.MaxBytes {
		return sqlerr.New(sqlerr.OutOfMemory, "query needs more than %d bytes of memory", x.sh.rt.MaxBytes).
			WithHint("Add a WHERE clause, or raise query_memory.")
	}
	return nil
}

func vecBytes(v *vec.Vec) int64 {
	n := int64(len(v.Data)) + 8*int64(len(v.I64)+len(v.F64)) + 4*int64(len(v.Off)) + int64(len(v.Bits)+len(v.Valid))
	for i := range v.Kids {
		n += vecBytes(&v.Kids[i])
	}
	return n
}

// drain reads it to its end into one batch of the schema's columns.
func (x *exec) drain(it iter, s types.Schema) (*vec.Batch, error) {
	defer it.close()
	var parts []*vec.Batch
	n := 0
	for {
		if err := x.check(); err != nil {
			return nil, err
		}
		b, err := it.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if b.N == 0 {
			continue
		}
		if err := x.hold(b); err != nil {
			return nil, err
		}
		parts = append(parts, b)
		n += b.N
	}
	return concatColumns(parts, s, n), nil
}

func concatColumns(parts []*vec.Batch, s types.Schema, n int) *vec.Batch {
	if len(parts) == 1 {
		return parts[0]
	}
	out := &vec.Batch{N: n, Cols: make([]vec.Vec, len(s))}
	for c := range s {
		vs := make([]vec.Vec, len(parts))
		for i, p := range parts {
			vs[i] = p.Cols[c]
		}
		if len(vs) == 0 {
			out.Cols[c] = vec.Nulls(s[c].Type, 0)
		} else {
			out.Cols[c] = vec.Concat(vs)
		}
	}
	return out
}

// sliceIter cuts one batch into batches of batchRows.
type sliceIter struct {
	b   *vec.Batch
	pos int
}

func (s *sliceIter) next() (*vec.Batch, error) {
	if s.b == nil || s.pos >= s.b.N {
		return nil, io.EOF
	}
	to := min(s.pos+batchRows, s.b.N)
	if s.pos == 0 && to == s.b.N {
		s.pos = to
		return s.b, nil
	}
	out := &vec.Batch{N: to - s.pos, Cols: make([]vec.Vec, len(s.b.Cols))}
	for i := range s.b.Cols {
		out.Cols[i] = s.b.Cols[i].Slice(s.pos, to)
	}
	s.pos = to
	return out, nil
}

func (s *sliceIter) close() {}

// gather picks rows of every column.
func gather(b *vec.Batch, rows []int32) *vec.Batch {
	out := &vec.Batch{N: len(rows), Cols: make([]vec.Vec, len(b.Cols))}
	for i := range b.Cols {
		out.Cols[i] = b.Cols[i].Gather(rows)
	}
	return out
}

// gatherOrNull is gather where a negative row stands for a row of NULLs; with a
// nil batch all rows are.
func gatherOrNull(b *vec.Batch, s types.Schema, rows []int32) []vec.Vec {
	hasNull := false
	for _, r := range rows {
		if r < 0 {
			hasNull = true
			break
		}
	}
	out := make([]vec.Vec, len(s))
	for c := range s {
		if b == nil {
			out[c] = vec.Nulls(s[c].Type, len(rows))
			continue
		}
		if !hasNull {
			out[c] = b.Cols[c].Gather(rows)
			continue
		}
		bl := vec.NewBuilder(s[c].Type, len(rows))
		for _, r := range rows {
			if r < 0 {
				bl.AppendNull()
			} else {
				bl.AppendFrom(&b.Cols[c], int(r))
			}
		}
		out[c] = bl.Finish()
	}
	return out
}

func columnPtrs(cols []vec.Vec) []*vec.Vec {
	out := make([]*vec.Vec, len(cols))
	for i := range cols {
		out[i] = &cols[i]
	}
	return out
}

// rowOf boxes row i of b.
func rowOf(b *vec.Batch, i int) types.Row {
	out := make(types.Row, len(b.Cols))
	for c := range b.Cols {
		out[c] = b.Cols[c].Value(i)
	}
	return out
}
