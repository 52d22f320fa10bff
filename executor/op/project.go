package op

import (
	"slices"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/vec"
)

// stateless is what operators without state share.
type stateless struct{ st Stats }

func (s *stateless) End(Emit) error                  { return nil }
func (s *stateless) Tick(int64, Emit) error          { return nil }
func (s *stateless) Due(int64) bool                  { return false }
func (s *stateless) Freeze(*state.Frozen)            {}
func (s *stateless) Load(*state.Reader)              {}
func (s *stateless) Stats() Stats                    { return s.st }
func (s *stateless) send(b *vec.Batch, e Emit) error { s.st.RowsOut += int64(b.Len()); return e(b) }

// project computes expressions. Over a table it computes the key columns also
// of tombstones, and old values where the consumer needs them; a row that fails
// becomes a tombstone, so that no stale result stays.
type project struct {
	stateless
	sc    scope
	progs []*expr.Program
	reads []int  // columns that are not just passed on
	key   []bool // by output column
	table bool
	old   bool
	plain bool // the window of rows goes
}

func newProject(n *planner.ProjectNode, e *env) (Operator, error) {
	progs, err := compile(n.Exprs)
	if err != nil {
		return nil, err
	}
	p := &project{sc: newScope(e), progs: progs, table: n.Result == planner.TableResult, old: n.NeedsOld, plain: n.DropWindow}
	p.st.StreamTime = minTime
	for _, x := range n.Exprs {
		if _, passes := x.(*expr.Column); !passes {
			p.reads = append(p.reads, expr.Columns(x)...)
		}
	}
	p.key = make([]bool, len(progs))
	for _, c := range n.Key {
		p.key[c] = true
	}
	return p, nil
}

func (p *project) Process(_ int, b *vec.Batch, emit Emit) error {
	p.st.RowsIn += int64(b.Len())
	if p.table {
		return p.changes(b, emit)
	}
	p.sc.begin()
	b = b.WholeAt(p.reads)
	cols, err := p.sc.evalAll(p.progs, b, b.Sel)
	if err != nil {
		return err
	}
	out := *b
	out.Cols = cols
	if p.sc.failedNow() {
		out.Sel = p.sc.settle(b, rowsOf(b), false)
	}
	if out.Len() == 0 {
		return nil
	}
	return p.send(&out, emit)
}

func (p *project) changes(b *vec.Batch, emit Emit) error {
	fresh, old := split(b)
	cols, ok, err := p.values(b, fresh, rowsOf(b), false)
	if err != nil {
		return err
	}
	out := *b
	out.Cols = cols
	if len(ok) < len(fresh) {
		p.bury(&out, fresh, ok)
	}
	if out.Old = nil; p.old && b.Old != nil {
		cols, ok, err := p.values(oldView(b), old, old, true)
		if err != nil {
			return err
		}
		out.Old = cols
		if len(ok) < len(old) {
			out.OldOK = flags(b.N, ok)
		}
	}
	if out.Len() == 0 {
		return nil
	}
	if p.plain {
		out.Win, out.WinEnd = nil, nil
	}
	return p.send(&out, emit)
}

// values computes the columns: keys for all rows, the others for fresh ones. It
// gives the fresh rows that did not fail.
func (p *project) values(b *vec.Batch, fresh, all []int32, quiet bool) ([]vec.Vec, []int32, error) {
	p.sc.begin()
	cols := make([]vec.Vec, len(p.progs))
	for i, prog := range p.progs {
		sel := fresh
		if p.key[i] {
			sel = all
		}
		v, err := prog.Eval(&p.sc.ec, b, sel)
		if err != nil {
			return nil, nil, err
		}
		cols[i] = v
	}
	return cols, p.sc.settle(b, fresh, quiet), nil
}

// bury turns failed rows into tombstones; those whose key had no row go.
func (p *project) bury(out *vec.Batch, fresh, ok []int32) {
	good := flags(out.N, ok)
	if out.Tomb = slices.Clone(out.Tomb); out.Tomb == nil {
		out.Tomb = vec.NewBitmap(out.N)
	}
	gone := map[int32]bool{}
	for _, r := range fresh {
		if good.Get(int(r)) {
			continue
		}
		out.Tomb.Set(int(r))
		if out.OldOK != nil && !hasOld(out, r) {
			gone[r] = true
		}
	}
	out.Sel = without(rowsOf(out), gone)
}

// rekey changes which columns are the key; the rows stay as they are, but that a
// key computed from a value that is not there is NULL.
type rekey struct {
	stateless
	blank []int
}

func newRekey(n *planner.RekeyNode) Operator {
	r := &rekey{blank: n.FromValue}
	r.st.StreamTime = minTime
	return r
}

func (r *rekey) Process(_ int, b *vec.Batch, emit Emit) error {
	r.st.RowsIn += int64(b.Len())
	if b.Tomb != nil && len(r.blank) > 0 {
		out := *b
		out.Cols = slices.Clone(b.Cols)
		for _, c := range r.blank {
			out.Cols[c] = blanked(b.Cols[c], b.Tomb)
		}
		b = &out
	}
	return r.send(b, emit)
}

// blanked is v with NULL where gone has a bit.
func blanked(v vec.Vec, gone vec.Bitmap) vec.Vec {
	valid := vec.NewBitmap(v.N)
	for i := range v.N {
		if !gone.Get(i) && !v.Null(i) {
			valid.Set(i)
		}
	}
	v.Valid = valid
	return v
}
