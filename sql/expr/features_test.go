package expr

import (
	"testing"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func wantValues(t *testing.T, n Node, b *vec.Batch, want ...types.Value) {
	t.Helper()
	c := &Context{Env: &fn.Env{Seed: 1}}
	v, err := MustCompile(n).Eval(c, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Errs.Errs) > 0 {
		t.Fatalf("%s: %v", Text(n), c.Errs.Errs[0])
	}
	for i, w := range want {
		if got := v.Value(i); !same(n.Type(), got, w) {
			t.Errorf("%s row %d: got %v, want %v", Text(n), i, got, w)
		}
	}
}

func TestPseudoColumns(t *testing.T) {
	tomb, old := vec.NewBitmap(3), vec.NewBitmap(3)
	tomb.Set(1)
	old.Set(2)
	b := &vec.Batch{N: 3, Tomb: tomb, OldOK: old, Ts: []int64{1, 2, 3}, Win: []int64{10, 20, 30}, Part: []int32{7, 8, 9}, Offset: []int64{100, 101, 102}}
	wantValues(t, &Pseudo{Kind: RowTime, T: types.TTimestamp}, b, int64(1000), int64(2000), int64(3000))
	wantValues(t, &Pseudo{Kind: RowTime, T: types.TBigInt}, b, int64(1), int64(2), int64(3))
	wantValues(t, &Pseudo{Kind: WindowStart, T: types.TBigInt}, b, int64(10), int64(20), int64(30))
	wantValues(t, &Pseudo{Kind: WindowEnd, T: types.TBigInt}, b, nil, nil, nil)
	wantValues(t, &Pseudo{Kind: RowPartition, T: types.TInt}, b, int64(7), int64(8), int64(9))
	wantValues(t, &Pseudo{Kind: RowOffset, T: types.TBigInt}, b, int64(100))
	wantValues(t, &Pseudo{Kind: RowOp, T: types.TString}, b, "insert", "delete", "update")
}

func TestParamsOuterAndSubquery(t *testing.T) {
	b := &vec.Batch{N: 2, Cols: []vec.Vec{vec.FromValues(types.TInt, []types.Value{int64(1), int64(2)})}}
	c := &Context{Params: []types.Value{int64(40)}, Outer: []types.Row{{nil, int64(5)}}}
	c.RunSubquery = func(q *Subquery, x types.Value, outer []types.Row) (types.Value, error) {
		if x != int64(40) || len(outer) != 2 {
			t.Errorf("subquery got %v with %d outer rows", x, len(outer))
		}
		if outer[0][0] == int64(2) {
			return nil, sqlerr.New(sqlerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		return outer[0][0].(int64) + outer[1][1].(int64), nil
	}
	q := &Subquery{Kind: ScalarQuery, X: &Param{N: 1, T: types.TInt}, T: types.TInt}
	n := &Binary{Op: "+", L: q, R: &Outer{Depth: 1, Index: 1, T: types.TInt}, T: types.TInt}
	v, err := MustCompile(n).Eval(c, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Value(0) != int64(11) || v.Value(1) != nil || len(c.Errs.Rows) != 1 || c.Errs.Rows[0] != 1 {
		t.Errorf("got %v, %v, errors at %v", v.Value(0), v.Value(1), c.Errs.Rows)
	}
}

func TestCancelledSubqueryEndsTheEvaluation(t *testing.T) {
	c := &Context{RunSubquery: func(*Subquery, types.Value, []types.Row) (types.Value, error) {
		return nil, sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
	}}
	_, err := MustCompile(&Subquery{T: types.TInt}).Eval(c, &vec.Batch{N: 3}, nil)
	if !sqlerr.Is(err, sqlerr.QueryCanceled) || len(c.Errs.Rows) != 0 {
		t.Errorf("got %v and row errors %v", err, c.Errs.Rows)
	}
}

// TestLambdasSeeColumns: a lambda body may use columns of its row, another
// lambda inside, and REDUCE carries its state along.
func TestLambdasSeeColumns(t *testing.T) {
	arr := types.TArray(types.TInt)
	b := &vec.Batch{N: 3, Cols: []vec.Vec{
		vec.FromValues(arr, []types.Value{[]types.Value{int64(1), int64(2)}, nil, []types.Value{}}),
		vec.FromValues(types.TInt, []types.Value{int64(10), int64(20), int64(30)}),
	}}
	a, k := &Column{Index: 0, T: arr}, &Column{Index: 1, T: types.TInt}
	x := func(depth, index int) Node { return &LambdaVar{Depth: depth, Index: index, T: types.TInt} }
	plus := func(l, r Node) Node { return &Binary{Op: "+", L: l, R: r, T: types.TInt} }
	lambda := func(n int, body Node) *Lambda {
		return &Lambda{Names: make([]string, n), Params: make([]types.Type, n), Body: body}
	}
	call := func(name string, args ...Node) Node {
		var ts []fn.LambdaOrType
		for _, arg := range args {
			if l, ok := arg.(*Lambda); ok {
				ts = append(ts, fn.LambdaOrType{Lambda: len(l.Params)})
			} else {
				ts = append(ts, fn.LambdaOrType{Type: arg.Type()})
			}
		}
		f, _, ret, err := fn.Builtins().ResolveLambda(name, ts, fn.KsqlOnly, func(i int, ps []types.Type) (types.Type, error) {
			if len(ps) != ts[i].Lambda {
				t.Errorf("%s: lambda %d has parameters %v", name, i, ps)
			}
			return args[i].Type(), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return &Call{Fn: f, Args: args, T: ret}
	}
	wantValues(t, call("transform", a, lambda(1, plus(x(0, 0), k))), b,
		[]types.Value{int64(11), int64(12)}, nil, []types.Value{})
	wantValues(t, call("reduce", a, k, lambda(2, plus(x(0, 0), x(0, 1)))), b, int64(13), int64(20), int64(30))
	nested := call("transform", a, lambda(1, call("reduce", a, x(0, 0), lambda(2, plus(plus(x(0, 0), x(0, 1)), x(1, 0))))))
	wantValues(t, nested, b, []types.Value{int64(6), int64(9)}, nil, []types.Value{})
}

func TestMapsAndSubscripts(t *testing.T) {
	m := &MapCtor{T: types.TMap(types.TString, types.TInt),
		Keys: []Node{&Const{V: "a", T: types.TString}, &Const{V: "b", T: types.TString}, &Const{V: "a", T: types.TString}},
		Vals: []Node{&Const{V: int64(1), T: types.TInt}, &Const{T: types.TInt}, &Const{V: int64(3), T: types.TInt}}}
	b := &vec.Batch{N: 1}
	wantValues(t, &Subscript{X: m, I: &Const{V: "a", T: types.TString}, T: types.TInt}, b, int64(3))
	wantValues(t, &Subscript{X: m, I: &Const{V: "z", T: types.TString}, T: types.TInt}, b, nil)
	c := &Context{}
	bad := &MapCtor{T: m.T, Keys: []Node{&Const{T: types.TString}}, Vals: m.Vals[:1]}
	if _, err := MustCompile(bad).Eval(c, b, nil); err != nil || len(c.Errs.Rows) != 1 {
		t.Errorf("a NULL key: %v, errors %v", err, c.Errs.Rows)
	}
}

// TestChance: random() depends on seed, call site and row only, the row named by
// its offset where there is one.
func TestChance(t *testing.T) {
	f, _, ret, err := fn.Builtins().Resolve("random", nil, fn.LeatOnly)
	if err != nil {
		t.Fatal(err)
	}
	eval := func(seed uint64, site uint32) types.Value {
		c := &Context{Env: &fn.Env{Seed: seed}}
		v, err := MustCompile(&Call{Fn: f, T: ret, Site: site}).Eval(c, &vec.Batch{N: 2}, nil)
		if err != nil || v.Value(0) == v.Value(1) {
			t.Fatal("rows do not differ", err)
		}
		return v.Value(1)
	}
	if eval(1, 1) != eval(1, 1) || eval(1, 1) == eval(2, 1) || eval(1, 1) == eval(1, 2) {
		t.Error("random() must be a function of seed, site and row")
	}
	whole := &vec.Batch{N: 3, Part: []int32{1, 1, 1}, Offset: []int64{7, 8, 9}}
	part := &vec.Batch{N: 1, Part: []int32{1}, Offset: []int64{9}}
	p := MustCompile(&Call{Fn: f, T: ret})
	a, _ := p.Eval(&Context{}, whole, nil)
	b, _ := p.Eval(&Context{}, part, nil)
	if a.Value(2) != b.Value(0) {
		t.Error("random() of a source row must not depend on the batch it came in")
	}
	if n := (&Call{Fn: f, T: ret}); !Volatile(n) || Fold(n, nil) != Node(n) {
		t.Error("random() must be volatile and stay unfolded")
	}
}

func TestPrintFoldAndColumns(t *testing.T) {
	x, y := &Column{Index: 3, Name: "x", T: types.TInt}, &Column{Index: 1, Name: "Y", T: types.TInt}
	num := func(v int64) Node { return &Const{V: v, T: types.TInt} }
	n := &And{Xs: []Node{
		&Compare{Op: ">", L: &Binary{Op: "+", L: x, R: &Binary{Op: "*", L: num(2), R: num(3), T: types.TInt}, T: types.TInt}, R: y},
		&IsNull{X: y, Not: true}, &Const{V: true, T: types.TBoolean}}}
	if got, want := Text(n), `(((x + (2 * 3)) > "Y") and ("Y" is not null) and true)`; got != want {
		t.Errorf("Text: %s, want %s", got, want)
	}
	folded := Fold(n, nil)
	if got, want := Print(folded), `(((#3 + 6:integer):integer > #1) and (#1 is not null))`; got != want {
		t.Errorf("Print: %s, want %s", got, want)
	}
	if got := Columns(n); len(got) != 2 || got[0] != 1 || got[1] != 3 {
		t.Errorf("Columns: %v", got)
	}
	if !Equal(folded, Fold(folded, nil)) || Equal(n, folded) {
		t.Error("Equal must tell the folded expression from the original")
	}
	div := &Binary{Op: "/", L: num(1), R: num(0), T: types.TInt}
	if Fold(div, nil) != Node(div) {
		t.Error("a failing literal expression is left for run time")
	}
	guarded := &Case{Whens: []Node{&Const{V: false, T: types.TBoolean}}, Thens: []Node{div}, Else: num(7), T: types.TInt}
	if got := Print(Fold(guarded, nil)); got != "7:integer" {
		t.Errorf("a decided CASE folds to its branch, got %s", got)
	}
}

func TestEvalRowAndConst(t *testing.T) {
	n := &Binary{Op: "/", L: &Const{V: int64(10), T: types.TBigInt}, R: &Column{Index: 1, T: types.TBigInt}, T: types.TBigInt, Pos: 4}
	p, c := MustCompile(n), &Context{}
	if v, err := p.EvalRow(c, types.Row{"unused", int64(4)}); err != nil || v != int64(2) {
		t.Errorf("got %v, %v", v, err)
	}
	_, err := p.EvalRow(c, types.Row{"unused", int64(0)})
	if e := sqlerr.From(err); e.Code != sqlerr.DivisionByZero || e.Pos != 5 || len(c.Errs.Rows) != 0 {
		t.Errorf("got %v at %d, left %v", err, e.Pos, c.Errs.Rows)
	}
	if v, err := EvalConst(&Neg{X: &Const{V: int64(3), T: types.TInt}}, nil); err != nil || v != int64(-3) {
		t.Errorf("got %v, %v", v, err)
	}
}

// TestTryNullReports: what TryNull swallows is counted by physical row.
func TestTryNullReports(t *testing.T) {
	b := &vec.Batch{N: 3, Sel: []int32{0, 2}, Cols: []vec.Vec{vec.FromValues(types.TInt, []types.Value{int64(0), int64(0), int64(5)})}}
	n := &TryNull{X: &Binary{Op: "/", L: &Const{V: int64(10), T: types.TInt}, R: &Column{Index: 0, T: types.TInt}, T: types.TInt, Mode: Java}}
	c := &Context{}
	v, err := MustCompile(n).Eval(c, b, nil)
	if err != nil || v.Value(0) != nil || v.Value(2) != int64(2) {
		t.Errorf("got %v, %v, %v", v.Value(0), v.Value(2), err)
	}
	if len(c.Errs.Rows) != 0 || len(c.Nulled.Rows) != 1 || c.Nulled.Rows[0] != 0 {
		t.Errorf("errors %v, nulled %v", c.Errs.Rows, c.Nulled.Rows)
	}
}

// TestUntypedNull: a NULL that no binder typed is NULL everywhere.
func TestUntypedNull(t *testing.T) {
	null := &Const{T: types.TUnknown}
	x := &Column{Index: 0, T: types.TInt}
	b := &vec.Batch{N: 1, Cols: []vec.Vec{vec.FromValues(types.TInt, []types.Value{int64(1)})}}
	wantValues(t, &Compare{Op: "=", L: x, R: null}, b, nil)
	wantValues(t, &Compare{Op: "=", L: null, R: x, Logic: TwoValued}, b, false)
	wantValues(t, &And{Xs: []Node{null, &Const{V: false, T: types.TBoolean}}}, b, false)
	wantValues(t, &Or{Xs: []Node{null, &Const{V: false, T: types.TBoolean}}}, b, nil)
	wantValues(t, &Not{X: null}, b, nil)
	wantValues(t, &IsNull{X: null}, b, true)
	wantValues(t, &IsBool{X: null, Want: true}, b, false)
	wantValues(t, &Case{Whens: []Node{null}, Thens: []Node{x}, Else: null, T: types.TInt}, b, nil)
	wantValues(t, &Binary{Op: "+", L: x, R: null, T: types.TInt}, b, nil)
	wantValues(t, &ArrayCtor{Xs: []Node{x, null}, T: types.TArray(types.TInt)}, b, []types.Value{int64(1), nil})
	wantValues(t, &In{X: x, List: []Node{null}}, b, nil)
	wantValues(t, &Coalesce{Xs: []Node{null, x}, T: types.TInt}, b, int64(1))
	wantValues(t, &Distinct{L: x, R: null}, b, true)
	wantValues(t, &Like{X: null, Pattern: null}, b, nil)
}
