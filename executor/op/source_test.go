package op

import (
	"math/rand"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/executor/ref"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// source makes the random rows of one input: a stream, or the changes of a
// table with their old values.
type source struct {
	rng      *rand.Rand
	schema   types.Schema
	kind     planner.ResultKind
	keys     []int
	keyCount int
	windowed bool
	now      int64
	step     int64 // greatest advance of time a row
	back     int64 // greatest distance of a late row
	rows     map[string]types.Row
}

// Columns every source has.
const (
	colK = iota // text: the key
	colN        // bigint
	colD        // numeric without scale
	colA        // bigint array
)

func randomSchema(rng *rand.Rand) types.Schema {
	s := types.Schema{
		{Name: "k", Type: types.TString}, {Name: "n", Type: types.TBigInt},
		{Name: "d", Type: types.TNumeric}, {Name: "a", Type: types.TArray(types.TBigInt)},
	}
	extra := []types.Type{
		types.TBoolean, types.TDouble, types.TInterval, types.TUUID, types.TTimestamp,
		types.TStruct(types.Field{Name: "x", Type: types.TString}, types.Field{Name: "y", Type: types.TBigInt}),
		types.TMap(types.TString, types.TBigInt),
	}
	for range rng.Intn(4) {
		s = append(s, types.Column{Name: "e", Type: extra[rng.Intn(len(extra))]})
	}
	return s
}

func newSource(rng *rand.Rand, kind planner.ResultKind) *source {
	s := &source{
		rng: rng, schema: randomSchema(rng), kind: kind, keyCount: 1 + rng.Intn(8),
		step: int64(1 + rng.Intn(40)), back: int64(1 + rng.Intn(200)), rows: map[string]types.Row{},
	}
	if kind == planner.TableResult {
		s.keys = []int{colK}
		if rng.Intn(3) == 0 {
			s.keys = []int{colK, colN}
		}
		for _, c := range s.keys {
			s.schema[c].Key = true
		}
	}
	return s
}

func (s *source) node(index int) *planner.InputNode {
	return &planner.InputNode{Base: planner.Base{Schema: s.schema, Result: s.kind, Key: s.keys}, Index: index}
}

func (s *source) next(seq int32) ref.Rec {
	s.now += s.rng.Int63n(s.step)
	r := ref.Rec{Seq: seq, Ts: s.now}
	switch s.rng.Intn(12) {
	case 0:
		r.Ts = max(0, s.now-s.rng.Int63n(s.back))
	case 1:
		if s.rng.Intn(10) == 0 {
			s.now += s.rng.Int63n(1000)
		}
	}
	for i := range s.schema {
		r.Vals = append(r.Vals, s.value(s.schema[i].Type))
	}
	if s.rng.Intn(10) > 0 {
		r.Vals[colK] = string(rune('a' + s.rng.Intn(s.keyCount)))
	}
	if s.windowed {
		r.Windowed, r.Win = true, int64(10*s.rng.Intn(2))
		r.WinEnd = r.Win + 10
	}
	if s.kind == planner.TableResult {
		s.change(&r)
	}
	return r
}

// change makes r a change of the row that its key has now.
func (s *source) change(r *ref.Rec) {
	key := types.AppendKey(nil, types.TBigInt, r.Win)
	for _, c := range s.keys {
		key = types.AppendKey(key, s.schema[c].Type, r.Vals[c])
	}
	old := s.rows[string(key)]
	r.Old, r.OldOK = old, old != nil
	if s.rng.Intn(4) == 0 {
		r.Tomb = true
		delete(s.rows, string(key))
		for c := range r.Vals {
			if !s.schema[c].Key {
				r.Vals[c] = nil
			}
		}
		return
	}
	if old != nil && s.rng.Intn(3) == 0 { // change only part of the row
		for c := range r.Vals {
			if s.rng.Intn(2) == 0 && !s.schema[c].Key {
				r.Vals[c] = old[c]
			}
		}
	}
	s.rows[string(key)] = r.Vals
}

func (s *source) value(t types.Type) types.Value {
	if s.rng.Intn(9) == 0 {
		return nil
	}
	n := s.rng.Intn(5)
	switch t.Kind {
	case types.Boolean:
		return n%2 == 0
	case types.Double:
		return float64(n) / 2
	case types.String:
		return []string{"", "a", "b\x00", "längeres", "zz"}[n]
	case types.Decimal:
		d, _, _ := apd.NewFromString([]string{"1.0", "1.00", "2", "-3.5", "0"}[n])
		return d
	case types.Interval:
		return []types.Span{{}, {Months: 1}, {Days: 30}, {Micros: 7}, {Days: -1}}[n]
	case types.UUID:
		return [16]byte{byte(n), 15: 1}
	case types.Array:
		out := []types.Value{}
		for range n {
			out = append(out, s.value(*t.Elem))
		}
		return out
	case types.Struct:
		out := types.Row{}
		for _, f := range t.Fields {
			out = append(out, s.value(f.Type))
		}
		return out
	case types.Map:
		return types.MapValue{Keys: []types.Value{"p", "q"}, Vals: []types.Value{int64(n), nil}}
	}
	return int64(n)
}

// batch boxes records up, with dead rows between them now and then.
func (s *source) batch(recs []ref.Rec, whole bool) *vec.Batch {
	junk := s.rng.Intn(2) == 0
	b := &vec.Batch{}
	cols, old := builders(s.schema, len(recs)), builders(s.schema, len(recs))
	var tombs, oldOK, sel []int32
	for _, r := range recs {
		for {
			dead := junk && s.rng.Intn(3) == 0
			if !dead {
				sel = append(sel, int32(b.N))
			}
			for i := range cols {
				cols[i].Append(r.Vals[i])
				if r.Old != nil {
					old[i].Append(r.Old[i])
				} else {
					old[i].AppendNull()
				}
			}
			if r.Tomb {
				tombs = append(tombs, int32(b.N))
			}
			if r.OldOK {
				oldOK = append(oldOK, int32(b.N))
			}
			b.Ts = append(b.Ts, r.Ts)
			b.Seq = append(b.Seq, r.Seq)
			if r.Windowed {
				b.Win, b.WinEnd = append(b.Win, r.Win), append(b.WinEnd, r.WinEnd)
			}
			b.N++
			if !dead {
				break
			}
		}
	}
	b.Cols = finish(cols)
	if s.kind == planner.TableResult {
		b.Old, b.OldOK = finish(old), flags(b.N, oldOK)
		if len(tombs) > 0 {
			b.Tomb = flags(b.N, tombs)
		}
	}
	if junk {
		b.Sel = sel
	} else if whole && s.rng.Intn(2) == 0 {
		b.Seq = nil
	}
	return b
}

// Expressions for plans.

func col(s types.Schema, i int) expr.Node {
	return &expr.Column{Index: i, Name: s[i].Name, T: s[i].Type}
}

func big(n int64) expr.Node { return &expr.Const{V: n, T: types.TBigInt} }

func compare(op string, l, r expr.Node) expr.Node {
	return &expr.Compare{Op: op, L: l, R: r}
}

func arith(op string, l, r expr.Node) expr.Node {
	return &expr.Binary{Op: op, L: l, R: r, T: types.TBigInt}
}

// failing is 12/x, which fails where x is 0.
func failing(x expr.Node) expr.Node { return arith("/", big(12), x) }

func base(s types.Schema, kind planner.ResultKind, keys []int, old bool) planner.Base {
	return planner.Base{Schema: s, Result: kind, Key: keys, NeedsOld: old}
}

var testEnv = &fn.Env{}
