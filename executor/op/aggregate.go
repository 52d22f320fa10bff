package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Words at the head of a group's row.
const (
	groupTs   = iota // greatest record time
	groupLive        // 0: no group yet; else 1 + rows in it
	groupHead
)

// folder is what all aggregations share: expressions, kernels and the layout of
// a group's row (head words, then each aggregate's; blobs likewise, the last
// one for the group's values where the key does not give them back exactly).
type folder struct {
	sc         scope
	ctx        *Ctx
	groups     []*expr.Program
	groupTypes []types.Type
	calls      []aggCall
	words      int
	blobs      int
	groupBlob  int // -1: none
	texts      fn.Texts
	textBlob   int        // of texts; -1: none
	taking     []*vec.Vec // scratch: the columns of texts
	dropNull   bool
	needsOld   bool
	slots      rowBlobs
	saved      []int64 // words before a row, for rollback
	groupBuf   []byte
	distinct   distinct
	sets       bool // some aggregate is DISTINCT by distinct
	undoable   bool // a row may fail in one aggregate after others took it
}

// aggCall is one aggregate: its kernel and where its state lies.
type aggCall struct {
	kernel     fn.AggKernel
	args       []*expr.Program
	filter     *expr.Program
	word, blob int
	wordN      int
	distinct   bool // by the folder's distinct
	text       int  // its place in the folder's texts; -1: the kernel has its state
}

// newFolder compiles a node. plain: rows come and never go, and no group goes into
// another. Then DISTINCT goes by value sets beside the groups, for which the caller
// sets distinct.set, and texts lie in one piece; otherwise it is up to the kernels.
func newFolder(n *planner.AggregateNode, e *env, plain bool) (*folder, error) {
	f := &folder{sc: newScope(e), ctx: e.ctx, groupBlob: -1, textBlob: -1, dropNull: n.DropNullGroups, needsOld: n.NeedsOld, words: groupHead}
	var err error
	if f.groups, err = compile(n.Groups); err != nil {
		return nil, err
	}
	exact := true
	for _, g := range n.Groups {
		f.groupTypes = append(f.groupTypes, g.Type())
		exact = exact && exactKey(g.Type())
	}
	for i := range n.Aggs {
		c, err := newAggCall(&n.Aggs[i], n.In.Kind() == planner.TableResult, plain)
		if err != nil {
			return nil, err
		}
		f.sets = f.sets || c.distinct
		f.lay(&c, plain)
		f.calls = append(f.calls, c)
	}
	if f.texts.Len() > 0 {
		f.textBlob = f.blobs
		f.blobs++
	}
	for i := range f.calls {
		f.undoable = f.undoable || len(f.calls) > 1 && !fn.NeverFails(f.calls[i].kernel)
	}
	if n.Final || !exact {
		f.groupBlob = f.blobs
		f.blobs++
	}
	f.saved = make([]int64, f.words)
	return f, nil
}

// lay gives a call its part of the group's row.
func (f *folder) lay(c *aggCall, plain bool) {
	c.text = -1
	if plain && !c.distinct {
		if at, ok := f.texts.Hold(c.kernel); ok {
			c.text = at
			return
		}
	}
	c.word, c.blob = f.words, f.blobs
	words, blobs := c.kernel.Layout()
	c.wordN = words
	f.words += words
	f.blobs += blobs
}

func newAggCall(a *planner.AggCall, table, sets bool) (aggCall, error) {
	var c aggCall
	argTypes := make([]types.Type, len(a.Args))
	for i, x := range a.Args {
		argTypes[i] = x.Type()
	}
	kernel := a.Fn.New
	if table && a.Fn.NewUndo != nil {
		kernel = a.Fn.NewUndo
	}
	var err error
	if c.kernel, err = kernel(argTypes, a.Init); err != nil {
		return c, err
	}
	if c.distinct = a.Distinct && sets; a.Distinct && !sets {
		c.kernel = fn.NewDistinct(c.kernel, argTypes)
	}
	if c.args, err = compile(a.Args); err != nil {
		return c, err
	}
	if a.Filter != nil {
		c.filter, err = expr.Compile(a.Filter)
	}
	return c, err
}

