package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// CREATE OR REPLACE of a derived relation whose query remembers something builds
// the new query beside the old one, which goes on serving:
//
//	1  the catalog records the new job with what the relation shall be (BeginReplace)
//	2  it reads from its start into a topic of its own, its shadow, and catches up
//	3  both jobs stop: of a table the new one at or behind the old one's place, of a
//	   stream at the same place
//	4  one journal entry writes into a table's topic what differs between the two; a
//	   stream keeps its rows
//	5  the catalog puts the new definition and job in their place (FinishReplace)
//	6  the new job goes on from its checkpoint into the relation's topic
//
// Readers and what is derived from the relation see one topic throughout. The entry
// of step 4 decides: before it a failure leaves the old, and a crash goes on with
// step 2; after it recovery goes on with step 5.

// replacing are the replacements under way, and what has become of old jobs.
type replacing struct {
	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup
	mu   struct {
		sync.Mutex
		byJob map[string]*replacement // by the new job
		byOld map[string]*replacement // by the old job, from step 3 on
	}
}

// replacement is one of them.
type replacement struct {
	job  string
	done chan struct{}
	err  error // set before done is closed
}

func (p *replacing) init() {
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.mu.byJob, p.mu.byOld = map[string]*replacement{}, map[string]*replacement{}
}

// end stops watching; the replacements go on after the next start.
func (p *replacing) end() {
	p.stop()
	p.done.Wait()
}

// of gives the replacement that a job is built for, also when it is over; nil for
// other jobs.
func (p *replacing) of(job string) *replacement {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.byJob[job]
}

