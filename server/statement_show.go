package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// shows are the SHOW and LIST statements: each is a query over a system table.
var shows = map[string]string{
	"STREAMS":            "SELECT name, topic, key_format, value_format, windowed, derived FROM leat.streams WHERE kind = 'stream' ORDER BY name",
	"TABLES":             "SELECT name, topic, key_format, value_format, windowed, derived FROM leat.streams WHERE kind = 'table' ORDER BY name",
	"VIEWS":              "SELECT name, statement FROM leat.streams WHERE kind = 'view' ORDER BY name",
	"SOURCES":            "SELECT name, kind, topic, derived FROM leat.streams ORDER BY name",
	"MATERIALIZED VIEWS": "SELECT name, topic, job FROM leat.streams WHERE kind = 'table' AND derived ORDER BY name",
	"TOPICS":             "SELECT name, partitions, 1 AS replicas, records, bytes FROM leat.topics WHERE NOT internal ORDER BY name",
	"ALL TOPICS":         "SELECT name, partitions, 1 AS replicas, records, bytes, internal FROM leat.topics ORDER BY name",
	"QUERIES":            "SELECT id, 'PERSISTENT' AS type, upper(state) AS status, sink, statement FROM leat.jobs ORDER BY id",
	"JOBS":               "SELECT id, kind, statement, phase, done, total, percent, rate, eta, state, error FROM leat.jobs ORDER BY id",
	"PROPERTIES":         "SELECT property, value, scope, level FROM leat.properties ORDER BY property",
	"FUNCTIONS":          "SELECT DISTINCT name, kind, category FROM leat.functions ORDER BY name",
	"TYPES":              "SELECT name, type FROM leat.types ORDER BY name",
	"VARIABLES":          "SELECT name, value FROM leat.variables ORDER BY name",
	"PARTITIONS":         `SELECT topic, partition, start, "end", bytes, segments FROM leat.partitions ORDER BY topic, partition`,
	"GROUPS":             `SELECT "group", term, leader, commit_index, applied_index, wal_bytes FROM leat.groups ORDER BY "group"`,
	"TASKS":              "SELECT job, task, epoch, rows_in, rows_out, late, failed, state_rows, state_bytes, lag FROM leat.tasks ORDER BY task",
	"LAG":                `SELECT job, topic, partition, position, "end", lag FROM leat.lag ORDER BY job, topic, partition`,
	"SETTINGS":           `SELECT name, value, unit, "default", source, description FROM leat.settings ORDER BY lower(name)`,
	"ERRORS":             `SELECT stream, "offset", reason, "column", value, at FROM leat.errors ORDER BY at`,
	"CHECKPOINTS":        "SELECT job, task, trim_epoch, epoch, topic, partition, position FROM leat.checkpoints ORDER BY task",
	"SCHEMAS":            "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name",
	"DATABASES":          "SELECT datname AS database_name FROM pg_catalog.pg_database ORDER BY 1",
	"ROLES":              "SELECT rolname AS role FROM pg_catalog.pg_roles ORDER BY 1",
	"USERS":              "SELECT usename AS username FROM pg_catalog.pg_user ORDER BY 1",
	"SESSIONS":           `SELECT pid, "user", application_name, client, state, query FROM leat.sessions ORDER BY pid`,
	"PROCESSLIST":        `SELECT pid, "user", application_name, client, state, query FROM leat.sessions ORDER BY pid`,
}

// query runs a statement of this package over system tables, in the default
// meaning whatever the session's.
func (ss *Session) query(ctx context.Context, rq *request, text, word string, args ...types.Value) (*pgwire.Result, error) {
	stmt, err := sql.ParseOne(text)
	if err != nil {
		panic("BUG: " + text + ": " + err.Error())
	}
	inner := &request{ast: stmt, text: text, args: args, now: rq.now, snap: rq.snap, as: rq.as, ledger: rq.ledger}
	for range args {
		inner.params = append(inner.params, types.TString)
	}
	plan, err := planner.Build(stmt.(*sql.QueryStmt).Query, ss.names(inner), ss.options(inner))
	if err != nil {
		return nil, err
	}
	rows, err := ss.pull(ctx, inner, plan)
	if err != nil {
		return nil, err
	}
	rows.(*pullRows).word = word
	return &pgwire.Result{Rows: rows}, nil
}

func (ss *Session) runShowObjects(ctx context.Context, rq *request, x *sql.ShowObjects) (*pgwire.Result, error) {
	switch x.What {
	case "CREATE":
		r, err := ss.target(rq, x.Name)
		if err != nil {
			return nil, err
		}
		return textRows("create_statement", []string{r.SQL}, "SHOW"), nil
	case "COLUMNS":
		return ss.describeObject(ctx, rq, x.Name, false, "SHOW")
	case "CONNECTORS", "SOURCE CONNECTORS", "SINK CONNECTORS", "CONNECTOR PLUGINS":
		return textRows("name", nil, "SHOW"), nil
	}
	what := x.What
	if x.All && what == "TOPICS" {
		what = "ALL TOPICS"
	}
	text, ok := shows[what]
	if !ok {
		return nil, sqlerr.Unsupported("SHOW %s", x.What).At(x.Pos)
	}
	if x.Like == nil {
		return ss.query(ctx, rq, text, "SHOW")
	}
	first := "name"
	if strings.HasPrefix(text, "SELECT id") {
		first = "id"
	}
	return ss.query(ctx, rq, fmt.Sprintf("SELECT * FROM (%s) s WHERE %s LIKE $1", text, first), "SHOW", *x.Like)
}

