package fn

import (
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// callFunc is the slow form of a kernel that also sees the call: argument
// types (c.Args[i].Type), the result type, lambdas. row is the physical row.
type callFunc func(c *Call, args []types.Value, row int) (types.Value, error)

// RowKernel makes a kernel of a row function. The evaluator has already taken
// the NULL rows of a Strict function out of the selection.
func RowKernel(f RowFunc) Kernel {
	return callKernel(func(c *Call, args []types.Value, _ int) (types.Value, error) { return f(c.Env, args) })
}

func callKernel(f callFunc) Kernel {
	return func(c *Call) vec.Vec {
		args := make([]types.Value, len(c.Args))
		return c.fill(func(i int, out *vec.Builder) error {
			for k, a := range c.Args {
				args[k] = nil
				if a != nil {
					args[k] = a.Value(i)
				}
			}
			v, err := f(c, args, i)
			if err != nil {
				return err
			}
			out.Append(v)
			return nil
		})
	}
}

// fill builds the result row by row. one appends exactly one value, or nothing
// when it fails.
func (c *Call) fill(one func(i int, out *vec.Builder) error) vec.Vec {
	out := vec.NewBuilder(c.Ret, c.N)
	do := func(i int) {
		if err := one(i, out); err != nil {
			c.Errs.Add(i, err)
			out.AppendNull()
		}
	}
	if c.Sel == nil {
		for i := range c.N {
			do(i)
		}
		return out.Finish()
	}
	for _, i := range c.Sel {
		for out.Len() < int(i) {
			out.AppendNull()
		}
		do(int(i))
	}
	for out.Len() < c.N {
		out.AppendNull()
	}
	return out.Finish()
}

// each calls f for every selected row.
func (c *Call) each(f func(i int)) {
	if c.Sel == nil {
		for i := range c.N {
			f(i)
		}
		return
	}
	for _, i := range c.Sel {
		f(int(i))
	}
}

// floatKernel is double -> double for Strict functions; a non-nil error fails
// the row.
func floatKernel(f func(x float64) (float64, error)) Kernel {
	return func(c *Call) vec.Vec {
		out := vec.Vec{Type: c.Ret, N: c.N, F64: make([]float64, c.N)}
		x := c.Args[0].F64
		c.each(func(i int) {
			r, err := f(x[i])
			if err != nil {
				c.fail(&out, i, err)
				return
			}
			out.F64[i] = r
		})
		return out
	}
}

// floatKernel2 is (double, double) -> double.
func floatKernel2(f func(x, y float64) (float64, error)) Kernel {
	return func(c *Call) vec.Vec {
		out := vec.Vec{Type: c.Ret, N: c.N, F64: make([]float64, c.N)}
		x, y := c.Args[0].F64, c.Args[1].F64
		c.each(func(i int) {
			r, err := f(x[i], y[i])
			if err != nil {
				c.fail(&out, i, err)
				return
			}
			out.F64[i] = r
		})
		return out
	}
}

// intKernel is integer -> integer.
func intKernel(f func(x int64) (int64, error)) Kernel {
	return func(c *Call) vec.Vec {
		out := vec.Vec{Type: c.Ret, N: c.N, I64: make([]int64, c.N)}
		x := c.Args[0].I64
		c.each(func(i int) {
			r, err := f(x[i])
			if err != nil {
				c.fail(&out, i, err)
				return
			}
			out.I64[i] = r
		})
		return out
	}
}

// bytesToInt is text or bytes -> integer, for functions that cannot fail.
func bytesToInt(f func(s []byte) int64) Kernel {
	return func(c *Call) vec.Vec {
		out := vec.Vec{Type: c.Ret, N: c.N, I64: make([]int64, c.N)}
		x := c.Args[0]
		c.each(func(i int) { out.I64[i] = f(x.Str(i)) })
		return out
	}
}

// bytesToBytes is text or bytes -> text or bytes: f appends the result to dst.
func bytesToBytes(f func(dst, s []byte) []byte) Kernel {
	return func(c *Call) vec.Vec {
		x := c.Args[0]
		out := vec.Vec{Type: c.Ret, N: c.N, Off: make([]int32, c.N+1), Data: make([]byte, 0, len(x.Data))}
		if c.Sel == nil {
			for i := range c.N {
				out.Data = f(out.Data, x.Str(i))
				out.Off[i+1] = int32(len(out.Data))
			}
			return out
		}
		next := 0
		for _, i := range c.Sel {
			for ; next < int(i); next++ {
				out.Off[next+1] = int32(len(out.Data))
			}
			out.Data = f(out.Data, x.Str(int(i)))
			out.Off[i+1] = int32(len(out.Data))
			next = int(i) + 1
		}
		for ; next < c.N; next++ {
			out.Off[next+1] = int32(len(out.Data))
		}
		return out
	}
}

// fail records the error of a row and makes its slot NULL.
func (c *Call) fail(out *vec.Vec, i int, err error) {
	c.Errs.Add(i, err)
	if out.Valid == nil {
		out.Valid = vec.NewBitmap(out.N)
		out.Valid.Fill(out.N)
	}
	out.Valid.Clear(i)
}
