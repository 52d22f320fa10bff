package fn

import (
	"bytes"
	"math"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggExtreme(a *adder) {
	for _, f := range []struct {
		name, doc string
		max       bool
	}{{"min", "The least value of x that is not NULL.", false}, {"max", "The greatest value of x that is not NULL.", true}} {
		plain := func(args []types.Type, _ []types.Value) (AggKernel, error) {
			return newExtreme(args[0], f.max), nil
		}
		undo := func(args []types.Type, _ []types.Value) (AggKernel, error) {
			return &bagExtreme{t: args[0], max: f.max}, nil
		}
		a.agg(f.name+"(x T) T", Agg{New: plain, NewUndo: undo, Undo: true, Dialect: LeatOnly, Doc: f.doc,
			Ret: func(args []types.Type) (types.Type, error) { return orderedRet(f.name, args, LeatOnly) }})
		a.agg(f.name+"(x T) T", Agg{New: plain, Dialect: KsqlOnly, Doc: f.doc,
			Ret: func(args []types.Type) (types.Type, error) { return orderedRet(f.name, args, KsqlOnly) }})
	}
}

// orderedRet refuses types without an order.
func orderedRet(name string, args []types.Type, d Dialect) (types.Type, error) {
	t := args[0]
	switch {
	case t.Kind == types.Boolean || t.Kind == types.JSON || t.Kind == types.Map,
		d == KsqlOnly && t.IsNested():
		if d == KsqlOnly {
			return t, sqlerr.New(sqlerr.UndefinedFunction, "Function '%s' does not accept parameters (%s).", strings.ToUpper(name), ksqlList(args))
		}
		return t, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", name, t.String()).
			WithHint("Values of this type have no order.")
	}
	return t, nil
}

func newExtreme(t types.Type, isMax bool) AggKernel {
	switch {
	case t.IsFloat():
		return extremeF64{max: isMax}
	case t.IsText() || t.Kind == types.Bytes:
		return extremeBytes{max: isMax}
	case t.IsInteger() || t.IsTemporal() || t.IsOIDLike() || t.Kind == types.Enum:
		return extremeI64{max: isMax}
	}
	return &extremeAny{t: t, max: isMax}
}

// extremeI64 keeps the extreme of int64 values. Words: have, value.
type extremeI64 struct{ max bool }

func (extremeI64) Layout() (int, int) { return 2, 0 }
func (extremeI64) Init(s AggSlots)    { s.Words[0], s.Words[1] = 0, 0 }

func (k extremeI64) put(s AggSlots, x int64) {
	if s.Words[0] == 0 || (k.max && x > s.Words[1]) || (!k.max && x < s.Words[1]) {
		s.Words[0], s.Words[1] = 1, x
	}
}

func (k extremeI64) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].I64[row])
	}
	return nil
}

func (extremeI64) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k extremeI64) Merge(_ *Env, dst, src AggSlots) error {
	if src.Words[0] != 0 {
		k.put(dst, src.Words[1])
	}
	return nil
}

func (extremeI64) Result(s AggSlots, out *vec.Builder) {
	if s.Words[0] == 0 {
		out.AppendNull()
		return
	}
	out.AppendI64(s.Words[1])
}

func errNoUndo() error { return sqlerr.Unsupported("this aggregate over a table") }

// extremeF64 keeps the extreme of doubles, NaN being the greatest. Words: have,
// bits.
type extremeF64 struct{ max bool }

func (extremeF64) Layout() (int, int) { return 2, 0 }
func (extremeF64) Init(s AggSlots)    { s.Words[0], s.Words[1] = 0, 0 }

func (k extremeF64) put(s AggSlots, x float64) {
	c := types.CompareFloat(x, math.Float64frombits(uint64(s.Words[1])))
	if s.Words[0] == 0 || (k.max && c > 0) || (!k.max && c < 0) {
		s.Words[0], s.Words[1] = 1, int64(math.Float64bits(x))
	}
}

func (k extremeF64) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].F64[row])
	}
	return nil
}

func (extremeF64) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k extremeF64) Merge(_ *Env, dst, src AggSlots) error {
	if src.Words[0] != 0 {
		k.put(dst, math.Float64frombits(uint64(src.Words[1])))
	}
	return nil
}

func (extremeF64) Result(s AggSlots, out *vec.Builder) {
	if s.Words[0] == 0 {
		out.AppendNull()
		return
	}
	out.AppendF64(math.Float64frombits(uint64(s.Words[1])))
}

// extremeBytes keeps the extreme of texts or bytes. Word: have; blob: the value.
type extremeBytes struct{ max bool }

func (extremeBytes) Layout() (int, int) { return 1, 1 }

