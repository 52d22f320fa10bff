package sql

import "fmt"

// call writes a function call with everything after it.
func (p *printer) call(c *Call) {
	p.functionName(c.Name)
	if c.NoParens {
		return
	}
	p.w("(")
	p.opt(c.Distinct, "DISTINCT ")
	p.opt(c.Star, "*")
	for i, a := range c.Args {
		p.opt(i > 0, ", ")
		p.opt(c.Variadic && i == len(c.Args)-1, "VARIADIC ")
		p.expr(a, 0)
	}
	if c.OrderBy != nil {
		p.opt(len(c.Args) > 0, " ")
		p.orderBy("ORDER BY ", c.OrderBy)
	}
	p.w(")")
	if c.WithinGroup != nil {
		p.orderBy(" WITHIN GROUP (ORDER BY ", c.WithinGroup)
		p.w(")")
	}
	if c.Filter != nil {
		p.w(" FILTER (WHERE ")
		p.expr(c.Filter, 0)
		p.w(")")
	}
	if c.Over != nil {
		p.w(" OVER ")
		p.over(c.Over)
	}
}

// functionName writes a name that may be one of the words reserved as columns.
func (p *printer) functionName(q QName) {
	if n := q[0]; !n.Quoted && (typeFuncWords[upperWord(n.Text)] || noParenCalls[upperWord(n.Text)]) {
		p.w(n.Text)
		for _, n := range q[1:] {
			p.w(n.member())
		}
		return
	}
	p.qname(q)
}

func (p *printer) orderBy(keyword string, items []OrderItem) {
	if len(items) == 0 {
		return
	}
	p.w(keyword)
	for i, o := range items {
		p.opt(i > 0, ", ")
		p.expr(o.Expr, 0)
		p.opt(o.Desc, " DESC")
		p.opt(o.Nulls != "", " NULLS "+o.Nulls)
	}
}

func (p *printer) over(o *Over) {
	if !o.Inline {
		p.w(o.Name.String())
		return
	}
	p.w("(")
	sep := ""
	if o.Name != nil {
		p.w(o.Name.String())
		sep = " "
	}
	if o.PartitionBy != nil {
		p.w(sep, "PARTITION BY ")
		p.exprs(o.PartitionBy)
		sep = " "
	}
	if o.OrderBy != nil {
		p.orderBy(sep+"ORDER BY ", o.OrderBy)
		sep = " "
	}
	if f := o.Frame; f != nil {
		p.w(sep, f.Mode, " BETWEEN ")
		p.bound(f.Start)
		p.w(" AND ")
		p.bound(f.End)
	}
	p.w(")")
}

func (p *printer) bound(b Bound) {
	if b.N != nil {
		p.expr(b.N, levelPostfix)
		p.w(" ")
	}
	p.w(b.Kind)
}

func (p *printer) query(q *Query) {
	if q.With != nil {
		p.with(q.With)
	}
	p.body(q.Body)
	p.orderBy(" ORDER BY ", q.OrderBy)
	p.queryEmit(q)
	if q.Limit != nil {
		p.w(" LIMIT ")
		p.expr(q.Limit, 0)
	}
	if q.Offset != nil {
		p.w(" OFFSET ")
		p.expr(q.Offset, 0)
	}
	if k := q.Lock; k != nil {
		p.w(" FOR ", k.Mode)
		if k.Of != nil {
			p.w(" OF ")
			p.qnames(k.Of)
		}
		p.opt(k.Wait != "", " "+k.Wait)
	}
	p.properties(" WITH ", q.Options)
}

// queryEmit writes the EMIT of the outermost block, which is not in parentheses.
func (p *printer) queryEmit(q *Query) {
	if _, nested := q.Body.(*Query); nested {
		return
	}
	switch q.EmitMode() {
	case EmitChanges:
		p.w(" EMIT CHANGES")
	case EmitFinal:
		p.w(" EMIT FINAL")
	}
}

func (p *printer) with(w *With) {
	p.w("WITH ")
	p.opt(w.Recursive, "RECURSIVE ")
	for i, c := range w.CTEs {
		p.opt(i > 0, ", ")
		p.w(c.Name.String())
		p.parenNames(c.Columns)
		p.w(" AS ")
		p.opt(c.Materialized != "", c.Materialized+" ")
		p.subquery("(", c.Query)
	}
	p.w(" ")
}

func (p *printer) body(b Body) {
	switch b := b.(type) {
	case *Query:
		p.subquery("(", b)
	case *Values:
		p.w("VALUES ")
		for i, row := range b.Rows {
			p.opt(i > 0, ", ")
			p.w("(")
			p.exprs(row)
			p.w(")")
		}
	case *SetOp:
		p.setOperand(b.L, setNeedsParens(b.Op, b.L, false))
		p.w(" ", b.Op, " ")
		p.opt(b.All, "ALL ")
		p.setOperand(b.R, setNeedsParens(b.Op, b.R, true))
	case *Select:
		p.selectBlock(b)
	default:
		panic(fmt.Sprintf("BUG: print of body %T", b))
	}
}

