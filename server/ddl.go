package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// propose runs one catalog command through group 0. Its outcome is waited for
// also when ctx ends: an answer that leaves it open would undo what is done.
func (s *Server) propose(ctx context.Context, cmd catalog.Command) (catalog.Result, error) {
	_, out, err := s.log.ProposeMeta(context.WithoutCancel(ctx), catalog.Encode(cmd))
	if err != nil {
		return catalog.Result{}, appendError(err)
	}
	res, ok := out.(catalog.Result)
	if !ok {
		panic(fmt.Sprintf("BUG: the catalog answered %T", out))
	}
	if res.Err != nil {
		return res, res.Err
	}
	s.follow()
	return res, nil
}

// deadLetterTopic names the topic of a relation's dead letters. The OID stays
// through a rename and is not given twice: NAME_errors follows the name in one
// step with it, and a relation made anew begins without letters.
func deadLetterTopic(oid uint32) string { return fmt.Sprintf("_errors.%d", oid) }

// topicOf is the topic that holds a relation's records. Derived and declared
// tables are compacted and keep every key.
func topicOf(r *catalog.Relation) log.TopicConfig {
	c := log.TopicConfig{Name: r.Topic, Partitions: r.Partitions, RetentionMs: -1, RetentionBytes: -1, DeleteRetentionMs: 86_400_000, Codec: batch.None}
	if r.Kind == catalog.Table {
		c.Cleanup = log.Compact
		return c
	}
	if r.RetentionMs > 0 {
		c.RetentionMs = r.RetentionMs
	}
	return c
}

func deadLettersOf(r *catalog.Relation) log.TopicConfig {
	return log.TopicConfig{Name: deadLetterTopic(r.OID), Partitions: 1, RetentionMs: 7 * 86_400_000, RetentionBytes: -1, Internal: true}
}

// missing leaves out the topics that are there.
func (s *Server) missing(topics ...log.TopicConfig) []log.TopicConfig {
	var out []log.TopicConfig
	for _, t := range topics {
		if _, there := s.log.Topic(t.Name); !there {
			out = append(out, t)
		}
	}
	return out
}

// create makes a relation: intent, activation, visible (S2). plan is that of a
// derived one, else nil. Once begun it is carried through, whatever becomes of the
// client: nothing in it waits for rows. The caller holds ddl.
func (s *Server) create(ctx context.Context, cmd *catalog.CreateRelation, plan *planner.Plan) (catalog.Result, error) {
	ctx = context.WithoutCancel(ctx)
	if s.besideOld(cmd, plan) {
		return s.createBeside(ctx, cmd, plan)
	}
	res, err := s.propose(ctx, cmd)
	if err != nil || res.Skipped || cmd.Ready {
		return res, err
	}
	r := cmd.Relation
	r.OID, r.JobID = res.OID, res.JobID
	if res.Replaced != nil {
		return res, s.replaced(ctx, &r, res.Replaced, plan)
	}
	if err := s.activate(ctx, &r, plan); err != nil {
		return res, s.abort(ctx, &r, err)
	}
	if _, err := s.propose(ctx, &catalog.Activate{Name: r.Name, OID: r.OID}); err != nil {
		return res, s.abort(ctx, &r, err)
	}
	return res, nil
}

// activate gives a relation its topics, and its job a beginning.
func (s *Server) activate(ctx context.Context, r *catalog.Relation, plan *planner.Plan) error {
	if r.Topic == "" {
		return nil
	}
	a := log.Activation{}
	var spec task.JobSpec
	if plan != nil {
		spec = s.spec(r.JobID, r.OID, plan, s.jobSettings(r.JobID))
		a = task.Activation(spec)
		a.Topics = append(a.Topics, deadLettersOf(r))
	}
	a.PlanID = fmt.Sprintf("create/%d/%s", r.OID, r.JobID)
	a.Topics = s.missing(append(a.Topics, topicOf(r))...)
	if _, err := s.log.Activate(ctx, a); err != nil {
		return topicError(r, err)
	}
	if plan == nil {
		return nil
	}
	return s.runtime.StartJob(ctx, spec, false)
}

func topicError(r *catalog.Relation, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, log.ErrTopicExists):
		return sqlerr.New(sqlerr.DuplicateObject, "topic %q already exists with another configuration", r.Topic).Wrap(err)
	case errors.Is(err, log.ErrInvalidTopic):
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "invalid topic %q: %s", r.Topic, err).Wrap(err)
	}
	return appendError(err)
}

// abort takes back what create has done so far; the first error is told.
func (s *Server) abort(ctx context.Context, r *catalog.Relation, cause error) error {
	err := errors.Join(s.endJob(ctx, r.JobID), s.dropTopic(ctx, deadLetterTopic(r.OID)))
	_, aborted := s.propose(ctx, &catalog.Abort{Name: r.Name, OID: r.OID})
	if err = errors.Join(err, aborted); err != nil {
		s.cfg.Logger.Error("could not take back a failed CREATE; recovery will", "relation", r.Name, "err", err)
	}
	return cause
}

