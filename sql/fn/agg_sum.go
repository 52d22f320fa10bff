package fn

import (
	"math"
	"math/bits"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggSum(a *adder) {
	const doc = "Adds up the values of x that are not NULL."
	pick := func(mk func(t types.Type) AggKernel) func([]types.Type, []types.Value) (AggKernel, error) {
		return func(args []types.Type, _ []types.Value) (AggKernel, error) { return mk(args[0]), nil }
	}
	sumI64 := pick(func(types.Type) AggKernel { return sumInt{} })
	sumWide := pick(func(types.Type) AggKernel { return sum128{} })
	sumF := pick(func(types.Type) AggKernel { return sumFloat{} })
	sumD := pick(func(types.Type) AggKernel { return &sumDec{} })
	for _, o := range []struct {
		sig string
		mk  func([]types.Type, []types.Value) (AggKernel, error)
	}{
		{"sum(x smallint) bigint", sumI64}, {"sum(x int) bigint", sumI64}, {"sum(x bigint) numeric", sumWide},
		{"sum(x numeric) numeric", sumD}, {"sum(x double) double", sumF}, {"sum(x real) real", sumF},
	} {
		a.agg(o.sig, Agg{New: o.mk, Undo: true, Dialect: LeatOnly, Doc: doc})
	}
	wrap32 := pick(func(types.Type) AggKernel { return sumWrap{bits: 32} })
	wrap64 := pick(func(types.Type) AggKernel { return sumWrap{bits: 64} })
	sumF0 := pick(func(types.Type) AggKernel { return sumFloat{zero: true} })
	sumD0 := pick(func(t types.Type) AggKernel { return &sumDec{fit: t, zero: true} })
	a.agg("sum(x int) int", Agg{New: wrap32, Undo: true, Dialect: KsqlOnly, Doc: doc})
	a.agg("sum(x bigint) bigint", Agg{New: wrap64, Undo: true, Dialect: KsqlOnly, Doc: doc})
	a.agg("sum(x double) double", Agg{New: sumF0, Undo: true, Dialect: KsqlOnly, Doc: doc})
	a.agg("sum(x numeric) numeric", Agg{New: sumD0, Undo: true, Dialect: KsqlOnly, Doc: doc, Ret: retArg(0)})

	const avgDoc = "The mean of the values of x that are not NULL."
	for _, sig := range []string{"avg(x smallint) numeric", "avg(x int) numeric", "avg(x bigint) numeric"} {
		a.agg(sig, Agg{New: pick(func(types.Type) AggKernel { return sum128{avg: true} }), Undo: true, Dialect: LeatOnly, Doc: avgDoc})
	}
	a.agg("avg(x numeric) numeric", Agg{New: pick(func(types.Type) AggKernel { return &sumDec{avg: true} }), Undo: true, Dialect: LeatOnly, Doc: avgDoc})
	a.agg("avg(x double) double", Agg{New: pick(func(types.Type) AggKernel { return sumFloat{avg: true} }), Undo: true, Dialect: LeatOnly, Doc: avgDoc})
	a.agg("avg(x int) double", Agg{New: pick(func(types.Type) AggKernel { return sumWrap{bits: 32, avg: true} }), Undo: true, Dialect: KsqlOnly, Doc: avgDoc})
	a.agg("avg(x bigint) double", Agg{New: pick(func(types.Type) AggKernel { return sumWrap{bits: 64, avg: true} }), Undo: true, Dialect: KsqlOnly, Doc: avgDoc})
	a.agg("avg(x double) double", Agg{New: pick(func(types.Type) AggKernel { return sumFloat{avg: true, zero: true} }), Undo: true, Dialect: KsqlOnly, Doc: avgDoc})
	addSumList(a)
}

// retArg is the type of argument i.
func retArg(i int) retFunc {
	return func(args []types.Type) (types.Type, error) { return args[i], nil }
}

// sumInt is a checked 64-bit sum. Words: sum, count.
type sumInt struct{}

func (sumInt) Layout() (int, int) { return 2, 0 }
func (sumInt) Init(s AggSlots)    { s.Words[0], s.Words[1] = 0, 0 }

func (k sumInt) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	return k.put(s, args[0].I64[row], 1)
}

func (sumInt) put(s AggSlots, x, n int64) error {
	r := s.Words[0] + x
	if (r > s.Words[0]) != (x > 0) && x != 0 {
		return sqlerr.New(sqlerr.NumericOutOfRange, "bigint out of range")
	}
	s.Words[0] = r
	s.Words[1] += n
	return nil
}

func (k sumInt) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	return k.put(s, -args[0].I64[row], -1)
}

func (k sumInt) Merge(_ *Env, dst, src AggSlots) error { return k.put(dst, src.Words[0], src.Words[1]) }

func (sumInt) Result(s AggSlots, out *vec.Builder) {
	if s.Words[1] == 0 {
		out.AppendNull()
		return
	}
	out.AppendI64(s.Words[0])
}

