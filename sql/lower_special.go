package sql

// specialCall lowers the functions with a syntax of their own. The name is read,
// the cursor is at the parenthesis; false leaves a plain call.
func (l *lowerer) specialCall(t *token) bool {
	switch t.up {
	case "EXTRACT":
		return l.extract(t)
	case "SUBSTRING":
		l.splitCall(t, "substring", []string{"FROM", "FOR"})
	case "OVERLAY":
		l.splitCall(t, "overlay", []string{"PLACING", "FROM", "FOR"})
	case "POSITION":
		l.position(t)
	case "TRIM":
		l.trim(t)
	case "MAP":
		return l.mapCall(t)
	case "STRUCT":
		return l.structCall(t)
	case "MERGE_ACTION", "XMLELEMENT", "XMLFOREST", "XMLPARSE", "JSON_TABLE":
		l.unsupported(t, "%s", t.up)
	default:
		return false
	}
	return true
}

// plainCall is a call under the written name's place with another name.
func (l *lowerer) plainCall(t *token, name string) *Call {
	return &Call{Name: QName{{Text: name, Pos: t.pos}}, Pos: t.pos}
}

// extract lowers EXTRACT(field FROM x) as extract('field', x).
func (l *lowerer) extract(t *token) bool {
	f := l.ahead(1)
	if l.ahead(2).up != "FROM" || f.kind != tokIdent && f.kind != tokString && f.kind != tokQuoted {
		return false
	}
	l.next()
	l.next()
	field := &String{Value: f.val, Pos: f.pos}
	if f.kind == tokIdent {
		field.Value = l.nameOf(f).Fold(false)
	}
	l.expect("FROM")
	l.emitCall(t.pos, func(a []Expr) Expr {
		c := l.plainCall(t, l.text[t.pos:t.end])
		c.Args = []Expr{field, a[0]}
		return c
	})
	l.expr()
	l.emit(")", l.expect(")"))
	return true
}

// splitCall lowers f(x WORD y WORD z), or a plain argument list. substring(x FOR n)
// is substring(x, 1, n).
func (l *lowerer) splitCall(t *token, name string, words []string) {
	var fill Expr
	l.emitCall(t.pos, func(a []Expr) Expr {
		c := l.plainCall(t, l.text[t.pos:t.end])
		c.Args = a
		if fill != nil {
			c.Args = []Expr{a[0], fill, a[1]}
		}
		return c
	})
	l.expect("(")
	l.expr()
	used := 0
	for !l.is(")") {
		if !l.is(",") {
			w := l.expectAny(words...)
			if w == "FOR" && used == 0 && name == "substring" {
				fill = &Number{Text: "1", Pos: t.pos}
			}
			used++
		} else {
			l.next()
		}
		l.emit(",", l.peek().pos)
		l.expr()
	}
	l.emit(")", l.expect(")"))
}

// position lowers POSITION(a IN b) as strpos(b, a).
func (l *lowerer) position(t *token) {
	in := false
	l.emitCall(t.pos, func(a []Expr) Expr {
		if !in {
			c := l.plainCall(t, l.text[t.pos:t.end])
			c.Args = a
			return c
		}
		c := l.plainCall(t, "strpos")
		c.Args = []Expr{a[1], a[0]}
		return c
	})
	l.expect("(")
	l.operands()
	for l.peek().kind == tokOp && l.symbol(nil) {
		l.operands()
	}
	if in = l.is("IN"); in {
		l.next()
		l.emit(",", t.pos)
		l.expr()
	} else if l.is(",") {
		l.emit(",", l.next().pos)
		l.exprList()
	}
	l.emit(")", l.expect(")"))
}

// trim lowers TRIM([side] [chars] FROM x) as btrim, ltrim or rtrim, and TRIM(x) as itself.
func (l *lowerer) trim(t *token) {
	l.expect("(")
	name := map[string]string{"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}[l.acceptAny("BOTH", "LEADING", "TRAILING")]
	sided := name != ""
	swap := false
	l.emitCall(t.pos, func(a []Expr) Expr {
		if name == "" {
			name = l.text[t.pos:t.end]
		}
		c := l.plainCall(t, name)
		c.Args = a
		if swap {
			c.Args = []Expr{a[1], a[0]}
		}
		return c
	})
	if !l.accept("FROM") {
		l.expr()
		if l.is("FROM") {
			l.emit(",", l.next().pos)
			swap, sided = true, true
			l.expr()
		}
	} else {
		sided = true
		l.expr()
	}
	if sided && name == "" {
		name = "btrim"
	}
	for l.is(",") {
		l.emit(",", l.next().pos)
		l.expr()
	}
	l.emit(")", l.expect(")"))
}

// mapCall lowers MAP(k := v, ..). Without := it is a call of a function named map.
func (l *lowerer) mapCall(t *token) bool {
	ctor := l.ahead(1).up == ")"
	plain := 0
	l.emitCall(t.pos, func(a []Expr) Expr {
		if !ctor {
			c := l.plainCall(t, l.text[t.pos:t.end])
			c.Args = a
			return c
		}
		m := &MapCtor{Pos: t.pos}
		for i := 0; i+1 < len(a); i += 2 {
			m.Entries = append(m.Entries, MapEntry{Key: a[i], Value: a[i+1]})
		}
		return m
	})
	l.expect("(")
	for !l.is(")") {
		l.expr()
		if l.is(":=") && plain == 0 {
			l.emit(",", l.next().pos)
			l.expr()
			ctor = true
		} else if ctor {
			l.fail("%s", expected(":="))
		} else {
			plain++
		}
		if !l.is(",") {
			break
		}
		l.emit(",", l.next().pos)
	}
	l.emit(")", l.expect(")"))
	return true
}

// structCall lowers STRUCT(name := v, ..).
func (l *lowerer) structCall(t *token) bool {
	if l.ahead(1).up != ")" && l.ahead(2).up != ":=" {
		return false
	}
	s := &StructCtor{Pos: t.pos}
	l.emitCall(t.pos, func(a []Expr) Expr {
		for i := range a {
			s.Fields[i].Value = a[i]
		}
		return s
	})
	l.expect("(")
	for !l.is(")") {
		s.Fields = append(s.Fields, StructField{Name: l.label()})
		l.expect(":=")
		l.expr()
		if !l.is(",") {
			break
		}
		l.emit(",", l.next().pos)
	}
	l.emit(")", l.expect(")"))
	return true
}
