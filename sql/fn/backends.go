package fn

import (
	"math"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addBackends registers what sessions do to themselves and to each other.
func addBackends(a *adder) {
	a.row("pg_backend_pid() int", stable, func(e *Env, _ []types.Value) (types.Value, error) { return e.PID, nil },
		"The process id of this session.")
	signal := func(name string, terminate bool, doc string) {
		a.row(name+"(pid int) bool", volatile, func(e *Env, v []types.Value) (types.Value, error) {
			if e.Signal == nil {
				return nil, sqlerr.Unsupported("%s here", name)
			}
			return e.Signal(v[0].(int64), terminate)
		}, doc)
	}
	signal("pg_cancel_backend", false, "Cancels the statement of a session.")
	signal("pg_terminate_backend", true, "Ends a session.")
	a.row("pg_notify(channel text, payload text) void", volatile|nulls, func(e *Env, v []types.Value) (types.Value, error) {
		if e.Notify == nil {
			return nil, sqlerr.Unsupported("pg_notify here")
		}
		channel, _ := v[0].(string) // NULL is as empty
		payload, _ := v[1].(string)
		return nil, e.Notify(channel, payload)
	}, "Notifies those who LISTEN to a channel, at COMMIT.")
	a.row("pg_sleep(seconds double) void", volatile, func(e *Env, v []types.Value) (types.Value, error) {
		if e.Sleep == nil {
			return nil, sqlerr.Unsupported("pg_sleep here")
		}
		if s := v[0].(float64); s > 0 {
			return nil, e.Sleep(time.Duration(min(s*float64(time.Second), math.MaxInt64/2)))
		}
		return nil, nil
	}, "Waits that many seconds.")
}
