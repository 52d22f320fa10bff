package op

import (
	"errors"
	"strconv"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// countK is count(*) and count(x).
type countK struct{}

func (countK) Layout() (int, int)                     { return 1, 0 }
func (countK) Init(s fn.AggSlots)                     { s.Words[0] = 0 }
func (countK) Result(s fn.AggSlots, out *vec.Builder) { out.AppendI64(s.Words[0]) }
func (countK) Merge(_ *fn.Env, dst, src fn.AggSlots) error {
	dst.Words[0] += src.Words[0]
	return nil
}

func (countK) Add(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	if len(args) == 0 || !args[0].Null(row) {
		s.Words[0]++
	}
	return nil
}

func (countK) Undo(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	if len(args) == 0 || !args[0].Null(row) {
		s.Words[0]--
	}
	return nil
}

// sumK is a sum that refuses to pass a limit.
type sumK struct{ limit int64 }

var errLimit = errors.New("sum out of range")

func (sumK) Layout() (int, int)                     { return 1, 0 }
func (sumK) Init(s fn.AggSlots)                     { s.Words[0] = 0 }
func (sumK) Result(s fn.AggSlots, out *vec.Builder) { out.AppendI64(s.Words[0]) }

func (k sumK) put(s fn.AggSlots, x int64) error {
	if s.Words[0]+x > k.limit {
		return errLimit
	}
	s.Words[0] += x
	return nil
}

func (k sumK) Merge(_ *fn.Env, dst, src fn.AggSlots) error { return k.put(dst, src.Words[0]) }

func (k sumK) Add(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	return k.put(s, args[0].I64[row])
}

func (k sumK) Undo(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) {
		return nil
	}
	return k.put(s, -args[0].I64[row])
}

// listK joins numbers in the order they came, in a blob.
type listK struct{}

func (listK) Layout() (int, int) { return 0, 2 }
func (listK) Init(s fn.AggSlots) {
	s.Blobs.SetBlob(s.Base, nil)
	s.Blobs.SetBlob(s.Base+1, []byte("sum"))
}

func (listK) Result(s fn.AggSlots, out *vec.Builder) {
	out.AppendString(string(s.Blobs.Blob(s.Base)) + string(s.Blobs.Blob(s.Base+1)))
}

func (listK) Merge(_ *fn.Env, dst, src fn.AggSlots) error {
	dst.Blobs.SetBlob(dst.Base, append(append([]byte{}, src.Blobs.Blob(src.Base)...), dst.Blobs.Blob(dst.Base)...))
	return nil
}

func (listK) Add(_ *fn.Env, s fn.AggSlots, args []*vec.Vec, row int) error {
	b := append([]byte{}, s.Blobs.Blob(s.Base)...)
	if args[0].Null(row) {
		b = append(b, "-,"...)
	} else {
		b = append(strconv.AppendInt(b, args[0].I64[row], 10), ',')
	}
	s.Blobs.SetBlob(s.Base, b)
	return nil
}

func (listK) Undo(*fn.Env, fn.AggSlots, []*vec.Vec, int) error {
	return errors.New("no undo")
}

func aggOf(k fn.AggKernel) *fn.Agg {
	return &fn.Agg{New: func([]types.Type, []types.Value) (fn.AggKernel, error) { return k, nil }}
}

// Aggregate calls for plans.

func countAll() planner.AggCall {
	return planner.AggCall{Fn: aggOf(countK{}), T: types.TBigInt, Name: "count(*)"}
}

func countOf(x expr.Node) planner.AggCall {
	return planner.AggCall{Fn: aggOf(countK{}), Args: []expr.Node{x}, T: types.TBigInt, Name: "count"}
}

func sumOf(x expr.Node, limit int64) planner.AggCall {
	return planner.AggCall{Fn: aggOf(sumK{limit}), Args: []expr.Node{x}, T: types.TBigInt, Name: "sum"}
}

func listOf(x expr.Node) planner.AggCall {
	return planner.AggCall{Fn: aggOf(listK{}), Args: []expr.Node{x}, T: types.TString, Name: "list"}
}
