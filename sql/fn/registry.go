package fn

import (
	"sort"
	"strings"
	"sync"

	"github.com/leatdb/leat/sql/types"
)

// Registry is the set of functions by name. It is built once and then
// immutable, so it is shared without locks.
type Registry struct {
	scalars map[string][]*Scalar
	aggs    map[string][]*Agg
	tables  map[string][]*TableFunc
	names   []string // sorted, without catalog functions
	all     []string // sorted, all kinds
	listing listing
}

var builtins = sync.OnceValue(func() *Registry {
	r := &Registry{
		scalars: map[string][]*Scalar{},
		aggs:    map[string][]*Agg{},
		tables:  map[string][]*TableFunc{},
	}
	for _, f := range families {
		f.add(&adder{r: r, category: f.category})
	}
	r.index()
	return r
})

// Builtins is the registry of all built-in functions.
func Builtins() *Registry { return builtins() }

// family is a group of functions defined by one file.
type family struct {
	category string
	add      func(*adder)
}

// families lists the families in the order of SHOW FUNCTIONS' categories.
var families = []family{
	{"numeric", addNumeric},
	{"numeric", addMath},
	{"string", addStrings},
	{"string", addSubstrings},
	{"string", addPadding},
	{"string", addMask},
	{"string", addFormat},
	{"regular expression", addRegexp},
	{"binary", addBytes},
	{"url", addURL},
	{"collection", addArrays},
	{"collection", addMaps},
	{"collection", addLambdas},
	{"json", addJSONText},
	{"json", addJSONOps},
	{"null handling", addNulls},
	{"date and time", addClock},
	{"date and time", addDateParts},
	{"date and time", addDatePatterns},
	{"date and time", addDateArith},
	{"date and time", addToChar},
	{"session", addSession},
	{"enum", addEnums},
	{"catalog", addCatalogInfo},
	{"catalog", addCatalogDefs},
	{"catalog", addPrivileges},
	{"table", addTables},
	{"table", addTableText},
	{"aggregate", addAggCount},
	{"aggregate", addAggSum},
	{"aggregate", addAggExtreme},
	{"aggregate", addAggOffset},
	{"aggregate", addAggCollect},
	{"aggregate", addAggTop},
	{"aggregate", addAggOrdered},
	{"aggregate", addAggStats},
	{"aggregate", addAggLogic}, {"aggregate", addAggBits},
}

func (r *Registry) index() {
	visible, all := map[string]bool{}, map[string]bool{}
	for name, fs := range r.scalars {
		all[name] = true
		for _, f := range fs {
			visible[name] = visible[name] || !f.Catalog
		}
	}
	for name := range r.aggs {
		visible[name], all[name] = true, true
	}
	for name, fs := range r.tables {
		all[name] = true
		for _, f := range fs {
			visible[name] = visible[name] || !f.Catalog
		}
	}
	for name, ok := range visible {
		if ok && !strings.HasPrefix(name, "op_") {
			r.names = append(r.names, name)
		}
	}
	for name := range all {
		r.all = append(r.all, name)
	}
	sort.Strings(r.names)
	sort.Strings(r.all)
}

// Scalars lists the overloads of a scalar function, nil if there are none. The
// name is matched without regard to case; the slice is shared.
func (r *Registry) Scalars(name string) []*Scalar { return r.scalars[strings.ToLower(name)] }

// HasScalar tells whether some overload of a scalar function exists in dialect
// d: generate_series, say, is scalar in ksqlDB's meaning only.
func (r *Registry) HasScalar(name string, d Dialect) bool {
	for _, f := range r.Scalars(name) {
		if f.Dialect == Both || f.Dialect == d {
			return true
		}
	}
	return false
}

// Aggs lists the overloads of an aggregate. Shared.
func (r *Registry) Aggs(name string) []*Agg { return r.aggs[strings.ToLower(name)] }

// Tables lists the overloads of a table function. Shared.
func (r *Registry) Tables(name string) []*TableFunc { return r.tables[strings.ToLower(name)] }

// Names lists the functions a user would look for, sorted: no catalog
// functions, no operators. Shared.
func (r *Registry) Names() []string { return r.names }

