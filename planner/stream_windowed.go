package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
)

// A windowed table may be a source of any query in the default meaning. What
// filters or projects it is windowed itself. A join, for which two rows are the
// same key only when their windows are, takes the bounds into the key as columns.

// refuseWindowed holds ksqlDB's rule against stored queries over windowed tables.
func (b *binder) refuseWindowed(r *catalog.Relation, t *sql.Table) {
	if b.ksql && b.persist && r.Kind == catalog.Table && r.Windowed != nil {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "KSQL does not support persistent queries on windowed tables.").At(t.Pos))
	}
}

// windowRetention is how long a windowed result is kept when it does not say: what
// comes of a windowed table as long as that.
func (r *srel) windowRetention() int64 {
	if r.sourceWindow && r.first != nil && r.first.Kind == catalog.Table {
		return r.first.RetentionMs
	}
	return r.window.Retention
}

// bounds is a side of a join that was a windowed table: its window, and the
// columns of its bounds; end is -1 for other sides.
type bounds struct {
	window     *WindowSpec
	start, end int
}

// boundsInKey makes a windowed table an ordinary one, whose key goes on with
// window_start, and with window_end where that does not follow from it.
func (b *binder) boundsInKey(r srel) (srel, bounds) {
	if b.ksql || r.window == nil || r.node.Kind() != TableResult {
		return r, bounds{end: -1}
	}
	p := &ProjectNode{In: r.node, DropWindow: true}
	p.Schema, p.Result, p.Key = r.out().Clone(), TableResult, append([]int{}, r.node.Keys()...)
	for i, c := range r.out() {
		p.Exprs = append(p.Exprs, &expr.Column{Index: i, Name: c.Name, T: c.Type})
	}
	w := bounds{window: r.window}
	w.start = p.pseudoColumn(&expr.Pseudo{Kind: expr.WindowStart, T: b.timeType()})
	w.end = p.pseudoColumn(&expr.Pseudo{Kind: expr.WindowEnd, T: b.timeType()})
	p.Key = append(p.Key, w.start)
	if r.window.Type == Session {
		p.Key = append(p.Key, w.end)
	}
	markKeys(p, p.Key)
	sc := *r.sc
	sc.cols = append([]column(nil), r.sc.cols...)
	for i := range sc.cols {
		c := &sc.cols[i]
		if ps, ok := c.node.(*expr.Pseudo); ok && c.pseudo && (ps.Kind == expr.WindowStart || ps.Kind == expr.WindowEnd) {
			c.index, c.node = p.pseudoColumn(ps), nil
		}
	}
	r.node, r.sc, r.window, r.sourceWindow = p, &sc, nil, false
	r.keyed = r.parts == 1 // records lie by the key without its window
	return r, w
}

// endsAsStarts reads an equality of the ends of two windows of one size as one
// of their starts, which are the key.
func (x *joining) endsAsStarts(l, r bounds) {
	if l.end < 0 || r.end < 0 || l.window.Type == Session || r.window.Type == Session || l.window.Size != r.window.Size {
		return
	}
	var out []keyPair
	starts := false
	for _, p := range x.pairs {
		if isColumn(p.left, l.end) && isColumn(p.right, r.end) {
			p.left, p.right = startColumn(x.l, l), startColumn(x.r, r)
		}
		if isColumn(p.left, l.start) && isColumn(p.right, r.start) {
			if starts {
				continue
			}
			starts = true
		}
		out = append(out, p)
	}
	x.pairs = out
}

func startColumn(r srel, w bounds) expr.Node {
	c := r.out()[w.start]
	return &expr.Column{Index: w.start, Name: c.Name, T: c.Type}
}

// needsKey names the primary key that a join has to bind; of a windowed table it
// ends with the window.
func needsKey(r srel) string {
	var names []string
	for _, k := range r.node.Keys() {
		names = append(names, r.out()[k].Name)
	}
	return strings.Join(names, ", ")
}
