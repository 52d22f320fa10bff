package server

import (
	"context"
	"fmt"
	"sort"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// virtual answers the system tables for one statement: executor.Source.
type virtual struct {
	ss   *Session
	snap *catalog.Snapshot // as its role sees it, in Rows
	all  *catalog.Snapshot // the whole of it
	as   string            // the role
}

func (ss *Session) virtual(rq *request) virtual {
	return virtual{ss: ss, all: rq.snap, as: rq.as}
}

// fillers give the rows of the system tables that have any; the other ones are
// empty. They are split over files by schema.
var fillers map[string]func(ctx context.Context, v virtual) ([]record, error)

func init() {
	fillers = map[string]func(ctx context.Context, v virtual) ([]record, error){}
	for _, family := range []map[string]func(v virtual) []record{pgObjects, pgPeople, pgRoles, infoGrants, pgTypes, informationSchema, leatState, leatNames} {
		for name, f := range family {
			if systemTables[name] == nil {
				panic("BUG: rows of an unknown system table " + name)
			}
			fillers[name] = func(_ context.Context, v virtual) ([]record, error) { return f(v), nil }
		}
	}
	fillers["leat.errors"] = leatErrors
}

// Schema implements executor.Source.
func (v virtual) Schema(name string) (types.Schema, bool) {
	t := systemTables[name]
	if t == nil {
		return nil, false
	}
	return t.schema, true
}

// Rows implements executor.Source.
func (v virtual) Rows(ctx context.Context, name string, _ []bool) ([]types.Row, error) {
	t := systemTables[name]
	if t == nil {
		return nil, sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", name)
	}
	fill := fillers[name]
	if fill == nil {
		return nil, nil
	}
	v.snap = v.all.For(v.as)
	recs, err := fill(ctx, v)
	if err != nil {
		return nil, err
	}
	out := make([]types.Row, len(recs))
	for i, r := range recs {
		out[i] = t.row(r)
	}
	return out, nil
}

// Identifiers of things that are the same everywhere.
const (
	oidPgCatalog = 11
	oidPublic    = 2200
	oidInfo      = 13000
	oidLeat      = 13001
	oidDatabase  = 5
	oidOwner     = 10
	oidHeap      = 2
	oidBtree     = 403
	indexOffset  = 1_000_000_000 // OID of a relation's primary key index
	constrOffset = 1_500_000_000 // and of its constraint
)

// schemas are the namespaces by name, with their OIDs.
var schemas = []struct {
	name string
	oid  int64
}{{"information_schema", oidInfo}, {"leat", oidLeat}, {"pg_catalog", oidPgCatalog}, {"public", oidPublic}}

func schemaOID(name string) int64 {
	for _, s := range schemas {
		if s.name == name {
			return s.oid
		}
	}
	return oidPublic
}

// relkind is r for what was declared, m for what a query maintains, v for views.
func relkind(r *catalog.Relation) string {
	switch {
	case r.Kind == catalog.View:
		return "v"
	case r.Derived:
		return "m"
	}
	return "r"
}

func hasKey(r *catalog.Relation) bool {
	return r.Kind == catalog.Table && len(r.Schema.Visible().KeyColumns()) > 0
}

// values makes an ARRAY value.
func values[T any](xs []T) []types.Value {
	out := make([]types.Value, len(xs))
	for i, x := range xs {
		out[i] = x
	}
	return out
}

// keyNumbers are the attribute numbers of a relation's key, from 1.
func keyNumbers(r *catalog.Relation) []types.Value {
	var out []types.Value
	for i, c := range r.Schema.Visible() {
		if c.Key {
			out = append(out, int64(i+1))
		}
	}
	return out
}

// comment is a relation's comment, which starts with its true kind.
func comment(r *catalog.Relation) string {
	what := r.Kind.String()
	if r.Derived {
		what = "derived " + what
	}
	if r.Comment != "" {
		return r.Comment
	}
	if r.Topic == "" {
		return what
	}
	return fmt.Sprintf("%s over topic %s", what, r.Topic)
}

// byName sorts records by a text column.
func byName(recs []record, column string) []record {
	sort.SliceStable(recs, func(i, j int) bool { return recs[i][column].(string) < recs[j][column].(string) })
	return recs
}
