package op

import (
	"bytes"
	"slices"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// pairs joins two tables on any equality and condition: a result is two rows,
// or a row alone. It is known by the keys of both rows, or by one side's
// key where the other side has at most one partner.
type pairs struct {
	stateless
	sc       scope
	keyed    planner.PairKey
	keep     [2]bool // rows of the side come out alone too
	on       [2][]*expr.Program
	keys     [2][]int
	schemas  [2]types.Schema
	rows     [2]*state.Table // blob 0: the row
	links    *state.Table    // values of the equality -> rows that have them
	residual *residual
	in       ports
	out      outColumns
	env      *env
	pk, link []byte
	was, now []byte // the changed row before and after
	parted   [2][]state.Row
}

// Words of a side's row. A reference of 0 is none, otherwise a row + 1.
const (
	pairTs = iota
	pairCount
	pairPrev
	pairNext
	pairLink // row in links
	pairWords
)

// joinedRows is a result: the encoded rows, nil for an absent side; both absent is no
// result.
type joinedRows [2][]byte

func (p joinedRows) is() bool { return p[0] != nil || p[1] != nil }

// side makes the result of a row of a side with one of the other.
func side(s int, mine, theirs []byte) joinedRows {
	if s == 0 {
		return joinedRows{mine, theirs}
	}
	return joinedRows{theirs, mine}
}

func newPairs(n *planner.TableTableJoinNode, e *env) (Operator, error) {
	j := &pairs{
		sc: newScope(e), keyed: n.Pairs, env: e, links: state.NewTable(2, 0, e.budget),
		keys: [2][]int{n.Left.Keys(), n.Right.Keys()}, schemas: [2]types.Schema{n.Left.Out(), n.Right.Out()},
	}
	j.keep[0] = n.Join == planner.LeftJoin || n.Join == planner.FullJoin
	j.keep[1] = n.Join == planner.RightJoin || n.Join == planner.FullJoin
	j.st.StreamTime = minTime
	j.out = newOutColumns(n.Schema, len(j.schemas[0]), true, n.NeedsOld, &j.st)
	var err error
	for s, on := range [2][]expr.Node{n.LeftOn, n.RightOn} {
		j.rows[s] = state.NewTable(pairWords, 1, e.budget)
		if j.on[s], err = compile(on); err != nil {
			return nil, err
		}
	}
	j.residual, err = newResidual(n.Residual, &j.sc)
	return j, err
}

func (j *pairs) Process(port int, b *vec.Batch, _ Emit) error {
	j.st.RowsIn += int64(b.Len())
	j.in.take(port, b)
	return nil
}

func (j *pairs) End(emit Emit) error {
	err := j.in.runs(func(r run) error { return j.run(r, emit) })
	if err != nil {
		return err
	}
	if err := j.out.w.flush(emit); err != nil {
		return err
	}
	return j.env.budget.Err()
}

// run takes changes of a side in. A row whose equality fails to evaluate is
// reported and counts as deleted.
func (j *pairs) run(r run, emit Emit) error {
	key, all := pick(r.b.Cols, j.keys[r.port]), pointers(r.b.Cols)
	fresh := []int32{}
	for _, row := range r.rows() {
		if !tomb(r.b, row) {
			fresh = append(fresh, row)
		}
	}
	k, err := j.sc.evalKeys(j.on[r.port], r.b, fresh)
	if err != nil {
		return err
	}
	live := flags(r.b.N, k.rows)
	for _, row := range r.rows() {
		j.pk = vec.EncodeKey(j.pk[:0], key, int(row))
		c := change{side: r.port, b: r.b, row: row, live: live.Get(int(row))}
		if c.live {
			j.now = vec.EncodeRow(j.now[:0], all, int(row))
			if c.linked = !anyNull(k.cols, row); c.linked {
				j.link = vec.EncodeKey(j.link[:0], k.cols, int(row))
			}
		}
		if err := j.change(c, emit); err != nil {
			return err
		}
	}
	return nil
}

// change is one change of a side's row; its new value is in now, its key in pk,
// the values of its equality in link.
type change struct {
	side   int
	b      *vec.Batch
	row    int32
	live   bool // there is a new row
	linked bool // it has no NULL in the equality
}

func (j *pairs) change(c change, emit Emit) error {
	rows := j.rows[c.side]
	at := rows.FindKey(j.pk)
	if at == state.None && !c.live {
		return nil
	}
	var before, after []byte
	var old, fresh []state.Row
	var err error
	if at != state.None {
		j.was = append(j.was[:0], rows.Blob(at, 0)...)
		before = j.was
		if ref := rows.Peek(at)[pairLink]; ref != 0 {
			if old, err = j.partners(c, before, state.Row(ref-1), true); err != nil {
				return err
			}
		}
	}
	if c.live {
		after = j.now
		if c.linked {
			if fresh, err = j.partners(c, after, j.links.FindKey(j.link), false); err != nil {
				return err
			}
		}
	}
	if err := j.results(c, before, after, old, fresh, emit); err != nil {
		return err
	}
	j.store(c, at, len(fresh))
	return nil
}

// partners lists, by key, the rows of the other side that a row matches; l is
// the row in links of its equality.
func (j *pairs) partners(c change, row []byte, l state.Row, quiet bool) ([]state.Row, error) {
	other := 1 - c.side
	i := 0
	if !quiet {
		i = 1
	}
	out := j.parted[i][:0]
	if l != state.None {
		for at := j.links.Peek(l)[other]; at != 0; at = j.rows[other].Peek(state.Row(at - 1))[pairNext] {
			out = append(out, state.Row(at-1))
		}
	}
	slices.SortFunc(out, func(a, b state.Row) int { return j.compare(other, a, b) })
	j.parted[i] = out
	if j.residual == nil || len(out) == 0 {
		return out, nil
	}
	try := &vec.Batch{N: len(out)}
	cols := [2][]*vec.Builder{builders(j.schemas[0], len(out)), builders(j.schemas[1], len(out))}
	for _, p := range out {
		for s, blob := range side(c.side, row, j.rows[other].Blob(p, 0)) {
			if err := vec.DecodeRowInto(cols[s], blob); err != nil {
				return nil, err
			}
		}
		try.Ts = append(try.Ts, max(c.b.Ts[c.row], j.rows[other].Peek(p)[pairTs]))
		try.Seq = append(try.Seq, c.b.SeqAt(int(c.row)))
	}
	try.Cols = append(finish(cols[0]), finish(cols[1])...)
	pass, _, err := j.residual.holding(try, rowsOf(try), quiet)
	if err != nil {
		return nil, err
	}
	for i, p := range pass {
		out[i] = out[p]
	}
	return out[:len(pass)], nil
}

func (j *pairs) compare(side int, a, b state.Row) int {
	return bytes.Compare(j.rows[side].Key(a), j.rows[side].Key(b))
}

// store puts the new row in the place of the old one.
func (j *pairs) store(c change, at state.Row, partners int) {
	rows := j.rows[c.side]
	if at != state.None {
		j.unlink(c.side, at)
	}
	if !c.live {
		rows.Delete(at)
		return
	}
	if at == state.None {
		at, _ = rows.UpsertKey(j.pk)
	}
	words := rows.Words(at)
	words[pairTs], words[pairCount] = c.b.Ts[c.row], int64(partners)
	rows.SetBlob(at, 0, j.now)
	if c.linked {
		j.linkTo(c.side, at, j.link)
	}
}

// linkTo puts a row into the chain of its equality.
func (j *pairs) linkTo(side int, at state.Row, key []byte) {
	l, _ := j.links.UpsertKey(key)
	first, words := j.links.Words(l), j.rows[side].Words(at)
	words[pairLink], words[pairPrev], words[pairNext] = int64(l)+1, 0, first[side]
	if next := first[side]; next != 0 {
		j.rows[side].Words(state.Row(next - 1))[pairPrev] = int64(at) + 1
	}
	first[side] = int64(at) + 1
}

// unlink takes a row out of its chain.
func (j *pairs) unlink(side int, at state.Row) {
	rows := j.rows[side]
	words := rows.Words(at)
	if words[pairLink] == 0 {
		return
	}
	l := state.Row(words[pairLink] - 1)
	first := j.links.Words(l)
	if p := words[pairPrev]; p != 0 {
		rows.Words(state.Row(p - 1))[pairNext] = words[pairNext]
	} else {
		first[side] = words[pairNext]
	}
	if n := words[pairNext]; n != 0 {
		rows.Words(state.Row(n - 1))[pairPrev] = words[pairPrev]
	}
	words[pairLink], words[pairPrev], words[pairNext] = 0, 0, 0
	if first[0] == 0 && first[1] == 0 {
		j.links.Delete(l)
	}
}
