package fn

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"sort"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// testBlobs is one group's blobs.
type testBlobs struct{ b [][]byte }

func (t *testBlobs) Blob(i int) []byte       { return t.b[i] }
func (t *testBlobs) SetBlob(i int, b []byte) { t.b[i] = append([]byte(nil), b...) }

func newSlots(k AggKernel) AggSlots {
	w, b := k.Layout()
	s := AggSlots{Words: make([]int64, w), Blobs: &testBlobs{make([][]byte, b+1)}, Base: 1}
	k.Init(s)
	return s
}

// aggCase is an aggregate with its twin: the result over the rows by definition.
type aggCase struct {
	name    string
	args    []types.Type
	init    []types.Value
	d       Dialect
	noUndo  bool
	useUndo bool // NewUndo's kernel
	naive   func(rows []types.Row) types.Value
}

func notNulls(rows []types.Row) (out []types.Value) {
	for _, r := range rows {
		if r[0] != nil {
			out = append(out, r[0])
		}
	}
	return out
}

func floats(rows []types.Row) (out []float64) {
	for _, v := range notNulls(rows) {
		out = append(out, v.(float64))
	}
	return out
}

func naiveSum(rows []types.Row) *big.Int {
	sum := new(big.Int)
	for _, v := range notNulls(rows) {
		sum.Add(sum, big.NewInt(v.(int64)))
	}
	return sum
}

func naiveVar(xs []float64, ddof float64) float64 {
	mean, sum := 0.0, 0.0
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		sum += (x - mean) * (x - mean)
	}
	return sum / (float64(len(xs)) - ddof)
}

func naiveDistinct(t types.Type, vs []types.Value) (out []types.Value) {
	for _, v := range vs {
		dup := false
		for _, o := range out {
			dup = dup || sameValue(t, o, v)
		}
		if !dup {
			out = append(out, v)
		}
	}
	return out
}

func column(rows []types.Row) []types.Value {
	out := []types.Value{}
	for _, r := range rows {
		out = append(out, r[0])
	}
	return out
}

func naiveExtreme(t types.Type, sign int) func(rows []types.Row) types.Value {
	return func(rows []types.Row) types.Value {
		var best types.Value
		for _, v := range notNulls(rows) {
			if best == nil || sign*types.Compare(t, v, best) > 0 {
				best = v
			}
		}
		return best
	}
}

func decText(s string) types.Value {
	d, _, _ := types.ParseDecimal(s)
	return d
}

func aggCases() []aggCase {
	one := func(t types.Type) []types.Type { return []types.Type{t} }
	cases := []aggCase{
		{name: "count", naive: func(rows []types.Row) types.Value { return int64(len(rows)) }},
		{name: "count", args: one(types.TString), naive: func(rows []types.Row) types.Value { return int64(len(notNulls(rows))) }},
		{name: "count_distinct", args: one(types.TString), naive: func(rows []types.Row) types.Value {
			return int64(len(naiveDistinct(types.TString, notNulls(rows))))
		}},
		{name: "sum", args: one(types.TInt), naive: func(rows []types.Row) types.Value {
			if len(notNulls(rows)) == 0 {
				return nil
			}
			return naiveSum(rows).Int64()
		}},
		{name: "sum", args: one(types.TBigInt), naive: func(rows []types.Row) types.Value {
			if len(notNulls(rows)) == 0 {
				return nil
			}
			return decText(naiveSum(rows).String())
		}},
		{name: "sum", args: one(types.TInt), d: KsqlOnly, naive: func(rows []types.Row) types.Value {
			return int64(int32(naiveSum(rows).Int64()))
		}},
		{name: "sum", args: one(types.TDouble), naive: func(rows []types.Row) types.Value {
			if len(notNulls(rows)) == 0 {
				return nil
			}
			s := 0.0
			for _, x := range floats(rows) {
				s += x
			}
			return s
		}},
		{name: "avg", args: one(types.TInt), naive: func(rows []types.Row) types.Value {
			n := int64(len(notNulls(rows)))
			if n == 0 {
				return nil
			}
			d, _ := DecDiv(decText(naiveSum(rows).String()).(types.Dec), types.DecimalFromInt(n))
			return d
		}},
		{name: "variance", args: one(types.TDouble), naive: func(rows []types.Row) types.Value {
			if xs := floats(rows); len(xs) > 1 {
				return naiveVar(xs, 1)
			}
			return nil
		}},
		{name: "stddev_pop", args: one(types.TDouble), naive: func(rows []types.Row) types.Value {
			if xs := floats(rows); len(xs) > 0 {
				return math.Sqrt(naiveVar(xs, 0))
			}
			return nil
		}},
	}
	cases = append(cases, listCases()...)
	for _, t := range []types.Type{types.TInt, types.TDouble, types.TString, types.TNumeric, types.TInterval} {
		for name, sign := range map[string]int{"min": -1, "max": 1} {
			cases = append(cases,
				aggCase{name: name, args: one(t), noUndo: true, naive: naiveExtreme(t, sign)},
				aggCase{name: name, args: one(t), useUndo: true, naive: naiveExtreme(t, sign)})
		}
	}
	return append(cases, orderCases()...)
}