func (ss *Session) runDescribe(ctx context.Context, rq *request, x *sql.Describe) (*pgwire.Result, error) {
	switch x.What {
	case "":
		return ss.describeObject(ctx, rq, x.Name, x.Extended, "DESCRIBE")
	case "STREAMS", "TABLES":
		return ss.query(ctx, rq, shows[x.What], "DESCRIBE")
	case "FUNCTION":
		return ss.describeFunction(x)
	}
	return nil, sqlerr.Unsupported("DESCRIBE %s", x.What).At(x.Pos)
}

var describeSchema = types.Schema{
	{Name: "field", Type: types.TString}, {Name: "type", Type: types.TString}, {Name: "marker", Type: types.TString}, {Name: "default", Type: types.TString},
}

// describeObject lists columns; extended, the facts and queries too.
func (ss *Session) describeObject(ctx context.Context, rq *request, name sql.QName, extended bool, word string) (*pgwire.Result, error) {
	schema := ""
	if len(name) > 1 {
		schema = name[len(name)-2].Fold(false)
	}
	if full, cols, ok := ss.names(rq).Virtual(schema, name.Last().Fold(false)); ok && (schema != "" || !strings.HasPrefix(full, "pg_catalog")) {
		return fixedRows(describeSchema, columnRows(cols, nil, false), word), nil
	}
	r, ok := names{rq.snap, ss.srv.log}.Relation(schema, name.Last().Fold(rq.ksql))
	if ok && r.OID >= lettersOffset && !rq.ledger.ask(rq.snap, need{rq.as, objectRead(r), catalog.PrivSelect}) {
		return nil, rq.ledger.denied
	}
	if !ok {
		_, err := ss.target(rq, name)
		return nil, err
	}
	rows := columnRows(r.Schema.Visible(), r, rq.ksql)
	if extended {
		rows = append(rows, ss.extendedRows(ctx, rq, r)...)
	}
	return fixedRows(describeSchema, rows, word), nil
}

func columnRows(s types.Schema, r *catalog.Relation, ksql bool) []types.Row {
	out := make([]types.Row, len(s))
	for i, c := range s {
		kind := c.Type.String()
		if ksql {
			kind = c.Type.KsqlString()
		}
		var marker, def types.Value
		switch {
		case c.Key && r != nil && r.Kind == catalog.Table:
			marker = "(primary key)"
		case c.Key:
			marker = "(key)"
		case c.NotNull:
			marker = "(not null)"
		}
		if r != nil {
			if h, ok := r.Headers[i]; ok {
				marker = "(header)"
				if h != "" {
					marker = "(header '" + h + "')"
				}
			}
			if d, ok := r.Defaults[i]; ok {
				def = d
			}
		}
		out[i] = types.Row{c.Name, kind, marker, def}
	}
	return out
}

// extendedRows are the facts of DESCRIBE EXTENDED, one a line.
func (ss *Session) extendedRows(_ context.Context, rq *request, r *catalog.Relation) []types.Row {
	var out []types.Row
	add := func(what, value string) {
		if value != "" {
			out = append(out, types.Row{"# " + what, value, nil, nil})
		}
	}
	add("kind", comment(&catalog.Relation{Kind: r.Kind, Derived: r.Derived}))
	add("topic", r.Topic)
	if r.Topic != "" {
		add("partitions", formatInt(int64(r.Partitions)))
		add("key format", r.KeyFormat.Name)
		add("value format", r.ValueFormat.Name)
		add("records", formatInt(ss.virtual(rq).records(r)))
	}
	if r.Timestamp != nil {
		add("timestamp", r.Timestamp.Column+" "+r.Timestamp.Format)
	}
	if r.Windowed != nil {
		add("window", fmt.Sprintf("%s %d ms", r.Windowed.Type, r.Windowed.SizeMs))
	}
	add("meaning", r.Meaning)
	add("schema version", formatInt(int64(len(r.Versions))))
	readers, writers := rq.seen().JobsOf(r.Name)
	for _, j := range readers {
		add("read by", j.ID)
	}
	for _, j := range writers {
		add("written by", j.ID)
	}
	if rq.snap.May(rq.as, catalog.ObjectOf(r), catalog.PrivSelect) {
		add("statement", r.SQL)
	}
	return out
}

func (ss *Session) describeFunction(x *sql.Describe) (*pgwire.Result, error) {
	name := x.Name.Last().Fold(false)
	var rows []types.Row
	for _, rec := range leatFunctions(virtual{}) {
		if rec["name"] == name {
			rows = append(rows, types.Row{name, rec["kind"], rec["arguments"], rec["result"], rec["description"]})
		}
	}
	if len(rows) == 0 {
		e := sqlerr.New(sqlerr.UndefinedFunction, "function %s does not exist", name).At(x.Name.Position())
		if near := fn.Builtins().Suggest(name); near != "" {
			e.WithHint("Perhaps you meant %q.", near)
		}
		return nil, e
	}
	var s types.Schema
	for _, c := range []string{"name", "kind", "arguments", "result", "description"} {
		s = append(s, types.Column{Name: c, Type: types.TString})
	}
	return fixedRows(s, rows, "DESCRIBE"), nil
}
