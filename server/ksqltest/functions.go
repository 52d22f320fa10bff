package ksqltest

import (
	"sync"
	"sync/atomic"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// functions are the built-in ones and those that the cases bring along.
var functions = sync.OnceValue(func() *fn.Registry {
	return fn.Builtins().With(testScalars(), testAggregates(), testTables())
})

// structA is what the test functions take and give as a struct.
var structA = types.TStruct(types.Field{Name: "A", Type: types.TString})

func params(ts ...types.Type) []fn.Param {
	out := make([]fn.Param, len(ts))
	for i, t := range ts {
		out[i] = fn.Param{Name: "arg", Type: t}
	}
	return out
}

// scalar makes an overload; f sees NULLs.
func scalar(name string, ret types.Type, f fn.RowFunc, ts ...types.Type) *fn.Scalar {
	return &fn.Scalar{
		Name: name, Params: params(ts...), RetType: ret, Kernel: fn.RowKernel(f), Vol: fn.Volatile,
		Dialect: fn.KsqlOnly, Doc: "A function of ksqlDB's tests.", Category: "test",
	}
}

func errThrown() error {
	return sqlerr.New(sqlerr.InternalError, "the function threw, as it was told to")
}

func testScalars() []*fn.Scalar {
	says := func(text string) fn.RowFunc {
		return func(*fn.Env, []types.Value) (types.Value, error) { return text, nil }
	}
	field := func(_ *fn.Env, v []types.Value) (types.Value, error) {
		if row, ok := v[0].(types.Row); ok {
			return row[0], nil
		}
		return nil, nil
	}
	var turn atomic.Int64
	alternate := func(_ *fn.Env, v []types.Value) (types.Value, error) {
		if turn.Add(1)%2 == 1 {
			return nil, nil
		}
		return v[0], nil
	}
	bad := func(_ *fn.Env, v []types.Value) (types.Value, error) {
		if on, _ := v[0].(bool); on {
			return nil, errThrown()
		}
		return int64(0), nil
	}
	guarded := func(_ *fn.Env, v []types.Value) (types.Value, error) {
		if on, _ := v[1].(bool); !on {
			return nil, errThrown()
		}
		return v[0], nil
	}
	throw := func(*fn.Env, []types.Value) (types.Value, error) { return nil, errThrown() }
	many := scalar("test_udf", types.TString, says("doStuffLongVarargs"), types.TBigInt)
	many.Variadic = true
	return []*fn.Scalar{
		scalar("test_udf", types.TString, says("doStuffIntString"), types.TInt, types.TString),
		scalar("test_udf", types.TString, says("doStuffLongString"), types.TBigInt, types.TString),
		scalar("test_udf", types.TString, says("doStuffLongLongString"), types.TBigInt, types.TBigInt, types.TString),
		many,
		scalar("test_udf", types.TString, field, structA),
		scalar("test_udf", structA, func(*fn.Env, []types.Value) (types.Value, error) { return types.Row{"foo"}, nil }),
		scalar("tostruct", structA, func(_ *fn.Env, v []types.Value) (types.Value, error) { return types.Row{v[0]}, nil }, types.TString),
		scalar("bad_udf", types.TInt, throw, types.TInt),
		scalar("bad_udf", types.TInt, bad, types.TBoolean),
		scalar("bad_udf", types.TString, alternate, types.TString),
		scalar("whencondition", types.TBoolean, guarded, types.TBoolean, types.TBoolean),
		scalar("whenresult", types.TInt, guarded, types.TInt, types.TBoolean),
	}
}

// column1 is the schema of a table function's one column.
func column1(t types.Type) func([]types.Type) (types.Schema, error) {
	return func([]types.Type) (types.Schema, error) { return types.Schema{{Name: "col", Type: t}}, nil }
}

func table(name string, cols func([]types.Type) (types.Schema, error), rows func(*fn.Env, []types.Value) ([]types.Row, error), ps ...fn.Param) *fn.TableFunc {
	return &fn.TableFunc{Name: name, Params: ps, Cols: cols, Rows: rows, Doc: "A table function of ksqlDB's tests.", Dialect: fn.KsqlOnly}
}

// testTables are TEST_UDTF over seven values, arrays or maps, over one value,
// and THROWING_UDTF.
func testTables() []*fn.TableFunc {
	seven := []types.Type{types.TInt, types.TBigInt, types.TDouble, types.TBoolean, types.TString, types.TDecimal(20, 10), structA}
	texts := func(pick func(types.Value) types.Value) func(*fn.Env, []types.Value) ([]types.Row, error) {
		return func(_ *fn.Env, v []types.Value) ([]types.Row, error) {
			var out []types.Row
			for i, x := range v {
				out = append(out, types.Row{types.KsqlText(pick(x), seven[i])})
			}
			return out, nil
		}
	}
	same := func(x types.Value) types.Value { return x }
	first := func(x types.Value) types.Value { return x.([]types.Value)[0] }
	entry := func(x types.Value) types.Value { return x.(types.MapValue).Vals[0] }
	var plain, arrays, maps []fn.Param
	for _, t := range seven {
		plain = append(plain, params(t)...)
		arrays = append(arrays, params(types.TArray(t))...)
		maps = append(maps, params(types.TMap(types.TString, t))...)
	}
	identity := func(_ *fn.Env, v []types.Value) ([]types.Row, error) { return []types.Row{{v[0]}}, nil }
	throwing := func(_ *fn.Env, v []types.Value) ([]types.Row, error) {
		if on, _ := v[0].(bool); on {
			return nil, errThrown()
		}
		return []types.Row{{v[0]}}, nil
	}
	out := []*fn.TableFunc{
		table("test_udtf", column1(types.TString), texts(same), plain...),
		table("test_udtf", column1(types.TString), texts(first), arrays...),
		table("test_udtf", column1(types.TString), texts(entry), maps...),
		table("throwing_udtf", column1(types.TBoolean), throwing, params(types.TBoolean)...),
	}
	for _, t := range seven {
		ret := t
		if t.Kind == types.Decimal {
			ret = types.TDecimal(30, 10) // as its schema provider says
		}
		f := table("test_udtf", column1(ret), identity, params(t)...)
		f.Strict = true
		out = append(out, f)
	}
	return out
}