// listCases are the aggregates that collect.
func listCases() []aggCase {
	one := func(t types.Type) []types.Type { return []types.Type{t} }
	return []aggCase{
		{name: "collect_list", args: one(types.TString), naive: func(rows []types.Row) types.Value { return column(rows) }},
		{name: "array_agg", args: one(types.TNumeric), naive: func(rows []types.Row) types.Value {
			if len(rows) == 0 {
				return nil
			}
			return column(rows)
		}},
		{name: "string_agg", args: []types.Type{types.TString, types.TString}, naive: func(rows []types.Row) types.Value {
			out, some := "", false
			for _, r := range rows {
				if r[0] == nil {
					continue
				}
				if d, ok := r[1].(string); ok && some {
					out += d
				}
				out, some = out+r[0].(string), true
			}
			if !some {
				return nil
			}
			return out
		}},
		{name: "collect_set", args: one(types.TInt), d: KsqlOnly, noUndo: true, naive: func(rows []types.Row) types.Value {
			return append([]types.Value{}, naiveDistinct(types.TInt, column(rows))...)
		}},
		{name: "attr", args: one(types.TInt), naive: func(rows []types.Row) types.Value {
			if d := naiveDistinct(types.TInt, column(rows)); len(d) == 1 {
				return d[0]
			}
			return nil
		}},
		{name: "bool_and", args: one(types.TBoolean), naive: func(rows []types.Row) types.Value {
			vs := notNulls(rows)
			for _, v := range vs {
				if v == false {
					return false
				}
			}
			if len(vs) == 0 {
				return nil
			}
			return true
		}},
	}
}