// exactKey tells whether equal keys of the type mean equal values in every bit,
// so that any row of a group can stand for the group.
func exactKey(t types.Type) bool {
	switch t.Kind {
	case types.Real, types.Double, types.Interval, types.Map, types.JSON:
		return false
	case types.Decimal:
		return t.Precision > 0
	case types.Array:
		return exactKey(*t.Elem)
	case types.Struct, types.Record:
		for i := range t.Fields {
			if !exactKey(t.Fields[i].Type) {
				return false
			}
		}
	}
	return true
}

// folded is a batch with everything evaluated: the rows that take part, their
// keys, and for each aggregate its arguments and the rows its filter keeps.
type folded struct {
	b      *vec.Batch
	rows   []int32 // physical
	groups []*vec.Vec
	args   [][]*vec.Vec
	pass   []vec.Bitmap // nil: all
	keys   state.Keys   // by position in rows
}

// prepare evaluates groups, filters and arguments over sel. Failed rows are
// reported unless quiet; a row whose group is dropped is not evaluated further.
func (f *folder) prepare(b *vec.Batch, sel []int32, quiet bool, out *folded) error {
	f.sc.begin()
	cols, err := f.sc.evalAll(f.groups, b, sel)
	if err != nil {
		return err
	}
	sel = f.sc.settle(b, sel, quiet)
	out.b, out.groups = b, pointers(cols)
	if f.dropNull {
		sel = notNull(out.groups, sel)
	}
	out.args, out.pass = out.args[:0], out.pass[:0]
	for i := range f.calls {
		if err := f.prepareCall(&f.calls[i], b, sel, out); err != nil {
			return err
		}
	}
	out.rows = f.sc.settle(b, sel, quiet)
	out.keys.Reset()
	for _, r := range out.rows {
		out.keys.Data = vec.EncodeKey(out.keys.Data, out.groups, int(r))
		out.keys.End()
	}
	return nil
}

func (f *folder) prepareCall(c *aggCall, b *vec.Batch, sel []int32, out *folded) error {
	var pass vec.Bitmap
	if c.filter != nil {
		kept, err := c.filter.EvalBool(&f.sc.ec, b, sel)
		if err != nil {
			return err
		}
		sel, pass = kept, flags(b.N, kept)
	}
	cols, err := f.sc.evalAll(c.args, b, sel)
	if err != nil {
		return err
	}
	out.args = append(out.args, pointers(cols))
	out.pass = append(out.pass, pass)
	return nil
}

func notNull(cols []*vec.Vec, sel []int32) []int32 {
	for _, v := range cols {
		if v.NullCount() > 0 {
			out := make([]int32, 0, len(sel))
			for _, r := range sel {
				if !anyNull(cols, r) {
					out = append(out, r)
				}
			}
			return out
		}
	}
	return sel
}

// groupRows is where groups live: a table, or the sessions of a store.
type groupRows interface {
	Words(r state.Row) []int64
	Blob(r state.Row, i int) []byte
	SetBlob(r state.Row, i int, p []byte)
}

// rowBlobs shows the blobs of one row to kernels and remembers what they
// replace, so that a row that fails in one aggregate leaves no trace in others.
type rowBlobs struct {
	in   groupRows
	row  state.Row
	log  bool
	undo []blobWas
}

type blobWas struct {
	i   int
	was []byte
}

// Blob implements fn.Blobs.
func (s *rowBlobs) Blob(i int) []byte { return s.in.Blob(s.row, i) }

// SetBlob implements fn.Blobs.
func (s *rowBlobs) SetBlob(i int, p []byte) {
	if s.log {
		s.undo = append(s.undo, blobWas{i, append([]byte(nil), s.in.Blob(s.row, i)...)})
	}
	s.in.SetBlob(s.row, i, p)
}

// at turns slots to a row, for kernels that keep blobs.
func (f *folder) at(in groupRows, r state.Row) {
	if f.blobs > 0 {
		f.slots.in, f.slots.row, f.slots.log = in, r, false
	}
}

func (c *aggCall) slots(words []int64, blobs *rowBlobs) fn.AggSlots {
	return fn.AggSlots{Words: words[c.word : c.word+c.wordN], Blobs: blobs, Base: c.blob}
}

