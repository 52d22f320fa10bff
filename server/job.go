package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// spec is a job as the runtime runs it; sink is the OID of what it writes to.
func (s *Server) spec(id string, sink uint32, plan *planner.Plan, settings []catalog.Prop) task.JobSpec {
	spec := task.JobSpec{ID: id, Plan: plan.Stream, DeadLetter: deadLetterTopic(sink), Setting: settingsOf(&catalog.Job{Settings: settings})}
	if sink := plan.Stream.Sink; sink != nil && sink.Ksql {
		spec.ProcessingLog = processingLogTopic
	}
	for _, p := range settings {
		switch p.Name {
		case "on_error":
			spec.OnError = p.Value
		case "idle_timeout":
			if ms, ok := parseMillis(p.Value); ok {
				spec.IdleTimeout = time.Duration(ms) * time.Millisecond
			}
		}
	}
	if plan.Stream.OnError != "" {
		spec.OnError = plan.Stream.OnError
	}
	spec.IdleTimeout = plan.Stream.Idle(spec.IdleTimeout)
	return spec
}

// jobSettings are what a job captured at its CREATE.
func (s *Server) jobSettings(id string) []catalog.Prop {
	if j, ok := s.catalog.Current().Job(id); ok {
		return j.Settings
	}
	return nil
}

// tasksOf lists the log's tasks of a job.
func (s *Server) tasksOf(id string) []string {
	var out []string
	for _, name := range s.log.Tasks() {
		if strings.HasPrefix(name, id+"/") {
			out = append(out, name)
		}
	}
	return out
}

// endJob stops a job for good and removes its tasks and exchange topics.
func (s *Server) endJob(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	err := s.runtime.StopJob(ctx, id, true)
	if sqlerr.Is(err, sqlerr.UndefinedObject) {
		err = nil
	}
	errs := []error{err}
	for _, name := range s.tasksOf(id) {
		if err := s.log.DropTask(ctx, name); err != nil && !errors.Is(err, log.ErrUnknownTask) {
			errs = append(errs, appendError(err))
		}
	}
	for _, t := range s.log.Topics() {
		if strings.HasPrefix(t.Name, "_exchange."+id+".") || t.Name == shadowTopic(id) {
			errs = append(errs, s.dropTopic(ctx, t.Name))
		}
	}
	return errors.Join(errs...)
}

// jobNames is the catalog as a job's plan sees it: relations with the columns
// they had when the job was made.
type jobNames struct {
	names
	at int64 // ms
}

// Relation implements planner.Catalog.
func (n jobNames) Relation(schema, name string) (*catalog.Relation, bool) {
	r, ok := n.names.Relation(schema, name)
	if !ok || len(r.Versions) < 2 {
		return r, ok
	}
	last := r.Versions[0]
	for _, v := range r.Versions {
		if v.At <= n.at {
			last = v
		}
	}
	old := *r
	old.Schema = last.Schema
	return &old, true
}

// replan makes a job's plan again from its stored statement, with the rights that
// its owner has now.
func (s *Server) replan(snap *catalog.Snapshot, j *catalog.Job) (*planner.Plan, error) {
	var cat planner.SchemaCatalog = names{snap, s.log}
	if j.Version <= 1 {
		cat = jobNames{names{snap, s.log}, j.CreatedAt}
	}
	l := &ledger{}
	plan, err := s.planJob(guarded{cat, snap, j.Owner, l}, snap, j)
	if l.denied != nil {
		return nil, l.denied
	}
	if err == nil {
		err = mayRun(snap, j)
	}
	return plan, err
}

func (s *Server) planJob(cat planner.Catalog, snap *catalog.Snapshot, j *catalog.Job) (*planner.Plan, error) {
	stmt, err := sql.ParseOne(j.SQL)
	if err != nil {
		return nil, err
	}
	opt := planner.Options{Ksql: j.Meaning == "ksqldb", Text: j.SQL, Location: time.UTC, Now: j.CreatedAt * types.MicrosPerMilli, Settings: settingsOf(j), Functions: s.cfg.Functions}
	switch x := stmt.(type) {
	case *sql.CreateSource:
		// The name that the statement gave, not the one since a rename, is that of the topic and in the plan's hash.
		plan, _, err := planner.BuildPersistent(x.Kind, x.Name.Last().Fold(opt.Ksql), columnNames(x.Columns), x.With, x.As, cat, opt)
		return plan, err
	case *sql.Insert:
		target, ok := s.sinkOf(snap, j)
		if !ok {
			return nil, sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", j.Sink)
		}
		return planner.BuildInsertSelect(target, x.Columns, x.Query, cat, opt)
	}
	return nil, sqlerr.New(sqlerr.DataCorrupted, "job %q was stored as a %T", j.ID, stmt)
}