// orderCases are the aggregates of order of arrival and of the greatest.
func orderCases() []aggCase {
	one := func(t types.Type) []types.Type { return []types.Type{t} }
	return []aggCase{
		{name: "latest_by_offset", args: one(types.TString), noUndo: true, naive: func(rows []types.Row) types.Value {
			if vs := notNulls(rows); len(vs) > 0 {
				return vs[len(vs)-1]
			}
			return nil
		}},
		{name: "latest_by_offset", args: one(types.TString), init: []types.Value{int64(3), false}, noUndo: true, naive: func(rows []types.Row) types.Value {
			return column(rows[max(0, len(rows)-3):])
		}},
		{name: "earliest_by_offset", args: one(types.TInt), init: []types.Value{int64(2)}, noUndo: true, naive: func(rows []types.Row) types.Value {
			vs := notNulls(rows)
			return append([]types.Value{}, vs[:min(2, len(vs))]...)
		}},
		{name: "topk", args: []types.Type{types.TInt}, init: []types.Value{int64(3)}, noUndo: true, naive: func(rows []types.Row) types.Value {
			vs := append([]types.Value{}, notNulls(rows)...)
			sort.SliceStable(vs, func(i, j int) bool { return vs[i].(int64) > vs[j].(int64) })
			return vs[:min(3, len(vs))]
		}},
		{name: "topk", args: []types.Type{types.TInt, types.TString}, init: []types.Value{int64(2)}, noUndo: true, naive: func(rows []types.Row) types.Value {
			vs := []types.Value{}
			for _, r := range rows {
				if r[0] != nil {
					vs = append(vs, r)
				}
			}
			sort.SliceStable(vs, func(i, j int) bool { return vs[i].(types.Row)[0].(int64) > vs[j].(types.Row)[0].(int64) })
			return vs[:min(2, len(vs))]
		}},
		{name: "topkdistinct", args: one(types.TString), init: []types.Value{int64(2)}, noUndo: true, naive: func(rows []types.Row) types.Value {
			vs := append([]types.Value{}, naiveDistinct(types.TString, notNulls(rows))...)
			sort.Slice(vs, func(i, j int) bool { return vs[i].(string) > vs[j].(string) })
			return vs[:min(2, len(vs))]
		}},
		{name: "json_agg", args: one(types.TInt), naive: func(rows []types.Row) types.Value {
			if len(rows) == 0 {
				return nil
			}
			var parts []string
			for _, v := range column(rows) {
				if v == nil {
					v = "null"
				}
				parts = append(parts, fmt.Sprint(v))
			}
			return "[" + strings.Join(parts, ", ") + "]"
		}},
	}
}

func (c aggCase) kernel(t *testing.T) (AggKernel, types.Type) {
	t.Helper()
	all := append([]types.Type{}, c.args...)
	for _, v := range c.init {
		all = append(all, map[bool]types.Type{true: types.TBoolean, false: types.TInt}[v == true || v == false])
	}
	d := c.d
	if d == Both {
		d = LeatOnly
	}
	g, _, ret, err := Builtins().ResolveAgg(c.name, all, d)
	if err != nil {
		t.Fatal(err)
	}
	mk := g.New
	if c.useUndo {
		mk = g.NewUndo
	}
	k, err := mk(c.args, c.init)
	if err != nil {
		t.Fatal(err)
	}
	return k, ret
}

func aggRow(r *rand.Rand, args []types.Type) types.Row {
	row := types.Row{}
	for _, t := range args {
		switch {
		case r.Intn(5) == 0:
			row = append(row, nil)
		case t.IsFloat():
			row = append(row, float64(r.Intn(40))/4)
		case t.IsInteger():
			row = append(row, int64(r.Intn(7)-3))
		case t.IsText():
			row = append(row, string(rune('a'+r.Intn(5))))
		case t.Kind == types.Decimal:
			row = append(row, decText(fmt.Sprintf("%d.%d", r.Intn(3), r.Intn(10))))
		case t.Kind == types.Interval:
			row = append(row, types.Span{Micros: int64(r.Intn(5))})
		default:
			row = append(row, r.Intn(2) == 0)
		}
	}
	return row
}

func toCols(args []types.Type, row types.Row) []*vec.Vec {
	var out []*vec.Vec
	for i, t := range args {
		v := vec.FromValues(t, []types.Value{row[i]})
		out = append(out, &v)
	}
	return out
}

func aggResult(k AggKernel, s AggSlots, ret types.Type) types.Value {
	b := vec.NewBuilder(ret, 1)
	k.Result(s, b)
	v := b.Finish()
	return v.Value(0)
}

func sameResult(t types.Type, a, b types.Value) bool {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return math.Abs(x-y) < 1e-6
	}
	return sameValue(t, a, b)
}

