package op

import (
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// byColumns tells whether a batch may be folded one aggregate after another
// rather than row by row: no row can fail half way, none is taken out again, and
// nobody asks for what was there before.
func (a *aggregate) byColumns() bool {
	if a.table || a.sets || a.groupBlob >= 0 || a.out.old != nil {
		return false
	}
	for i := range a.calls {
		if !fn.NeverFails(a.calls[i].kernel) {
			return false
		}
	}
	return true
}

// columns folds the batch that was prepared into the groups in a.rows and sends
// one change for each row.
func (a *aggregate) columns(emit Emit) error {
	in := &a.in
	n := len(in.rows)
	if n == 0 {
		return nil
	}
	out := &vec.Batch{N: n, Cols: make([]vec.Vec, len(a.schema)), Ts: make([]int64, n), OldOK: vec.NewBitmap(n)}
	if out.Seq = in.b.Seq; n < in.b.N {
		out.Seq = seqAt(in.b, in.rows)
	}
	a.heads(out)
	for i, v := range in.groups {
		out.Cols[i] = a.taken(v, a.schema[i].Type)
	}
	if a.textBlob >= 0 {
		a.textColumns()
	}
	g := len(in.groups)
	for i := range a.calls {
		out.Cols[g+i] = a.column(i, a.schema[g+i].Type)
	}
	clear(a.words)
	a.st.RowsOut += int64(n)
	return emit(out)
}

func seqAt(b *vec.Batch, rows []int32) []int32 {
	out := make([]int32, len(rows))
	for j, r := range rows {
		out[j] = b.SeqAt(int(r))
	}
	return out
}

// heads counts each row in its group, which it starts if it is the first, and
// leaves the groups' words in a.words.
func (a *aggregate) heads(out *vec.Batch) {
	in := &a.in
	a.words = a.words[:0]
	for j, r := range a.rows {
		words := a.tab.Words(r)
		if words[groupLive] == 0 { // nothing else is there either
			words[groupTs], words[groupLive] = minTime, 1
		} else {
			out.OldOK.Set(j)
		}
		words[groupLive]++
		words[groupTs] = max(words[groupTs], in.b.Ts[in.rows[j]])
		out.Ts[j] = words[groupTs]
		a.words = append(a.words, words)
	}
}

// taken is v at the rows that take part.
func (a *aggregate) taken(v *vec.Vec, t types.Type) vec.Vec {
	if v.Type.Kind != t.Kind || len(v.Kids) > 0 && !v.Type.Equal(t) {
		w := vec.NewBuilder(t, len(a.in.rows))
		for _, r := range a.in.rows {
			w.AppendFrom(v, int(r))
		}
		return w.Finish()
	}
	out := *v
	if len(a.in.rows) < a.in.b.N {
		out = v.Gather(a.in.rows)
	}
	out.Type = t
	return out
}

// column folds the rows into aggregate i, unless it is among the texts, and gives
// its value after each.
func (a *aggregate) column(i int, t types.Type) vec.Vec {
	c, args, pass := &a.calls[i], a.in.args[i], a.in.pass[i]
	echo := a.echoes(i)
	switch {
	case c.text >= 0, echo && fn.AddColumn(c.kernel, a.words, c.word, args, a.in.rows):
		if echo {
			return a.taken(args[0], t)
		}
		return a.out.cols[len(a.in.groups)+i].Finish()
	}
	out := a.out.cols[len(a.in.groups)+i]
	for j, r := range a.in.rows {
		a.at(a.tab, a.rows[j])
		s := c.slots(a.words[j], &a.slots)
		if pass == nil || pass.Get(int(r)) {
			if err := c.kernel.Add(a.ctx.Env, s, args, int(r)); err != nil {
				panic("BUG: E7: an aggregate that never fails did: " + err.Error())
			}
		}
		if !echo {
			c.kernel.Result(s, out)
		}
	}
	if echo {
		return a.taken(args[0], t)
	}
	return out.Finish()
}

// echoes tells whether the values of aggregate i are those that come.
func (a *aggregate) echoes(i int) bool {
	return a.in.pass[i] == nil && fn.EchoesAll(a.calls[i].kernel, a.in.args[i])
}