// replaced puts a new plan in the place of a job's old one. A query that keeps
// nothing goes on where the old one stood, in ksqlDB's meaning also one that keeps
// only which rows of a table have passed; another one is computed anew.
func (s *Server) replaced(ctx context.Context, r, old *catalog.Relation, plan *planner.Plan) error {
	if plan == nil {
		s.runtime.CloseTable(old)
		return nil
	}
	at := map[partition]int64{}
	if keepsNothing(plan.Stream) || plan.Ksql && rowByRow(plan.Stream) {
		for _, name := range s.tasksOf(r.JobID) {
			if st, ok := s.log.TaskState(name); ok {
				for _, in := range st.Inputs {
					at[partition{in.Topic, in.Partition}] = in.Next
				}
			}
		}
	}
	if err := s.endJob(ctx, r.JobID); err != nil {
		return err
	}
	s.runtime.CloseTable(old)
	spec := s.spec(r.JobID, r.OID, plan, s.jobSettings(r.JobID))
	return s.startAnew(ctx, spec, at, r)
}

// keepsNothing tells whether a query's results follow from the rows of a stream
// one by one.
func keepsNothing(p *planner.StreamPlan) bool {
	if p.Kind != planner.StreamResult || len(p.Stages) != 1 {
		return false
	}
	for _, in := range p.Stages[0].Inputs {
		if in.Kind == planner.TableResult {
			return false
		}
	}
	return rowByRow(p)
}

// rowByRow tells whether a query only filters and projects.
func rowByRow(p *planner.StreamPlan) bool {
	if len(p.Stages) != 1 {
		return false
	}
	for n := p.Stages[0].Root; ; {
		switch n.(type) {
		case *planner.InputNode:
			return true
		case *planner.FilterNode, *planner.ProjectNode, *planner.ExplodeNode, *planner.RekeyNode:
			n = n.Inputs()[0]
		default:
			return false
		}
	}
}

// startAnew begins a job's tasks at the given positions, else where the plan says.
func (s *Server) startAnew(ctx context.Context, spec task.JobSpec, at map[partition]int64, r *catalog.Relation) error {
	a := task.Activation(spec)
	version := 1
	if j, ok := s.catalog.Current().Job(spec.ID); ok {
		version = j.Version
	}
	a.PlanID = fmt.Sprintf("start/%s/%d", spec.ID, version)
	if r != nil {
		a.Topics = append(a.Topics, topicOf(r), deadLettersOf(r))
	}
	a.Topics = s.missing(a.Topics...)
	for i := range a.Tasks {
		for k := range a.Tasks[i].Inputs {
			in := &a.Tasks[i].Inputs[k]
			if next, ok := at[partition{in.Topic, in.Partition}]; ok {
				in.Start, in.Offset = log.Offset, next
			}
		}
	}
	if _, err := s.log.Activate(ctx, a); err != nil {
		return appendError(err)
	}
	return s.runtime.StartJob(ctx, spec, false)
}

// drop ends jobs and removes topics of relations on their way out.
func (s *Server) drop(ctx context.Context, res catalog.Result, deleteTopics func(r *catalog.Relation) bool) error {
	var errs []error
	for _, j := range res.Ended {
		errs = append(errs, s.endJob(ctx, j.ID))
	}
	for _, r := range res.Dropped {
		errs = append(errs, s.forget(ctx, r, deleteTopics(r)))
	}
	return errors.Join(errs...)
}

// forget removes a dropped relation's topics and frees its name.
func (s *Server) forget(ctx context.Context, r *catalog.Relation, deleteTopic bool) error {
	s.runtime.CloseTable(r)
	var errs []error
	if r.Topic != "" && deleteTopic && !s.topicShared(r) {
		errs = append(errs, s.dropTopic(ctx, r.Topic), s.dropSubjects(ctx, r.Topic))
	}
	errs = append(errs, s.dropTopic(ctx, deadLetterTopic(r.OID)))
	_, err := s.propose(ctx, &catalog.ForgetRelation{Name: r.Name, OID: r.OID})
	return errors.Join(append(errs, err)...)
}

// dropSubjects hides the schemas of a topic that is gone: another one of its name
// begins with its own.
func (s *Server) dropSubjects(ctx context.Context, topic string) error {
	var errs []error
	for _, subject := range []string{catalog.KeySubject(topic), catalog.ValueSubject(topic)} {
		if len(s.catalog.Current().SubjectVersions(subject)) > 0 {
			_, err := s.propose(ctx, &catalog.DeleteSubject{Subject: subject})
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Server) dropTopic(ctx context.Context, name string) error {
	if _, there := s.log.Topic(name); !there {
		return nil
	}
	if err := s.log.DropTopic(ctx, name); err != nil && !errors.Is(err, log.ErrUnknownTopic) {
		return appendError(err)
	}
	return nil
}

func (s *Server) topicShared(r *catalog.Relation) bool {
	for _, o := range s.catalog.Current().AllRelations() {
		if o.Topic == r.Topic && o.OID != r.OID && o.State != catalog.Dropping {
			return true
		}
	}
	return false
}
