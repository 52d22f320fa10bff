package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// request is one statement at work, with the one snapshot it sees (S1).
type request struct {
	ast      sql.Statement
	text     string // positions count in it
	args     []types.Value
	params   []types.Type // of args; while preparing: what the client declared
	simple   bool         // by a simple query
	cursor   bool         // for DECLARE or COPY: rows are fetched as they come
	ksql     bool
	now      int64 // µs
	snap     *catalog.Snapshot
	as       string          // the role whose rights count
	ledger   *ledger         // what they are needed for
	again    *insertAgain    // an INSERT that was not parsed: the literals of ast are those of another
	prepared *preparedInsert // of an INSERT that was prepared; nil
}

// sqlStatement is what Prepare keeps.
type sqlStatement struct {
	ast    sql.Statement
	text   string
	params []types.Type
	insert preparedInsert
}

func (ss *Session) request(ast sql.Statement, text string) *request {
	rq := &request{ast: ast, text: text, ksql: ss.settings.ksql(), snap: ss.srv.catalog.Current(), as: ss.role(), ledger: &ledger{}}
	rq.now = ss.srv.cfg.Clock.Now().UnixMicro()
	return rq
}

func tag(t string) *pgwire.Result { return &pgwire.Result{Tag: t} }

// errTimeout is the cause of a context that statement_timeout ended.
var errTimeout = sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to statement timeout")

// errPullTimeout is that of pull_timeout.
var errPullTimeout = sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to pull timeout").
	WithHint("SET pull_timeout = 0 lets pull queries take as long as they like.")

// run executes one statement.
func (ss *Session) run(ctx context.Context, rq *request) (*pgwire.Result, error) {
	ss.Answered() // of the statement before it
	ctx, done := ss.interruptible(ctx)
	defer done()
	if ctx.Err() != nil {
		return nil, interrupted(ctx, context.Cause(ctx))
	}
	r, err := ss.limited(ctx, rq)
	if err := ss.audited(rq.ast, rq.text, err); err != nil {
		return nil, interrupted(ctx, err)
	}
	return r, nil
}

// limited executes one statement within statement_timeout.
func (ss *Session) limited(ctx context.Context, rq *request) (*pgwire.Result, error) {
	if ss.tx.status == 'E' && !allowedInFailed(rq.ast) {
		return nil, errAborted()
	}
	limit, cause := ss.timeLimit(rq.ast)
	if limit <= 0 {
		return ss.dispatch(ctx, rq)
	}
	deadline := time.Now().Add(limit)
	tctx, cancel := context.WithDeadlineCause(ctx, deadline, cause)
	defer cancel()
	r, err := ss.dispatch(tctx, rq)
	if err != nil && errors.Is(context.Cause(tctx), cause) {
		return nil, cause
	}
	if r != nil && r.Rows != nil {
		r.Rows = &timed{r.Rows, deadline, cause}
	}
	if r != nil {
		if c, ok := r.CopyOut.(*copyOut); ok {
			c.rows = &timed{c.rows, deadline, cause}
		}
	}
	return r, err
}

// timeLimit is how long a statement may take, 0 for as long as it likes, and the
// error when it is over.
func (ss *Session) timeLimit(ast sql.Statement) (time.Duration, error) {
	if ms := ss.settings.millis("statement_timeout"); ms > 0 {
		return time.Duration(ms) * time.Millisecond, errTimeout
	}
	q, ok := ast.(*sql.QueryStmt)
	if !ok || q.Query.EmitMode() != sql.EmitNone {
		return 0, nil
	}
	return time.Duration(ss.settings.millis("pull_timeout")) * time.Millisecond, errPullTimeout
}

// dispatch runs a statement whose role may run it.
func (ss *Session) dispatch(ctx context.Context, rq *request) (*pgwire.Result, error) {
	if err := ss.authorize(rq); err != nil {
		return nil, err
	}
	return rq.ledger.verdict(ss.dispatchKind(ctx, rq))
}

