package sql

import "strings"

func (p *printer) createSource(s *CreateSource) {
	p.w("CREATE ")
	p.opt(s.OrReplace, "OR REPLACE ")
	p.opt(s.Temporary, "TEMPORARY ")
	p.opt(s.Source, "SOURCE ")
	p.sourceFrom(s)
}

// sourceFrom writes from the kind on.
func (p *printer) sourceFrom(s *CreateSource) {
	p.w(string(s.Kind), " ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.qname(s.Name)
	if s.HasColumns {
		p.w(" (")
		p.columnDefs(s)
		p.w(")")
	}
	p.properties(" WITH ", s.With)
	if s.As != nil {
		p.w(" AS ")
		p.query(s.As)
	}
	p.opt(s.NoData, " WITH NO DATA")
}

func (p *printer) columnDefs(s *CreateSource) {
	sep := ""
	for i := range s.Columns {
		p.w(sep)
		p.columnDef(&s.Columns[i])
		sep = ", "
	}
	if s.PrimaryKey != nil {
		p.w(sep, "PRIMARY KEY")
		p.parenNames(s.PrimaryKey)
		sep = ", "
	}
	for _, u := range s.Unique {
		p.w(sep, "UNIQUE")
		p.parenNames(u)
		sep = ", "
	}
}

func (p *printer) columnDef(d *ColumnDef) {
	p.w(d.Name.String())
	if d.Type != nil {
		p.w(" ")
		p.typeName(d.Type)
	}
	p.opt(d.Key, " KEY")
	p.opt(d.PrimaryKey, " PRIMARY KEY")
	p.opt(d.Headers, " HEADERS")
	if d.HeaderKey != nil {
		p.w(" HEADER(", quoteString(*d.HeaderKey), ")")
	}
	p.opt(d.NotNull, " NOT NULL")
	p.opt(d.Unique, " UNIQUE")
	if d.Default != nil {
		p.w(" DEFAULT ")
		p.expr(d.Default, levelCompare)
	}
}

func (p *printer) createType(s *CreateType) {
	p.w("CREATE TYPE ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.qname(s.Name)
	if !s.IsEnum {
		p.w(" AS ")
		p.typeName(s.Type)
		return
	}
	p.w(" AS ENUM (")
	for i, v := range s.Enum {
		p.opt(i > 0, ", ")
		p.w(quoteString(v))
	}
	p.w(")")
}

func (p *printer) createConnector(s *CreateConnector) {
	p.w("CREATE ", map[bool]string{true: "SINK", false: "SOURCE"}[s.Sink], " CONNECTOR ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.qname(s.Name)
	p.properties(" WITH ", s.With)
}

func (p *printer) createObject(s *CreateObject) {
	p.w("CREATE ")
	p.opt(s.OrReplace, "OR REPLACE ")
	p.w(string(s.Kind))
	p.opt(s.IfNotExists, " IF NOT EXISTS")
	if s.Name != nil {
		p.w(" ")
		p.qname(s.Name)
	}
	p.opt(s.Rest != "", " "+s.Rest)
}

func (p *printer) drop(s *Drop) {
	p.w("DROP ", string(s.Kind), " ")
	p.opt(s.IfExists, "IF EXISTS ")
	p.qnames(s.Names)
	p.opt(s.DeleteTopic, " DELETE TOPIC")
	p.opt(s.Cascade, " CASCADE")
}

func (p *printer) alterSource(s *AlterSource) {
	p.w("ALTER ", string(s.Kind), " ")
	p.opt(s.IfExists, "IF EXISTS ")
	p.qname(s.Name)
	for i := range s.Actions {
		p.w(map[bool]string{true: " ", false: ", "}[i == 0])
		p.alterAction(&s.Actions[i])
	}
}

func (p *printer) alterAction(a *AlterAction) {
	switch a.Op {
	case "ADD COLUMN":
		p.w("ADD COLUMN ")
		p.opt(a.IfExists, "IF NOT EXISTS ")
		p.columnDef(&a.Column)
	case "DROP COLUMN":
		p.w("DROP COLUMN ")
		p.opt(a.IfExists, "IF EXISTS ")
		p.w(a.Name.String())
		p.opt(a.Cascade, " CASCADE")
	case "RENAME COLUMN":
		p.w("RENAME COLUMN ", a.Name.String(), " TO ", a.To.String())
	case "RENAME":
		p.w("RENAME TO ", a.To.String())
	case "SET":
		p.properties("SET ", a.Options)
	case "SET SCHEMA":
		p.w("SET SCHEMA ", a.To.String())
	case "OWNER":
		p.w("OWNER TO ", a.To.label())
	case "ALTER TYPE":
		p.w("ALTER COLUMN ", a.Name.String(), " TYPE ")
		p.typeName(a.Column.Type)
	case "SET DEFAULT":
		p.w("ALTER COLUMN ", a.Name.String(), " SET DEFAULT ")
		p.expr(a.Column.Default, 0)
	default:
		p.w("ALTER COLUMN ", a.Name.String(), " ", a.Op)
	}
}

// settingText writes a setting's name so that it reads back the same.
func settingText(name string) string {
	for _, part := range strings.Split(name, ".") {
		if !plainWord(part) || part != strings.ToLower(part) {
			return quoteString(name)
		}
	}
	return name
}

func (p *printer) alterSystem(s *AlterSystem) {
	p.w("ALTER SYSTEM ")
	if s.Reset {
		p.w("RESET ", map[bool]string{true: "ALL", false: settingText(s.Name)}[s.Name == ""])
		return
	}
	p.w("SET ", settingText(s.Name), " = ")
	if s.Value == nil {
		p.w("DEFAULT")
		return
	}
	p.propertyValue(s.Value)
}
