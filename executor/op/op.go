package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/vec"
)

// Emit hands one batch to the consumer of an operator. The batch is given.
type Emit func(b *vec.Batch) error

// Failure is one row that could not be processed; the task writes it to the
// dead-letter stream or stops, as the plan says.
type Failure struct {
	Seq   int32 // position of the trigger in the step, as in Batch.Seq
	Stage string
	Err   error
	at    int // the operator's place in the tree
}

// Ctx is what the operators of one task share. The task owns it, sets Env and
// Now before each step and drains Failures, Nulled and Late after it.
type Ctx struct {
	Env      *fn.Env
	Now      int64 // ms, the step's journalled time
	Ksql     bool
	Failures []Failure
	// Nulled lists the failures that ksqlDB's meaning turned into NULL; kept with KeepNulled only.
	Nulled     []Failure
	KeepNulled bool
	// Late lists rows behind the grace period: their Seq, event time and window start.
	Late []LateRow
	// Picked: who takes what comes out takes columns whose values stand elsewhere (vec.Picked).
	Picked bool
	// MaxState bounds the state in bytes; 0 none. An operator that would pass it fails with 53200.
	MaxState int64
	// MaxClose is how many rows of closed windows may come out of a step, where they may wait for Tree.Resume; 0: all.
	MaxClose int
	left     int // of them, in the step at work
	// Spill opens what takes the rows that MaxState has no room for, when they come; nil: none, and the
	// operators fail. Who sets it closes it.
	Spill func() (state.Cold, error)
	// Budget is what counts the state, for who keeps some beside the operators; nil: Build makes one.
	Budget *state.Budget
}

// NewBudget makes a budget by MaxState and Spill.
func (c *Ctx) NewBudget() *state.Budget {
	b := &state.Budget{Limit: c.MaxState}
	if c.Spill != nil {
		b.Spill = state.NewSpill(c.Spill)
	}
	return b
}

// LateRow is a row (or one window of it) that arrived behind the grace period.
type LateRow struct {
	Seq    int32
	Ts     int64
	Window int64
	at     int // the operator's place in the tree
}

// Operator is one node at work in one task. It is used by one goroutine.
//
// A step is: Process for every input batch of every port that has rows, then
// End once. Rows carry Seq, the position of their trigger in the step's merged
// input; an operator with several ports keeps what it gets and merges by
// (Seq, port) in End, so that batching never changes the answer. Output rows
// carry their trigger's Seq, in order.
type Operator interface {
	Process(port int, b *vec.Batch, emit Emit) error
	End(emit Emit) error
	// Tick closes what is over by wall clock without rows (idle windows), and moves stream time to where
	// rows would have closed it, no further; now is ms. Due tells whether it would do anything.
	Tick(now int64, emit Emit) error
	Due(now int64) bool
	// Freeze adds the whole state to f, to be written while the operator works on.
	// Load reads what f writes: all of it into a fresh operator, or the changes into
	// one that has what was before them. What it cannot read the reader knows.
	Freeze(f *state.Frozen)
	Load(in *state.Reader)
	// Stats gives the state's size and the rows that went through.
	Stats() Stats
}

// Stats are an operator's counters since the task started.
type Stats struct {
	RowsIn, RowsOut int64
	Late            int64
	StateRows       int64
	StateBytes      int64 // in memory
	Spilled         state.SpillStats
	StreamTime      int64 // ms; minimum int64 before the first row
}