// dispatchKind gives each kind of statement to its file.
func (ss *Session) dispatchKind(ctx context.Context, rq *request) (*pgwire.Result, error) {
	ss.srv.metrics.statements.WithLabelValues(fmt.Sprintf("%T", rq.ast)[len("*sql."):]).Inc()
	switch x := rq.ast.(type) {
	case *sql.QueryStmt:
		return ss.runQuery(ctx, rq, x.Query)
	case *sql.Insert:
		return ss.runInsert(ctx, rq, x)
	case *sql.Update:
		return ss.runUpdate(ctx, rq, x)
	case *sql.Delete:
		return ss.runDelete(ctx, rq, x)
	case *sql.Copy:
		return ss.runCopy(ctx, rq, x)
	case *sql.Transaction:
		return ss.runTransaction(ctx, rq, x)
	case *sql.Prepare, *sql.Execute, *sql.Deallocate:
		return ss.runPrepared(ctx, rq)
	case *sql.DeclareCursor, *sql.Fetch, *sql.ClosePortal:
		return ss.runCursor(ctx, rq)
	case *sql.Explain:
		return ss.runExplain(ctx, rq, x)
	}
	if r, ok, err := ss.dispatchSettings(rq); ok {
		return r, err
	}
	if r, ok, err := ss.dispatchShow(ctx, rq); ok {
		return r, err
	}
	return ss.dispatchDDL(ctx, rq)
}

// dispatchSettings runs what changes only the session.
func (ss *Session) dispatchSettings(rq *request) (r *pgwire.Result, ok bool, err error) {
	ok = true
	switch x := rq.ast.(type) {
	case *sql.SetVar:
		r, err = ss.runSet(rq, x)
	case *sql.ResetVar:
		r, err = ss.runReset(x)
	case *sql.SetTransaction:
		r, err = ss.runSetTransaction(x)
	case *sql.SetConstraints:
		r = tag("SET CONSTRAINTS")
	case *sql.Define:
		ss.vars[x.Name.Fold(true)] = x.Value
		r = tag("DEFINE")
	case *sql.Undefine:
		delete(ss.vars, x.Name.Fold(true))
		r = tag("UNDEFINE")
	case *sql.Discard:
		r, err = ss.runDiscard(x)
	case *sql.Listen:
		r = tag("LISTEN")
		ss.nowAs()
		ss.srv.listen(ss, x.Channel.Fold(rq.ksql))
	case *sql.Unlisten:
		r = tag("UNLISTEN")
		if x.Channel == nil {
			ss.srv.unlisten(ss, "")
		} else {
			ss.srv.unlisten(ss, x.Channel.Fold(rq.ksql))
		}
	case *sql.Notify:
		r, err = ss.runNotify(rq, x)
	default:
		ok = false
	}
	return r, ok, err
}

// dispatchShow runs what only looks.
func (ss *Session) dispatchShow(ctx context.Context, rq *request) (r *pgwire.Result, ok bool, err error) {
	ok = true
	switch x := rq.ast.(type) {
	case *sql.ShowVar:
		r, err = ss.runShowVar(x)
	case *sql.ShowObjects:
		r, err = ss.runShowObjects(ctx, rq, x)
	case *sql.Describe:
		r, err = ss.runDescribe(ctx, rq, x)
	case *sql.PrintTopic:
		r, err = ss.runPrint(rq, x)
	case *sql.AssertTopic, *sql.AssertSchema:
		r, err = ss.runAssert(ctx, rq)
	case *sql.WaitForJob:
		r, err = ss.runWaitForJob(ctx, rq, x)
	default:
		ok = false
	}
	return r, ok, err
}

