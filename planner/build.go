package planner

import (
	"sort"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// Catalog is what the planner asks about names. The server implements it over
// a catalog snapshot and the virtual tables.
type Catalog interface {
	// Relation finds a stream, table or view; schema "" is the search path.
	Relation(schema, name string) (*catalog.Relation, bool)
	// Virtual finds a system table: pg_catalog (also unqualified),
	// information_schema, leat. full is its qualified name.
	Virtual(schema, name string) (full string, s types.Schema, ok bool)
	// CustomType finds a type made by CREATE TYPE.
	CustomType(name string) (types.Type, bool)
	// Names lists the relations, for did-you-mean hints.
	Names() []string
}

// ViewCatalog is a Catalog in which a view sees other names than the statement:
// those of its owner.
type ViewCatalog interface {
	Catalog
	// Inside is the catalog for the text of v.
	Inside(v *catalog.Relation) Catalog
}

// Options are what a plan depends on besides the query and the catalog.
type Options struct {
	Ksql       bool         // compatibility = 'ksqldb'
	Text       string       // the statement; positions are byte offsets in it
	ParamTypes []types.Type // declared parameter types; Unknown: infer
	Location   *time.Location
	Settings   func(name string) (string, bool) // auto.offset.reset and the like; nil: none
	Now        int64                            // µs since the epoch: the statement's time
	Functions  *fn.Registry                     // nil: the built-in ones
}

func (o Options) registry() *fn.Registry {
	if o.Functions == nil {
		return fn.Builtins()
	}
	return o.Functions
}

func (o Options) setting(name string) (string, bool) {
	if o.Settings == nil {
		return "", false
	}
	return o.Settings(name)
}

// Build plans a query: a pull plan, or with EMIT a push plan. Errors are
// *sqlerr.Error with the position of the offending text.
func Build(q *sql.Query, cat Catalog, opt Options) (p *Plan, err error) {
	defer catch(&err)
	if mode := q.EmitMode(); mode != sql.EmitNone {
		return withPseudo(cat, opt, func(b *binder) *Plan { return b.pushPlan(q, mode) }), nil
	}
	return withPseudo(cat, opt, func(b *binder) *Plan { return b.pullPlan(q) }), nil
}

// withPseudo binds, and binds again as long as it met pseudo columns that the
// inputs were not asked for yet.
func withPseudo(cat Catalog, opt Options, bind func(b *binder) *Plan) *Plan {
	want := map[expr.PseudoKind]bool{}
	for {
		b := newBinder(cat, opt, want)
		p, err := b.attempt(bind)
		if !b.missing {
			if err != nil {
				panic(bail{err})
			}
			return p
		}
		for k := range b.asked {
			want[k] = true
		}
	}
}

// attempt binds once. An error of an attempt that lacks a pseudo column may
// come of that, so the caller looks at missing first.
func (b *binder) attempt(bind func(b *binder) *Plan) (p *Plan, err error) {
	defer catch(&err)
	return bind(b), nil
}

func (b *binder) pullPlan(q *sql.Query) *Plan {
	r := b.query(q, nil)
	r = b.settleOutputs(r)
	if b.missing {
		return nil
	}
	node := optimize(r.node, b)
	return b.finish(&Plan{Mode: Pull, Batch: node, Schema: r.schema(), Limit: -1})
}

// finish fills what every plan has.
func (b *binder) finish(p *Plan) *Plan {
	p.Ksql = b.opt.Ksql
	p.Params = b.paramTypes()
	for name := range b.reads {
		p.Reads = append(p.Reads, name)
	}
	sort.Strings(p.Reads)
	return p
}

// BindScalar binds an expression without columns: a constant, a DEFAULT, a
// setting. An untyped literal becomes text.
func BindScalar(e sql.Expr, cat Catalog, opt Options) (n expr.Node, err error) {
	defer catch(&err)
	b := newBinder(cat, opt, nil)
	x := b.exprs(&scope{}, "DEFAULT expressions")
	x.noSubquery = true
	return b.fold(b.settle(x.bind(e), e.Position())), nil
}
