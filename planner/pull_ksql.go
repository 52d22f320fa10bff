package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// pullWhere is ksqlDB's plan of the WHERE of a pull query over a table: look-ups
// of whole keys, one range of a key, or a scan, where scans are allowed.
type pullWhere struct {
	b        *binder
	r        *catalog.Relation
	keys     types.Schema
	scans    bool
	ranges   bool
	disjunct sql.Expr // being looked at
	seen     map[string]bool
	bounds   map[string]bool // those of the window, by name and side
	ranged   bool
}

// checkPull holds the rules on pull queries that come before binding.
func (b *binder) checkPull(sel *sql.Select) {
	t, ok := sel.From.(*sql.Table)
	if !b.ksql || !ok {
		return
	}
	r, ok := b.relation(t.Name)
	if !ok {
		return
	}
	b.checkClauses(sel)
	b.checkShownTwice(sel, r)
	if r.Kind == catalog.Stream && !b.enabled("ksql.query.pull.stream.enabled") {
		fail(sqlerr.New(sqlerr.FeatureNotSupported,
			"Pull queries on streams are disabled. To create a push query on the stream, add EMIT CHANGES to the end. To enable pull queries on streams, set the ksql.query.pull.stream.enabled config to 'true'.").At(t.Pos))
	}
	if r.Kind != catalog.Table || !r.Derived && !r.ReadOnly {
		return
	}
	p := &pullWhere{b: b, r: r, keys: keySchema(r.Schema), scans: b.enabled("ksql.query.pull.table.scan.enabled"), ranges: b.enabled("ksql.query.pull.range.scan.enabled")}
	if sel.Where != nil {
		p.checkLists(sel.Where)
	}
	if p.scans {
		return
	}
	if sel.Where == nil {
		p.needsScan(sel.Pos)
	}
	alternatives := disjuncts(sel.Where, false)
	for _, d := range alternatives {
		p.check(d, len(alternatives) == 1)
	}
}

// checkClauses refuses what a pull query cannot have, in ksqlDB's order.
func (b *binder) checkClauses(sel *sql.Select) {
	switch {
	case sel.Window != nil:
		fail(noPullClause("WINDOW").At(sel.Window.Pos))
	case len(sel.GroupBy) > 0:
		fail(noPullClause("GROUP BY").At(sel.GroupBy[0].Position()))
	case len(sel.PartitionBy) > 0:
		fail(noPullClause("PARTITION BY").At(sel.PartitionBy[0].Position()))
	case sel.Having != nil:
		fail(noPullClause("HAVING").At(sel.Having.Position()))
	}
	if sel.Where == nil {
		return
	}
	walkExpr(sel.Where, func(e sql.Expr) {
		ref, ok := e.(*sql.ColumnRef)
		if !ok {
			return
		}
		if name := b.fold1(ref.Parts[len(ref.Parts)-1]); name == "ROWPARTITION" || name == "ROWOFFSET" {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "Pull queries don't support the following columns in WHERE clauses: `%s`", name).At(ref.Pos))
		}
	})
}

// enabled tells whether a property is on, as it is when it is not set.
func (b *binder) enabled(property string) bool {
	v, ok := b.opt.setting(property)
	return !ok || lower(v) != "false" && lower(v) != "off"
}

// checkShownTwice refuses a column that is selected twice under one name.
func (b *binder) checkShownTwice(sel *sql.Select, r *catalog.Relation) {
	taken := map[string]bool{}
	for _, it := range sel.Items {
		ref, ok := it.Expr.(*sql.ColumnRef)
		if !ok {
			continue
		}
		column := b.fold1(ref.Parts[len(ref.Parts)-1])
		name := column
		if it.Alias != nil {
			name = b.fold1(*it.Alias)
		}
		if i := r.Schema.Index(column); i >= 0 && taken[name] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "Duplicate value columns found in schema: `%s` %s", name, r.Schema[i].Type.KsqlString()).At(ref.Pos))
		}
		taken[name] = true
	}
}

