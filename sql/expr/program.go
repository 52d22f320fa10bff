package expr

import (
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// Context is one evaluation's surroundings. It may be reused for many batches
// by one goroutine.
type Context struct {
	Env    *fn.Env
	Params []types.Value // values of Param nodes
	Outer  []types.Row   // rows of enclosing queries, nearest first, for Outer nodes
	Errs   fn.Errors     // failures by physical row of the batch; the caller resets it
	// RunSubquery evaluates a Subquery node for one row; executor/batch sets it.
	// outer is the current row followed by the context's outer rows.
	RunSubquery func(q *Subquery, x types.Value, outer []types.Row) (types.Value, error)
}
