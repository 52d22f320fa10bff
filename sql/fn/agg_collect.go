package fn

import (
	"bytes"
	"strconv"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggCollect(a *adder) {
	list := func(limit bool, finish func(k *listKernel, vals []types.Value, out *vec.Builder)) func([]types.Type, []types.Value) (AggKernel, error) {
		return func(args []types.Type, _ []types.Value) (AggKernel, error) {
			k := &listKernel{types: append([]types.Type(nil), args...), finish: finish}
			if limit {
				k.setting = "ksql.functions.collect_list.limit"
			}
			return k, nil
		}
	}
	set := func(setting string, undoable bool, finish func(k *bagKernel, out *vec.Builder, g *bag)) func([]types.Type, []types.Value) (AggKernel, error) {
		return func(args []types.Type, _ []types.Value) (AggKernel, error) {
			return &bagKernel{t: args[0], setting: setting, undo: undoable, finish: finish}, nil
		}
	}
	a.agg("collect_list(x T) T[]", Agg{Undo: true, New: list(true, finishList), Doc: "All values of x in an array, NULLs included."})
	a.agg("array_agg(x T) T[]", Agg{Undo: true, Dialect: LeatOnly, New: list(false, finishArray),
		Doc: "All values of x in an array, NULLs included; NULL when there are no rows."})
	a.agg("string_agg(x text, delimiter text) text", Agg{Undo: true, Dialect: LeatOnly, New: list(false, finishText),
		Doc: "The values of x that are not NULL joined by the delimiter."})
	a.agg("string_agg(x bytes, delimiter bytes) bytes", Agg{Undo: true, Dialect: LeatOnly, New: list(false, finishText),
		Doc: "The values of x that are not NULL joined by the delimiter."})
	for _, name := range []string{"json_agg", "jsonb_agg"} {
		a.agg(name+"(x any) json", Agg{Undo: true, Dialect: LeatOnly, New: list(false, finishJSON), Doc: "All values of x in a JSON array."})
	}
	for _, name := range []string{"json_object_agg", "jsonb_object_agg"} {
		a.agg(name+"(k any, v any) json", Agg{Undo: true, Dialect: LeatOnly, New: newObjectAgg, Doc: "A JSON object of the names k and values v."})
	}
	a.agg("collect_set(x T) T[]", Agg{Undo: true, Dialect: LeatOnly, New: set("ksql.functions.collect_set.limit", true, finishSet),
		Doc: "The distinct values of x in an array, in order of arrival, NULL included."})
	a.agg("collect_set(x T) T[]", Agg{Dialect: KsqlOnly, New: set("ksql.functions.collect_set.limit", false, finishSet),
		Doc: "The distinct values of x in an array, in order of arrival, NULL included."})
	a.agg("histogram(x text) text", Agg{Undo: true, New: set("histogram", true, finishHistogram),
		Ret: func([]types.Type) (types.Type, error) { return types.TMap(types.TString, types.TBigInt), nil },
		Doc: "How often each value of x occurs, for the first 1000 values."})
	a.agg("attr(x T) T", Agg{Undo: true, New: set("", true, finishAttr), Doc: "The value of x if it is the same in all rows, else NULL."})
}

// listKernel keeps every row in order. Word: how many; blob: rows, each the
// encoded values of the arguments.
type listKernel struct {
	types   []types.Type
	setting string // name of the setting that limits the length, or ""
	finish  func(k *listKernel, vals []types.Value, out *vec.Builder)
	buf     []byte
}

func (*listKernel) Layout() (int, int) { return 1, 1 }

func (*listKernel) Init(s AggSlots) {
	s.Words[0] = 0
	s.setBlob(0, nil)
}

// limitOf reads a length limit from the settings; none is no limit.
func limitOf(env *Env, name string) int64 {
	if name == "histogram" {
		return 1000
	}
	if name != "" && env != nil && env.Setting != nil {
		if v, ok := env.Setting(name); ok {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 0 {
				return n
			}
		}
	}
	return 1 << 62
}

func (k *listKernel) Add(env *Env, s AggSlots, args []*vec.Vec, row int) error {
	if k.setting != "" && s.Words[0] >= limitOf(env, k.setting) {
		return nil
	}
	b := s.own(0, k.buf)
	for i := range k.types {
		b = appendAt(b, args[i], row)
	}
	k.buf = s.keep(0, b)
	s.Words[0]++
	return nil
}

// Undo takes out the last equal row.
func (k *listKernel) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.buf = k.buf[:0]
	for i := range k.types {
		k.buf = appendAt(k.buf, args[i], row)
	}
	all := s.blob(0)
	from, to := -1, -1
	for r := (valueReader{b: all}); r.more(); {
		start := len(all) - len(r.b)
		k.skip(&r)
		if end := len(all) - len(r.b); bytes.Equal(all[start:end], k.buf) {
			from, to = start, end
		}
	}
	if from < 0 {
		return nil
	}
	s.setBlob(0, append(append([]byte(nil), all[:from]...), all[to:]...))
	s.Words[0]--
	return nil
}