// wait blocks until the replacement is over, and gives why it failed.
func (x *replacement) wait(ctx context.Context) error {
	select {
	case <-x.done:
		return x.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitAll blocks until no replacement is under way; false when none was.
func (p *replacing) waitAll(ctx context.Context) (waited bool, err error) {
	p.mu.Lock()
	all := slices.Collect(maps.Values(p.mu.byJob))
	p.mu.Unlock()
	for _, x := range all {
		select {
		case <-x.done:
			continue
		default:
		}
		if waited = true; x.wait(ctx) != nil && ctx.Err() != nil {
			return true, ctx.Err()
		}
	}
	return waited, nil
}

// settled gives the job that does a job's work now: itself, or the one that has
// replaced it. While they change places it waits, whichever of the two it is asked
// of: between the new definition and the new job's start nobody does the work.
func (p *replacing) settled(ctx context.Context, job string) (string, error) {
	p.mu.Lock()
	x := p.mu.byJob[job]
	p.mu.Unlock()
	if x != nil && x.wait(ctx) != nil && ctx.Err() != nil {
		return job, ctx.Err()
	}
	for {
		p.mu.Lock()
		x := p.mu.byOld[job]
		p.mu.Unlock()
		if x == nil {
			return job, nil
		}
		err := x.wait(ctx)
		switch {
		case ctx.Err() != nil:
			return job, ctx.Err()
		case err != nil:
			return job, nil
		}
		job = x.job
	}
}

// shadowTopic is what a job writes until it has taken the old one's place.
func shadowTopic(job string) string { return "_shadow." + job }

// adoptTask is the task whose one entry is step 4.
func adoptTask(job string) string { return job + "/adopt/0" }

// besideOld tells whether a CREATE OR REPLACE is built beside: in the default
// meaning, tables, and streams with a memory; unless a registered schema has to
// change before rows of it are written.
func (s *Server) besideOld(cmd *catalog.CreateRelation, plan *planner.Plan) bool {
	if !cmd.OrReplace || plan == nil || plan.Ksql || cmd.Job == nil || keepsNothing(plan.Stream) {
		return false
	}
	old, ok := s.catalog.Current().Relation("", cmd.Relation.Name)
	if !ok || !old.Derived || old.Kind != cmd.Relation.Kind || old.Topic != cmd.Relation.Topic {
		return false
	}
	if old.Kind == catalog.Stream && old.JobID == "" {
		return false // nothing to meet: from the beginning, behind the rows that are there
	}
	return !registered(cmd.Relation.KeyFormat) && !registered(cmd.Relation.ValueFormat)
}

func registered(f catalog.Format) bool {
	return f.Name == "AVRO" || f.Name == "JSON_SR" || f.Name == "PROTOBUF"
}

// createBeside begins a replacement. The caller holds ddl.
func (s *Server) createBeside(ctx context.Context, cmd *catalog.CreateRelation, plan *planner.Plan) (catalog.Result, error) {
	res, err := s.propose(ctx, &catalog.BeginReplace{Relation: cmd.Relation, Job: *cmd.Job})
	if err != nil {
		return res, err
	}
	s.at("replace/begun")
	j, _ := s.catalog.Current().Job(res.JobID)
	r, _ := s.catalog.Current().Relation("", cmd.Relation.Name)
	if err := s.buildBeside(ctx, r, j, plan); err != nil {
		return res, errors.Join(err, s.dropBeside(context.WithoutCancel(ctx), j.ID))
	}
	s.watchReplacement(j.ID)
	return res, nil
}

// buildBeside gives a replacing job its topics and tasks, and starts it.
func (s *Server) buildBeside(ctx context.Context, r *catalog.Relation, j *catalog.Job, plan *planner.Plan) error {
	spec := s.spec(j.ID, r.OID, plan, j.Settings)
	spec.SinkTopic = shadowTopic(j.ID)
	shadow := topicOf(r)
	shadow.Name, shadow.Internal = spec.SinkTopic, true
	if r.Kind == catalog.Stream { // nobody reads it
		shadow.RetentionBytes, shadow.SegmentBytes = 16<<20, 4<<20
	}
	a := task.Activation(spec)
	a.PlanID = "replace/" + j.ID
	a.Topics = s.missing(append(a.Topics, shadow, deadLettersOf(r))...)
	a.Tasks = append(a.Tasks, log.TaskStart{Task: adoptTask(j.ID)})
	if _, err := s.log.Activate(ctx, a); err != nil {
		return appendError(err)
	}
	return s.runtime.StartJob(ctx, spec, false)
}

// dropBeside takes a replacement back.
func (s *Server) dropBeside(ctx context.Context, id string) error {
	_, err := s.propose(ctx, &catalog.DropJob{ID: id})
	if sqlerr.Is(err, sqlerr.UndefinedObject) {
		err = nil
	}
	return errors.Join(err, s.endJob(ctx, id))
}

// watchReplacement follows a replacing job to its end.
func (s *Server) watchReplacement(id string) {
	p := &s.replacing
	x := &replacement{job: id, done: make(chan struct{})}
	p.mu.Lock()
	p.mu.byJob[id] = x
	p.mu.Unlock()
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		defer close(x.done)
		x.err = s.replace(p.ctx, x)
	}()
}

// replace is steps 2 to 6. What fails before step 4 is taken back.
func (s *Server) replace(ctx context.Context, x *replacement) error {
	err := s.runtime.WaitCaughtUp(ctx, x.job)
	if err == nil {
		s.at("replace/caught-up")
		err = s.swap(ctx, x)
	}
	if _, there := s.catalog.Current().Job(x.job); !there && err != nil && ctx.Err() == nil {
		err = sqlerr.New(sqlerr.QueryCanceled, "query \"%s\" was terminated", x.job)
	}
	var stuck errDecided
	if err == nil || ctx.Err() != nil || errors.Is(err, log.ErrClosed) || errors.As(err, &stuck) {
		return err
	}
	if bad := s.dropBeside(context.WithoutCancel(ctx), x.job); bad != nil {
		s.cfg.Logger.Error("a failed replacement could not be taken back", "job", x.job, "err", bad)
	}
	e := *sqlerr.From(err)
	return e.WithDetail("Query \"%s\" has ended; what it should have replaced stays.", x.job)
}

// errDecided is a failure at or behind step 4: what recovery finds in the log
// decides.
type errDecided struct{ error }

func (e errDecided) Unwrap() error { return e.error }
