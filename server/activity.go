package server

import (
	"context"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/vec"
)

// activity is a statement whose rows are read after Execute has returned: while
// one is waited for, pg_stat_activity has it as active since its start.
type activity struct {
	ss    *Session
	query string
	start time.Time
}

// atWork lets the rows of r be seen at work.
func (ss *Session) atWork(r *pgwire.Result) {
	ss.mu.Lock()
	a := activity{ss, ss.mu.query, ss.mu.queryStart}
	ss.mu.Unlock()
	switch {
	case r.Rows != nil:
		r.Rows = activeRows{r.Rows, a}
	case r.CopyOut != nil:
		r.CopyOut = activeCopy{r.CopyOut, a}
	}
}

func (a activity) begin() {
	a.ss.mu.Lock()
	defer a.ss.mu.Unlock()
	a.ss.mu.query, a.ss.mu.queryStart, a.ss.mu.busy = a.query, a.start, true
}

type activeRows struct {
	pgwire.Rows
	at activity
}

func (r activeRows) Next(ctx context.Context) (*vec.Batch, error) {
	r.at.begin()
	defer r.at.ss.idle()
	return r.Rows.Next(ctx)
}

type activeCopy struct {
	pgwire.CopyOut
	at activity
}

func (c activeCopy) Next(ctx context.Context) ([]byte, error) {
	c.at.begin()
	defer c.at.ss.idle()
	return c.CopyOut.Next(ctx)
}
