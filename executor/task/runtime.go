package task

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/sqlerr"
)

// Runtime runs jobs, tables and subscriptions over one log.
type Runtime struct {
	cfg Config
	// adopting is held by Adopt while its entry is applied, and read by scans of tables while they freeze.
	adopting sync.RWMutex
	mu       struct {
		sync.Mutex
		jobs   map[string]*job
		tables map[string]*Table // by shapeOf
		subs   map[*Subscription]bool
		closed bool
	}
}

// New makes a runtime that runs nothing yet.
func New(cfg Config) *Runtime {
	r := &Runtime{cfg: cfg.withDefaults()}
	r.cfg.tails = newTails(&r.cfg)
	r.mu.jobs = map[string]*job{}
	r.mu.tables = map[string]*Table{}
	r.mu.subs = map[*Subscription]bool{}
	return r
}

// StartJob runs a persistent query whose topics and tasks the log knows (see
// Activation). With recover unset, checkpoints left by a job of the same name
// are dropped. It returns once the tasks run; replay and backfill go on.
func (r *Runtime) StartJob(_ context.Context, spec JobSpec, recover bool) error {
	j, err := newJob(&r.cfg, spec)
	if err != nil {
		return err
	}
	if !recover {
		for _, t := range j.tasks {
			if err := t.files.drop(); err != nil {
				return err
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.closed {
		return sqlerr.New(sqlerr.AdminShutdown, "the server is shutting down")
	}
	if r.mu.jobs[spec.ID] != nil {
		return sqlerr.New(sqlerr.DuplicateObject, "job \"%s\" already runs", spec.ID)
	}
	r.mu.jobs[spec.ID] = j
	j.start()
	return nil
}

func (r *Runtime) job(id string) (*job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := r.mu.jobs[id]
	if j == nil {
		return nil, errNoJob(id)
	}
	return j, nil
}

// StopJob ends a job. Kept, its tasks commit and checkpoint first and it can be
// started again; dropped, its checkpoints go too. The log's tasks are the
// caller's to drop.
func (r *Runtime) StopJob(ctx context.Context, id string, drop bool) error {
	j, err := r.job(id)
	if err != nil {
		return err
	}
	j.halt(!drop)
	if err := j.wait(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	delete(r.mu.jobs, id)
	r.mu.Unlock()
	if drop {
		// The job is gone whether its files are or not; who starts one of its name
		// drops them again.
		for _, t := range j.tasks {
			if err := t.files.drop(); err != nil {
				r.cfg.Logger.Error("checkpoints of a dropped job stay behind", "task", t.name, "error", err)
			}
		}
	}
	return nil
}

// PauseJob stops reading until ResumeJob; state stays in memory.
func (r *Runtime) PauseJob(id string) error {
	j, err := r.job(id)
	if err != nil {
		return err
	}
	j.setPaused(true)
	return nil
}

// ResumeJob goes on after PauseJob, or tries a job in state error again.
func (r *Runtime) ResumeJob(ctx context.Context, id string) error {
	j, err := r.job(id)
	if err != nil {
		return err
	}
	j.mu.Lock()
	failed := j.mu.state == Failed
	j.mu.Unlock()
	if !failed {
		j.setPaused(false)
		return nil
	}
	if err := j.wait(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	delete(r.mu.jobs, id)
	r.mu.Unlock()
	return r.StartJob(ctx, j.spec, true)
}

func (j *job) setPaused(on bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case on && j.mu.state == Running:
		j.mu.state = Paused
	case !on && j.mu.state == Paused:
		j.mu.state = Running
	default:
		return
	}
	for _, t := range j.tasks {
		t.resumed.Store(t.cfg.Clock.Now().UnixMilli())
		t.paused.Store(on)
		t.wake()
	}
}

// Tick drives what follows the wall clock: idle timeouts, checkpoints, commits
// of steps without output, table tails. now is ms.
func (r *Runtime) Tick(now int64) {
	for _, j := range r.list() {
		j.measure(now)
		j.markFed(now)
		for _, t := range j.tasks {
			t.ticks.Store(now)
			t.wake()
		}
	}
	r.cfg.tails.tick()
	r.tickTables()
	r.tickSubscriptions(now)
}

// Checkpoint asks every task for a checkpoint at its next step boundary.
func (r *Runtime) Checkpoint() {
	for _, j := range r.list() {
		for _, t := range j.tasks {
			t.save.Store(true)
			t.wake()
		}
	}
}

func (r *Runtime) list() []*job {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*job, 0, len(r.mu.jobs))
	for _, j := range r.mu.jobs {
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b *job) int { return strings.Compare(a.spec.ID, b.spec.ID) })
	return out
}

// Close ends all jobs orderly: what is done is committed and checkpointed.
func (r *Runtime) Close(ctx context.Context) error { return r.end(ctx, true) }

// Abandon ends all jobs as a crash would: nothing more is committed or saved.
func (r *Runtime) Abandon(ctx context.Context) error { return r.end(ctx, false) }

func (r *Runtime) end(ctx context.Context, orderly bool) error {
	r.mu.Lock()
	r.mu.closed = true
	r.mu.Unlock()
	jobs := r.list()
	for _, j := range jobs {
		j.halt(orderly)
	}
	var errs []error
	for _, j := range jobs {
		errs = append(errs, j.wait(ctx))
	}
	r.closeSubscriptions()
	r.dropTables()
	return errors.Join(errs...)
}

// WaitApplied blocks until the job has applied the records below the given
// positions, through all its stages. It returns at once for a job that is
// paused; a job in state error gives its error, a stopped one 57P01.
func (r *Runtime) WaitApplied(ctx context.Context, id string, positions []log.InputPos) error {
	j, err := r.job(id)
	if err != nil {
		return err
	}
	for _, t := range j.tasks {
		if err := j.waitTask(ctx, t, positions, false); err != nil {
			return err
		}
	}
	return nil
}

// WaitCaughtUp blocks until the job has applied all that its inputs held when
// it was called.
func (r *Runtime) WaitCaughtUp(ctx context.Context, id string) error {
	j, err := r.job(id)
	if err != nil {
		return err
	}
	return j.catchUp(ctx, false)
}

func (j *job) catchUp(ctx context.Context, idle bool) error {
	for _, t := range j.tasks {
		ends, err := t.ends()
		if err != nil {
			return err
		}
		if err := j.waitTask(ctx, t, ends, idle); err != nil {
			return err
		}
	}
	return nil
}

// waitTask waits for one task. Stages come in order, so an exchange's end, read
// when the stages before are done, is all that they wrote.
func (j *job) waitTask(ctx context.Context, t *task, positions []log.InputPos, idle bool) error {
	j.mu.Lock()
	state := j.mu.state
	j.mu.Unlock()
	if state == Paused {
		return nil
	}
	want := make([]int64, len(t.stage.Inputs))
	for i, in := range t.stage.Inputs {
		topic := inputTopic(t.spec.ID, t.spec.Plan, in)
		for _, p := range positions {
			if p.Topic == topic && p.Partition == t.part {
				want[i] = p.Next
			}
		}
		if in.Exchange >= 0 {
			_, end, err := t.cfg.Log.Offsets(topic, t.part)
			if err != nil {
				return err
			}
			want[i] = max(want[i], end)
		}
	}
	ok, err := t.waitFor(ctx, idle, func(committed []int64) bool {
		for i := range want {
			if committed[i] < want[i] {
				return false
			}
		}
		return true
	})
	if !ok && err == nil {
		return j.ended()
	}
	return err
}

// ended is why a job no longer runs.
func (j *job) ended() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.mu.err != nil {
		return j.mu.err
	}
	return sqlerr.New(sqlerr.AdminShutdown, "job \"%s\" has been stopped", j.spec.ID)
}

// ends are the positions behind all that the task's inputs hold now.
func (t *task) ends() ([]log.InputPos, error) {
	out := make([]log.InputPos, len(t.stage.Inputs))
	for i, in := range t.stage.Inputs {
		topic := inputTopic(t.spec.ID, t.spec.Plan, in)
		_, end, err := t.cfg.Log.Offsets(topic, t.part)
		if err != nil {
			return nil, err
		}
		out[i] = log.InputPos{Topic: topic, Partition: t.part, Next: end}
	}
	return out, nil
}

// WaitIdle blocks until every running job has committed all input there is, and
// has acted upon every Tick and Checkpoint before the call: jobs feed each
// other, so it goes round until nothing has moved. Jobs that are paused or in
// state error are left out.
func (r *Runtime) WaitIdle(ctx context.Context) error {
	for {
		before := r.positions()
		for _, j := range r.list() {
			if err := j.catchUp(ctx, true); err != nil && j.healthy() {
				return err
			}
		}
		if slices.Equal(before, r.positions()) && r.drained() {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// healthy tells whether a job goes on: it is neither paused nor in state error,
// and was not told to stop.
func (j *job) healthy() bool {
	j.mu.Lock()
	running := j.mu.state == Running
	j.mu.Unlock()
	return running && !slices.ContainsFunc(j.tasks, (*task).isHalted)
}

func (t *task) isHalted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.halted
}

// positions are all committed positions, in a fixed order.
func (r *Runtime) positions() []int64 {
	var out []int64
	for _, j := range r.list() {
		for _, t := range j.tasks {
			t.mu.Lock()
			out = append(append(out, int64(t.mu.epoch)), t.mu.committed...)
			t.mu.Unlock()
		}
	}
	return out
}

// drained tells whether every healthy job stands at the ends of its inputs.
func (r *Runtime) drained() bool {
	for _, j := range r.list() {
		if !j.healthy() {
			continue
		}
		for _, t := range j.tasks {
			ends, err := t.ends()
			if err != nil {
				continue
			}
			t.mu.Lock()
			committed := t.mu.committed
			for i := range committed {
				if committed[i] < ends[i].Next {
					t.mu.Unlock()
					return false
				}
			}
			t.mu.Unlock()
		}
	}
	return true
}
