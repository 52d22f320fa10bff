package server

import (
	"context"
	"errors"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/batch"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

func (ss *Session) plan(rq *request, q *sql.Query) (*planner.Plan, error) {
	return planner.Build(q, ss.names(rq), ss.options(rq))
}

// runQuery answers SELECT: a pull query, or with EMIT a push query.
func (ss *Session) runQuery(ctx context.Context, rq *request, q *sql.Query) (*pgwire.Result, error) {
	plan, err := ss.plan(rq, q)
	if err != nil {
		return nil, err
	}
	var rows pgwire.Rows
	if plan.Mode == planner.Push {
		rows, err = ss.push(ctx, rq, plan, q)
	} else {
		rows, err = ss.pull(ctx, rq, plan)
	}
	if err != nil {
		return nil, err
	}
	ss.origins(rq, q, rows.Columns())
	return &pgwire.Result{Rows: rows}, nil
}

// pull starts a pull query once what it reads has caught up (S4).
func (ss *Session) pull(ctx context.Context, rq *request, plan *planner.Plan) (pgwire.Rows, error) {
	if ss.seen != nil {
		ss.noteReads(rq.snap, plan.Reads)
	}
	if err := ss.catchUp(ctx, rq.snap, plan.Reads); err != nil {
		return nil, err
	}
	rt := ss.batchRuntime(rq)
	rows, err := batch.Run(ctx, plan.Batch, rt)
	if err != nil {
		return nil, err
	}
	return &pullRows{ss: ss, rows: rows, cols: columnsOf(plan.Schema), word: "SELECT %d"}, nil
}

func (ss *Session) batchRuntime(rq *request) *batch.Runtime {
	return &batch.Runtime{
		Env: ss.env(rq), Params: rq.args, Relations: relations{ss.srv.runtime},
		Virtual: ss.virtual(rq), MaxBytes: ss.settings.millis("query_memory"),
	}
}

// relations lets pull plans read streams and tables.
type relations struct{ rt *task.Runtime }

// Scan implements batch.Relations.
func (r relations) Scan(ctx context.Context, rel *catalog.Relation, o batch.ScanOptions) (batch.Iterator, error) {
	rows, err := r.rt.Scan(ctx, rel, task.ScanOptions(o))
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// pullRows is a running pull query.
type pullRows struct {
	ss   *Session
	rows *batch.Rows
	cols []pgwire.Column
	word string
}

func (p *pullRows) Columns() []pgwire.Column { return p.cols }
func (p *pullRows) Ready() bool              { return true }
func (p *pullRows) Tag(sent int64) string    { return tagOf(p.word, sent) }

func (p *pullRows) Next(ctx context.Context) (*vec.Batch, error) {
	ctx, done := p.ss.interruptible(ctx)
	defer done()
	b, err := p.rows.Next(ctx)
	if err = interrupted(ctx, err); err != nil {
		return nil, err
	}
	return b, nil
}

// Close releases the query; there is nothing to do about an error then.
func (p *pullRows) Close() { _ = p.rows.Close() }

// catchUp waits until the derived relations among reads have applied what their
// sources held when it was called: this session's writes, and everybody's that
// were acknowledged before. A job that backfills in the background is not waited
// for, unless this session has written to its sources.
func (ss *Session) catchUp(ctx context.Context, snap *catalog.Snapshot, reads []string) error {
	w := &waiter{ss: ss, snap: snap, done: map[string]bool{}}
	for _, name := range reads {
		if err := w.visit(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

type waiter struct {
	ss     *Session
	snap   *catalog.Snapshot
	done   map[string]bool
	status map[string]task.JobStatus
}

// visit waits for what name is made of, then for name.
func (w *waiter) visit(ctx context.Context, name string) error {
	if w.done[name] {
		return nil
	}
	w.done[name] = true
	r, ok := w.snap.Relation("", name)
	if !ok && name == processingLogName {
		return w.visitLogged(ctx)
	}
	if !ok {
		if base, letters := strings.CutSuffix(name, "_errors"); letters {
			return w.visit(ctx, base)
		}
		return nil
	}
	for _, src := range r.Reads {
		if err := w.visit(ctx, src); err != nil {
			return err
		}
	}
	_, writers := w.snap.JobsOf(name)
	for _, j := range writers {
		for _, src := range j.Reads {
			if err := w.visit(ctx, src); err != nil {
				return err
			}
		}
		if err := w.wait(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// visitLogged waits for all that writes the processing log.
func (w *waiter) visitLogged(ctx context.Context) error {
	for _, r := range w.snap.Relations() {
		if r.Meaning == "ksqldb" {
			if err := w.visit(ctx, r.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *waiter) wait(ctx context.Context, j *catalog.Job) error {
	srv := w.ss.srv
	if w.status == nil { // as of before any of them is waited for
		w.status = srv.statusOfJobs()
	}
	var ends []log.InputPos
	mine := false
	for _, src := range j.Reads {
		r, ok := w.snap.Relation("", src)
		if !ok || r.Topic == "" {
			continue
		}
		for p := range r.Partitions {
			_, end, err := srv.log.Offsets(r.Topic, p)
			if err != nil {
				return appendError(err)
			}
			ends = append(ends, log.InputPos{Topic: r.Topic, Partition: p, Next: end})
			mine = mine || w.ss.acked[partition{r.Topic, p}] > 0
		}
	}
	id, err := srv.replacing.settled(ctx, j.ID)
	if err != nil {
		return err
	}
	st, known := w.status[id]
	if !known { // it may have started since, in the place of another
		st, known = srv.statusOfJobs()[id]
	}
	if id == j.ID && !known || st.State == task.Backfilling && !mine && srv.inBackground(id) {
		return nil
	}
	err = srv.runtime.WaitApplied(ctx, id, ends)
	if err != nil && ctx.Err() == nil {
		if id, moved := srv.replacing.settled(ctx, j.ID); moved == nil && id != j.ID { // replaced while it waited
			err = srv.runtime.WaitApplied(ctx, id, ends)
		}
	}
	if err != nil && ctx.Err() == nil {
		w.ss.tell("WARNING", sqlerr.New(sqlerr.Warning, "query %q has stopped, %q is not up to date", j.ID, j.Sink).
			WithDetail("%s.", plainText(err)))
		return nil
	}
	return err
}

// statusOfJobs is what the runtime's jobs do now, by ID.
func (s *Server) statusOfJobs() map[string]task.JobStatus {
	out := map[string]task.JobStatus{}
	for _, st := range s.runtime.Jobs() {
		out[st.ID] = st
	}
	return out
}

// plainText is an error without its SQLSTATE.
func plainText(err error) string {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}
