package server

import (
	"context"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// runCreate is CREATE STREAM, TABLE, VIEW and MATERIALIZED VIEW.
func (ss *Session) runCreate(ctx context.Context, rq *request, x *sql.CreateSource) (*pgwire.Result, error) {
	word := "CREATE " + string(x.Kind)
	ss.ddlNotice(word)
	if len(x.Name) > 1 {
		if schema := x.Name[len(x.Name)-2].Fold(false); schema != catalog.PublicSchema {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, "schema %q does not exist", schema).At(x.Name.Position()).
				WithHint("Relations live in the schema %q.", catalog.PublicSchema)
		}
	}
	job, err := ss.create(ctx, rq, x)
	if err != nil {
		return nil, err
	}
	if job != "" && (x.NoData || ss.settings.isOn("background_ddl")) {
		ss.srv.setBackground(job)
	} else if x := ss.srv.replacing.of(job); x != nil {
		if err := x.wait(ctx); err != nil {
			if ctx.Err() != nil {
				ss.notice("query %q goes on in the background, SHOW JOBS tells how far it is", job)
			}
			return nil, err
		}
	} else if job != "" {
		err := ss.srv.runtime.WaitCaughtUp(ctx, job)
		if err != nil && ctx.Err() != nil {
			ss.notice("query %q goes on in the background, SHOW JOBS tells how far it is", job)
			return nil, err
		}
		if err != nil {
			ss.tell("WARNING", sqlerr.New(sqlerr.Warning, "query %q has stopped: %s", job, plainText(err)))
		}
	}
	return tag(word), nil
}

// create makes the relation and gives the ID of its job, if it has one.
func (ss *Session) create(ctx context.Context, rq *request, x *sql.CreateSource) (string, error) {
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return "", err
	}
	cmd, plan, err := ss.createCommand(rq, x)
	if err != nil {
		return "", err
	}
	if name := cmd.Relation.Name; !x.OrReplace && rq.snap != nil {
		if old, ok := rq.snap.Relation("", name); ok && x.IfNotExists {
			ss.notice("relation %q already exists, skipping", old.Name)
			return "", nil
		}
	}
	if rq.ledger.denied != nil {
		return "", rq.ledger.denied
	}
	if err := ss.adoptTopic(rq, &cmd.Relation, x); err != nil {
		return "", err
	}
	if err := rq.snap.CheckCycle(&cmd.Relation, cmd.Relation.Reads); err != nil && plan != nil {
		return "", at(err, x.Name.Position())
	}
	res, err := ss.srv.create(ctx, cmd, plan)
	if err != nil {
		return "", at(err, x.Name.Position())
	}
	if res.Notice != "" {
		ss.notice("%s", res.Notice)
	}
	if res.Skipped {
		return "", nil
	}
	return res.JobID, nil
}

// createCommand binds the statement.
func (ss *Session) createCommand(rq *request, x *sql.CreateSource) (*catalog.CreateRelation, *planner.Plan, error) {
	cmd := &catalog.CreateRelation{IfNotExists: x.IfNotExists, OrReplace: x.OrReplace}
	if x.As == nil || x.Kind == sql.View {
		r, err := planner.BindCreate(x, ss.names(rq), ss.options(rq))
		if err != nil {
			return nil, nil, err
		}
		cmd.Relation, cmd.Ready = *r, x.Kind == sql.View
		ss.signRelation(rq, &cmd.Relation, x)
		return cmd, nil, ss.ownTopic(rq, &cmd.Relation, x)
	}
	name := x.Name.Last().Fold(rq.ksql)
	plan, r, err := planner.BuildPersistent(x.Kind, name, columnNames(x.Columns), x.With, x.As, ss.names(rq), ss.options(rq))
	if err != nil {
		return nil, nil, err
	}
	if old, there := rq.snap.Relation("", r.Name); there && rq.ksql && x.OrReplace {
		if err := ss.upgradable(rq, old, r, x, plan); err != nil {
			return nil, nil, at(err, x.Name.Position())
		}
	}
	cmd.Relation = *r
	ss.signRelation(rq, &cmd.Relation, x)
	kind := catalog.CTAS
	if x.Kind == sql.Stream {
		kind = catalog.CSAS
	}
	cmd.Job = &catalog.Job{
		Kind: kind, Query: cmd.Relation.Query, SQL: cmd.Relation.SQL, Meaning: r.Meaning, Settings: ss.jobProps(),
		Reads: r.Reads, PlanHash: plan.Stream.Hash, Owner: rq.as,
	}
	return cmd, plan, ss.ownTopic(rq, &cmd.Relation, x)
}

// ownTopic refuses a relation whose topic, not named by the statement, is that
// of another relation: a renamed one keeps its topic, and a new one under its
// old name would share its rows without saying so.
func (ss *Session) ownTopic(rq *request, r *catalog.Relation, x *sql.CreateSource) error {
	if rq.ksql || r.Topic == "" {
		return nil
	}
	for _, p := range x.With {
		if name := strings.ToUpper(p.Name.Text); name == "TOPIC" || name == "KAFKA_TOPIC" {
			return nil
		}
	}
	for _, o := range rq.snap.Relations() {
		if o.Topic == r.Topic && o.Name != r.Name {
			return sqlerr.New(sqlerr.DuplicateObject, "topic \"%s\" belongs to relation \"%s\"", r.Topic, o.Name).
				WithHint("Name another one: WITH (topic = '%s_2'), or share it by naming it.", r.Topic).At(x.Name.Position())
		}
	}
	return nil
}