// dispatchDDL runs what changes the catalog, and refuses the rest by name.
func (ss *Session) dispatchDDL(ctx context.Context, rq *request) (*pgwire.Result, error) {
	switch x := rq.ast.(type) {
	case *sql.CreateSource:
		return ss.runCreate(ctx, rq, x)
	case *sql.CreateType:
		return ss.runCreateType(ctx, rq, x)
	case *sql.CreateObject:
		return ss.runCreateObject(x)
	case *sql.Drop:
		return ss.runDrop(ctx, rq, x)
	case *sql.AlterSource:
		return ss.runAlter(ctx, rq, x)
	case *sql.AlterSystem:
		return ss.runAlterSystem(ctx, x)
	case *sql.QueryAction:
		return ss.runQueryAction(ctx, rq, x)
	case *sql.Comment:
		return ss.runComment(ctx, rq, x)
	case *sql.Maintenance:
		return ss.runMaintenance(rq, x)
	case *sql.CallStmt:
		return nil, sqlerr.Unsupported("CALL").At(x.Pos)
	case *sql.CreateRole, *sql.Grant, *sql.AlterDefaults, *sql.Owned, *sql.AlterOwner, *sql.CreateSecret:
		return ss.runPeople(ctx, rq)
	}
	if rq.ksql {
		if err := toolStatement(rq); err != nil {
			return nil, err
		}
	}
	return nil, unsupportedStatement(rq.ast)
}

// unsupportedStatement is 0A000 by the statement's name.
func unsupportedStatement(ast sql.Statement) error {
	what := "this statement"
	switch x := ast.(type) {
	case *sql.Truncate:
		return sqlerr.Unsupported("TRUNCATE").At(x.Pos).WithHint("DELETE FROM a table removes its rows; DROP a stream and create it again.")
	case *sql.CreateConnector:
		what = "CREATE CONNECTOR"
	case *sql.LockTable:
		what = "LOCK TABLE"
	case *sql.DoBlock:
		what = "DO"
	case *sql.RunScript:
		what = "RUN SCRIPT"
	case *sql.Spool:
		what = "SPOOL"
	case *sql.AssertValues:
		what = "ASSERT VALUES outside of test files"
	case *sql.AssertSource:
		what = "ASSERT STREAM outside of test files"
	}
	return sqlerr.Unsupported("%s", what).At(ast.Position())
}

// options are what plans of this statement depend on.
func (ss *Session) options(rq *request) planner.Options {
	return planner.Options{
		Ksql: rq.ksql, Text: rq.text, ParamTypes: rq.params, Location: ss.settings.location(),
		Settings: ss.settings.lookup, Now: rq.now, Functions: ss.srv.cfg.Functions,
	}
}

// names is what the statement may know of the catalog.
func (ss *Session) names(rq *request) guarded {
	return guarded{names{rq.snap, ss.srv.log}, rq.snap, rq.as, rq.ledger}
}

// env is what expressions of this statement may know. Inside a transaction
// now() is its beginning, as in PostgreSQL.
func (ss *Session) env(rq *request) *fn.Env {
	now := rq.now
	if ss.inTx() && ss.tx.now != 0 {
		now = ss.tx.now
	}
	ss.seed = ss.seed*6364136223846793005 + 1442695040888963407
	return &fn.Env{
		Now: now, Seed: ss.seed, Location: ss.settings.location(), User: rq.as, SessionUser: ss.authorization(), Database: ss.database,
		Setting: ss.lookupSetting, Catalog: ss.lookups(rq.snap, rq.as), PID: int64(ss.pid), Sleep: ss.sleep, Signal: ss.signal, Notify: ss.notify,
	}
}

// Prepare implements pgwire.Session.
func (ss *Session) Prepare(ctx context.Context, text string, oids []uint32) (*pgwire.Prepared, error) {
	p, err := ss.prepare(ctx, text, oids)
	if err != nil {
		ss.Failed()
	}
	return p, ss.denied(text, err)
}