// start makes the empty group in a row; j is the row of in that opens it.
func (f *folder) start(rows groupRows, r state.Row, in *folded, j int) {
	words := rows.Words(r)
	f.at(rows, r)
	for i := range f.calls {
		if c := &f.calls[i]; c.text < 0 {
			c.kernel.Init(c.slots(words, &f.slots))
		}
	}
	if f.textBlob >= 0 {
		rows.SetBlob(r, f.textBlob, nil)
	}
	words[groupTs], words[groupLive] = minTime, 1
	if f.groupBlob >= 0 {
		f.groupBuf = vec.EncodeRow(f.groupBuf[:0], in.groups, int(in.rows[j]))
		rows.SetBlob(r, f.groupBlob, f.groupBuf)
	}
}

// add folds row j of in into a live group, or takes it out again. On error the
// group is as it was.
func (f *folder) add(rows groupRows, r state.Row, in *folded, j int, undo bool) error {
	words := rows.Words(r)
	f.at(rows, r)
	many := undo && len(f.calls) > 1 || f.undoable
	if many {
		copy(f.saved, words)
		f.slots.log, f.slots.undo = f.blobs > 0, f.slots.undo[:0]
	}
	row := int(in.rows[j])
	for i := range f.calls {
		c := &f.calls[i]
		if c.text >= 0 || in.pass[i] != nil && !in.pass[i].Get(row) {
			continue
		}
		if c.distinct && !f.distinct.first(i, in.keys.Key(j), in.args[i], row) {
			continue
		}
		var err error
		if undo {
			err = c.kernel.Undo(f.ctx.Env, c.slots(words, &f.slots), in.args[i], row)
		} else {
			err = c.kernel.Add(f.ctx.Env, c.slots(words, &f.slots), in.args[i], row)
		}
		if err != nil {
			if many {
				f.rollback(words)
			}
			f.distinct.forget()
			return err
		}
	}
	f.distinct.keep()
	if f.textBlob >= 0 {
		f.addTexts(rows, r, in, row)
	}
	f.count(words, undo)
	words[groupTs] = max(words[groupTs], in.b.Ts[row])
	return nil
}

func (f *folder) count(words []int64, undo bool) {
	switch {
	case !undo:
		words[groupLive]++
	case words[groupLive] > 1:
		words[groupLive]--
	}
}

func (f *folder) rollback(words []int64) {
	copy(words, f.saved)
	s := &f.slots
	for i := len(s.undo) - 1; i >= 0; i-- {
		s.in.SetBlob(s.row, s.undo[i].i, s.undo[i].was)
	}
	s.undo = s.undo[:0]
}

// results appends the group's values to out.
func (f *folder) results(rows groupRows, r state.Row, out []*vec.Builder) {
	words := rows.Words(r)
	f.at(rows, r)
	for i := range f.calls {
		f.result(rows, r, i, words, out[i])
	}
}

func (f *folder) result(rows groupRows, r state.Row, i int, words []int64, out *vec.Builder) {
	c := &f.calls[i]
	if c.text >= 0 {
		f.texts.Result(rows.Blob(r, f.textBlob), c.text, out)
		return
	}
	c.kernel.Result(c.slots(words, &f.slots), out)
}

// resultsAfter is results of a group that has just taken row j of in.
func (f *folder) resultsAfter(rows groupRows, r state.Row, in *folded, j int, out []*vec.Builder) {
	words := rows.Words(r)
	f.at(rows, r)
	row := int(in.rows[j])
	for i := range f.calls {
		c := &f.calls[i]
		if !c.distinct && (in.pass[i] == nil || in.pass[i].Get(row)) && fn.Echoes(c.kernel, in.args[i], row) {
			out[i].AppendFrom(in.args[i][0], row)
			continue
		}
		f.result(rows, r, i, words, out[i])
	}
}

// groupValues appends the group columns: those of row j of in, or the stored
// ones.
func (f *folder) groupValues(rows groupRows, r state.Row, in *folded, j int, out []*vec.Builder) error {
	if f.groupBlob >= 0 {
		return vec.DecodeRowInto(out, rows.Blob(r, f.groupBlob))
	}
	for i, v := range in.groups {
		out[i].AppendFrom(v, int(in.rows[j]))
	}
	return nil
}
