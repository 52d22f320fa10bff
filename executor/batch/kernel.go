package batch

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// newKernel makes the kernel of a call. DISTINCT is the operator's business
// here: a pull query never takes a row back.
func newKernel(call *planner.AggCall) (fn.AggKernel, error) {
	ts := make([]types.Type, len(call.Args))
	for i, a := range call.Args {
		ts[i] = a.Type()
	}
	return call.Fn.New(ts, call.Init)
}
