package server

import (
	"context"
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// runDrop is DROP of relations and types.
func (ss *Session) runDrop(ctx context.Context, rq *request, x *sql.Drop) (*pgwire.Result, error) {
	word := "DROP " + string(x.Kind)
	ss.ddlNotice(word)
	for _, n := range x.Names {
		var err error
		switch x.Kind {
		case sql.Stream, sql.TableKind, sql.View, sql.MaterializedView:
			err = ss.dropRelation(ctx, rq, x, n)
		case sql.TypeKind:
			err = ss.dropType(ctx, rq, x, n)
		case sql.RoleKind:
			err = ss.dropRole(ctx, rq, x, n)
		case "SECRET":
			err = ss.dropSecret(ctx, x, n)
		default:
			err = ss.dropNothing(x, n)
		}
		if err != nil {
			return nil, at(err, n.Position())
		}
	}
	return tag(word), nil
}

func (ss *Session) dropRelation(ctx context.Context, rq *request, x *sql.Drop, n sql.QName) error {
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return err
	}
	cmd := &catalog.DropRelation{
		Name: n.Last().Fold(rq.ksql), Meaning: ss.meaning(), IfExists: x.IfExists, Cascade: x.Cascade, DeleteTopic: x.DeleteTopic,
		Derived: x.Kind == sql.MaterializedView, Kind: relationKind(x.Kind),
	}
	// PostgreSQL's tools drop what \d shows as a table with DROP TABLE.
	if r, ok := ss.srv.catalog.Current().Relation("", cmd.Name); ok && !rq.ksql && x.Kind == sql.TableKind && r.Kind == catalog.Stream && !r.Derived {
		cmd.Kind = catalog.Stream
	}
	res, err := ss.srv.propose(ctx, cmd)
	if err != nil {
		return err
	}
	if res.Notice != "" {
		ss.notice("%s", res.Notice)
	}
	return ss.srv.drop(context.WithoutCancel(ctx), res, func(*catalog.Relation) bool { return !rq.ksql || x.DeleteTopic })
}

func relationKind(k sql.SourceKind) catalog.RelationKind {
	switch k {
	case sql.Stream:
		return catalog.Stream
	case sql.View:
		return catalog.View
	}
	return catalog.Table
}

func (ss *Session) dropType(ctx context.Context, rq *request, x *sql.Drop, n sql.QName) error {
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return err
	}
	if err := namedInQuery(ss.srv.catalog.Current(), n.Last().Fold(rq.ksql)); err != nil {
		return err
	}
	res, err := ss.srv.propose(ctx, &catalog.DropType{Name: n.Last().Fold(rq.ksql), Meaning: ss.meaning(), IfExists: x.IfExists})
	if err == nil && res.Notice != "" {
		ss.notice("%s", res.Notice)
	}
	return err
}

// dropNothing answers DROP of a kind of object that never exists.
func (ss *Session) dropNothing(x *sql.Drop, n sql.QName) error {
	what := strings.ToLower(string(x.Kind))
	if x.IfExists {
		ss.notice("%s %q does not exist, skipping", what, n.Last().Fold(false))
		return nil
	}
	if x.Kind == sql.SchemaKind || x.Kind == sql.DatabaseKind {
		return sqlerr.Unsupported("DROP %s", x.Kind)
	}
	return sqlerr.New(sqlerr.UndefinedObject, "%s %q does not exist", what, n.Last().Fold(false))
}

// runAlter is ALTER of a relation.
func (ss *Session) runAlter(ctx context.Context, rq *request, x *sql.AlterSource) (*pgwire.Result, error) {
	word := "ALTER " + string(x.Kind)
	ss.ddlNotice(word)
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return nil, err
	}
	name := x.Name.Last().Fold(rq.ksql)
	kind := relationKind(x.Kind)
	if r, ok := rq.snap.Relation("", name); ok && !rq.ksql && x.Kind == sql.TableKind && !r.Derived && r.Kind != catalog.View {
		kind = r.Kind
	}
	cols := &catalog.AlterColumns{Name: name, Kind: kind, Meaning: ss.meaning(), IfExists: x.IfExists}
	for i := range x.Actions {
		if err := ss.alterAction(ctx, rq, cols, &x.Actions[i]); err != nil {
			return nil, at(err, x.Actions[i].Pos)
		}
	}
	if len(cols.Changes) > 0 {
		res, err := ss.srv.propose(ctx, cols)
		if err != nil {
			return nil, at(err, x.Name.Position())
		}
		if res.Notice != "" {
			ss.notice("%s", res.Notice)
		}
	}
	return tag(word), nil
}