// checkLists refuses NULL in a list that a key is looked up in, and texts where
// the key is a number.
func (p *pullWhere) checkLists(e sql.Expr) {
	walkExpr(e, func(e sql.Expr) {
		in, ok := e.(*sql.In)
		if !ok {
			return
		}
		i := p.keys.Index(p.column(in.X))
		if i < 0 {
			return
		}
		for _, x := range in.List {
			if null, ok := x.(*sql.Null); ok {
				fail(sqlerr.New(sqlerr.DatatypeMismatch, "Primary key columns can not be NULL: (%s = null)", p.keys[i].Name).At(null.Pos))
			}
			if !p.keys[i].Type.IsNumeric() {
				continue
			}
			if s, ok := x.(*sql.String); ok {
				fail(sqlerr.New(sqlerr.DatatypeMismatch, "'%s' can not be converted to the type of the key column: %s %s KEY",
					s.Value, p.keys[i].Name, p.keys[i].Type.KsqlString()).At(s.Pos))
			}
		}
	})
}

// column is the name of a plain column, "" for other expressions.
func (p *pullWhere) column(e sql.Expr) string {
	if ref, ok := e.(*sql.ColumnRef); ok {
		return p.b.fold1(ref.Parts[len(ref.Parts)-1])
	}
	return ""
}

func (p *pullWhere) refuse(pos int, format string, args ...any) {
	fail(sqlerr.New(sqlerr.FeatureNotSupported, format, args...).At(pos).
		WithHint("Pull queries require a WHERE clause that limits the query to keys only, unless ksql.query.pull.table.scan.enabled is true."))
}

func (p *pullWhere) needsScan(pos int) { p.refuse(pos, "Query requires table scan to be enabled") }

// check holds one alternative of the WHERE.
func (p *pullWhere) check(conjuncts []sql.Expr, only bool) {
	p.seen, p.bounds, p.ranged = map[string]bool{}, map[string]bool{}, false
	p.disjunct = conjuncts[0]
	for _, c := range conjuncts[1:] {
		p.disjunct = &sql.Binary{Op: "AND", L: p.disjunct, R: c, Pos: c.Position()}
	}
	for _, c := range conjuncts {
		p.condition(c)
	}
	pos := p.disjunct.Position()
	if len(p.seen) == 0 {
		p.refuse(pos, "WHERE clause missing key column for disjunct: %s", ksqlExpr(p.disjunct))
	}
	if len(p.seen) < len(p.keys) {
		var given, all []string
		for _, k := range p.keys {
			all = append(all, "`"+k.Name+"` "+k.Type.KsqlString()+" KEY")
			if p.seen[k.Name] {
				given = append(given, "`"+k.Name+"`")
			}
		}
		p.refuse(pos, "Multi-column sources must specify every key in the WHERE clause. Specified: [%s] Expected: [%s].",
			strings.Join(given, ", "), strings.Join(all, ", "))
	}
	text := p.keys[0].Type.Kind == types.String || p.keys[0].Type.Kind == types.Bytes
	if p.ranged && (!only || !p.ranges || len(p.keys) > 1 || p.r.Windowed != nil || !text) {
		p.needsScan(pos)
	}
}

// condition notes what one condition says of the key.
func (p *pullWhere) condition(e sql.Expr) {
	pos := e.Position()
	c, ok := e.(*sql.Binary)
	if _, like := e.(*sql.Like); like {
		p.refuse(pos, "Like condition must be between strings and needs a table scan")
	}
	if _, compares := ksqlOps[opOf(c)]; !ok || !compares {
		p.needsScan(pos)
	}
	name, other := p.column(c.L), c.R
	if name == "" || !p.isKey(name) && p.isKey(p.column(c.R)) {
		name, other = p.column(c.R), c.L
	}
	if name == "" {
		p.refuse(pos, "A comparison must directly reference a key column.")
	}
	if p.r.Windowed != nil && isBoundName(lower(name)) {
		p.bound(name, c.Op, pos)
	}
	if isBoundName(lower(name)) || !p.isKey(name) {
		return
	}
	switch {
	case hasColumns(other):
		p.refuse(pos, "A comparison must be between a key column and a resolvable expression.")
	case p.seen[name]:
		p.refuse(pos, "A comparison condition on the key column cannot be combined with other comparisons such as an IN predicate")
	case c.Op == "<>":
		p.refuse(pos, "Bound on key columns '[%s]' must currently be '='. ", names(p.keys))
	}
	p.seen[name] = true
	p.ranged = p.ranged || c.Op != "="
}

