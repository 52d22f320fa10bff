package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// bail carries a user error out of the binder (P1).
type bail struct{ err error }

func fail(e *sqlerr.Error) { panic(bail{e}) }

// failAt raises an error of another room with a position if it has none.
func failAt(err error, pos int) {
	if err != nil {
		panic(bail{sqlerr.From(err).At(pos)})
	}
}

// catch turns a bail into the named error result of an exported function.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case bail:
		*err = r.err
	default:
		panic(r)
	}
}

// binder is the state of binding one statement.
type binder struct {
	cat     Catalog
	opt     Options
	ksql    bool // meaning of the text being bound: a view keeps its own
	dialect fn.Dialect
	reg     *fn.Registry
	params  []types.Type
	reads   map[string]bool
	site    uint32
	sites   map[string]uint32 // of calls that may differ from row to row, by fingerprint
	nextCTE int
	depth   int // nesting of views
	// where remembers the place of columns and parameters for later messages.
	where map[expr.Node]int
	// pseudo is the set of pseudo columns inputs provide; asked are those the
	// text wants beyond it, and then the statement is bound again.
	pseudo  map[expr.PseudoKind]bool
	asked   map[expr.PseudoKind]bool
	missing bool
	// streaming is set while a streaming plan is bound: what it cannot maintain
	// is refused by name.
	streaming bool
	persist   bool
	// stateful names the first JOIN or GROUP BY met, for ksqlDB's rule on bare values.
	stateful string
	sinkName string // of a persistent query, for messages
	changes  bool   // a table is read as a stream
	// wheres are the conditions of the streaming SELECT being bound, which joins
	// without one look at.
	wheres []sql.Expr
	ctes   []*cteBinding
	// streamCTEs are the WITH items in reach of a streaming query.
	streamCTEs []streamCTE
}

func newBinder(cat Catalog, opt Options, want map[expr.PseudoKind]bool) *binder {
	if want == nil {
		want = map[expr.PseudoKind]bool{}
	}
	b := &binder{
		cat: cat, opt: opt, reg: opt.registry(),
		params: append([]types.Type(nil), opt.ParamTypes...),
		reads:  map[string]bool{}, asked: map[expr.PseudoKind]bool{}, where: map[expr.Node]int{}, pseudo: want,
	}
	b.setMeaning(opt.Ksql)
	return b
}

// setMeaning switches between the two meanings and gives the previous one.
func (b *binder) setMeaning(ksql bool) (previous bool) {
	previous, b.ksql, b.dialect = b.ksql, ksql, fn.LeatOnly
	if ksql {
		b.dialect = fn.KsqlOnly
	}
	return previous
}

func (b *binder) fold1(n sql.Name) string { return n.Fold(b.ksql) }

func (b *binder) logic() expr.Logic {
	if b.ksql {
		return expr.TwoValued
	}
	return expr.ThreeValued
}

func (b *binder) arith() expr.Arith {
	if b.ksql {
		return expr.Java
	}
	return expr.Checked
}

func (b *binder) nextSite() uint32 {
	b.site++
	return b.site
}

// timeType is the type of rowtime and window bounds.
func (b *binder) timeType() types.Type {
	if b.ksql {
		return types.TBigInt
	}
	return types.TTimestamp
}

// param gives parameter n with the type known so far.
func (b *binder) param(p *sql.Param) expr.Node {
	for len(b.params) < p.N {
		b.params = append(b.params, types.TUnknown)
	}
	n := &expr.Param{N: p.N, T: b.params[p.N-1]}
	b.where[n] = p.Pos
	return n
}

// paramTypes are the inferred types; a parameter nothing is said about is text,
// as an untyped literal is.
func (b *binder) paramTypes() []types.Type {
	out := append([]types.Type(nil), b.params...)
	for i := range out {
		if out[i].Kind == types.Unknown {
			out[i] = types.TString
		}
	}
	return out
}

// relation finds a relation and notes that the plan reads it.
func (b *binder) relation(q sql.QName) (*catalog.Relation, bool) {
	schema, name := b.split(q)
	r, ok := b.cat.Relation(schema, name)
	if ok {
		b.reads[r.Name] = true
	}
	return r, ok
}

// split takes a possibly qualified name apart; a database part is ignored.
func (b *binder) split(q sql.QName) (schema, name string) {
	if len(q) > 1 {
		schema = q[len(q)-2].Fold(false)
	}
	return schema, b.fold1(q.Last())
}

// unknownRelation raises 42P01 with the nearest name as hint.
func (b *binder) unknownRelation(q sql.QName) {
	_, name := b.split(q)
	var e *sqlerr.Error
	if b.ksql {
		e = sqlerr.New(sqlerr.UndefinedTable, "%s does not exist.", name)
	} else {
		e = sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", joinDots(q.Fold(false)))
	}
	if near := nearest(name, b.cat.Names()); near != "" {
		if b.ksql {
			e.WithHint("Did you mean %q?", near)
		} else {
			e.WithHint("Perhaps you meant %q.", near)
		}
	}
	fail(e.At(q.Position()))
}

func joinDots(parts []string) string {
	out := parts[0]
	for _, p := range parts[1:] {
		out += "." + p
	}
	return out
}
