package fn

import (
	"strconv"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggTop(a *adder) {
	const doc = "The k greatest values of x, greatest first; with more columns, structs of x (sort_col) and those (col0, col1, ...)."
	for n, sig := range []string{
		"topk(x T, k int) T[]", "topk(x T, c0 any, k int) T[]", "topk(x T, c0 any, c1 any, k int) T[]",
		"topk(x T, c0 any, c1 any, c2 any, k int) T[]", "topk(x T, c0 any, c1 any, c2 any, c3 any, k int) T[]",
		"topk(x T, c0 any, c1 any, c2 any, c3 any, c4 any, k int) T[]",
	} {
		a.agg(sig, Agg{Doc: doc, InitArgs: 1, Ret: topRet,
			New: func(args []types.Type, init []types.Value) (AggKernel, error) {
				return newTop("topk", args[:n+1], init, false)
			}})
	}
	a.agg("topkdistinct(x T, k int) T[]", Agg{InitArgs: 1, Doc: "The k greatest distinct values of x, greatest first.",
		Ret: topRet, New: func(args []types.Type, init []types.Value) (AggKernel, error) {
			return newTop("topkdistinct", args[:1], init, true)
		}})
}

// topRet is the result type for argument types with k last.
func topRet(args []types.Type) (types.Type, error) {
	if t, err := orderedRet("topk", args, LeatOnly); err != nil {
		return t, err
	}
	return types.TArray(topElem(args[:len(args)-1])), nil
}

func topElem(args []types.Type) types.Type {
	if len(args) == 1 {
		return args[0]
	}
	fields := []types.Field{{Name: "sort_col", Type: args[0]}}
	for i, t := range args[1:] {
		fields = append(fields, types.Field{Name: "col" + strconv.Itoa(i), Type: t})
	}
	return types.TStruct(fields...)
}

// topKernel keeps the k greatest. Blob: encoded elements, greatest first; of
// equals the earlier first.
type topKernel struct {
	sort     types.Type
	elem     types.Type
	k        int
	distinct bool
}

func newTop(name string, args []types.Type, init []types.Value, distinct bool) (AggKernel, error) {
	if len(init) != 1 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "%s needs a literal k", name)
	}
	k, err := literalInt(name, len(args)+1, init[0])
	if err != nil {
		return nil, err
	}
	if k < 1 || k > 1<<20 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "%s needs a k of 1 or greater, not %d", name, k)
	}
	return &topKernel{sort: args[0], elem: topElem(args), k: int(k), distinct: distinct}, nil
}

func (*topKernel) Layout() (int, int) { return 0, 1 }
func (*topKernel) Init(s AggSlots)    { s.setBlob(0, nil) }

func (k *topKernel) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	x := args[0].Value(row)
	if k.elem.Kind == types.Struct && len(args) > 1 && len(k.elem.Fields) == len(args) {
		r := types.Row{x}
		for _, a := range args[1:] {
			r = append(r, a.Value(row))
		}
		x = r
	}
	list, changed := k.insert(k.read(s.blob(0)), x)
	if changed {
		k.write(s, list)
	}
	return nil
}

func (k *topKernel) sortValue(x types.Value) types.Value {
	if r, ok := x.(types.Row); ok && !k.sort.Equal(k.elem) {
		return r[0]
	}
	return x
}

func (k *topKernel) insert(list []types.Value, x types.Value) ([]types.Value, bool) {
	at := len(list)
	for i, y := range list {
		c := types.Compare(k.sort, k.sortValue(x), k.sortValue(y))
		if c == 0 && k.distinct {
			return list, false
		}
		if c > 0 {
			at = i
			break
		}
	}
	if at >= k.k {
		return list, false
	}
	list = append(list, nil)
	copy(list[at+1:], list[at:])
	list[at] = x
	return list[:min(len(list), k.k)], true
}

func (k *topKernel) read(b []byte) (list []types.Value) {
	for r := (valueReader{b: b}); r.more(); {
		list = append(list, r.value(k.elem))
	}
	return list
}

func (k *topKernel) write(s AggSlots, list []types.Value) {
	var b []byte
	for _, x := range list {
		b = appendValue(b, k.elem, x)
	}
	s.setBlob(0, b)
}

func (*topKernel) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k *topKernel) Merge(_ *Env, dst, src AggSlots) error {
	list := k.read(src.blob(0)) // the older ones first among equals
	for _, x := range k.read(dst.blob(0)) {
		list, _ = k.insert(list, x)
	}
	k.write(dst, list)
	return nil
}

func (k *topKernel) Result(s AggSlots, out *vec.Builder) {
	for _, x := range k.read(s.blob(0)) {
		out.Kid(0).Append(x)
	}
	out.EndList()
}
