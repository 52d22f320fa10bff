package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// push subscribes to a push query.
func (ss *Session) push(ctx context.Context, rq *request, plan *planner.Plan, _ *sql.Query) (pgwire.Rows, error) {
	if rq.simple && !rq.cursor && ss.settings.get("application_name") == "psql" {
		ss.tell("NOTICE", sqlerr.New(sqlerr.SuccessfulCompletion, "psql shows the rows of a plain query only when it ends").
			WithHint(`To see rows as they come use COPY (SELECT ... EMIT CHANGES) TO STDOUT, or \set FETCH_COUNT 1.`))
	}
	sub, err := ss.srv.runtime.Subscribe(ctx, plan, task.SubscribeOptions{
		IdleTimeout: plan.Stream.Idle(time.Duration(ss.settings.millis("idle_timeout")) * time.Millisecond),
		OnError:     ss.settings.get("on_error"),
	})
	if err != nil {
		return nil, err
	}
	return newPushRows(sub, plan, ss.srv.rights(rq)), nil
}

// windowBounds are columns that a deleted row of a window keeps: with its key
// they say which row it was.
var windowBounds = map[string]bool{"window_start": true, "window_end": true, "windowstart": true, "windowend": true}

// pushRows is a running push query.
type pushRows struct {
	sub     *task.Subscription
	cols    []pgwire.Column
	visible []int // positions in the stream schema
	keep    []bool
	rights  rights
}

func newPushRows(sub *task.Subscription, plan *planner.Plan, rights rights) *pushRows {
	p := &pushRows{sub: sub, cols: columnsOf(plan.Schema), rights: rights}
	key := map[int]bool{}
	for _, k := range plan.Stream.KeyColumns {
		key[k] = true
	}
	for i, c := range plan.Stream.Schema {
		if !c.Hidden {
			p.visible = append(p.visible, i)
			p.keep = append(p.keep, key[i] || c.Name == "rowop" || plan.Stream.Windowed != nil && windowBounds[c.Name])
		}
	}
	if len(p.visible) != len(p.cols) {
		panic(fmt.Sprintf("BUG: a push plan of %d columns shows %d", len(p.visible), len(p.cols)))
	}
	return p
}

func (p *pushRows) Columns() []pgwire.Column { return p.cols }
func (p *pushRows) Ready() bool              { return p.sub.Ready() }
func (p *pushRows) Tag(sent int64) string    { return fmt.Sprintf("SELECT %d", sent) }

// Close ends the subscription; it has nothing to report.
func (p *pushRows) Close() { _ = p.sub.Close() }

// Next gives the visible columns; times and flags stay with them, for callers in
// this process. A deleted row has its key, the rest NULL.
func (p *pushRows) Next(ctx context.Context) (*vec.Batch, error) {
	b, err := p.sub.Next(ctx)
	if errors.Is(err, log.ErrUnknownTopic) {
		return nil, appendError(err)
	}
	if err == nil {
		err = p.rights.hold()
	}
	if err != nil {
		return nil, err
	}
	out := &vec.Batch{N: b.N, Sel: b.Sel, Cols: make([]vec.Vec, len(p.visible)), Ts: b.Ts, Tomb: b.Tomb, OldOK: b.OldOK}
	for i, at := range p.visible {
		out.Cols[i] = b.Cols[at]
		if b.Tomb != nil && !p.keep[i] {
			out.Cols[i] = blanked(b.Cols[at], b.Tomb)
		}
	}
	return out, nil
}

// blanked is v with NULL where gone has a bit.
func blanked(v vec.Vec, gone vec.Bitmap) vec.Vec {
	valid := vec.NewBitmap(v.N)
	for i := range v.N {
		if !gone.Get(i) && !v.Null(i) {
			valid.Set(i)
		}
	}
	v.Valid = valid
	return v
}