// signRelation fills what only the session knows.
func (ss *Session) signRelation(rq *request, r *catalog.Relation, x *sql.CreateSource) {
	r.Owner, r.SQL = rq.as, sql.Print(x)
	if x.As != nil {
		r.Query = sql.Print(x.As)
	}
	if r.OnError == "" {
		r.OnError = ss.settings.get("on_error")
	}
	if rq.ksql {
		r.Meaning = "ksqldb"
	}
	ss.keepHistory(rq, r, x)
}

// keepHistory lifts the default retention of a stream whose record times are
// event times: rows of long ago would be gone as soon as their segment rolls.
// What is derived from such a stream keeps everything too.
func (ss *Session) keepHistory(rq *request, r *catalog.Relation, x *sql.CreateSource) {
	for _, p := range x.With {
		if p.Name.Is("retention") || p.Name.Is("retention_ms") || strings.HasPrefix(strings.ToUpper(p.Name.Text), "RETENTION") {
			return
		}
	}
	history := r.Timestamp != nil
	for _, name := range r.Reads {
		if src, ok := rq.snap.Relation("", name); ok && src.Kind == catalog.Stream {
			history = history || src.RetentionMs < 0
		}
	}
	if r.Kind == catalog.Stream && history && !rq.ksql {
		r.RetentionMs = -1
	}
}

func (ss *Session) jobProps() []catalog.Prop {
	var out []catalog.Prop
	for _, n := range ss.capturedSettings() {
		out = append(out, catalog.Prop{Name: n, Value: ss.settings.get(n)})
	}
	return out
}

// adoptTopic lets a declaration over an existing topic take its partitions.
func (ss *Session) adoptTopic(rq *request, r *catalog.Relation, x *sql.CreateSource) error {
	if err := reservedTopic(r.Topic); err != nil {
		return at(err, x.Name.Position())
	}
	t, there := ss.srv.log.Topic(r.Topic)
	if r.Topic == "" || !there {
		return nil
	}
	if old, ok := rq.snap.AnyRelation(r.Name); !ok || old.Topic != r.Topic || x.OrReplace {
		if err := rq.mayDeclareTopic(r.Topic); err != nil {
			return err
		}
	} // else the name is taken, which the catalog says
	if x.OrReplace {
		return nil
	}
	if r.Derived && r.Meaning == "ksqldb" && !t.Internal && r.Partitions == t.Partitions {
		return nil // its queries may write to any topic with as many partitions
	}
	if r.Derived || t.Internal {
		return sqlerr.New(sqlerr.DuplicateObject, "topic %q already exists", r.Topic).At(x.Name.Position())
	}
	given := false
	for _, p := range x.With {
		given = given || p.Name.Is("partitions")
	}
	switch {
	case !given:
		r.Partitions = t.Partitions
	case r.Partitions != t.Partitions && r.Meaning == "ksqldb":
		return sqlerr.New(sqlerr.InvalidParameterValue, "A Kafka topic with the name '%s' already exists, with different partition/replica configuration than required. "+
			"KSQL expects %d partitions (topic has %d), and 1 replication factor (topic has 1).", r.Topic, r.Partitions, t.Partitions).At(x.Name.Position())
	case r.Partitions != t.Partitions:
		return sqlerr.New(sqlerr.InvalidParameterValue, "topic %q has %d partitions, not %d", r.Topic, t.Partitions, r.Partitions).At(x.Name.Position())
	}
	return nil
}

func (ss *Session) runCreateType(ctx context.Context, rq *request, x *sql.CreateType) (*pgwire.Result, error) {
	t, err := ss.createdType(rq, x)
	if err != nil {
		return nil, err
	}
	res, err := ss.srv.propose(ctx, &catalog.CreateType{Name: x.Name.Last().Fold(rq.ksql), Type: t, IfNotExists: x.IfNotExists, Meaning: ss.meaning(), Owner: rq.as})
	if err != nil {
		return nil, at(err, x.Name.Position())
	}
	if res.Notice != "" {
		ss.notice("%s", res.Notice)
	}
	return tag("CREATE TYPE"), nil
}

func (ss *Session) resolveType(rq *request, t *sql.TypeName) (types.Type, error) {
	return planner.ResolveTypeIn(t, ss.names(rq), ss.options(rq))
}

func (ss *Session) meaning() string { return ss.settings.get("compatibility") }

// runCreateObject is a CREATE of something there is one of, or none.
func (ss *Session) runCreateObject(x *sql.CreateObject) (*pgwire.Result, error) {
	var name string
	if len(x.Name) > 0 { // an index needs none
		name = x.Name.Last().Fold(false)
	}
	switch x.Kind {
	case sql.SchemaKind:
		if name == catalog.PublicSchema || name == "leat" {
			if x.IfNotExists {
				ss.notice("schema %q already exists, skipping", name)
				return tag("CREATE SCHEMA"), nil
			}
			return nil, sqlerr.New("42P06", "schema %q already exists", name).At(x.Name.Position())
		}
	case sql.DatabaseKind:
		if name == defaultDatabase {
			return nil, sqlerr.New(sqlerr.DuplicateDatabase, "database %q already exists", name).At(x.Name.Position())
		}
	}
	return nil, sqlerr.Unsupported("CREATE %s", x.Kind).At(x.Pos)
}