func (k *listKernel) skip(r *valueReader) {
	for range k.types {
		r.skip()
	}
}

func (k *listKernel) Merge(env *Env, dst, src AggSlots) error {
	b := append(append([]byte(nil), src.blob(0)...), dst.blob(0)...)
	n := src.Words[0] + dst.Words[0]
	if limit := limitOf(env, k.setting); n > limit {
		r := valueReader{b: b}
		for range limit {
			k.skip(&r)
		}
		b, n = b[:len(b)-len(r.b)], limit
	}
	dst.setBlob(0, b)
	dst.Words[0] = n
	return nil
}

func (k *listKernel) Result(s AggSlots, out *vec.Builder) {
	var vals []types.Value
	for r := (valueReader{b: s.blob(0)}); r.more(); {
		for _, t := range k.types {
			vals = append(vals, r.value(t))
		}
	}
	k.finish(k, vals, out)
}

func finishList(_ *listKernel, vals []types.Value, out *vec.Builder) {
	for _, v := range vals {
		out.Kid(0).Append(v)
	}
	out.EndList()
}

func finishArray(k *listKernel, vals []types.Value, out *vec.Builder) {
	if len(vals) == 0 {
		out.AppendNull()
		return
	}
	finishList(k, vals, out)
}

// finishText joins (text, delimiter) pairs; a pair without text is left out.
func finishText(_ *listKernel, vals []types.Value, out *vec.Builder) {
	var b []byte
	some := false
	for i := 0; i < len(vals); i += 2 {
		if vals[i] == nil {
			continue
		}
		if some {
			b = append(b, rawBytes(vals[i+1])...)
		}
		b = append(b, rawBytes(vals[i])...)
		some = true
	}
	if !some {
		out.AppendNull()
		return
	}
	out.AppendBytes(b)
}

func rawBytes(v types.Value) []byte {
	switch x := v.(type) {
	case string:
		return []byte(x)
	case []byte:
		return x
	}
	return nil
}

func finishJSON(k *listKernel, vals []types.Value, out *vec.Builder) {
	if len(vals) == 0 {
		out.AppendNull()
		return
	}
	b := []byte{'['}
	for i, v := range vals {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendToJSON(b, k.types[0], v)
	}
	out.AppendBytes(append(b, ']'))
}

// objectKernel is a list of names and values; a name must not be NULL.
type objectKernel struct{ listKernel }

func newObjectAgg(args []types.Type, _ []types.Value) (AggKernel, error) {
	return &objectKernel{listKernel{types: append([]types.Type(nil), args...), finish: finishObject}}, nil
}

func (k *objectKernel) Add(env *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return sqlerr.New(sqlerr.InvalidParameterValue, "field name must not be null")
	}
	return k.listKernel.Add(env, s, args, row)
}

