package expr

import (
	"testing"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func TestArithmeticAndFunctions(t *testing.T) {
	x := &Column{Index: 0, Name: "x", T: types.TBigInt}
	f, params, ret, err := fn.Builtins().Resolve("abs", []types.Type{types.TBigInt}, fn.LeatOnly)
	if err != nil {
		t.Fatal(err)
	}
	if len(params) != 1 || ret.Kind != types.BigInt {
		t.Fatalf("abs resolved to %v -> %v", params, ret)
	}
	n := &Binary{Op: "/", L: &Const{V: int64(100), T: types.TBigInt}, R: &Call{Fn: f, Args: []Node{x}, T: ret}, T: types.TBigInt}
	p := MustCompile(n)
	b := &vec.Batch{N: 4, Cols: []vec.Vec{vec.FromValues(types.TBigInt, []types.Value{int64(-5), int64(0), nil, int64(7)})}}
	c := &Context{}
	v, err := p.Eval(c, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Value(0) != int64(20) || v.Value(1) != nil || v.Value(2) != nil || v.Value(3) != int64(14) {
		t.Errorf("got %v %v %v %v", v.Value(0), v.Value(1), v.Value(2), v.Value(3))
	}
	if len(c.Errs.Rows) != 1 || c.Errs.Rows[0] != 1 {
		t.Errorf("errors at rows %v, want row 1", c.Errs.Rows)
	}
}