// sumWrap is ksqlDB's sum: it wraps at its width and starts at zero. Words:
// sum, count.
type sumWrap struct {
	bits int
	avg  bool
}

func (sumWrap) Layout() (int, int) { return 2, 0 }
func (sumWrap) Init(s AggSlots)    { s.Words[0], s.Words[1] = 0, 0 }

func (k sumWrap) put(s AggSlots, x, n int64) {
	s.Words[0] += x
	if k.bits == 32 {
		s.Words[0] = int64(int32(s.Words[0]))
	}
	s.Words[1] += n
}

func (k sumWrap) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].I64[row], 1)
	}
	return nil
}

func (k sumWrap) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, -args[0].I64[row], -1)
	}
	return nil
}

func (k sumWrap) Merge(_ *Env, dst, src AggSlots) error {
	k.put(dst, src.Words[0], src.Words[1])
	return nil
}

func (k sumWrap) Result(s AggSlots, out *vec.Builder) {
	switch {
	case !k.avg:
		out.AppendI64(s.Words[0])
	case s.Words[1] == 0:
		out.AppendF64(0)
	default:
		out.AppendF64(float64(s.Words[0]) / float64(s.Words[1]))
	}
}

// sum128 is an exact sum of 64-bit integers. Words: low, high, count.
type sum128 struct{ avg bool }

func (sum128) Layout() (int, int) { return 3, 0 }
func (sum128) Init(s AggSlots)    { clear(s.Words[:3]) }

func (sum128) put(s AggSlots, hi int64, lo uint64, n int64) {
	sum, carry := bits.Add64(uint64(s.Words[0]), lo, 0)
	s.Words[0] = int64(sum)
	s.Words[1] += hi + int64(carry)
	s.Words[2] += n
}

func (k sum128) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		x := args[0].I64[row]
		k.put(s, x>>63, uint64(x), 1)
	}
	return nil
}

func (k sum128) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	x := args[0].I64[row]
	diff, borrow := bits.Sub64(uint64(s.Words[0]), uint64(x), 0)
	s.Words[0] = int64(diff)
	s.Words[1] -= x>>63 + int64(borrow)
	s.Words[2]--
	return nil
}

func (k sum128) Merge(_ *Env, dst, src AggSlots) error {
	k.put(dst, src.Words[1], uint64(src.Words[0]), src.Words[2])
	return nil
}

func (k sum128) Result(s AggSlots, out *vec.Builder) {
	if s.Words[2] == 0 {
		out.AppendNull()
		return
	}
	sum := dec128(s.Words[1], uint64(s.Words[0]))
	if k.avg {
		appendMean(out, sum, s.Words[2])
		return
	}
	out.AppendDec(sum)
}

func appendMean(out *vec.Builder, sum types.Dec, n int64) {
	mean, err := DecDiv(sum, types.DecimalFromInt(n))
	if err != nil {
		out.AppendNull()
		return
	}
	out.AppendDec(mean)
}

// sumFloat is a double sum. NaN and infinities are counted apart, so that
// taking one out again works. Words: sum, count, NaNs, +Infs, -Infs.
type sumFloat struct{ avg, zero bool }

func (sumFloat) Layout() (int, int) { return 5, 0 }
func (sumFloat) Init(s AggSlots)    { clear(s.Words[:5]) }

func (sumFloat) put(s AggSlots, x float64, n int64) {
	s.Words[1] += n
	switch {
	case x != x:
		s.Words[2] += n
	case math.IsInf(x, 1):
		s.Words[3] += n
	case math.IsInf(x, -1):
		s.Words[4] += n
	default:
		s.Words[0] = int64(math.Float64bits(math.Float64frombits(uint64(s.Words[0])) + float64(n)*x))
	}
}

func (k sumFloat) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].F64[row], 1)
	}
	return nil
}

func (k sumFloat) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].F64[row], -1)
	}
	return nil
}

func (k sumFloat) Merge(_ *Env, dst, src AggSlots) error {
	sum := math.Float64frombits(uint64(dst.Words[0])) + math.Float64frombits(uint64(src.Words[0]))
	dst.Words[0] = int64(math.Float64bits(sum))
	for i := 1; i < 5; i++ {
		dst.Words[i] += src.Words[i]
	}
	return nil
}

func (k sumFloat) Result(s AggSlots, out *vec.Builder) {
	sum := math.Float64frombits(uint64(s.Words[0]))
	switch {
	case s.Words[1] == 0 && k.zero:
		out.AppendF64(0)
		return
	case s.Words[1] == 0:
		out.AppendNull()
		return
	case s.Words[2] > 0 || (s.Words[3] > 0 && s.Words[4] > 0):
		sum = math.NaN()
	case s.Words[3] > 0:
		sum = math.Inf(1)
	case s.Words[4] > 0:
		sum = math.Inf(-1)
	}
	if k.avg {
		sum /= float64(s.Words[1])
	}
	out.AppendF64(sum)
}
