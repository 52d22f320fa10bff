package fn

import (
	"math"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// sumDec is an exact decimal sum. Words: count, NaN count. Blob 0: the sum's
// canonical text, empty for zero. With fit set (ksqlDB) the sum must stay in
// the argument's type and starts at zero.
type sumDec struct {
	avg, zero bool
	fit       types.Type
	buf       []byte
}

func (*sumDec) Layout() (int, int) { return 2, 1 }

func (*sumDec) Init(s AggSlots) {
	s.Words[0], s.Words[1] = 0, 0
	s.setBlob(0, nil)
}

func (*sumDec) sum(s AggSlots) types.Dec {
	if b := s.blob(0); len(b) > 0 {
		return types.DecimalFromText(b)
	}
	return types.DecimalFromInt(0)
}

func (k *sumDec) put(s AggSlots, x types.Dec, n, nans int64, op func(a, b types.Dec) (types.Dec, error)) error {
	sum, err := op(k.sum(s), x)
	if err != nil {
		return err
	}
	if k.fit.Precision > 0 {
		if sum, err = types.FitDecimal(sum, k.fit); err != nil {
			return err
		}
	}
	k.buf = types.AppendDecimal(k.buf[:0], sum)
	s.setBlob(0, k.buf)
	s.Words[0] += n
	s.Words[1] += nans
	return nil
}

func (k *sumDec) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	x := args[0].Dec(row)
	if x.Form != 0 {
		s.Words[0]++
		s.Words[1]++
		return nil
	}
	return k.put(s, x, 1, 0, DecAdd)
}

func (k *sumDec) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	x := args[0].Dec(row)
	if x.Form != 0 {
		s.Words[0]--
		s.Words[1]--
		return nil
	}
	return k.put(s, x, -1, 0, DecSub)
}

func (k *sumDec) Merge(_ *Env, dst, src AggSlots) error {
	return k.put(dst, k.sum(src), src.Words[0], src.Words[1], DecAdd)
}

func (k *sumDec) Result(s AggSlots, out *vec.Builder) {
	switch {
	case s.Words[0] == 0 && k.zero:
		out.AppendDec(types.Rescale(types.DecimalFromInt(0), k.fit.Scale))
	case s.Words[0] == 0:
		out.AppendNull()
	case s.Words[1] > 0:
		out.AppendString("NaN")
	case k.avg:
		appendMean(out, k.sum(s), s.Words[0])
	default:
		out.AppendDec(k.sum(s))
	}
}

func addSumList(a *adder) {
	const doc = "Adds up the elements of all arrays; NULL arrays and elements are skipped."
	mk := func(args []types.Type, _ []types.Value) (AggKernel, error) { return sumList{elem: *args[0].Elem}, nil }
	for _, sig := range []string{"sum_list(x int[]) int", "sum_list(x bigint[]) bigint", "sum_list(x double[]) double"} {
		a.agg(sig, Agg{New: mk, Undo: true, Doc: doc})
	}
}

// sumList adds up array elements. Word: the sum, as its type has it.
type sumList struct{ elem types.Type }

func (sumList) Layout() (int, int) { return 1, 0 }
func (sumList) Init(s AggSlots)    { s.Words[0] = 0 }

func (k sumList) put(s AggSlots, args []*vec.Vec, row int, sign int64) {
	v := args[0]
	if v.Null(row) {
		return
	}
	kid := &v.Kids[0]
	for j := int(v.Off[row]); j < int(v.Off[row+1]); j++ {
		switch {
		case kid.Null(j):
		case k.elem.IsFloat():
			k.float(s, float64(sign)*kid.F64[j])
		default:
			k.int(s, sign*kid.I64[j])
		}
	}
}

func (sumList) float(s AggSlots, x float64) {
	s.Words[0] = int64(math.Float64bits(math.Float64frombits(uint64(s.Words[0])) + x))
}

func (k sumList) int(s AggSlots, x int64) {
	s.Words[0] += x
	if k.elem.Kind == types.Int {
		s.Words[0] = int64(int32(s.Words[0]))
	}
}

func (k sumList) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.put(s, args, row, 1)
	return nil
}

func (k sumList) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.put(s, args, row, -1)
	return nil
}

func (k sumList) Merge(_ *Env, dst, src AggSlots) error {
	if k.elem.IsFloat() {
		k.float(dst, math.Float64frombits(uint64(src.Words[0])))
	} else {
		k.int(dst, src.Words[0])
	}
	return nil
}

func (k sumList) Result(s AggSlots, out *vec.Builder) {
	if k.elem.IsFloat() {
		out.AppendF64(math.Float64frombits(uint64(s.Words[0])))
		return
	}
	out.AppendI64(s.Words[0])
}
