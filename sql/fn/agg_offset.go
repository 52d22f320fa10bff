package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggOffset(a *adder) {
	for _, f := range []struct {
		name, doc string
		latest    bool
	}{
		{"earliest_by_offset", "The first value of x to arrive, or an array of the first n; NULLs are left out unless ignore_nulls is false.", false},
		{"latest_by_offset", "The last value of x to arrive, or an array of the last n; NULLs are left out unless ignore_nulls is false.", true},
	} {
		mk := func(args []types.Type, init []types.Value) (AggKernel, error) {
			return newOffset(f.name, f.latest, args[0], init)
		}
		a.agg(f.name+"(x T) T", Agg{New: mk, Doc: f.doc})
		a.agg(f.name+"(x T, ignore_nulls bool) T", Agg{New: mk, InitArgs: 1, Doc: f.doc})
		a.agg(f.name+"(x T, n int) T[]", Agg{New: mk, InitArgs: 1, Doc: f.doc})
		a.agg(f.name+"(x T, n int, ignore_nulls bool) T[]", Agg{New: mk, InitArgs: 2, Doc: f.doc})
	}
}

// offsetKernel keeps the first or last n values in order of arrival. Words: how
// many, and the one value where it fits a word; blob: the values, encoded,
// oldest first.
type offsetKernel struct {
	t         types.Type
	latest    bool
	keepNulls bool
	list      bool // the result is an array
	n         int
	word      bool // one value, an integer: kept in a word, and NULL in the count
	buf       []byte
}

// heldNull is the count of a kernel that holds NULL in place of its word.
const heldNull = 2

func newOffset(name string, latest bool, t types.Type, init []types.Value) (AggKernel, error) {
	k := &offsetKernel{t: t, latest: latest, n: 1}
	for _, v := range init {
		switch x := v.(type) {
		case bool:
			k.keepNulls = !x
		case int64:
			if x < 1 || x > 1<<20 {
				what := "earliestN"
				if latest {
					what = "latestN"
				}
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, "%s must be 1 or greater", what).
					WithDetail("Function %s got %d.", strings.ToUpper(name), x)
			}
			k.n, k.list = int(x), true
		default:
			return nil, sqlerr.New(sqlerr.NullNotAllowed, "literal arguments of %s must not be NULL", strings.ToUpper(name))
		}
	}
	switch t.Kind {
	case types.SmallInt, types.Int, types.BigInt, types.Date, types.Time, types.Timestamp:
		k.word = !k.list
	}
	return k, nil
}

func (k *offsetKernel) Layout() (int, int) {
	if k.word {
		return 2, 0
	}
	return 1, 1
}

func (k *offsetKernel) Init(s AggSlots) {
	clear(s.Words)
	if !k.word {
		s.setBlob(0, nil)
	}
}

// addWord is Add of an integer.
func (k *offsetKernel) addWord(s AggSlots, v *vec.Vec, row int) {
	if v.Null(row) {
		s.Words[0], s.Words[1] = heldNull, 0
		return
	}
	s.Words[0], s.Words[1] = 1, v.I64[row]
}

func (k *offsetKernel) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if args[0].Null(row) && !k.keepNulls {
		return nil
	}
	if !k.latest && s.Words[0] >= int64(k.n) {
		return nil
	}
	if k.word {
		k.addWord(s, args[0], row)
		return nil
	}
	k.buf = k.buf[:0]
	if k.n == 1 {
		k.buf = appendAt(k.buf, args[0], row)
		s.setBlob(0, k.buf)
		s.Words[0] = 1
		return nil
	}
	k.buf = appendAt(append(k.buf, s.blob(0)...), args[0], row)
	k.set(s, k.buf, s.Words[0]+1)
	return nil
}

// set stores n encoded values, dropping those too many.
func (k *offsetKernel) set(s AggSlots, b []byte, n int64) {
	extra := n - int64(k.n)
	r := valueReader{b: b}
	if k.latest {
		for ; extra > 0; extra-- {
			r.skip()
		}
		b = r.b
	} else if extra > 0 {
		for range k.n {
			r.skip()
		}
		b = b[:len(b)-len(r.b)]
	}
	s.setBlob(0, b)
	s.Words[0] = min(n, int64(k.n))
}

func (*offsetKernel) Undo(*Env, AggSlots, []*vec.Vec, int) error { return errNoUndo() }

func (k *offsetKernel) Merge(_ *Env, dst, src AggSlots) error {
	if k.word {
		if src.Words[0] != 0 && (!k.latest || dst.Words[0] == 0) {
			copy(dst.Words, src.Words)
		}
		return nil
	}
	b := append(append([]byte(nil), src.blob(0)...), dst.blob(0)...)
	k.set(dst, b, dst.Words[0]+src.Words[0])
	return nil
}

func (k *offsetKernel) Result(s AggSlots, out *vec.Builder) {
	if k.word && s.Words[0] == 1 {
		out.AppendI64(s.Words[1])
		return
	}
	if !k.list && (k.word || s.Words[0] == 0) {
		out.AppendNull()
		return
	}
	r := valueReader{b: s.blob(0)}
	if !k.list {
		r.into(out)
		return
	}
	for range s.Words[0] {
		r.into(out.Kid(0))
	}
	out.EndList()
}
