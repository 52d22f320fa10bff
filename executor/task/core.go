package task

import (
	"hash/fnv"
	"slices"
	"time"

	"github.com/leatdb/leat/executor/op"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// core is one stage over one partition, at work: feeds, operators and their
// context. It has no journal: tasks and subscriptions put theirs around it.
type core struct {
	name  string
	stage *planner.Stage
	part  int32
	merger
	ctx  *op.Ctx
	env  fn.Env
	tree tree
	olds []*olds   // by input, nil where no old values are needed
	late []LateRow // of the last step
	cold cold
	// left is the step of rows that has left closed windows, and resumed how often they were gone on with.
	left    *stepInput
	resumed int
	// freezes counts them: a checkpoint may be written as what changed since the last one but one.
	freezes int
	// nulled are the expressions of the last step that failed and became NULL; kept for the processing log only.
	nulled []failure
}

// newCore builds the operators; feeds are set by the caller. State that is larger
// than cfg.MaxState goes on in the folder spill; "": none.
func newCore(cfg *Config, name string, stage *planner.Stage, part int32, ksql bool, spill string) (*core, error) {
	c := &core{name: name, stage: stage, part: part, cold: cold{cfg: cfg, dir: spill}}
	c.max, c.env.Location = cfg.MaxBatch, time.UTC
	c.ctx = &op.Ctx{Env: &c.env, Ksql: ksql, MaxState: cfg.MaxState}
	if spill != "" {
		c.ctx.Spill = c.cold.open
	} else if cfg.MaxPush > 0 {
		c.ctx.MaxState = cfg.MaxPush
	}
	c.ctx.Budget = c.ctx.NewBudget()
	var err error
	for _, in := range stage.Inputs {
		c.olds = append(c.olds, newOlds(in, c.ctx.Budget))
	}
	c.tree, err = cfg.build(stage, c.ctx)
	return c, err
}

// failure is a row of a step that could not be processed.
type failure struct {
	ref    rowRef
	offset int64
	stage  string
	err    error
}

// run executes one step at time ms. Output batches are given.
func (c *core) run(in *stepInput, ms int64) (out []*vec.Batch, failures []failure, err error) {
	c.prepare(ms)
	c.env.Seed = c.seed(in)
	c.left, c.resumed = in, 0
	ins := in.ins
	for i, o := range c.olds {
		if o == nil || ins[i] == nil {
			continue
		}
		ins = slices.Clone(ins)
		if ins[i], err = o.fill(ins[i]); err != nil {
			return nil, nil, err
		}
	}
	if out, err = c.tree.Step(ins); err != nil {
		return nil, nil, err
	}
	c.over()
	return out, c.reports(in), nil
}

// more tells whether the last step has left closed windows. They come before
// anything else.
func (c *core) more() bool { return c.tree.More() }

// resume goes on with them; in is the step that left them, nil for a tick.
func (c *core) resume(ms int64) (in *stepInput, out []*vec.Batch, failures []failure, err error) {
	c.prepare(ms)
	c.resumed++
	if in = c.left; in != nil {
		c.env.Seed = c.seed(in) + uint64(c.resumed)
		again := *in
		again.bad, again.rows, in = nil, 0, &again // they were taken
	}
	if out, err = c.tree.Resume(); err != nil {
		return nil, nil, nil, err
	}
	if in != nil {
		failures = c.reports(in)
	}
	c.over()
	return in, out, failures, nil
}

// over lets go of a step's rows once nothing is left of it: who rests holds
// neither rows of its own nor a tail's.
func (c *core) over() {
	if !c.more() {
		c.left = nil
	}
}

// reports gives the rows that failed in a step, and keeps what is to be logged of
// others.
func (c *core) reports(in *stepInput) (failures []failure) {
	for _, f := range c.ctx.Failures {
		r := in.ref(f.Seq)
		failures = append(failures, failure{ref: r, offset: in.ins[r.input].Offset[r.row], stage: f.Stage, err: f.Err})
	}
	for _, f := range c.ctx.Nulled {
		r := in.ref(f.Seq)
		c.nulled = append(c.nulled, failure{ref: r, offset: in.ins[r.input].Offset[r.row], stage: f.Stage, err: f.Err})
	}
	for _, l := range c.ctx.Late {
		r := in.ref(l.Seq)
		c.late = append(c.late, LateRow{
			Topic: c.feeds[r.input].cursor.topic, Partition: c.part,
			Offset: in.ins[r.input].Offset[r.row], Ts: l.Ts, Window: l.Window,
		})
	}
	return failures
}

// tick tells the operators the time.
func (c *core) tick(ms int64) ([]*vec.Batch, error) {
	c.prepare(ms)
	c.left, c.resumed = nil, 0
	return c.tree.Tick(ms)
}

func (c *core) prepare(ms int64) {
	c.ctx.Now, c.env.Now = ms, ms*types.MicrosPerMilli
	c.ctx.Failures, c.ctx.Late, c.late = c.ctx.Failures[:0], c.ctx.Late[:0], nil
	c.ctx.Nulled, c.nulled = c.ctx.Nulled[:0], c.nulled[:0]
}

// seed is a hash of the task and the first record of the step, so that a replay
// draws the same numbers.
func (c *core) seed(in *stepInput) uint64 {
	h := fnv.New64a()
	h.Write([]byte(c.name))
	s := in.slices[0]
	for _, x := range []uint64{uint64(s.Input), uint64(c.part), uint64(s.From)} {
		var b [8]byte
		for i := range b {
			b[i] = byte(x >> (8 * i))
		}
		h.Write(b[:])
	}
	return h.Sum64()
}

// LateRow is a row, or one window of it, that came behind the grace period.
type LateRow struct {
	Topic     string
	Partition int32
	Offset    int64
	Ts        int64 // event time, ms
	Window    int64 // start of the window it missed, ms
}
