package fn

import (
	"math"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addAggStats(a *adder) {
	one := func(name string, d Dialect, doc string, f func(m *moments) (float64, bool)) {
		a.agg(name+"(x double) double", Agg{Undo: true, Dialect: d, Doc: doc,
			New: func([]types.Type, []types.Value) (AggKernel, error) { return statKernel{cols: 1, finish: f}, nil }})
	}
	two := func(name string, d Dialect, doc string, f func(m *moments) (float64, bool)) {
		a.agg(name+"(y double, x double) double", Agg{Undo: true, Dialect: d, Doc: doc,
			New: func([]types.Type, []types.Value) (AggKernel, error) { return statKernel{cols: 2, finish: f}, nil }})
	}
	variance := func(m *moments) (float64, bool) { return m.xx / (m.n - 1), m.n > 1 }
	variancePop := func(m *moments) (float64, bool) { return m.xx / m.n, m.n > 0 }
	dev := func(f func(*moments) (float64, bool)) func(*moments) (float64, bool) {
		return func(m *moments) (float64, bool) {
			v, ok := f(m)
			return math.Sqrt(v), ok
		}
	}
	zero := func(f func(*moments) (float64, bool)) func(*moments) (float64, bool) {
		return func(m *moments) (float64, bool) {
			if v, ok := f(m); ok {
				return v, true
			}
			return 0, true
		}
	}
	one("variance", LeatOnly, "The sample variance of x.", variance)
	one("var_samp", LeatOnly, "The sample variance of x.", variance)
	one("var_pop", LeatOnly, "The population variance of x.", variancePop)
	one("stddev", LeatOnly, "The sample standard deviation of x.", dev(variance))
	one("stddev_samp", LeatOnly, "The sample standard deviation of x.", dev(variance))
	one("stddev_pop", LeatOnly, "The population standard deviation of x.", dev(variancePop))
	one("stddev_sample", Both, "The sample standard deviation of x, 0 for fewer than two values.", zero(dev(variance)))
	one("stddev_samp", KsqlOnly, "The sample variance of x (ksqlDB's reading), 0 for fewer than two values.", zero(variance))
	two("corr", LeatOnly, "The correlation of y and x.", func(m *moments) (float64, bool) {
		return m.corr(), m.xx > 0 && m.yy > 0
	})
	a.agg("correlation(x double, y double) double", Agg{Undo: true, Dialect: KsqlOnly, Doc: "The correlation of x and y, NaN when it is not defined.",
		New: func([]types.Type, []types.Value) (AggKernel, error) {
			return statKernel{cols: 2, raw: true, finish: rawCorrelation}, nil
		}})
	two("correlation", LeatOnly, "The correlation of y and x, NaN when it is not defined.", func(m *moments) (float64, bool) {
		if m.n < 2 || m.xx == 0 || m.yy == 0 {
			return math.NaN(), true
		}
		return m.corr(), true
	})
	two("covar_pop", LeatOnly, "The population covariance of y and x.", func(m *moments) (float64, bool) { return m.xy / m.n, m.n > 0 })
	two("covar_samp", LeatOnly, "The sample covariance of y and x.", func(m *moments) (float64, bool) { return m.xy / (m.n - 1), m.n > 1 })
}

// moments are the sums of Youngs and Cramer: count, sums, and sums of products
// of deviations from the mean.
type moments struct{ n, x, xx, y, yy, xy float64 }

func (m *moments) corr() float64 { return m.xy / math.Sqrt(float64(m.xx*m.yy)) }

func (m *moments) add(x, y float64) {
	m.n++
	m.x += x
	m.y += y
	if m.n == 1 {
		if bad(x) || bad(y) {
			m.xx, m.yy, m.xy = math.NaN(), math.NaN(), math.NaN()
		}
		return
	}
	m.shift(x, y, 1)
}

// shift moves the products by the deviation of (x, y), a member counted in n.
func (m *moments) shift(x, y, sign float64) {
	dx, dy := float64(x*m.n)-m.x, float64(y*m.n)-m.y
	scale := sign * m.n * (m.n - 1)
	m.xx += float64(dx*dx) / scale
	m.yy += float64(dy*dy) / scale
	m.xy += float64(dx*dy) / scale
}

func (m *moments) remove(x, y float64) {
	if m.n <= 1 {
		*m = moments{}
		return
	}
	m.shift(x, y, -1)
	m.n--
	m.x -= x
	m.y -= y
	if m.n == 1 && !bad(m.xx) {
		m.xx, m.yy, m.xy = 0, 0, 0
	}
	m.xx, m.yy = max(m.xx, 0), max(m.yy, 0)
}

func (m *moments) merge(o *moments) {
	switch {
	case o.n == 0:
		return
	case m.n == 0:
		*m = *o
		return
	}
	n := m.n + o.n
	dx, dy := m.x/m.n-o.x/o.n, m.y/m.n-o.y/o.n
	scale := float64(m.n*o.n) / n
	m.xx += o.xx + float64(scale*dx*dx)
	m.yy += o.yy + float64(scale*dy*dy)
	m.xy += o.xy + float64(scale*dx*dy)
	m.n, m.x, m.y = n, m.x+o.x, m.y+o.y
}

// addRaw keeps plain sums and sums of products instead, as ksqlDB does.
func (m *moments) addRaw(x, y, sign float64) {
	m.n += sign
	m.x += sign * x
	m.y += sign * y
	m.xx += sign * float64(x*x)
	m.yy += sign * float64(y*y)
	m.xy += sign * float64(x*y)
}

// rawCorrelation is the correlation of plain sums; 0/0 makes the NaN wanted.
func rawCorrelation(m *moments) (float64, bool) {
	cov := float64(m.n*m.xy) - float64(m.x*m.y)
	vx := float64(m.n*m.xx) - float64(m.x*m.x)
	vy := float64(m.n*m.yy) - float64(m.y*m.y)
	return cov / math.Sqrt(float64(vx*vy)), true
}

func bad(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// statKernel is a statistic of one or two columns over moments, whose six
// numbers are the words.
type statKernel struct {
	cols   int
	raw    bool // the moments are plain sums
	finish func(m *moments) (float64, bool)
}

func (statKernel) Layout() (int, int) { return 6, 0 }
func (statKernel) Init(s AggSlots)    { clear(s.Words[:6]) }

func (statKernel) load(s AggSlots) moments {
	f := func(i int) float64 { return math.Float64frombits(uint64(s.Words[i])) }
	return moments{f(0), f(1), f(2), f(3), f(4), f(5)}
}

func (statKernel) store(s AggSlots, m moments) {
	for i, x := range [...]float64{m.n, m.x, m.xx, m.y, m.yy, m.xy} {
		s.Words[i] = int64(math.Float64bits(x))
	}
}

// values reads the row; of two columns y comes first. ok is false for NULL.
func (k statKernel) values(args []*vec.Vec, row int) (x, y float64, ok bool) {
	for _, a := range args[:k.cols] {
		if a.Null(row) {
			return 0, 0, false
		}
	}
	if k.cols == 1 {
		return args[0].F64[row], 0, true
	}
	return args[1].F64[row], args[0].F64[row], true
}

func (k statKernel) Add(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if x, y, ok := k.values(args, row); ok {
		m := k.load(s)
		if k.raw {
			m.addRaw(x, y, 1)
		} else {
			m.add(x, y)
		}
		k.store(s, m)
	}
	return nil
}

func (k statKernel) Undo(_ *Env, s AggSlots, args []*vec.Vec, row int) error {
	if x, y, ok := k.values(args, row); ok {
		m := k.load(s)
		if k.raw {
			m.addRaw(x, y, -1)
		} else {
			m.remove(x, y)
		}
		k.store(s, m)
	}
	return nil
}

func (k statKernel) Merge(_ *Env, dst, src AggSlots) error {
	m, o := k.load(dst), k.load(src)
	if k.raw {
		m = moments{m.n + o.n, m.x + o.x, m.xx + o.xx, m.y + o.y, m.yy + o.yy, m.xy + o.xy}
	} else {
		m.merge(&o)
	}
	k.store(dst, m)
	return nil
}

func (k statKernel) Result(s AggSlots, out *vec.Builder) {
	m := k.load(s)
	if v, ok := k.finish(&m); ok {
		out.AppendF64(v)
		return
	}
	out.AppendNull()
}
