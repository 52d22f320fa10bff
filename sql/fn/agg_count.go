package fn

import (
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggCount(a *adder) {
	newCount := func([]types.Type, []types.Value) (AggKernel, error) { return countKernel{}, nil }
	a.agg("count() bigint", Agg{New: newCount, Undo: true, Doc: "Counts the rows."})
	a.agg("count(x any) bigint", Agg{New: newCount, Undo: true, Doc: "Counts the rows where x is not NULL."})
	a.agg("count_distinct(x any) bigint", Agg{New: newCountDistinct, Undo: true, Dialect: LeatOnly,
		Doc: "Counts the distinct values of x that are not NULL, exactly."})
	a.agg("count_distinct(x any) bigint", Agg{New: newCountDistinct, Dialect: KsqlOnly,
		Doc: "Counts the distinct values of x that are not NULL, exactly."})
}

// countKernel counts rows whose argument, if there is one, is not NULL.
type countKernel struct{}

func (countKernel) Layout() (int, int) { return 1, 0 }
func (countKernel) Init(s AggSlots)    { s.Words[0] = 0 }

func (countKernel) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if len(args) == 0 || !args[0].Null(row) {
		s.Words[0]++
	}
	return nil
}

func (countKernel) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if len(args) == 0 || !args[0].Null(row) {
		s.Words[0]--
	}
	return nil
}

func (countKernel) Merge(_ *Env, dst, src AggSlots) error {
	dst.Words[0] += src.Words[0]
	return nil
}

func (countKernel) Result(s AggSlots, out *vec.Builder) { out.AppendI64(s.Words[0]) }

func newCountDistinct(args []types.Type, _ []types.Value) (AggKernel, error) {
	return NewDistinct(countKernel{}, args), nil
}

// distinctKernel feeds an aggregate each distinct argument row once. Blob 0 is
// a bag of encoded rows with counts, so Undo works whenever the inner
// aggregate's does; the inner state follows.
type distinctKernel struct {
	inner AggKernel
	types []types.Type
	one   []*vec.Vec // a row of one, for Merge
	buf   []byte
	bag   bag
}

// NewDistinct wraps an aggregate as agg(DISTINCT args). Rows with a NULL in all
// arguments go through to the inner aggregate like any other value. The kernel
// is for one goroutine.
func NewDistinct(inner AggKernel, args []types.Type) AggKernel {
	return &distinctKernel{inner: inner, types: args}
}

func (k *distinctKernel) Layout() (int, int) {
	w, b := k.inner.Layout()
	return w, b + 1
}

func (k *distinctKernel) inside(s AggSlots) AggSlots {
	s.Base++
	return s
}

func (k *distinctKernel) Init(s AggSlots) {
	s.setBlob(0, nil)
	k.inner.Init(k.inside(s))
}

func (k *distinctKernel) load(s AggSlots) { k.bag.b = append(k.bag.b[:0], s.blob(0)...) }

func (k *distinctKernel) key(args []*vec.Vec, row int) []byte {
	k.buf = k.buf[:0]
	for _, a := range args {
		k.buf = types.AppendKey(k.buf, a.Type, a.Value(row))
	}
	return k.buf
}

func (k *distinctKernel) Add(env *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.load(s)
	if k.bag.count(k.key(args, row)) == 0 {
		if err := k.inner.Add(env, k.inside(s), args, row); err != nil {
			return err
		}
	}
	k.bag.add(k.buf, 1)
	s.setBlob(0, k.bag.b)
	return nil
}

func (k *distinctKernel) Undo(env *Env, s AggSlots, args []*vec.Vec, row int) error {
	k.load(s)
	after, ok := k.bag.remove(k.key(args, row))
	if !ok {
		return nil
	}
	if after == 0 {
		if err := k.inner.Undo(env, k.inside(s), args, row); err != nil {
			return err
		}
	}
	s.setBlob(0, k.bag.b)
	return nil
}

func (k *distinctKernel) Merge(env *Env, dst, src AggSlots) error {
	k.load(dst)
	from := bag{b: append([]byte(nil), src.blob(0)...)}
	var failed error
	from.each(func(key []byte, count uint32) bool {
		if k.bag.count(key) == 0 {
			args, err := k.decode(key)
			if err == nil {
				err = k.inner.Add(env, k.inside(dst), args, 0)
			}
			if err != nil {
				failed = err
				return false
			}
		}
		k.bag.add(key, count)
		return true
	})
	if failed == nil {
		dst.setBlob(0, k.bag.b)
	}
	return failed
}

// decode turns an encoded row back into vectors of one row.
func (k *distinctKernel) decode(key []byte) ([]*vec.Vec, error) {
	k.one = k.one[:0]
	for _, t := range k.types {
		v, rest, err := types.ReadKey(t, key)
		if err != nil {
			return nil, err
		}
		key = rest
		col := vec.FromValues(t, []types.Value{v})
		k.one = append(k.one, &col)
	}
	return k.one, nil
}

func (k *distinctKernel) Result(s AggSlots, out *vec.Builder) { k.inner.Result(k.inside(s), out) }

func (s AggSlots) blob(i int) []byte       { return s.Blobs.Blob(s.Base + i) }
func (s AggSlots) setBlob(i int, b []byte) { s.Blobs.SetBlob(s.Base+i, b) }

// own is blob i to be changed: itself, or a copy in buf.
func (s AggSlots) own(i int, buf []byte) []byte {
	if _, ok := s.Blobs.(Owner); ok {
		return s.blob(i)
	}
	return append(buf[:0], s.blob(i)...)
}

// keep makes b, which own gave, blob i, and gives the buffer for the next own.
func (s AggSlots) keep(i int, b []byte) (buf []byte) {
	if o, ok := s.Blobs.(Owner); ok {
		o.Put(s.Base+i, b)
		return nil
	}
	s.setBlob(i, b)
	return b
}
