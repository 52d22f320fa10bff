package fn

import (
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggLogic(a *adder) {
	for _, f := range []struct {
		name, doc string
		or        bool
	}{
		{"bool_and", "True when every x that is not NULL is true.", false},
		{"every", "True when every x that is not NULL is true.", false},
		{"bool_or", "True when some x is true.", true},
	} {
		a.agg(f.name+"(x bool) bool", Agg{Undo: true, Dialect: LeatOnly, Doc: f.doc,
			New: func([]types.Type, []types.Value) (AggKernel, error) { return boolKernel{f.or}, nil }})
	}
}

// addAggBits registers bit_and and bit_or.
func addAggBits(a *adder) {
	for _, f := range []struct {
		name, doc string
		or        bool
	}{
		{"bit_and", "The bits that are set in every x.", false},
		{"bit_or", "The bits that are set in some x.", true},
	} {
		for _, t := range []string{"smallint", "int", "bigint"} {
			a.agg(f.name+"(x "+t+") "+t, Agg{Dialect: LeatOnly, Doc: f.doc,
				New: func([]types.Type, []types.Value) (AggKernel, error) { return bitKernel{f.or}, nil }})
		}
	}
}

// bitKernel folds integers. Words: the bits, rows.
type bitKernel struct{ or bool }

func (bitKernel) Layout() (int, int) { return 2, 0 }

func (k bitKernel) Init(s AggSlots) {
	s.Words[0], s.Words[1] = -1, 0
	if k.or {
		s.Words[0] = 0
	}
}

func (k bitKernel) put(s AggSlots, bits, rows int64) {
	if k.or {
		s.Words[0] |= bits
	} else {
		s.Words[0] &= bits
	}
	s.Words[1] += rows
}

func (k bitKernel) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if !args[0].Null(row) {
		k.put(s, args[0].I64[row], 1)
	}
	return nil
}

func (bitKernel) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k bitKernel) Merge(_ *Env, dst, src AggSlots) error {
	k.put(dst, src.Words[0], src.Words[1])
	return nil
}

func (bitKernel) Result(s AggSlots, out *vec.Builder) {
	if s.Words[1] == 0 {
		out.AppendNull()
		return
	}
	out.AppendI64(s.Words[0])
}

// boolKernel counts. Words: trues, falses.
type boolKernel struct{ or bool }

func (boolKernel) Layout() (int, int) { return 2, 0 }
func (boolKernel) Init(s AggSlots)    { s.Words[0], s.Words[1] = 0, 0 }

func (boolKernel) put(s AggSlots, args []*vec.Vec, row int, n int64) {
	switch {
	case args[0].Null(row):
	case args[0].Bool(row):
		s.Words[0] += n
	default:
		s.Words[1] += n
	}
}

func (k boolKernel) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.put(s, args, row, 1)
	return nil
}

func (k boolKernel) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.put(s, args, row, -1)
	return nil
}

func (boolKernel) Merge(_ *Env, dst, src AggSlots) error {
	dst.Words[0] += src.Words[0]
	dst.Words[1] += src.Words[1]
	return nil
}

func (k boolKernel) Result(s AggSlots, out *vec.Builder) {
	switch {
	case s.Words[0] == 0 && s.Words[1] == 0:
		out.AppendNull()
	case k.or:
		out.AppendBool(s.Words[0] > 0)
	default:
		out.AppendBool(s.Words[1] == 0)
	}
}
