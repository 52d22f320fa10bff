package expr

import (
	"flag"
	"math"
	"math/rand"
	"testing"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

var rounds = flag.Int("rounds", 4000, "how many random expressions TestAgainstTwin tries")

// gen makes random typed expressions over the columns of genColumns.
type gen struct {
	r    *rand.Rand
	vars []types.Type // lambda parameters in scope, innermost last
}

var genColumns = types.Schema{
	{Name: "i", Type: types.TInt}, {Name: "b", Type: types.TBigInt}, {Name: "d", Type: types.TDouble},
	{Name: "s", Type: types.TString}, {Name: "t", Type: types.TBoolean}, {Name: "n", Type: types.TNumeric},
	{Name: "a", Type: types.TArray(types.TInt)},
	{Name: "r", Type: types.TStruct(types.Field{Name: "x", Type: types.TInt}, types.Field{Name: "y", Type: types.TString})},
	{Name: "i2", Type: types.TInt}, {Name: "s2", Type: types.TString},
}

func (g *gen) value(t types.Type) types.Value {
	if g.r.Intn(8) == 0 {
		return nil
	}
	switch t.Kind {
	case types.Int:
		return []int64{0, 1, -1, 2, 5, math.MaxInt32, math.MinInt32, 100}[g.r.Intn(8)]
	case types.BigInt:
		return []int64{0, 1, -1, 3, math.MaxInt64, math.MinInt64, 1 << 31, -1 << 40}[g.r.Intn(8)]
	case types.Double:
		return []float64{0, 1, -2.5, 1e300, 1e-300, math.NaN(), math.Inf(1), 0.1}[g.r.Intn(8)]
	case types.String:
		return []string{"", "a", "ab", "äb%", "5", "-7", "a_b", "zz"}[g.r.Intn(8)]
	case types.Boolean:
		return g.r.Intn(2) == 0
	case types.Decimal:
		d, _, _ := types.ParseDecimal([]string{"0", "1.5", "-2.25", "100", "0.001", "7"}[g.r.Intn(6)])
		return d
	case types.Array:
		out := []types.Value{}
		for range g.r.Intn(4) {
			out = append(out, g.value(*t.Elem))
		}
		return out
	}
	row := types.Row{}
	for _, f := range t.Fields {
		row = append(row, g.value(f.Type))
	}
	return row
}

var scalarTypes = []types.Type{types.TInt, types.TBigInt, types.TDouble, types.TString, types.TBoolean, types.TNumeric}

func (g *gen) leaf(t types.Type) Node {
	for depth := range g.vars {
		if v := g.vars[len(g.vars)-1-depth]; v.Equal(t) && g.r.Intn(2) == 0 {
			return &LambdaVar{Depth: depth, Index: 0, Name: "x", T: t}
		}
	}
	if g.r.Intn(3) > 0 {
		var fit []int
		for i, c := range genColumns {
			if c.Type.Equal(t) {
				fit = append(fit, i)
			}
		}
		if len(fit) > 0 {
			i := fit[g.r.Intn(len(fit))]
			return &Column{Index: i, Name: genColumns[i].Name, T: t}
		}
	}
	return &Const{V: g.value(t), T: t}
}

func (g *gen) logic() Logic { return Logic(g.r.Intn(2)) }

// node makes an expression of type t, depth levels deep at most.
func (g *gen) node(t types.Type, depth int) Node {
	if depth == 0 {
		return g.leaf(t)
	}
	switch g.r.Intn(10) {
	case 0:
		return g.leaf(t)
	case 1:
		n := &Case{T: t, Logic: g.logic()}
		for range 1 + g.r.Intn(2) {
			n.Whens = append(n.Whens, g.node(types.TBoolean, depth-1))
			n.Thens = append(n.Thens, g.node(t, depth-1))
		}
		if g.r.Intn(2) == 0 {
			n.Else = g.node(t, depth-1)
		}
		return n
	case 2:
		return &Coalesce{Xs: []Node{g.node(t, depth-1), g.node(t, depth-1)}, T: t}
	case 3:
		if g.r.Intn(3) == 0 {
			return &TryNull{X: g.node(t, depth-1)}
		}
	case 4:
		if n := g.access(t, depth); n != nil {
			return n
		}
	}
	return g.typed(t, depth)
}

// access makes a field, a subscript or a lambda call that gives t.
func (g *gen) access(t types.Type, depth int) Node {
	switch {
	case t.Kind == types.Int && g.r.Intn(2) == 0:
		return &Subscript{X: g.node(types.TArray(types.TInt), depth-1), I: g.node(types.TInt, depth-1), T: t, Ksql: g.r.Intn(2) == 0}
	case t.Kind == types.Int || t.Kind == types.String:
		i := 0
		if t.Kind == types.String {
			i = 1
		}
		return &Field{X: g.node(genColumns[7].Type, depth-1), Index: i, T: t}
	}
	return nil
}

func (g *gen) typed(t types.Type, depth int) Node {
	sub := func(t types.Type) Node { return g.node(t, depth-1) }
	mode := Arith(g.r.Intn(2))
	switch t.Kind {
	case types.Int, types.BigInt, types.Double, types.Decimal:
		return g.number(t, depth, mode)
	case types.String:
		switch g.r.Intn(3) {
		case 0:
			return &Binary{Op: "||", L: sub(t), R: sub(t), T: t}
		case 1:
			return g.call([]string{"upper", "reverse", "trim"}[g.r.Intn(3)], sub(t))
		}
		return g.call("substring", sub(t), sub(types.TInt), sub(types.TInt))
	case types.Boolean:
		return g.condition(depth)
	case types.Array:
		return g.array(t, depth)
	}
	n := &StructCtor{T: t}
	for _, f := range t.Fields {
		n.Xs = append(n.Xs, sub(f.Type))
	}
	return n
}

func (g *gen) number(t types.Type, depth int, mode Arith) Node {
	sub := func(t types.Type) Node { return g.node(t, depth-1) }
	switch g.r.Intn(6) {
	case 0:
		return &Neg{X: sub(t), Mode: mode}
	case 1:
		return g.call("abs", sub(t))
	case 2:
		from := scalarTypes[g.r.Intn(4)]
		return &Cast{X: sub(from), To: t, Ksql: g.r.Intn(2) == 0 && from.Kind != types.Boolean}
	case 3:
		if t.Kind == types.Int {
			return g.call("length", sub(types.TString))
		}
		if t.Kind == types.Double {
			return g.call("sqrt", sub(t))
		}
	}
	return &Binary{Op: string("+-*/%"[g.r.Intn(5)]), L: sub(t), R: sub(t), T: t, Mode: mode}
}

func (g *gen) array(t types.Type, depth int) Node {
	switch g.r.Intn(3) {
	case 0:
		return &ArrayCtor{Xs: []Node{g.node(*t.Elem, depth-1), g.node(*t.Elem, depth-1)}, T: t}
	case 1:
		return g.call("array_sort", g.node(t, depth-1))
	}
	name, body := "transform", *t.Elem
	if g.r.Intn(2) == 0 {
		name, body = "filter", types.TBoolean
	}
	coll := g.node(t, depth-1)
	g.vars = append(g.vars, *t.Elem)
	l := &Lambda{Names: []string{"x"}, Params: []types.Type{*t.Elem}, Body: g.node(body, depth-1)}
	g.vars = g.vars[:len(g.vars)-1]
	f, _, ret, err := fn.Builtins().ResolveLambda(name, []fn.LambdaOrType{{Type: t}, {Lambda: 1}}, fn.LeatOnly,
		func(int, []types.Type) (types.Type, error) { return body, nil })
	if err != nil {
		panic(err)
	}
	return &Call{Fn: f, Args: []Node{coll, l}, T: ret}
}

func (g *gen) call(name string, args ...Node) Node {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	f, params, ret, err := fn.Builtins().Resolve(name, ts, fn.LeatOnly)
	if err != nil {
		panic(err)
	}
	for i := range args {
		if !params[i].Equal(ts[i]) {
			args[i] = &Cast{X: args[i], To: params[i]}
		}
	}
	return &Call{Fn: f, Args: args, T: ret}
}

func (g *gen) condition(depth int) Node {
	sub := func(t types.Type) Node { return g.node(t, depth-1) }
	t := scalarTypes[g.r.Intn(len(scalarTypes))]
	ops := []string{"=", "<>", "<", "<=", ">", ">="}
	op := ops[g.r.Intn(len(ops))]
	switch g.r.Intn(12) {
	case 0, 1:
		return &And{Xs: []Node{sub(types.TBoolean), sub(types.TBoolean), sub(types.TBoolean)}, Logic: g.logic()}
	case 2, 3:
		return &Or{Xs: []Node{sub(types.TBoolean), sub(types.TBoolean)}, Logic: g.logic()}
	case 4:
		return &Not{X: sub(types.TBoolean), Logic: g.logic()}
	case 5:
		return &IsNull{X: sub(t), Not: g.r.Intn(2) == 0}
	case 6:
		return &IsBool{X: sub(types.TBoolean), Want: []types.Value{true, false, nil}[g.r.Intn(3)], Not: g.r.Intn(2) == 0}
	case 7:
		return &In{X: sub(t), List: []Node{g.leaf(t), sub(t), &Const{V: g.value(t), T: t}}[g.r.Intn(3):], Not: g.r.Intn(2) == 0, Logic: g.logic()}
	case 8:
		pattern := Node(&Const{V: []string{"a%", "%b", "%a%", "ab", "a_", "%a%b%", "", "_%", `\%%`, `a\`}[g.r.Intn(10)], T: types.TString})
		if g.r.Intn(3) == 0 {
			pattern = sub(types.TString)
		}
		return &Like{X: sub(types.TString), Pattern: pattern, Escape: '\\', Fold: g.r.Intn(3) == 0, Not: g.r.Intn(2) == 0, Logic: g.logic()}
	case 9:
		return &Distinct{L: sub(t), R: sub(t), Not: g.r.Intn(2) == 0}
	case 10:
		return &AnyAll{X: sub(types.TInt), Array: sub(types.TArray(types.TInt)), Op: op, All: g.r.Intn(2) == 0}
	}
	return &Compare{Op: op, L: sub(t), R: sub(t), Logic: g.logic()}
}

func (g *gen) batch() (*vec.Batch, []types.Row) {
	rows := make([]types.Row, g.r.Intn(40))
	for i := range rows {
		for _, c := range genColumns {
			rows[i] = append(rows[i], g.value(c.Type))
		}
	}
	b := &vec.Batch{N: len(rows)}
	for k, c := range genColumns {
		col := make([]types.Value, len(rows))
		for i := range rows {
			col[i] = rows[i][k]
		}
		b.Cols = append(b.Cols, vec.FromValues(c.Type, col))
	}
	return b, rows
}

// TestAgainstTwin compares values and first errors of random expressions over
// random selections with the record-at-a-time interpreter, and the folded
// expression with the original.
func TestAgainstTwin(t *testing.T) {
	g := &gen{r: rand.New(rand.NewSource(11))}
	kinds := append([]types.Type{types.TArray(types.TInt), genColumns[7].Type, types.TBoolean}, scalarTypes...)
	for k := range *rounds {
		n := g.node(kinds[g.r.Intn(len(kinds))], 1+k%4)
		b, rows := g.batch()
		var sel []int32
		if g.r.Intn(2) == 0 {
			sel = []int32{}
			for i := range rows {
				if g.r.Intn(3) > 0 {
					sel = append(sel, int32(i))
				}
			}
		}
		checkTwin(t, n, b, rows, sel)
		if t.Failed() {
			return
		}
	}
	t.Logf("campaign: %d random expressions over random rows equal", *rounds)
}

func checkTwin(t *testing.T, n Node, b *vec.Batch, rows []types.Row, sel []int32) {
	t.Helper()
	live := sel
	if sel == nil {
		for i := range rows {
			live = append(live, int32(i))
		}
	}
	c := &Context{}
	v, err := MustCompile(n).Eval(c, b, sel)
	if err != nil {
		t.Fatal(err)
	}
	failed := map[int32]error{}
	for k, i := range c.Errs.Rows {
		failed[i] = c.Errs.Errs[k]
	}
	for _, i := range live {
		w := &twin{row: rows[i], env: &fn.Env{}}
		want, werr := w.eval(n)
		if (werr == nil) != (failed[i] == nil) || werr != nil && sqlerr.From(werr).Code != sqlerr.From(failed[i]).Code {
			t.Fatalf("%s\nrow %v: error %v, twin %v", Text(n), rows[i], failed[i], werr)
		}
		delete(failed, i)
		if werr != nil {
			want = nil
		}
		if got := v.Value(int(i)); !same(n.Type(), got, want) {
			t.Fatalf("%s\nrow %v: got %v, twin %v", Text(n), rows[i], got, want)
		}
	}
	for i, err := range failed {
		t.Fatalf("%s\nrow %d was not to be evaluated and failed: %v", Text(n), i, err)
	}
	if n.Type().Kind == types.Boolean {
		checkFilter(t, n, b, rows, sel, live)
	}
	checkFold(t, n, rows)
}

func same(t types.Type, a, b types.Value) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return types.Equal(t, a, b)
}

func checkFilter(t *testing.T, n Node, b *vec.Batch, rows []types.Row, sel, live []int32) {
	t.Helper()
	c := &Context{}
	got, err := MustCompile(n).EvalBool(c, b, sel)
	if err != nil {
		t.Fatal(err)
	}
	k := 0
	for _, i := range live {
		w := &twin{row: rows[i], env: &fn.Env{}}
		want, werr := w.holds(n)
		in := k < len(got) && got[k] == i
		if in {
			k++
		}
		if in != (want && werr == nil) {
			t.Fatalf("filter %s\nrow %v: %v, twin %v (%v)", Text(n), rows[i], in, want, werr)
		}
	}
	if k != len(got) {
		t.Fatalf("filter %s gave rows outside the selection: %v", Text(n), got)
	}
}

// checkFold: a folded expression gives the same values, and fails at no row
// where the original does not.
func checkFold(t *testing.T, n Node, rows []types.Row) {
	t.Helper()
	f := Fold(n, nil)
	if !f.Type().Equal(n.Type()) {
		t.Fatalf("%s folds to type %s", Text(n), f.Type())
	}
	for _, row := range rows[:min(3, len(rows))] {
		want, werr := (&twin{row: row, env: &fn.Env{}}).eval(n)
		got, gerr := (&twin{row: row, env: &fn.Env{}}).eval(f)
		if gerr != nil && werr == nil || gerr == nil && werr == nil && !same(n.Type(), got, want) {
			t.Fatalf("%s\nfolds to %s\nrow %v: %v (%v), was %v (%v)", Text(n), Text(f), row, got, gerr, want, werr)
		}
	}
}