// alterAction adds a change of columns, or performs one of the relation.
func (ss *Session) alterAction(ctx context.Context, rq *request, to *catalog.AlterColumns, a *sql.AlterAction) error {
	ch := catalog.ColumnChange{Column: types.Column{Name: a.Name.Fold(rq.ksql)}, IfExists: a.IfExists}
	switch a.Op {
	case "ADD COLUMN":
		col, def, err := ss.newColumn(rq, &a.Column)
		if err != nil {
			return err
		}
		ch.Op, ch.Column, ch.Default = catalog.AddColumn, col, def
		if ch.Fill, err = ss.fillOf(rq, to.Name, &a.Column, col); err != nil {
			return err
		}
	case "DROP COLUMN":
		ch.Op = catalog.DropColumn
	case "RENAME COLUMN":
		ch.Op, ch.To = catalog.RenameColumn, a.To.Fold(rq.ksql)
	case "ALTER TYPE":
		t, err := ss.resolveType(rq, a.Column.Type)
		if err != nil {
			return err
		}
		ch.Op, ch.Column.Type = catalog.RetypeColumn, t
	case "SET NOT NULL":
		ch.Op = catalog.SetNotNull
	case "DROP NOT NULL":
		ch.Op = catalog.DropNotNull
	case "SET DEFAULT":
		ch.Op, ch.Default = catalog.SetDefault, sql.PrintExpr(a.Column.Default)
	case "DROP DEFAULT":
		ch.Op = catalog.SetDefault
	case "RENAME":
		_, err := ss.srv.propose(ctx, &catalog.RenameRelation{Name: to.Name, To: a.To.Fold(rq.ksql)})
		to.Name = a.To.Fold(rq.ksql)
		return err
	case "SET":
		return ss.alterOptions(ctx, rq, to.Name, a.Options)
	case "OWNER":
		r, ok := rq.snap.Relation("", to.Name)
		if !ok {
			_, err := ss.target(rq, sql.QName{{Text: to.Name, Quoted: true}})
			return err
		}
		return ss.giveTo(ctx, rq, &catalog.SetOwner{Object: catalog.ObjectOf(r), Owner: ss.roleNamed(rq, a.To)}, catalog.Public)
	default:
		return sqlerr.Unsupported("ALTER %s", a.Op)
	}
	to.Changes = append(to.Changes, ch)
	return nil
}

// newColumn binds a column of ADD COLUMN.
func (ss *Session) newColumn(rq *request, d *sql.ColumnDef) (col types.Column, def string, err error) {
	t, err := ss.resolveType(rq, d.Type)
	if err != nil {
		return col, "", err
	}
	if d.Default != nil {
		n, err := planner.BindScalar(d.Default, ss.names(rq), ss.options(rq))
		if err != nil {
			return col, "", err
		}
		def = expr.Text(n)
	}
	return types.Column{Name: d.Name.Fold(rq.ksql), Type: t, NotNull: d.NotNull, Key: d.Key || d.PrimaryKey}, def, nil
}

// fillOf is what a relation's rows of before show in a new column: its DEFAULT as
// of now, as in PostgreSQL.
func (ss *Session) fillOf(rq *request, relation string, d *sql.ColumnDef, col types.Column) (*catalog.Fill, error) {
	r, ok := rq.snap.Relation("", relation)
	if d.Default == nil || !ok || r.Topic == "" {
		return nil, nil
	}
	v, err := ss.scalar(rq, d.Default, col.Type)
	if err != nil || v == nil {
		return nil, err
	}
	f := &catalog.Fill{Column: col.Name, Value: string(types.AppendText(nil, col.Type, v, nil))}
	for p := range r.Partitions {
		_, end, err := ss.srv.log.Offsets(r.Topic, p)
		if err != nil {
			return nil, appendError(err)
		}
		f.Before = append(f.Before, end)
	}
	return f, nil
}