// bound notes a bound of the window: each side of each bound at most once, and
// none beside an equality.
func (p *pullWhere) bound(name, op string, pos int) {
	side, ok := map[string]string{"=": "=", "<": "<", "<=": "<", ">": ">", ">=": ">"}[op]
	switch {
	case !ok:
		p.refuse(pos, "Unsupported `%s` bounds: %s", name, ksqlOps[op])
	case p.bounds[name+side]:
		p.refuse(pos, "Duplicate `%s` bounds on: %s", name, ksqlOps[op])
	case p.bounds[name+"="] || side == "=" && (p.bounds[name+"<"] || p.bounds[name+">"]):
		p.refuse(pos, "`%s` cannot be combined with other `%s` bounds", ksqlOps["="], name)
	}
	p.bounds[name+side] = true
}

func (p *pullWhere) isKey(name string) bool { return name != "" && p.keys.Index(name) >= 0 }

func opOf(c *sql.Binary) string {
	if c == nil {
		return ""
	}
	return c.Op
}

// disjuncts brings a condition into alternatives of conditions that all hold.
func disjuncts(e sql.Expr, negated bool) [][]sql.Expr {
	switch x := e.(type) {
	case *sql.Unary:
		if x.Op == "NOT" {
			return disjuncts(x.X, !negated)
		}
	case *sql.Between:
		lo := &sql.Binary{Op: ">=", L: x.X, R: x.Lo, Pos: x.Pos}
		hi := &sql.Binary{Op: "<=", L: x.X, R: x.Hi, Pos: x.Pos}
		return disjuncts(&sql.Binary{Op: "AND", L: lo, R: hi, Pos: x.Pos}, negated != x.Not)
	case *sql.In:
		var any sql.Expr
		for _, item := range x.List {
			var eq sql.Expr = &sql.Binary{Op: "=", L: x.X, R: item, Pos: x.Pos}
			if any != nil {
				eq = &sql.Binary{Op: "OR", L: any, R: eq, Pos: x.Pos}
			}
			any = eq
		}
		return disjuncts(any, negated != x.Not)
	case *sql.Binary:
		return binaryDisjuncts(x, negated)
	}
	if negated {
		e = &sql.Unary{Op: "NOT", X: e, Pos: e.Position()}
	}
	return [][]sql.Expr{{e}}
}

// opposite is the comparison that holds when another does not.
var opposite = map[string]string{"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

// maxDisjuncts bounds the alternatives a condition is brought into; beyond it the
// condition stays as it is.
const maxDisjuncts = 1000

func binaryDisjuncts(x *sql.Binary, negated bool) [][]sql.Expr {
	switch {
	case x.Op == "OR" && !negated, x.Op == "AND" && negated:
		return append(disjuncts(x.L, negated), disjuncts(x.R, negated)...)
	case x.Op == "AND" || x.Op == "OR":
		left, right := disjuncts(x.L, negated), disjuncts(x.R, negated)
		if len(left)*len(right) > maxDisjuncts {
			return [][]sql.Expr{{x}}
		}
		var out [][]sql.Expr
		for _, l := range left {
			for _, r := range right {
				out = append(out, append(append([]sql.Expr{}, l...), r...))
			}
		}
		return out
	case negated && opposite[x.Op] != "":
		return [][]sql.Expr{{&sql.Binary{Op: opposite[x.Op], L: x.L, R: x.R, Pos: x.Pos}}}
	case negated:
		return [][]sql.Expr{{&sql.Unary{Op: "NOT", X: x, Pos: x.Pos}}}
	}
	return [][]sql.Expr{{x}}
}
