package ref

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
)

type streamTable struct {
	n    *planner.StreamTableJoinNode
	s    *shared
	rows map[string]types.Row
}

func newStreamTable(n *planner.StreamTableJoinNode, s *shared) twin {
	return &streamTable{n, s, map[string]types.Row{}}
}

func (j *streamTable) tick(int64) []Rec { return nil }

func (j *streamTable) row(port int, r Rec) []Rec {
	if port == 1 {
		at := j.n.Right.Keys()
		key := pick(r.Vals, at)
		k := keyOf(columnTypes(j.n.Right.Out(), at), key, r)
		switch {
		case hasNull(key):
		case r.Tomb:
			delete(j.rows, k)
		default:
			j.rows[k] = r.Vals
		}
		return nil
	}
	key, err := j.s.evalAll(j.n.LeftKey, j.n.Left.Out(), r.Vals, r)
	if err != nil {
		j.s.fail(r, err)
		return nil
	}
	right, found := j.rows[keyOf(typesOf(j.n.LeftKey), key, r)]
	found = found && !hasNull(key)
	if found && j.n.Residual != nil {
		ok, err := j.s.holds(j.n.Residual, j.n.Schema, concat(r.Vals, right), r)
		if err != nil {
			j.s.fail(r, err)
			return nil
		}
		found = ok
	}
	if !found && !j.n.Outer {
		return nil
	}
	if !found {
		right = nulls(len(j.n.Right.Out()))
	}
	r.Vals = concat(r.Vals, right)
	return []Rec{r}
}

type tableRow struct {
	vals types.Row
	ts   int64
}

type tables struct {
	n    *planner.TableTableJoinNode
	s    *shared
	rows [2]map[string]*tableRow
}

func newTables(n *planner.TableTableJoinNode, s *shared) twin {
	return &tables{n, s, [2]map[string]*tableRow{{}, {}}}
}

func (j *tables) tick(int64) []Rec { return nil }

func (j *tables) side(i int) planner.Node { return j.n.Inputs()[i] }

// keys are a side's key columns in the order in which the sides' are compared.
func (j *tables) keys(i int) []int { return [2][]int{j.n.Left.Keys(), j.n.RightKeys()}[i] }

func (j *tables) row(port int, r Rec) []Rec {
	in := j.side(port)
	key := pick(r.Vals, j.keys(port))
	if hasNull(key) && j.s.ksql {
		return nil
	}
	k := keyOf(columnTypes(in.Out(), j.keys(port)), key, r)
	if hasNull(key) { // meets nothing
		k += string(rune('0' + port))
	}
	if r.Tomb && j.rows[port][k] == nil {
		return nil
	}
	old := j.result(k)
	if r.Tomb {
		delete(j.rows[port], k)
	} else {
		j.rows[port][k] = &tableRow{r.Vals, r.Ts}
	}
	out := Rec{Seq: r.Seq, Ts: r.Ts, Vals: j.result(k), OldOK: old != nil, Windowed: r.Windowed, Win: r.Win, WinEnd: r.WinEnd}
	if other := j.rows[1-port][k]; other != nil {
		out.Ts = max(out.Ts, other.ts)
	}
	if out.Vals == nil && old == nil {
		return nil
	}
	if out.Vals == nil {
		out.Tomb = true
		out.Vals = concat(j.keyed(0, key), j.keyed(1, key))
	}
	if j.n.NeedsOld {
		out.Old = old
	}
	return []Rec{out}
}

// keyed is a side with nothing but its key.
func (j *tables) keyed(i int, key types.Row) types.Row {
	out := nulls(len(j.side(i).Out()))
	for k, c := range j.keys(i) {
		out[c] = key[k]
	}
	return out
}

// result is the join of what both sides have for a key; nil is no result.
func (j *tables) result(k string) types.Row {
	l, r := j.rows[0][k], j.rows[1][k]
	var ok bool
	switch j.n.Join {
	case planner.InnerJoin:
		ok = l != nil && r != nil
	case planner.LeftJoin:
		ok = l != nil
	case planner.RightJoin:
		ok = r != nil
	case planner.FullJoin:
		ok = l != nil || r != nil
	}
	if !ok {
		return nil
	}
	return concat(j.part(0, l), j.part(1, r))
}

// part is one side of a result.
func (j *tables) part(i int, row *tableRow) types.Row {
	if row != nil {
		return row.vals
	}
	return nulls(len(j.side(i).Out()))
}
