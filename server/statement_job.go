package server

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// jobNamed finds a job by ID in any case, or by the relation it maintains.
func (ss *Session) jobNamed(rq *request, n sql.Name) (*catalog.Job, error) {
	for _, j := range rq.snap.Jobs() {
		if strings.EqualFold(j.ID, n.Text) || j.Sink == n.Fold(rq.ksql) && j.Next == nil {
			return j, nil
		}
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, "query %q does not exist", n.Text).At(n.Pos).WithHint("SHOW JOBS lists the queries.")
}

// runQueryAction is TERMINATE, PAUSE, RESUME and CANCEL JOB.
func (ss *Session) runQueryAction(ctx context.Context, rq *request, x *sql.QueryAction) (*pgwire.Result, error) {
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return nil, err
	}
	jobs := rq.snap.Jobs()
	if !x.All {
		j, err := ss.jobNamed(rq, x.ID)
		if err != nil {
			return nil, err
		}
		jobs = []*catalog.Job{j}
	}
	for _, j := range jobs {
		if j.Next != nil && (x.Verb == "PAUSE" || x.Verb == "RESUME") {
			if x.All {
				continue
			}
			return nil, sqlerr.New(sqlerr.ObjectNotInState, "query %q is being built to replace another", j.ID).At(x.ID.Pos)
		}
		var err error
		switch x.Verb {
		case "TERMINATE", "CANCEL":
			err = ss.terminate(context.WithoutCancel(ctx), j)
		case "PAUSE":
			if err = ss.srv.runtime.PauseJob(j.ID); err == nil {
				_, err = ss.srv.propose(ctx, &catalog.SetJobStatus{ID: j.ID, Status: catalog.Paused})
			}
		case "RESUME":
			err = ss.resume(ctx, rq, j)
		}
		if err != nil {
			return nil, err
		}
	}
	return tag(x.Verb), nil
}

func (ss *Session) terminate(ctx context.Context, j *catalog.Job) error {
	res, err := ss.srv.propose(ctx, &catalog.DropJob{ID: j.ID})
	if err != nil {
		return err
	}
	var errs []error
	for _, ended := range res.Ended {
		errs = append(errs, ss.srv.endJob(ctx, ended.ID))
	}
	return errors.Join(errs...)
}

func (ss *Session) resume(ctx context.Context, rq *request, j *catalog.Job) error {
	err := ss.srv.runtime.ResumeJob(ctx, j.ID)
	if sqlerr.Is(err, sqlerr.UndefinedObject) {
		err = ss.srv.recoverJob(ctx, rq.snap, j)
	}
	if err != nil {
		return err
	}
	_, err = ss.srv.propose(ctx, &catalog.SetJobStatus{ID: j.ID, Status: catalog.Running})
	return err
}

// runWaitForJob is WAIT FOR JOB: until the job has read all there is.
func (ss *Session) runWaitForJob(ctx context.Context, rq *request, x *sql.WaitForJob) (*pgwire.Result, error) {
	j, err := ss.jobNamed(rq, x.ID)
	if err != nil {
		return nil, err
	}
	tctx := ctx
	if x.Timeout != nil {
		var cancel context.CancelFunc
		tctx, cancel = context.WithTimeout(ctx, time.Duration(x.Timeout.Millis())*time.Millisecond)
		defer cancel()
	}
	err = ss.srv.runtime.WaitCaughtUp(tctx, j.ID)
	if err != nil && ctx.Err() == nil && tctx.Err() != nil {
		err = sqlerr.New(sqlerr.QueryCanceled, "job %q did not catch up in time", j.ID).At(x.Pos)
	}
	return tag("WAIT"), err
}

// scalar evaluates an expression without columns as a value of type to.
func (ss *Session) scalar(rq *request, e sql.Expr, to types.Type) (types.Value, error) {
	n, err := planner.BindScalar(e, ss.names(rq), ss.options(rq))
	if err != nil {
		return nil, err
	}
	p, err := expr.Compile(n)
	if err != nil {
		return nil, err
	}
	v, err := p.EvalRow(&expr.Context{Env: ss.env(rq), Params: rq.args}, nil)
	if err != nil || v == nil {
		return nil, err
	}
	if from := n.Type(); !from.Equal(to) {
		mode := types.CastPostgres
		v, err = types.Cast(v, from, to, mode, ss.settings.location())
		if err != nil {
			return nil, at(err, e.Position())
		}
	}
	return v, nil
}