func (ss *Session) prepare(ctx context.Context, text string, oids []uint32) (*pgwire.Prepared, error) {
	plain, err := ss.substitute(text)
	if err != nil {
		return nil, err
	}
	stmts, err := ss.parse(plain)
	if err != nil {
		return nil, err
	}
	switch len(stmts) {
	case 0:
		return &pgwire.Prepared{Text: plain, Stmt: &sqlStatement{text: plain}}, nil
	case 1:
	default:
		return nil, sqlerr.New(sqlerr.SyntaxError, "cannot insert multiple commands into a prepared statement").At(stmts[1].Position())
	}
	if ss.tx.status == 'E' && !allowedInFailed(stmts[0]) {
		return nil, errAborted()
	}
	rq := ss.request(stmts[0], plain)
	for i, oid := range oids {
		t, ok := typeByOID(rq.snap, oid)
		if oid != 0 && !ok {
			return nil, sqlerr.New(sqlerr.UndefinedObject, "type with OID %d of parameter $%d does not exist", oid, i+1)
		}
		rq.params = append(rq.params, t)
	}
	params, cols, err := ss.describe(ctx, rq)
	if err != nil {
		return nil, err
	}
	return &pgwire.Prepared{
		Text: plain, Params: params, Columns: cols,
		Stmt: &sqlStatement{ast: rq.ast, text: plain, params: params},
	}, nil
}

// Execute implements pgwire.Session.
func (ss *Session) Execute(ctx context.Context, p *pgwire.Prepared, args []types.Value) (*pgwire.Result, error) {
	st := p.Stmt.(*sqlStatement)
	if st.ast == nil {
		return &pgwire.Result{Empty: true}, nil
	}
	ss.busy(st.text)
	defer ss.idle()
	rq := ss.request(st.ast, st.text)
	rq.args, rq.params, rq.prepared = args, st.params, &st.insert
	r, err := ss.run(ctx, rq)
	if err != nil {
		ss.Failed()
		return nil, err
	}
	ss.atWork(r)
	return r, nil
}

// describe gives a statement's parameters and columns without running it, to who
// may run it.
func (ss *Session) describe(ctx context.Context, rq *request) ([]types.Type, []pgwire.Column, error) {
	if err := ss.authorize(rq); err != nil {
		return nil, nil, err
	}
	params, cols, err := ss.describeKind(ctx, rq)
	if rq.ledger.denied != nil {
		return nil, nil, rq.ledger.denied
	}
	return params, cols, err
}

func (ss *Session) describeKind(ctx context.Context, rq *request) ([]types.Type, []pgwire.Column, error) {
	switch x := rq.ast.(type) {
	case *sql.QueryStmt:
		plan, err := ss.plan(rq, x.Query)
		if err != nil {
			return nil, nil, err
		}
		return plan.Params, ss.origins(rq, x.Query, columnsOf(plan.Schema)), nil
	case *sql.Insert, *sql.Update, *sql.Delete:
		return ss.describeWrite(rq)
	case *sql.Explain:
		params, err := ss.explainParams(ctx, rq, x)
		return params, columnsOf(explainSchema), err
	case *sql.Execute:
		st, err := ss.preparedNamed(rq, x.Name)
		if err != nil {
			return nil, nil, err
		}
		inner := *rq
		inner.ast, inner.text, inner.params = st.ast, st.text, st.params
		_, cols, err := ss.describe(ctx, &inner)
		return nil, cols, err
	case *sql.Fetch:
		c, err := ss.cursorNamed(rq, x.Cursor)
		if err != nil || x.Move {
			return nil, nil, err
		}
		return nil, c.rows.Columns(), nil
	case *sql.ShowVar, *sql.ShowObjects, *sql.Describe, *sql.PrintTopic:
		r, _, err := ss.dispatchShow(ctx, rq)
		if err != nil || r.Rows == nil {
			return nil, nil, err
		}
		defer r.Rows.Close()
		return nil, r.Rows.Columns(), nil
	}
	return nil, nil, nil
}
