package sql

var noParenCalls = wordSet(`CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP
CURRENT_USER LOCALTIME LOCALTIMESTAMP SESSION_USER USER`)

func isNoParenCall(t *token) bool { return t.kind == tokIdent && noParenCalls[t.up] }

// emitCall opens `atom`( for a node made from the arguments.
func (l *lowerer) emitCall(pos int, b builder) { l.emit(l.atom(b)+"(", pos) }

func (l *lowerer) caseOperand() {
	l.enter()
	defer l.leave()
	l.emit("CASE", l.expect("CASE"))
	if !l.is("WHEN") {
		l.expr()
	}
	for {
		l.emit("WHEN", l.expect("WHEN"))
		l.expr()
		l.emit("THEN", l.expect("THEN"))
		l.expr()
		if !l.is("WHEN") {
			break
		}
	}
	if l.is("ELSE") {
		l.emit("ELSE", l.next().pos)
		l.expr()
	}
	if !l.is("END") {
		l.fail("CASE needs END.")
	}
	l.emit("END", l.next().pos)
}

func (l *lowerer) castOperand() {
	t := l.next()
	mark := l.hold()
	l.expect("(")
	l.expr()
	l.expect("AS")
	typ := l.typeName()
	l.out[mark] = piece{l.atom(builder(func(a []Expr) Expr {
		return &Cast{X: a[0], Type: typ, Try: t.up == "TRY_CAST", Pos: t.pos}
	})) + "(", t.pos}
	l.emit(")", l.expect(")"))
}

// arrayOperand lowers ARRAY[..] and ARRAY(query).
func (l *lowerer) arrayOperand() {
	t := l.next()
	if l.is("[") {
		l.arrayItems(t.pos)
		return
	}
	l.emitCall(t.pos, func(a []Expr) Expr { return &ArraySubquery{Query: a[0].(*ScalarSubquery).Query, Pos: t.pos} })
	l.subquery()
	l.emit(")", t.pos)
}

// arrayItems lowers [a, b, [c]].
func (l *lowerer) arrayItems(pos int) {
	l.enter()
	defer l.leave()
	l.emitCall(pos, func(a []Expr) Expr { return &ArrayCtor{Items: a, Pos: pos} })
	l.expect("[")
	for !l.is("]") {
		if l.is("[") {
			l.arrayItems(l.peek().pos)
		} else {
			l.expr()
		}
		if !l.is(",") {
			break
		}
		l.emit(",", l.next().pos)
	}
	l.emit(")", l.expect("]"))
}

func (l *lowerer) rowOperand() {
	t := l.next()
	l.emitCall(t.pos, func(a []Expr) Expr { return &Row{Items: a, Explicit: true, Pos: t.pos} })
	l.expect("(")
	if !l.is(")") {
		l.exprList()
	}
	l.emit(")", l.expect(")"))
}

// callShape is how the arguments of a call's atom are divided.
type callShape struct {
	call   *Call
	args   int
	order  int
	within int
	filter bool
}

// build makes the call of the atom's arguments.
func (s *callShape) build(a []Expr) Expr {
	c := s.call
	cut := func(n int) []Expr {
		part := a[:n:n]
		a = a[n:]
		return part
	}
	if s.args > 0 {
		c.Args = cut(s.args)
	}
	c.OrderBy = orderItems(cut(s.order))
	c.WithinGroup = orderItems(cut(s.within))
	if s.filter {
		c.Filter = a[0]
	}
	return c
}

// callOperand lowers a function call with everything that may follow it.
func (l *lowerer) callOperand() {
	t := l.peek()
	if isNoParenCall(t) {
		l.noParenCall()
		return
	}
	name := l.callName()
	if len(name) == 1 && !name[0].Quoted {
		if l.specialCall(t) {
			return
		}
	}
	s := &callShape{call: &Call{Name: name, Pos: t.pos}}
	over := l.hold()
	l.emitCall(t.pos, s.build)
	l.expect("(")
	l.callArgs(s)
	l.expect(")")
	l.callSuffix(s)
	l.emit(")", l.peek().pos)
	if l.is("OVER") && (l.ahead(1).up == "(" || isName(l.ahead(1))) {
		l.out[over].text = "MAX("
		l.emit(")", l.peek().pos)
		l.over()
	}
}