// alterOptions is ALTER ... SET (retention_ms = .., on_error = .., compatibility = ..).
func (ss *Session) alterOptions(ctx context.Context, rq *request, name string, options []sql.Property) error {
	for _, o := range options {
		text := ""
		if o.Value != nil {
			var err error
			if text, err = settingText(o.Value); err != nil {
				return err
			}
		}
		var cmd catalog.Command
		switch strings.ToLower(o.Name.Text) {
		case "on_error":
			text = strings.ToLower(text)
			cmd = &catalog.SetOptions{Name: name, OnError: &text}
		case "webhook_secret":
			if s, ok := rq.snap.Secret(text); ok && !rq.owns(s.Owner) {
				return mustOwn("secret " + s.Name)
			}
			cmd = &catalog.SetOptions{Name: name, WebhookSecret: &text}
		case "compatibility":
			cmd = &catalog.SetCompatibility{Name: name, Level: strings.ToUpper(text)}
		case "retention_ms", "retention":
			ms, ok := retention(text)
			if !ok {
				return sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for property %q: %q", o.Name.Text, text).At(o.Name.Pos)
			}
			if err := ss.alterRetention(ctx, rq, name, ms); err != nil {
				return err
			}
			cmd = &catalog.SetOptions{Name: name, RetentionMs: &ms}
		default:
			return sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized property %q", o.Name.Text).At(o.Name.Pos).
				WithHint("on_error, compatibility, retention_ms and webhook_secret can be changed.")
		}
		if _, err := ss.srv.propose(ctx, cmd); err != nil {
			return err
		}
	}
	return nil
}

// retention reads milliseconds, -1 for ever, or an interval, as CREATE does.
func retention(text string) (ms int64, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, n >= -1
	}
	span, err := types.ParseSpan(text)
	if err != nil {
		return 0, false
	}
	ms = (int64(span.Months)*30+int64(span.Days))*(24*60*60*1000) + span.Micros/types.MicrosPerMilli
	return ms, ms > 0
}

func (ss *Session) alterRetention(ctx context.Context, rq *request, name string, ms int64) error {
	r, ok := rq.snap.Relation("", name)
	if !ok || r.Kind != catalog.Stream {
		return nil // the catalog refuses what is not there; tables keep every key
	}
	var t log.TopicConfig
	if t, ok = ss.srv.log.Topic(r.Topic); !ok {
		return nil
	}
	t.RetentionMs = ms
	return topicFailure(ss.srv.log.AlterTopic(ctx, t))
}

func topicFailure(err error) error {
	if err == nil {
		return nil
	}
	return appendError(err)
}

func (ss *Session) runComment(ctx context.Context, rq *request, x *sql.Comment) (*pgwire.Result, error) {
	switch x.Kind {
	case "TABLE", "STREAM", "VIEW", "MATERIALIZED VIEW", "COLUMN":
	default:
		return nil, sqlerr.Unsupported("COMMENT ON %s", x.Kind).At(x.Pos)
	}
	relation, column := x.Relation()
	if len(relation) == 0 {
		return nil, sqlerr.New(sqlerr.SyntaxError, "column name must be qualified").At(x.Name.Position())
	}
	text := ""
	if x.Text != nil {
		text = *x.Text
	}
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return nil, err
	}
	c := &catalog.Comment{Name: relation.Last().Fold(rq.ksql), Text: text}
	if column != nil {
		c.Column = column.Fold(rq.ksql)
	}
	_, err := ss.srv.propose(ctx, c)
	return tag("COMMENT"), at(err, x.Name.Position())
}

func (ss *Session) runAlterSystem(ctx context.Context, x *sql.AlterSystem) (*pgwire.Result, error) {
	name, value, err := systemSetting(x)
	if err != nil {
		return nil, err
	}
	_, err = ss.srv.propose(ctx, &catalog.SetSetting{Name: name, Value: value, Reset: x.Reset})
	return tag("ALTER SYSTEM"), at(err, x.Pos)
}

// runMaintenance accepts what PostgreSQL's tools do as a matter of routine.
func (ss *Session) runMaintenance(rq *request, x *sql.Maintenance) (*pgwire.Result, error) {
	switch x.Verb {
	case "ANALYZE", "VACUUM", "CLUSTER":
		for _, n := range x.Names {
			t, err := ss.target(rq, n)
			if err != nil && !sqlerr.Is(err, sqlerr.InsufficientPrivilege) {
				return nil, err
			}
			if x.Verb == "CLUSTER" && t != nil {
				return nil, sqlerr.New(sqlerr.UndefinedObject, "there is no previously clustered index for table %q", t.Name).At(n.Position())
			}
		}
	}
	switch x.Verb {
	case "CHECKPOINT":
		ss.srv.Checkpoint()
	case "REFRESH MATERIALIZED VIEW":
		ss.notice("materialized views are always up to date")
	}
	return tag(x.Verb), nil
}