// AllNames lists every function name, sorted. Shared.
func (r *Registry) AllNames() []string { return r.all }

// Suggest finds the known name nearest to a misspelt one, or "".
func (r *Registry) Suggest(name string) string {
	name = strings.ToLower(name)
	best, bestDist := "", min(len(name)/3, 2)+1
	for _, n := range r.names {
		if d := editDistance(name, n, bestDist); d < bestDist {
			best, bestDist = n, d
		}
	}
	return best
}

// editDistance is the number of letters to insert, drop, change or swap with
// their neighbour to make b of a, or limit+1 when it must be larger.
func editDistance(a, b string, limit int) int {
	if abs(len(a)-len(b)) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last[j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			row[j] = min(cost, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}

// adder is how a family registers its functions.
type adder struct {
	r        *Registry
	category string
}

// traits say what a signature cannot.
type traits uint16

const (
	nulls    traits = 1 << iota // called with NULL arguments (not Strict)
	stable                      // Stable
	volatile                    // Volatile
	ksql                        // KsqlOnly
	leat                        // LeatOnly
	internal                    // Catalog: not listed
)

func (f traits) dialect() Dialect {
	switch {
	case f&ksql != 0:
		return KsqlOnly
	case f&leat != 0:
		return LeatOnly
	}
	return Both
}

func (f traits) volatility() Volatility {
	switch {
	case f&volatile != 0:
		return Volatile
	case f&stable != 0:
		return Stable
	}
	return Immutable
}

// scalar registers the overloads of a signature ("f(a int, b text?) text").
func (a *adder) scalar(signature string, fl traits, k Kernel, doc string) {
	a.scalarRet(signature, nil, fl, k, doc)
}

// scalarRet is scalar with a computed result type.
func (a *adder) scalarRet(signature string, ret retFunc, fl traits, k Kernel, doc string) {
	for _, s := range parseSignature(signature) {
		f := &Scalar{
			Name: s.name, Params: s.params, Variadic: s.variadic, Ret: s.ret, RetType: s.retType,
			Strict: fl&nulls == 0, Vol: fl.volatility(), Kernel: k, Dialect: fl.dialect(),
			Doc: doc, Category: a.category, Catalog: fl&internal != 0 || a.category == "catalog",
		}
		if ret != nil {
			f.Ret = ret
		}
		a.r.scalars[f.Name] = append(a.r.scalars[f.Name], f)
	}
}

// alias registers all overloads of name under other names too.
func (a *adder) alias(name string, others ...string) {
	for _, o := range others {
		for _, f := range a.r.scalars[name] {
			g := *f
			g.Name = o
			a.r.scalars[o] = append(a.r.scalars[o], &g)
		}
	}
}

// row registers a function given by its row form.
func (a *adder) row(signature string, fl traits, f RowFunc, doc string) {
	a.scalar(signature, fl, RowKernel(f), doc)
}

// call registers a function given by a row form that sees the call's types.
func (a *adder) call(signature string, ret retFunc, fl traits, f callFunc, doc string) {
	a.scalarRet(signature, ret, fl, callKernel(f), doc)
}

// agg registers an aggregate; init counts the trailing literal arguments.
func (a *adder) agg(signature string, proto Agg) {
	for _, s := range parseSignature(signature) {
		g := proto
		g.Name, g.Params, g.Variadic = s.name, s.params, s.variadic
		if g.Ret == nil {
			g.Ret, g.RetType = s.ret, s.retType
		}
		a.r.aggs[g.Name] = append(a.r.aggs[g.Name], &g)
	}
}

// table registers a set-returning function.
func (a *adder) table(signature string, fl traits, cols colsFunc, rows rowsFunc, doc string) {
	for _, s := range parseSignature(signature) {
		a.r.tables[s.name] = append(a.r.tables[s.name], &TableFunc{
			Name: s.name, Params: s.params, Strict: fl&nulls == 0, Cols: cols, Rows: rows,
			Doc: doc, Dialect: fl.dialect(), Catalog: fl&internal != 0,
		})
	}
}

type (
	retFunc  = func(args []types.Type) (types.Type, error)
	colsFunc = func(args []types.Type) (types.Schema, error)
	rowsFunc = func(env *Env, args []types.Value) ([]types.Row, error)
)