func (l *lowerer) noParenCall() {
	t := l.next()
	c := &Call{Name: QName{l.nameOf(t)}, NoParens: true, Pos: t.pos}
	if l.is("(") {
		l.next()
		c.NoParens = l.is(")") && t.up != "USER"
		if n := l.peek(); n.kind == tokNumber {
			l.next()
			c.Args = []Expr{&Number{Text: n.val, Pos: n.pos}}
		}
		l.expect(")")
	}
	l.leaf(c)
}

// callName reads the name of a function; its first word may be one of those
// reserved as columns only.
func (l *lowerer) callName() QName {
	q := QName{l.label()}
	for l.accept(".") {
		q = append(q, l.label())
	}
	return q
}

// callArgs lowers what stands between the parentheses of a call.
func (l *lowerer) callArgs(s *callShape) {
	c := s.call
	if l.is("*", ")") {
		l.next()
		c.Star = true
		return
	}
	if l.accept("DISTINCT") {
		c.Distinct = true
	} else {
		l.accept("ALL")
	}
	for !l.is(")") && !l.is("ORDER") {
		if l.accept("VARIADIC") {
			c.Variadic = true
		}
		l.argument()
		s.args++
		if !l.is(",") {
			break
		}
		l.emit(",", l.next().pos)
		if l.is(")") {
			l.fail("")
		}
	}
	if l.is("ORDER") {
		if s.args > 0 {
			l.emit(",", l.peek().pos)
		}
		l.expect("ORDER", "BY")
		s.order = l.orderItems()
	}
}

// argument lowers an argument: an expression, x => e, (x, y) => e, or name := e.
func (l *lowerer) argument() {
	params, ok := l.lambdaParams()
	if !ok {
		l.expr()
		return
	}
	pos := params[0].Pos
	l.emitCall(pos, func(a []Expr) Expr { return &Lambda{Params: params, Body: a[0], Pos: pos} })
	l.expr()
	l.emit(")", pos)
}

// lambdaParams reads the head of a lambda when there is one.
func (l *lowerer) lambdaParams() ([]Name, bool) {
	if isName(l.peek()) && (l.ahead(1).up == "=>" || l.ahead(1).up == ":=") {
		n := l.name()
		l.next()
		return []Name{n}, true
	}
	if !l.is("(") {
		return nil, false
	}
	n := 1
	for isName(l.ahead(n)) && l.ahead(n+1).up == "," {
		n += 2
	}
	if !isName(l.ahead(n)) || l.ahead(n+1).up != ")" || l.ahead(n+2).up != "=>" {
		return nil, false
	}
	params := l.names()
	l.next()
	return params, true
}

// callSuffix lowers WITHIN GROUP (ORDER BY ..) and FILTER (WHERE ..) as further
// arguments.
func (l *lowerer) callSuffix(s *callShape) {
	comma := func() {
		if s.args+s.order+s.within > 0 {
			l.emit(",", l.peek().pos)
		}
	}
	if l.is("WITHIN", "GROUP", "(") {
		comma()
		l.expect("WITHIN", "GROUP", "(", "ORDER", "BY")
		s.within = l.orderItems()
		l.expect(")")
	}
	if l.is("FILTER", "(") {
		comma()
		l.expect("FILTER", "(", "WHERE")
		l.expr()
		s.filter = true
		l.expect(")")
	}
	if l.isAny("IGNORE", "RESPECT") && l.ahead(1).up == "NULLS" {
		l.unsupported(l.peek(), "%s NULLS", l.peek().up)
	}
}

// orderExpr carries a sort key through TiDB as an expression.
type orderExpr struct {
	Null
	item OrderItem
}

func orderItems(exprs []Expr) []OrderItem {
	var out []OrderItem
	for _, e := range exprs {
		out = append(out, e.(*orderExpr).item)
	}
	return out
}

// orderItems lowers sort keys as `key`(expression), .. and gives their number.
func (l *lowerer) orderItems() int {
	for n := 1; ; n++ {
		mark := l.hold()
		o := &orderExpr{}
		l.expr()
		switch l.acceptAny("ASC", "DESC", "USING") {
		case "DESC":
			o.item.Desc = true
		case "USING":
			o.item.Desc = l.expectAny("<", ">") == ">"
		}
		if l.accept("NULLS") {
			o.item.Nulls = l.expectAny("FIRST", "LAST")
		}
		l.out[mark].text = l.atom(builder(func(a []Expr) Expr {
			o.item.Expr = a[0]
			return o
		})) + "("
		l.emit(")", l.peek().pos)
		if !l.is(",") {
			return n
		}
		l.emit(",", l.next().pos)
	}
}