// TestAggregatesAgainstTwins adds, takes back and merges random rows.
func TestAggregatesAgainstTwins(t *testing.T) {
	for _, c := range aggCases() {
		t.Run(fmt.Sprintf("%s(%s)%v", c.name, typeList(c.args), c.useUndo), func(t *testing.T) {
			r := rand.New(rand.NewSource(7))
			for range 60 {
				k, ret := c.kernel(t)
				older, olderRows := c.play(t, r, k, ret)
				newer, newerRows := c.play(t, r, k, ret)
				if err := k.Merge(nil, newer, older); err != nil {
					t.Fatal(err)
				}
				all := append(olderRows, newerRows...)
				if got, want := aggResult(k, newer, ret), c.naive(all); !sameResult(ret, got, want) {
					t.Fatalf("merged over %v: got %v, want %v", all, got, want)
				}
			}
		})
	}
}

func (c aggCase) play(t *testing.T, r *rand.Rand, k AggKernel, ret types.Type) (AggSlots, []types.Row) {
	t.Helper()
	s, rows := newSlots(k), []types.Row{}
	for range r.Intn(30) {
		if !c.noUndo && len(rows) > 0 && r.Intn(3) == 0 {
			i := r.Intn(len(rows))
			gone := rows[i]
			for j := len(rows) - 1; j > i; j-- { // the last equal row is the one taken out
				if fmt.Sprint(rows[j]) == fmt.Sprint(gone) {
					i = j
				}
			}
			if err := k.Undo(nil, s, toCols(c.args, gone), 0); err != nil {
				t.Fatal(err)
			}
			rows = append(rows[:i:i], rows[i+1:]...)
		} else {
			row := aggRow(r, c.args)
			if err := k.Add(nil, s, toCols(c.args, row), 0); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if got, want := aggResult(k, s, ret), c.naive(rows); !sameResult(ret, got, want) {
			t.Fatalf("over %v: got %v, want %v", rows, got, want)
		}
	}
	return s, rows
}

// TestDistinctWrapper checks agg(DISTINCT x) with counts, so that undo of one
// of two equal rows changes nothing.
func TestDistinctWrapper(t *testing.T) {
	c := aggCase{name: "sum", args: []types.Type{types.TInt}, naive: func(rows []types.Row) types.Value {
		vs := naiveDistinct(types.TInt, notNulls(rows))
		if len(vs) == 0 {
			return nil
		}
		sum := int64(0)
		for _, v := range vs {
			sum += v.(int64)
		}
		return sum
	}}
	inner, ret := c.kernel(t)
	k := NewDistinct(inner, c.args)
	r := rand.New(rand.NewSource(3))
	for range 100 {
		older, a := c.play(t, r, k, ret)
		newer, b := c.play(t, r, k, ret)
		if err := k.Merge(nil, newer, older); err != nil {
			t.Fatal(err)
		}
		if got, want := aggResult(k, newer, ret), c.naive(append(a, b...)); !sameValue(ret, got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// TestBagAgainstMap drives the blob multiset through growth and removal.
func TestBagAgainstMap(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	var g bag
	want := map[string]uint32{}
	for range 20000 {
		key := fmt.Sprint(r.Intn(600))
		if r.Intn(5) < 2 {
			after, ok := g.remove([]byte(key))
			if ok != (want[key] > 0) {
				t.Fatalf("remove %s: %v, have %d", key, ok, want[key])
			}
			if ok {
				if want[key]--; want[key] != after {
					t.Fatalf("%s: %d left, want %d", key, after, want[key])
				}
			}
			if want[key] == 0 {
				delete(want, key)
			}
			continue
		}
		if before := g.add([]byte(key), 1); before != want[key] {
			t.Fatalf("add %s: had %d, want %d", key, before, want[key])
		}
		want[key]++
	}
	if g.live() != len(want) {
		t.Fatalf("%d live, want %d", g.live(), len(want))
	}
	g.each(func(key []byte, n uint32) bool {
		if want[string(key)] != n {
			t.Errorf("%s: %d, want %d", key, n, want[string(key)])
		}
		return true
	})
}