func finishObject(k *listKernel, vals []types.Value, out *vec.Builder) {
	if len(vals) == 0 {
		out.AppendNull()
		return
	}
	b := []byte{'{'}
	for i := 0; i < len(vals); i += 2 {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = types.AppendJSONString(b, textOf(k.types[0], vals[i]))
		b = append(b, ": "...)
		b = appendToJSON(b, k.types[1], vals[i+1])
	}
	b = append(b, '}')
	if one, err := types.NormalizeJSON(b); err == nil {
		b = one
	}
	out.AppendBytes(b)
}

// bagKernel keeps the distinct values with counts. Blob: a bag of keys.
type bagKernel struct {
	t       types.Type
	setting string
	undo    bool
	finish  func(k *bagKernel, out *vec.Builder, g *bag)
	bag     bag
	buf     []byte
}

func (*bagKernel) Layout() (int, int) { return 0, 1 }
func (*bagKernel) Init(s AggSlots)    { s.setBlob(0, nil) }

// skipNull: a histogram does not count NULL.
func (k *bagKernel) skipNull() bool { return k.setting == "histogram" }

func (k *bagKernel) Add(env *Env, s AggSlots, args []*vec.Vec, row int) error {
	if k.skipNull() && args[0].Null(row) {
		return nil
	}
	k.buf = types.AppendKey(k.buf[:0], k.t, args[0].Value(row))
	g := bag{b: s.own(0, k.bag.b)}
	if k.setting != "" && int64(g.live()) >= limitOf(env, k.setting) && g.count(k.buf) == 0 {
		return nil
	}
	g.add(k.buf, 1)
	k.bag.b = s.keep(0, g.b)
	return nil
}

func (k *bagKernel) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !k.undo {
		return errNoUndo()
	}
	if k.skipNull() && args[0].Null(row) {
		return nil
	}
	k.bag.b = append(k.bag.b[:0], s.blob(0)...)
	if _, ok := k.bag.remove(types.AppendKey(nil, k.t, args[0].Value(row))); ok {
		s.setBlob(0, k.bag.b)
	}
	return nil
}

// Merge puts the older state first, so that order of arrival holds.
func (k *bagKernel) Merge(env *Env, dst, src AggSlots) error {
	k.bag.b = append(k.bag.b[:0], src.blob(0)...)
	newer := bag{b: append([]byte(nil), dst.blob(0)...)}
	limit := limitOf(env, k.setting)
	newer.each(func(key []byte, n uint32) bool {
		if int64(k.bag.live()) < limit || k.bag.count(key) > 0 {
			k.bag.add(key, n)
		}
		return true
	})
	dst.setBlob(0, k.bag.b)
	return nil
}

func (k *bagKernel) Result(s AggSlots, out *vec.Builder) {
	k.bag.b = append(k.bag.b[:0], s.blob(0)...)
	k.finish(k, out, &k.bag)
}

func (k *bagKernel) value(key []byte) types.Value {
	v, _, err := types.ReadKey(k.t, key)
	if err != nil {
		return nil
	}
	return v
}

func finishSet(k *bagKernel, out *vec.Builder, g *bag) {
	g.each(func(key []byte, _ uint32) bool {
		out.Kid(0).Append(k.value(key))
		return true
	})
	out.EndList()
}

func finishHistogram(k *bagKernel, out *vec.Builder, g *bag) {
	g.each(func(key []byte, n uint32) bool {
		out.Kid(0).Append(k.value(key))
		out.Kid(1).AppendI64(int64(n))
		return true
	})
	out.EndList()
}

func finishAttr(k *bagKernel, out *vec.Builder, g *bag) {
	var only types.Value
	if g.live() == 1 {
		g.each(func(key []byte, _ uint32) bool {
			only = k.value(key)
			return false
		})
	}
	out.Append(only)
}
