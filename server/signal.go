package server

import (
	"context"
	"errors"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/sqlerr"
)

var (
	errCanceled   = sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
	errTerminated = sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command")
)

// signal is pg_cancel_backend and pg_terminate_backend. A client of the wire is
// told by its connection, others by what their session is doing. It tells
// whether there is such a session.
func (ss *Session) signal(pid int64, terminate bool) (bool, error) {
	if pid > 0 && pid <= 1<<32-1 {
		ss.srv.mu.Lock()
		to := ss.srv.mu.sessions[uint32(pid)]
		ss.srv.mu.Unlock()
		if to != nil {
			if err := ss.maySignal(to, terminate); err != nil {
				return false, err
			}
			ss.noteSignal(to, terminate)
			if !ss.srv.wire.Signal(uint32(pid), terminate) {
				to.interrupt(terminate)
			}
			return true, nil
		}
	}
	ss.tell("WARNING", sqlerr.New(sqlerr.Warning, "PID %d is not a PostgreSQL backend process", pid))
	return false, nil
}

// maySignal: one's own sessions and those of one's roles; with CANCEL those of
// all but superusers.
func (ss *Session) maySignal(to *Session, terminate bool) error {
	snap, as := ss.srv.catalog.Current(), ss.role()
	word := map[bool]string{true: "process is being terminated", false: "query is being canceled"}[terminate]
	switch {
	case snap.IsSuperuser(as) || snap.HasRole(as, to.user):
		return nil
	case snap.IsSuperuser(to.user):
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be a superuser to %s", map[bool]string{true: "terminate superuser process", false: "cancel superuser query"}[terminate])
	case snap.May(as, catalog.Database, catalog.PrivCancel):
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be a member of the role whose %s", word).
		WithHint("CANCEL on the database lets others do so too.")
}

// interrupt ends the statement at work, if any, and with terminate the session.
func (ss *Session) interrupt(terminate bool) {
	cause := errCanceled
	if terminate {
		cause = errTerminated
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.mu.terminated = ss.mu.terminated || terminate
	if ss.mu.cancel != nil {
		ss.mu.cancel(cause)
	}
}

// interruptible makes the context of a step of a statement, which interrupt can
// end; done ends it.
func (ss *Session) interruptible(ctx context.Context) (in context.Context, done func()) {
	in, cancel := context.WithCancelCause(ctx)
	ss.mu.Lock()
	outer := ss.mu.cancel
	ss.mu.cancel = cancel
	if ss.mu.terminated {
		cancel(errTerminated)
	}
	ss.mu.Unlock()
	before := ss.step
	ss.step = in
	return in, func() {
		ss.step = before
		ss.mu.Lock()
		ss.mu.cancel = outer
		ss.mu.Unlock()
		cancel(nil)
	}
}

// interrupted gives the reason why ctx ended, when a user or administrator did
// it; otherwise err.
func interrupted(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errCanceled) || errors.Is(cause, errTerminated) {
		return cause
	}
	return err
}

// sleep is pg_sleep: it waits as long as the step of the statement may.
func (ss *Session) sleep(d time.Duration) error {
	ctx := ss.step
	err := ss.srv.cfg.Sleep(ctx, d)
	var e *sqlerr.Error
	if err != nil && errors.As(context.Cause(ctx), &e) {
		return e
	}
	if err != nil {
		return errCanceled
	}
	return nil
}

// sleepFor waits on the machine's timer.
func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
