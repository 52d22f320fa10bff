package sql

import (
	"fmt"
	"strconv"
)

// statement writes any statement.
func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *QueryStmt:
		p.query(s.Query)
	case *CreateSource:
		p.createSource(s)
	case *CreateType:
		p.createType(s)
	case *CreateConnector:
		p.createConnector(s)
	case *CreateObject:
		p.createObject(s)
	case *Drop:
		p.drop(s)
	case *AlterSource:
		p.alterSource(s)
	case *AlterSystem:
		p.alterSystem(s)
	case *Insert:
		p.insert(s)
	case *Update:
		p.update(s)
	case *Delete:
		p.delete(s)
	case *Truncate:
		p.w("TRUNCATE ")
		p.qnames(s.Names)
	case *Copy:
		p.copy(s)
	case *Explain:
		p.explain(s)
	case *Describe:
		p.describe(s)
	default:
		if !p.people(s) {
			p.streamStatement(s)
		}
	}
}

// streamStatement writes what ksqlDB has besides sources and queries.
func (p *printer) streamStatement(s Statement) {
	switch s := s.(type) {
	case *PrintTopic:
		p.print(s)
	case *QueryAction:
		p.w(s.Verb, " ")
		p.opt(s.Verb == "CANCEL", "JOB ")
		p.w(map[bool]string{true: "ALL", false: s.ID.String()}[s.All])
	case *WaitForJob:
		p.w("WAIT FOR JOB ", s.ID.String())
		p.timeout(s.Timeout)
	case *AssertTopic:
		p.assert(s.NotExists)
		p.w("TOPIC ", s.Topic.label())
		p.properties(" WITH ", s.With)
		p.timeout(s.Timeout)
	case *AssertSchema:
		p.assert(s.NotExists)
		p.w("SCHEMA")
		if s.Subject != nil {
			p.w(" SUBJECT ", s.Subject.label())
		}
		if s.ID != nil {
			p.w(" ID ", strconv.Itoa(*s.ID))
		}
		p.timeout(s.Timeout)
	case *AssertValues:
		p.assertValues(s)
	case *AssertSource:
		p.w("ASSERT ")
		p.sourceFrom(s.Source)
	case *Define:
		p.w("DEFINE ", s.Name.String(), " = ", quoteString(s.Value))
	case *Undefine:
		p.w("UNDEFINE ", s.Name.String())
	case *RunScript:
		p.w("RUN SCRIPT ", quoteString(s.File))
	case *Spool:
		p.w("SPOOL ", map[bool]string{true: "OFF", false: quoteString(s.File)}[s.File == ""])
	case *ShowObjects:
		p.showObjects(s)
	default:
		p.sessionStatement(s)
	}
}

// sessionStatement writes transactions, settings and cursors.
func (p *printer) sessionStatement(s Statement) {
	switch s := s.(type) {
	case *Transaction:
		p.transaction(s)
	case *SetVar:
		p.setVar(s)
	case *ResetVar:
		p.resetVar(s)
	case *ShowVar:
		p.w("SHOW ", map[bool]string{true: "ALL", false: settingText(s.Name)}[s.All])
	case *SetTransaction:
		p.w(map[bool]string{true: "SET SESSION CHARACTERISTICS AS TRANSACTION", false: "SET TRANSACTION"}[s.Session])
		p.txModes(s.Modes)
	case *SetConstraints:
		p.w("SET CONSTRAINTS ALL ", map[bool]string{true: "DEFERRED", false: "IMMEDIATE"}[s.Deferred])
	case *Prepare:
		p.prepare(s)
	case *Execute:
		p.w("EXECUTE ", s.Name.String())
		if s.Args != nil {
			p.w(" (")
			p.exprs(s.Args)
			p.w(")")
		}
	case *Deallocate:
		p.w("DEALLOCATE ", orAll(s.Name, "ALL"))
	case *DeclareCursor:
		p.declareCursor(s)
	case *Fetch:
		p.fetch(s)
	case *ClosePortal:
		p.w("CLOSE ", orAll(s.Name, "ALL"))
	case *Listen:
		p.w("LISTEN ", s.Channel.String())
	case *Unlisten:
		p.w("UNLISTEN ", orAll(s.Channel, "*"))
	case *Notify:
		p.w("NOTIFY ", s.Channel.String())
		p.opt(s.Payload != "", ", "+quoteString(s.Payload))
	default:
		p.otherStatement(s)
	}
}

func (p *printer) otherStatement(s Statement) {
	switch s := s.(type) {
	case *Discard:
		p.w("DISCARD ", s.What)
	case *Comment:
		p.w("COMMENT ON ", s.Kind, " ")
		p.qname(s.Name)
		p.w(" IS ")
		if s.Text == nil {
			p.w("NULL")
		} else {
			p.w(quoteString(*s.Text))
		}
	case *Maintenance:
		p.w(s.Verb)
		p.opt(s.Verb == "REFRESH", " MATERIALIZED VIEW")
		p.opt(len(s.Names) > 0, " ")
		p.qnames(s.Names)
	case *LockTable:
		p.w("LOCK TABLE ")
		p.qnames(s.Names)
		p.opt(s.Mode != "", " IN "+s.Mode+" MODE")
		p.opt(s.NoWait, " NOWAIT")
	case *CallStmt:
		p.w("CALL ")
		p.call(s.Call)
	case *DoBlock:
		p.w("DO ", quoteString(s.Code))
	default:
		panic(fmt.Sprintf("BUG: print of statement %T", s))
	}
}