// sinkOf is what an INSERT query writes, with the columns that it had when the
// query was made.
func (s *Server) sinkOf(snap *catalog.Snapshot, j *catalog.Job) (*catalog.Relation, bool) {
	if j.Version <= 1 {
		return jobNames{names{snap, s.log}, j.CreatedAt}.Relation("", j.Sink)
	}
	return names{snap, s.log}.Relation("", j.Sink)
}

func settingsOf(j *catalog.Job) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, p := range j.Settings {
			if p.Name == strings.ToLower(name) {
				return p.Value, true
			}
		}
		return "", false
	}
}

func columnNames(defs []sql.ColumnDef) []sql.Name {
	var out []sql.Name
	for _, d := range defs {
		out = append(out, d.Name)
	}
	return out
}

// recover finishes half-done DDL and starts the jobs.
func (s *Server) recover(ctx context.Context) error {
	for _, r := range s.catalog.Current().AllRelations() {
		if err := s.recoverRelation(ctx, r); err != nil {
			return fmt.Errorf("recover relation %q: %w", r.Name, err)
		}
	}
	if err := s.recoverReplacements(ctx); err != nil {
		return fmt.Errorf("recover replacements: %w", err)
	}
	snap := s.catalog.Current()
	for _, j := range snap.Jobs() {
		if err := s.recoverJob(ctx, snap, j); err != nil {
			return fmt.Errorf("recover job %q: %w", j.ID, err)
		}
	}
	return nil
}

// recoverRelation rolls a CREATE or DROP that a crash interrupted to its end.
func (s *Server) recoverRelation(ctx context.Context, r *catalog.Relation) error {
	switch r.State {
	case catalog.Dropping:
		return s.forget(ctx, r, r.Meaning != "ksqldb")
	case catalog.Creating:
	default:
		return nil
	}
	var plan *planner.Plan
	if r.JobID != "" {
		snap := s.catalog.Current()
		j, ok := snap.Job(r.JobID)
		var err error
		if ok {
			plan, err = s.replan(snap, j)
		}
		if !ok || err != nil {
			s.cfg.Logger.Error("an unfinished CREATE is taken back", "relation", r.Name, "err", err)
			return errors.Join(s.endJob(ctx, r.JobID), s.forgetIntent(ctx, r))
		}
	}
	if err := s.activate(ctx, r, plan); err != nil {
		s.cfg.Logger.Error("an unfinished CREATE is taken back", "relation", r.Name, "err", err)
		return errors.Join(s.endJob(ctx, r.JobID), s.forgetIntent(ctx, r))
	}
	_, err := s.propose(ctx, &catalog.Activate{Name: r.Name, OID: r.OID})
	return err
}

func (s *Server) forgetIntent(ctx context.Context, r *catalog.Relation) error {
	_, err := s.propose(ctx, &catalog.Abort{Name: r.Name, OID: r.OID})
	return err
}

// resume starts a job where its tasks stand; without tasks from the beginning.
func (s *Server) resume(ctx context.Context, snap *catalog.Snapshot, j *catalog.Job, plan *planner.Plan) error {
	sink, ok := snap.AnyRelation(j.Sink)
	if !ok {
		return sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", j.Sink)
	}
	spec := s.spec(j.ID, sink.OID, plan, j.Settings)
	switch {
	case len(s.tasksOf(j.ID)) == 0 && j.Next != nil:
		return s.buildBeside(ctx, sink, j, plan)
	case len(s.tasksOf(j.ID)) == 0:
		return s.startAnew(ctx, spec, nil, sink)
	case j.Next != nil:
		spec.SinkTopic = shadowTopic(j.ID)
	}
	if err := s.ensureLetters(ctx, sink); err != nil {
		return err
	}
	return s.runtime.StartJob(ctx, spec, true)
}

// recoverJob starts a job from its checkpoint. One that cannot be started is
// left visible, with its error, instead of keeping the server from starting.
func (s *Server) recoverJob(ctx context.Context, snap *catalog.Snapshot, j *catalog.Job) error {
	for _, running := range s.runtime.Jobs() {
		if running.ID == j.ID {
			return nil // started while its relation was recovered
		}
	}
	if j.Status == catalog.Terminated {
		return nil
	}
	plan, err := s.replan(snap, j)
	if err == nil {
		err = s.resume(ctx, snap, j, plan)
	}
	if err == nil && j.Status == catalog.Paused {
		err = s.runtime.PauseJob(j.ID)
	}
	if err != nil {
		s.cfg.Logger.Error("job could not be started", "job", j.ID, "err", err)
		_, err = s.propose(ctx, &catalog.SetJobStatus{ID: j.ID, Status: catalog.Failed, Error: plainText(err)})
	}
	return err
}
