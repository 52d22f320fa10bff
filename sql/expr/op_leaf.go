package expr

import (
	"sync/atomic"
	"weak"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// columnOp shares a column of the batch.
type columnOp struct{ index int }

func (o columnOp) eval(f *frame, _ []int32) vec.Vec { return f.column(o.index) }

// constOp is a literal; the vector of its copies is kept for the next batch, until
// the collector runs: most queries are idle most of the time.
type constOp struct {
	t    types.Type
	v    types.Value
	made atomic.Pointer[weak.Pointer[vec.Vec]]
}

func (o *constOp) eval(f *frame, _ []int32) vec.Vec {
	if p := o.made.Load(); p != nil {
		if v := p.Value(); v != nil && v.N >= f.n {
			return v.Slice(0, f.n)
		}
	}
	v := vec.Const(o.t, o.v, max(16, f.n))
	p := weak.Make(&v)
	o.made.Store(&p)
	return v.Slice(0, f.n)
}

type paramOp struct{ n *Param }

func (o paramOp) eval(f *frame, _ []int32) vec.Vec {
	var x types.Value
	if o.n.N <= len(f.c.Params) {
		x = f.c.Params[o.n.N-1]
	}
	return vec.Const(o.n.T, x, f.n)
}

type outerOp struct{ n *Outer }

func (o outerOp) eval(f *frame, _ []int32) vec.Vec {
	return vec.Const(o.n.T, f.c.Outer[o.n.Depth-1][o.n.Index], f.n)
}

type lambdaVarOp struct{ n *LambdaVar }

func (o lambdaVarOp) eval(f *frame, _ []int32) vec.Vec { return f.lambdaVar(o.n.Depth, o.n.Index) }

func (f *frame) lambdaVar(depth, index int) vec.Vec {
	if depth == 0 {
		return *f.params[index]
	}
	v := f.up.lambdaVar(depth-1, index)
	return v.Gather(f.parent)
}

// pseudoOp reads the batch's metadata; what the batch does not have is NULL.
type pseudoOp struct{ n *Pseudo }

func (o pseudoOp) eval(f *frame, _ []int32) vec.Vec {
	if f.up != nil {
		return f.lifted(o)
	}
	b := f.b
	switch o.n.Kind {
	case RowTime:
		return o.millis(f, b.Ts)
	case WindowStart:
		return o.millis(f, b.Win)
	case WindowEnd:
		return o.millis(f, b.WinEnd)
	case RowOffset:
		if b.Offset != nil {
			return vec.Vec{Type: o.n.T, N: f.n, I64: b.Offset}
		}
	case RowPartition:
		if b.Part != nil {
			out := make([]int64, f.n)
			for i, p := range b.Part {
				out[i] = int64(p)
			}
			return vec.Vec{Type: o.n.T, N: f.n, I64: out}
		}
	case RowOp:
		return rowOps(b, o.n.T)
	}
	return vec.Nulls(o.n.T, f.n)
}

// millis gives times of the batch as BIGINT milliseconds or as an instant.
func (o pseudoOp) millis(f *frame, ms []int64) vec.Vec {
	switch {
	case ms == nil:
		return vec.Nulls(o.n.T, f.n)
	case o.n.T.Kind != types.Timestamp:
		return vec.Vec{Type: o.n.T, N: f.n, I64: ms}
	}
	out := make([]int64, f.n)
	for i, t := range ms {
		out[i] = t * types.MicrosPerMilli
	}
	return vec.Vec{Type: o.n.T, N: f.n, I64: out}
}

func rowOps(b *vec.Batch, t types.Type) vec.Vec {
	out := vec.NewBuilder(t, b.N)
	for i := range b.N {
		switch {
		case b.Tomb != nil && b.Tomb.Get(i):
			out.AppendString("delete")
		case b.OldOK != nil && b.OldOK.Get(i):
			out.AppendString("update")
		default:
			out.AppendString("insert")
		}
	}
	return out.Finish()
}