func (extremeBytes) Init(s AggSlots) {
	s.Words[0] = 0
	s.setBlob(0, nil)
}

func (k extremeBytes) put(s AggSlots, x []byte) {
	c := 0
	if s.Words[0] != 0 {
		c = bytes.Compare(x, s.blob(0))
	}
	if s.Words[0] == 0 || (k.max && c > 0) || (!k.max && c < 0) {
		s.Words[0] = 1
		s.setBlob(0, x)
	}
}

func (k extremeBytes) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].Str(row))
	}
	return nil
}

func (extremeBytes) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k extremeBytes) Merge(_ *Env, dst, src AggSlots) error {
	if src.Words[0] != 0 {
		k.put(dst, append([]byte(nil), src.blob(0)...))
	}
	return nil
}

func (extremeBytes) Result(s AggSlots, out *vec.Builder) {
	if s.Words[0] == 0 {
		out.AppendNull()
		return
	}
	out.AppendBytes(s.blob(0))
}

// extremeAny keeps the extreme of boxed values. Blob: the encoded value, empty
// when there is none.
type extremeAny struct {
	t   types.Type
	max bool
}

func (*extremeAny) Layout() (int, int) { return 0, 1 }
func (*extremeAny) Init(s AggSlots)    { s.setBlob(0, nil) }

func (k *extremeAny) put(s AggSlots, x types.Value) {
	if b := s.blob(0); len(b) > 0 {
		c := types.Compare(k.t, x, (&valueReader{b: b}).value(k.t))
		if (k.max && c <= 0) || (!k.max && c >= 0) {
			return
		}
	}
	s.setBlob(0, appendValue(nil, k.t, x))
}

func (k *extremeAny) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].Value(row))
	}
	return nil
}

func (*extremeAny) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k *extremeAny) Merge(_ *Env, dst, src AggSlots) error {
	if b := src.blob(0); len(b) > 0 {
		k.put(dst, (&valueReader{b: b}).value(k.t))
	}
	return nil
}

func (k *extremeAny) Result(s AggSlots, out *vec.Builder) {
	if b := s.blob(0); len(b) > 0 {
		out.Append((&valueReader{b: b}).value(k.t))
		return
	}
	out.AppendNull()
}

// bagExtreme is MIN or MAX that can take values out again. Blob 0: the extreme
// as a key, empty when there is none; blob 1: the bag of all keys.
type bagExtreme struct {
	t   types.Type
	max bool
	buf []byte
	bag bag
}

func (*bagExtreme) Layout() (int, int) { return 0, 2 }

func (*bagExtreme) Init(s AggSlots) {
	s.setBlob(0, nil)
	s.setBlob(1, nil)
}

func (k *bagExtreme) beats(a, b []byte) bool {
	c := bytes.Compare(a, b)
	return len(b) == 0 || (k.max && c > 0) || (!k.max && c < 0)
}

func (k *bagExtreme) load(s AggSlots, args []*vec.Vec, row int) {
	k.bag.b = append(k.bag.b[:0], s.blob(1)...)
	k.buf = types.AppendKey(k.buf[:0], k.t, args[0].Value(row))
}

func (k *bagExtreme) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	k.load(s, args, row)
	k.bag.add(k.buf, 1)
	if k.beats(k.buf, s.blob(0)) {
		s.setBlob(0, k.buf)
	}
	s.setBlob(1, k.bag.b)
	return nil
}

func (k *bagExtreme) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	k.load(s, args, row)
	after, ok := k.bag.remove(k.buf)
	if !ok {
		return nil
	}
	s.setBlob(1, k.bag.b)
	if after == 0 && bytes.Equal(k.buf, s.blob(0)) {
		s.setBlob(0, k.best())
	}
	return nil
}

func (k *bagExtreme) best() []byte {
	k.buf = k.buf[:0]
	k.bag.each(func(key []byte, _ uint32) bool {
		if k.beats(key, k.buf) {
			k.buf = append(k.buf[:0], key...)
		}
		return true
	})
	return k.buf
}

func (k *bagExtreme) Merge(_ *Env, dst, src AggSlots) error {
	k.bag.b = append(k.bag.b[:0], dst.blob(1)...)
	from := bag{b: append([]byte(nil), src.blob(1)...)}
	from.each(func(key []byte, n uint32) bool {
		k.bag.add(key, n)
		return true
	})
	dst.setBlob(1, k.bag.b)
	dst.setBlob(0, k.best())
	return nil
}

func (k *bagExtreme) Result(s AggSlots, out *vec.Builder) {
	b := s.blob(0)
	if len(b) == 0 {
		out.AppendNull()
		return
	}
	v, _, err := types.ReadKey(k.t, b)
	if err != nil {
		v = nil
	}
	out.Append(v)
}
