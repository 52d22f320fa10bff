package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// Watch is a push query that is planned and can be started any number of times:
// what many HTTP clients share.
type Watch struct {
	// Columns of the rows.
	Columns []pgwire.Column
	// Key is the row's key as positions in Columns; nil when part of it is not shown.
	Key []int
	// Table says that rows are upserts and deletes by key.
	Table bool
	// Live says that the query starts at the ends of its streams, so that who comes
	// later may join one that runs.
	Live bool
	// ID is equal for queries that compute the same rows with the same names and
	// settings; Start is where they begin without a token.
	ID, Start string

	srv    *Server
	user   string // who asks
	rights rights // that it needs
	seal   string // begins tokens: who asks, and which relations the names meant
	old    bool   // rows tell insert from update, which takes the rows before them
	plan   *planner.Plan
	opt    task.SubscribeOptions
}

// PlanWatch plans a push query. Other statements are refused: 42809.
func (ss *Session) PlanWatch(text string) (*Watch, error) {
	w, err := ss.planWatch(text)
	return w, ss.denied(text, err)
}

func (ss *Session) planWatch(text string) (*Watch, error) {
	ast, err := sql.ParseOne(text)
	if err != nil {
		return nil, err
	}
	q, ok := ast.(*sql.QueryStmt)
	if !ok {
		return nil, notPush().At(ast.Position())
	}
	rq := ss.request(ast, text)
	if err := ss.authorize(rq); err != nil {
		return nil, err
	}
	plan, err := ss.plan(rq, q.Query)
	if _, err = rq.ledger.verdict(nil, err); err != nil {
		return nil, err
	}
	if plan.Mode != planner.Push {
		return nil, notPush()
	}
	return ss.watch(rq, plan), nil
}

func notPush() *sqlerr.Error {
	return sqlerr.New(sqlerr.WrongObjectType, "only a push query can be streamed").
		WithHint("Add EMIT CHANGES to the SELECT; other statements go to POST /v1/sql.")
}

func (ss *Session) watch(rq *request, plan *planner.Plan) *Watch {
	w := &Watch{
		Columns: columnsOf(plan.Schema), Table: plan.Stream.Kind == planner.TableResult, srv: ss.srv, user: ss.user, plan: plan, rights: ss.srv.rights(rq),
		opt: task.SubscribeOptions{
			IdleTimeout: plan.Stream.Idle(time.Duration(ss.settings.millis("idle_timeout")) * time.Millisecond),
			OnError:     ss.settings.get("on_error"),
		},
	}
	visible := 0
	for i, c := range plan.Stream.Schema {
		isKey := slices.Contains(plan.Stream.KeyColumns, i)
		if isKey && !c.Hidden {
			w.Key = append(w.Key, visible)
		}
		if !c.Hidden {
			visible++
		}
	}
	if len(w.Key) < len(plan.Stream.KeyColumns) {
		w.Key = nil
	}
	bound := rq.as
	var names, starts []string
	for _, c := range w.Columns {
		names = append(names, c.Name)
	}
	w.Live = true
	for _, stage := range plan.Stream.Stages {
		for _, in := range stage.Inputs {
			if in.Exchange >= 0 {
				continue
			}
			start := in.Start
			if start.Kind == planner.StartDefault {
				start = plan.Stream.Start
			}
			if r, ok := rq.snap.Relation("", in.Relation); ok {
				bound += fmt.Sprintf(" %d", r.OID)
			}
			starts = append(starts, fmt.Sprint(start))
			atEnd := start.Kind == planner.StartDefault || start.Kind == planner.StartLatest
			w.Live = w.Live && atEnd && !(in.Kind == planner.TableResult && w.Table)
		}
	}
	sum := sha256.Sum256([]byte(bound))
	w.seal = hex.EncodeToString(sum[:6]) + "."
	w.ID = fmt.Sprintf("%s%s %q %d %s %s %t", w.seal, plan.Stream.Hash, names, plan.Limit, w.opt.OnError, w.opt.IdleTimeout, plan.Ksql)
	w.Start = strings.Join(starts, " ")
	if plan.Limit >= 0 {
		w.Live = false
	}
	w.old = w.Table && strings.Contains(planner.ExplainPhysical(plan), "rowop")
	return w
}

// Run starts the query behind token, or from its start.
func (w *Watch) Run(ctx context.Context, token string) (*WatchRows, error) {
	if token != "" && w.old {
		return nil, sqlerr.Unsupported("resuming a push query that needs the rows before its changes").
			WithHint("Leave rowop out of the SELECT, or subscribe anew.")
	}
	bare, ok := w.unseal(token)
	if !ok && token != "" {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "resume token is not of this query").
			WithHint("It is of another user, or a source was made anew. Subscribe without a token.")
	}
	opt := w.opt
	opt.Token = bare
	sub, err := w.srv.runtime.Subscribe(ctx, w.plan, opt)
	if err != nil {
		return nil, err
	}
	return &WatchRows{newPushRows(sub, w.plan, w.rights), w}, nil
}

// WatchRows is a running push query, read by one goroutine.
type WatchRows struct {
	rows *pushRows
	of   *Watch
}

// Next gives the next rows, given; columns beyond the Watch's Columns do not
// exist, a deleted row has its bit in Tomb.
func (r *WatchRows) Next(ctx context.Context) (*vec.Batch, error) { return r.rows.Next(ctx) }

// Token lets another run go on behind the rows given so far; "" when that is
// not possible exactly.
func (r *WatchRows) Token() string {
	if t := r.rows.sub.Token(); t != "" && !r.of.old {
		return r.of.sealed(r.of.seal + t)
	}
	return ""
}

// sealPurpose tells resume tokens from whatever else the server's secret seals.
const sealPurpose = "resume"

// sealed signs a token for who asks: nobody else can use it, nor make one.
func (w *Watch) sealed(token string) string {
	return token + "." + w.srv.guard.Seal(sealPurpose, w.user, token)
}

// unseal gives what is sealed for who asks and for this query.
func (w *Watch) unseal(token string) (bare string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || !w.srv.guard.Sealed(sealPurpose, w.user, token[:i], token[i+1:]) {
		return "", false
	}
	return strings.CutPrefix(token[:i], w.seal)
}

// Close ends the query; more than once does no harm.
func (r *WatchRows) Close() { r.rows.Close() }

// IsPush tells whether a result is a push query's, which does not end.
func IsPush(rows pgwire.Rows) bool {
	if t, ok := rows.(*timed); ok {
		rows = t.Rows
	}
	_, ok := rows.(*pushRows)
	return ok
}
