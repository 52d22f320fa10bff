package ksqltest

import (
	"math"
	"unicode/utf16"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// sumKernel adds what measure finds in a row to words.
type sumKernel struct {
	start   []int64
	measure func(args []*vec.Vec, row int) []int64 // nil: the row counts nothing
	result  func(words []int64, out *vec.Builder)
}

func (k *sumKernel) Layout() (words, blobs int) { return len(k.start), 0 }
func (k *sumKernel) Init(s fn.AggSlots)         { copy(s.Words, k.start) }

func (k *sumKernel) Add(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	for i, n := range k.measure(args, row) {
		s.Words[i] += n
	}
	return nil
}

func (k *sumKernel) Undo(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	for i, n := range k.measure(args, row) {
		s.Words[i] -= n
	}
	return nil
}

func (k *sumKernel) Merge(_ *fn.Env, dst, src fn.AggSlots) error {
	for i := range dst.Words {
		dst.Words[i] += src.Words[i] - k.start[i]
	}
	return nil
}

func (k *sumKernel) Result(s fn.AggSlots, out *vec.Builder) { k.result(s.Words, out) }

func firstWord(words []int64, out *vec.Builder) { out.Append(words[0]) }

// lengths is the number of UTF-16 units of texts, which is what Java counts.
func lengths(args []*vec.Vec, row int) (n int64) {
	for _, a := range args {
		if s, ok := a.Value(row).(string); ok {
			n += int64(len(utf16.Encode([]rune(s))))
		}
	}
	return n
}

func initial(init []types.Value) (n int64) {
	for _, v := range init {
		switch v := v.(type) {
		case int64:
			n += v
		case string:
			n += int64(len(utf16.Encode([]rune(v))))
		}
	}
	return n
}

// integer is a numeric argument, 0 for NULL.
func integer(v *vec.Vec, row int) int64 {
	n, _ := v.Value(row).(int64)
	return n
}

// valueAndLengths is what VAR_ARG, MULTI_ARG and MID_VAR_ARG sum: the first
// argument and the lengths of the texts.
func valueAndLengths(_ []types.Type, init []types.Value) (fn.AggKernel, error) {
	return &sumKernel{start: []int64{initial(init)}, result: firstWord, measure: func(args []*vec.Vec, row int) []int64 {
		return []int64{integer(args[0], row) + lengths(args[1:], row)}
	}}, nil
}

// listOfFirst is GENERIC_VAR_ARG and OBJ_COL_ARG: the first arguments of rows
// without a NULL, in an array.
type listOfFirst struct{ fn.AggKernel }

func newListOfFirst(args []types.Type, _ []types.Value) (fn.AggKernel, error) {
	inner, err := fn.Builtins().Aggs("collect_list")[0].New(args[:1], nil)
	return listOfFirst{inner}, err
}

func (k listOfFirst) Add(env *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	for _, a := range args {
		if a.Null(row) {
			return nil
		}
	}
	return k.AggKernel.Add(env, s, args[:1], row)
}

// longest is how many arguments a variadic test function takes: each number is
// an overload, since here initial arguments may be variadic too.
const longest = 8

func aggregate(name string, ret types.Type, ps []fn.Param, inits int, make func([]types.Type, []types.Value) (fn.AggKernel, error)) *fn.Agg {
	return &fn.Agg{Name: name, Params: ps, InitArgs: inits, RetType: ret, New: make, Dialect: fn.KsqlOnly, Doc: "An aggregate of ksqlDB's tests."}
}

func testAggregates() []*fn.Agg {
	out := plainAggregates()
	firsts := func(args []types.Type) (types.Type, error) { return types.TArray(args[0]), nil }
	texts := []fn.Param{}
	generic := []fn.Param{{Name: "a", Any: "T"}, {Name: "b", Any: "E"}}
	objects := params(types.TInt)
	for range longest {
		values := append(params(types.TBigInt), texts...)
		out = append(out,
			aggregate("var_arg", types.TBigInt, values, 0, valueAndLengths),
			aggregate("multi_arg", types.TBigInt, append(params(types.TBigInt, types.TString, types.TInt), texts...), 1+len(texts), valueAndLengths),
			aggregate("mid_var_arg", types.TBigInt, append(values[:len(values):len(values)], params(types.TInt, types.TInt)...), 2, valueAndLengths),
			aggregate("obj_col_arg", types.TArray(types.TInt), objects, 0, newListOfFirst),
		)
		if len(generic) > 2 {
			g := aggregate("generic_var_arg", types.Type{}, generic, 0, newListOfFirst)
			g.Ret = firsts
			out = append(out, g)
		}
		texts = append(texts[:len(texts):len(texts)], params(types.TString)...)
		generic = append(generic[:len(generic):len(generic)], fn.Param{Name: "c", Any: "N"})
		objects = append(objects[:len(objects):len(objects)], fn.Param{Name: "o", Any: "any"})
	}
	return out
}

// plainAggregates are the overloads of TEST_UDAF.
func plainAggregates() []*fn.Agg {
	numbers := types.TStruct(types.Field{Name: "A", Type: types.TInt}, types.Field{Name: "B", Type: types.TInt})
	whole := func([]types.Type, []types.Value) (fn.AggKernel, error) {
		return &sumKernel{start: []int64{0}, result: firstWord, measure: func(args []*vec.Vec, row int) []int64 {
			return []int64{integer(args[0], row)}
		}}, nil
	}
	texts := func(_ []types.Type, init []types.Value) (fn.AggKernel, error) {
		return &sumKernel{start: []int64{initial(init)}, result: firstWord, measure: func(args []*vec.Vec, row int) []int64 {
			return []int64{lengths(args, row)}
		}}, nil
	}
	pair := func([]types.Type, []types.Value) (fn.AggKernel, error) {
		return &sumKernel{start: []int64{0, 0}, measure: func(args []*vec.Vec, row int) []int64 {
			r, ok := args[0].Value(row).(types.Row)
			if !ok {
				return nil
			}
			a, _ := r[0].(int64)
			b, _ := r[1].(int64)
			return []int64{a, b}
		}, result: func(words []int64, out *vec.Builder) { out.Append(types.Row{words[0], words[1]}) }}, nil
	}
	long := aggregate("test_udaf", types.TBigInt, params(types.TBigInt), 0, whole)
	long.Undo = true
	return []*fn.Agg{
		long,
		aggregate("test_udaf", types.TBigInt, params(types.TInt), 0, whole),
		aggregate("test_udaf", types.TDouble, params(types.TDouble), 0, func([]types.Type, []types.Value) (fn.AggKernel, error) { return doubleKernel{}, nil }),
		aggregate("test_udaf", types.TBigInt, params(types.TString), 0, texts),
		aggregate("test_udaf", types.TBigInt, params(types.TString, types.TString), 1, texts),
		aggregate("test_udaf", numbers, params(numbers), 0, pair),
	}
}

// doubleKernel sums doubles.
type doubleKernel struct{}

func (doubleKernel) Layout() (words, blobs int) { return 1, 0 }
func (doubleKernel) Init(s fn.AggSlots)         { s.Words[0] = 0 }

func (doubleKernel) add(s fn.AggSlots, x float64) error {
	s.Words[0] = int64(math.Float64bits(math.Float64frombits(uint64(s.Words[0])) + x))
	return nil
}

func (k doubleKernel) Add(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	x, _ := args[0].Value(row).(float64)
	return k.add(s, x)
}

func (k doubleKernel) Undo(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	x, _ := args[0].Value(row).(float64)
	return k.add(s, -x)
}

func (k doubleKernel) Merge(_ *fn.Env, dst, src fn.AggSlots) error {
	return k.add(dst, math.Float64frombits(uint64(src.Words[0])))
}

func (doubleKernel) Result(s fn.AggSlots, out *vec.Builder) {
	out.Append(math.Float64frombits(uint64(s.Words[0])))
}