func setNeedsParens(op string, operand Body, right bool) bool {
	inner, ok := operand.(*SetOp)
	switch {
	case !ok:
		return false
	case op == "INTERSECT":
		return right || inner.Op != "INTERSECT"
	default:
		return right && inner.Op != "INTERSECT"
	}
}

func (p *printer) setOperand(b Body, paren bool) {
	p.opt(paren, "(")
	p.body(b)
	p.opt(paren, ")")
}

func (p *printer) selectBlock(s *Select) {
	p.w("SELECT")
	p.opt(s.Distinct, " DISTINCT")
	if s.DistinctOn != nil {
		p.w(" ON (")
		p.exprs(s.DistinctOn)
		p.w(")")
	}
	p.opt(len(s.Items) > 0, " ")
	p.items(s.Items)
	if s.From != nil {
		p.w(" FROM ")
		p.table(s.From)
	}
	if s.Window != nil {
		p.w(" WINDOW ")
		p.windowSpec(s.Window)
	}
	p.clause(" WHERE ", s.Where)
	if s.GroupBy != nil {
		p.w(" GROUP BY ")
		p.exprs(s.GroupBy)
	}
	if s.PartitionBy != nil {
		p.w(" PARTITION BY ")
		p.exprs(s.PartitionBy)
	}
	p.clause(" HAVING ", s.Having)
	for i, w := range s.Windows {
		p.w(map[bool]string{true: " WINDOW ", false: ", "}[i == 0], w.Name.String(), " AS ")
		p.over(&w.Over)
	}
}

func (p *printer) clause(keyword string, e Expr) {
	if e != nil {
		p.w(keyword)
		p.expr(e, 0)
	}
}

func (p *printer) items(list []SelectItem) {
	for i, it := range list {
		p.opt(i > 0, ", ")
		p.expr(it.Expr, 0)
		if it.Alias != nil {
			p.w(" AS ", it.Alias.label())
		}
	}
}

// windowSpec writes from the window's name on.
func (p *printer) windowSpec(w *WindowSpec) {
	if w.Name != nil {
		p.w(w.Name.String(), " ")
	}
	p.w(string(w.Kind), " (")
	if w.Gap != nil {
		p.duration(w.Gap)
	}
	if w.Size != nil {
		p.w("SIZE ")
		p.duration(w.Size)
	}
	part := func(keyword string, d *Duration) {
		if d != nil {
			p.w(keyword)
			p.duration(d)
		}
	}
	part(", ADVANCE BY ", w.Advance)
	part(", RETENTION ", w.Retention)
	part(", GRACE PERIOD ", w.Grace)
	p.w(")")
}

func (p *printer) table(t TableExpr) {
	switch t := t.(type) {
	case *Table:
		p.opt(t.Only, "ONLY ")
		p.qname(t.Name)
		p.opt(t.ProcTime, " FOR SYSTEM_TIME AS OF PROCTIME()")
		p.alias(t.Alias, t.ColAliases)
	case *Derived:
		p.opt(t.Lateral, "LATERAL ")
		p.subquery("(", t.Query)
		p.alias(t.Alias, t.ColAliases)
	case *TableFunc:
		p.tableFunc(t)
	case *Join:
		p.join(t)
	default:
		panic(fmt.Sprintf("BUG: print of table %T", t))
	}
}

func (p *printer) alias(n *Name, cols []Name) {
	if n == nil {
		return
	}
	p.w(" AS ", n.String())
	p.parenNames(cols)
}

func (p *printer) tableFunc(t *TableFunc) {
	p.opt(t.Lateral, "LATERAL ")
	p.call(t.Call)
	p.opt(t.Ordinality, " WITH ORDINALITY")
	p.alias(t.Alias, t.ColAliases)
	if t.ColDefs == nil {
		return
	}
	p.opt(t.Alias == nil, " AS")
	p.w(" (")
	for i, d := range t.ColDefs {
		p.opt(i > 0, ", ")
		p.w(d.Name.String(), " ")
		p.typeName(d.Type)
	}
	p.w(")")
}

func (p *printer) join(j *Join) {
	p.table(j.L)
	p.w(" ")
	p.opt(j.Natural, "NATURAL ")
	p.opt(j.Kind != JoinInner, string(j.Kind)+" ")
	p.w("JOIN ")
	_, nested := j.R.(*Join)
	p.opt(nested, "(")
	p.table(j.R)
	p.opt(nested, ")")
	if w := j.Within; w != nil {
		p.within(w)
	}
	p.clause(" ON ", j.On)
	if j.Using != nil {
		p.w(" USING")
		p.parenNames(j.Using)
	}
}

func (p *printer) within(w *Within) {
	p.w(" WITHIN ")
	if w.Before.N == w.After.N && w.Before.Unit == w.After.Unit {
		p.duration(&w.Before)
	} else {
		p.w("(")
		p.duration(&w.Before)
		p.w(", ")
		p.duration(&w.After)
		p.w(")")
	}
	if w.Grace != nil {
		p.w(" GRACE PERIOD ")
		p.duration(w.Grace)
	}
}