func orAll(n *Name, all string) string {
	if n == nil {
		return all
	}
	return n.String()
}

func (p *printer) explain(s *Explain) {
	p.w("EXPLAIN ")
	p.opt(s.Analyze, "ANALYZE ")
	p.opt(s.Verbose, "VERBOSE ")
	if s.Options != nil {
		p.properties("", s.Options)
		p.w(" ")
	}
	if s.QueryID != nil {
		p.w(s.QueryID.String())
		return
	}
	p.statement(s.Stmt)
}

func (p *printer) describe(s *Describe) {
	p.w("DESCRIBE")
	p.opt(s.What != "", " "+s.What)
	for i, n := range s.Name {
		p.w(map[bool]string{true: " ", false: "."}[i == 0])
		if s.What != "" || i > 0 {
			p.w(n.label())
		} else {
			p.w(n.String())
		}
	}
	p.opt(s.Extended, " EXTENDED")
}

func (p *printer) print(s *PrintTopic) {
	p.w("PRINT ", s.Topic.label())
	p.opt(s.FromBeginning, " FROM BEGINNING")
	p.clause(" INTERVAL ", s.Interval)
	p.clause(" LIMIT ", s.Limit)
}

func (p *printer) timeout(d *Duration) {
	if d != nil {
		p.w(" TIMEOUT ")
		p.duration(d)
	}
}

func (p *printer) assert(notExists bool) {
	p.w("ASSERT ")
	p.opt(notExists, "NOT EXISTS ")
}

func (p *printer) assertValues(s *AssertValues) {
	p.w("ASSERT ")
	p.opt(s.Null, "NULL ")
	p.w("VALUES ")
	p.qname(s.Name)
	p.parenNames(s.Columns)
	p.w(map[bool]string{true: " KEY (", false: " VALUES ("}[s.Null])
	p.exprs(s.Values)
	p.w(")")
}

func (p *printer) showObjects(s *ShowObjects) {
	p.w("SHOW ")
	p.opt(s.All, "ALL ")
	p.w(s.What)
	p.opt(s.Extended, " EXTENDED")
	if s.Name != nil {
		switch s.What {
		case "CREATE":
			p.w(" VIEW ")
		default:
			p.w(" FROM ")
		}
		p.qname(s.Name)
	}
	if s.Like != nil {
		p.w(" LIKE ", quoteString(*s.Like))
	}
}

func (p *printer) transaction(s *Transaction) {
	switch s.Verb {
	case "PREPARE":
		p.w("PREPARE TRANSACTION ", quoteString(s.Name.Text))
		return
	case "COMMIT PREPARED", "ROLLBACK PREPARED":
		p.w(s.Verb, " ", quoteString(s.Name.Text))
		return
	}
	p.w(s.Verb)
	p.txModes(s.Modes)
	p.opt(s.Chain, " AND CHAIN")
	if s.Name != nil {
		p.w(" ", s.Name.String())
	}
}

func (p *printer) txModes(m TxModes) {
	sep := " "
	add := func(cond bool, text string) {
		if cond {
			p.w(sep, text)
			sep = ", "
		}
	}
	add(m.Isolation != "", "ISOLATION LEVEL "+m.Isolation)
	if m.ReadOnly != nil {
		add(true, map[bool]string{true: "READ ONLY", false: "READ WRITE"}[*m.ReadOnly])
	}
	if m.Deferrable != nil {
		add(true, map[bool]string{true: "DEFERRABLE", false: "NOT DEFERRABLE"}[*m.Deferrable])
	}
}

func (p *printer) setVar(s *SetVar) {
	p.w("SET ")
	if s.Property {
		p.w(quoteString(s.Name), " = ")
		p.propertyValue(s.Values[0])
		return
	}
	p.opt(s.Scope != "", s.Scope+" ")
	p.w(Name{Text: s.Name}.settingLabel(), " = ")
	p.opt(s.Default, "DEFAULT")
	for i, v := range s.Values {
		p.opt(i > 0, ", ")
		p.propertyValue(v)
	}
}

// settingLabel quotes the parts of a setting's name that need it.
func (n Name) settingLabel() string {
	if settingText(n.Text) == n.Text {
		return n.Text
	}
	return quoteIdent(n.Text)
}

func (p *printer) resetVar(s *ResetVar) {
	switch {
	case s.Property:
		p.w("UNSET ", quoteString(s.Name))
	case s.All:
		p.w("RESET ALL")
	default:
		p.w("RESET ", Name{Text: s.Name}.settingLabel())
	}
}

func (p *printer) prepare(s *Prepare) {
	p.w("PREPARE ", s.Name.String())
	for i, t := range s.Types {
		p.w(map[bool]string{true: " (", false: ", "}[i == 0])
		p.typeName(t)
	}
	p.opt(s.Types != nil, ")")
	p.w(" AS ")
	p.statement(s.Stmt)
}
