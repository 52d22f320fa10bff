package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// swap is steps 3 to 6 of a replacement.
func (s *Server) swap(ctx context.Context, x *replacement) error {
	s.ddl.Lock()
	defer s.ddl.Unlock()
	snap := s.catalog.Current()
	j, ok := snap.Job(x.job)
	if !ok {
		return sqlerr.New(sqlerr.QueryCanceled, "query \"%s\" was terminated", x.job)
	}
	r, ok := snap.Relation("", j.Sink)
	if !ok || j.Next == nil {
		panic(fmt.Sprintf("BUG: query %q replaces nothing", x.job))
	}
	plan, err := s.replan(snap, j)
	if err != nil {
		return err
	}
	if r.JobID != "" {
		s.replacing.mu.Lock()
		s.replacing.mu.byOld[r.JobID] = x
		s.replacing.mu.Unlock()
	}
	if r.Kind == catalog.Stream {
		err = s.stopTogether(ctx, r.JobID, x.job)
	} else {
		err = s.stopBoth(ctx, r.JobID, x.job)
	}
	if err != nil {
		return errors.Join(err, s.keepOld(context.WithoutCancel(ctx), snap, r))
	}
	s.at("replace/stopped")
	if r.Kind == catalog.Stream {
		err = s.runtime.Adopted(adoptTask(x.job))
	} else {
		_, err = s.runtime.Adopt(ctx, adoptTask(x.job), shadowTopic(x.job), r.Topic)
	}
	if errors.Is(err, log.ErrTooLarge) {
		err = sqlerr.New(sqlerr.ProgramLimitExceeded, "more rows of \"%s\" change than one entry of the log holds", r.Name)
	}
	if err != nil {
		// The entry may still be on its way: this one comes before it, or shows that it came first.
		refused := s.runtime.Refuse(adoptTask(x.job))
		switch st, _ := s.log.TaskState(adoptTask(x.job)); {
		case st.Epoch == adopted:
		case refused != nil:
			return errDecided{errors.Join(appendError(err), refused)}
		default:
			return errors.Join(appendError(err), s.keepOld(context.WithoutCancel(ctx), snap, r))
		}
	}
	s.at("replace/adopted")
	if err := s.finishReplace(context.WithoutCancel(ctx), r, j, plan); err != nil {
		return errDecided{err}
	}
	return nil
}

// adopted is the epoch of an adopt task whose entry is in the log.
const adopted = 1

// stopBoth stops the old job, lets the new one read what the old one had, and
// stops it. Both keep their state.
func (s *Server) stopBoth(ctx context.Context, old, job string) error {
	if old != "" {
		if err := s.runtime.StopJob(ctx, old, false); err != nil && !sqlerr.Is(err, sqlerr.UndefinedObject) {
			return err
		}
	}
	var read []log.InputPos
	for _, name := range s.tasksOf(old) {
		if st, ok := s.log.TaskState(name); ok && old != "" {
			read = append(read, st.Inputs...)
		}
	}
	if err := s.runtime.WaitApplied(ctx, job, read); err != nil {
		return err
	}
	return s.runtime.StopJob(ctx, job, false)
}

// stopTogether stops both jobs at one place: what the old one has written of a
// stream ends where the new one begins.
func (s *Server) stopTogether(ctx context.Context, old, job string) error {
	if old == "" {
		return sqlerr.New(sqlerr.ObjectNotInState, "the query that \"%s\" should have replaced was terminated", job)
	}
	at, err := s.runtime.Freeze(old, job)
	if err != nil {
		return err
	}
	for _, id := range []string{old, job} {
		if err := s.runtime.WaitApplied(ctx, id, at); err != nil {
			return err
		}
	}
	for _, id := range []string{old, job} {
		if err := s.runtime.StopJob(ctx, id, false); err != nil {
			return err
		}
	}
	return nil
}

// keepOld lets the old job go on.
func (s *Server) keepOld(ctx context.Context, snap *catalog.Snapshot, r *catalog.Relation) error {
	s.runtime.Thaw(r.JobID)
	if j, ok := snap.Job(r.JobID); ok {
		return s.recoverJob(ctx, snap, j)
	}
	return nil
}

// finishReplace is steps 5 and 6.
func (s *Server) finishReplace(ctx context.Context, old *catalog.Relation, j *catalog.Job, plan *planner.Plan) error {
	if _, err := s.propose(ctx, &catalog.FinishReplace{JobID: j.ID}); err != nil {
		return err
	}
	s.at("replace/finished")
	s.runtime.CloseTable(old)
	err := s.runtime.StartJob(ctx, s.spec(j.ID, old.OID, plan, j.Settings), true)
	return errors.Join(err, s.endJob(ctx, old.JobID), s.endShadow(ctx, j.ID))
}

// endShadow removes what only a replacement needs of a job.
func (s *Server) endShadow(ctx context.Context, id string) error {
	err := s.log.DropTask(ctx, adoptTask(id))
	if errors.Is(err, log.ErrUnknownTask) {
		err = nil
	}
	return errors.Join(err, s.dropTopic(ctx, shadowTopic(id)))
}

// recoverReplacements brings those that were decided to their end, before jobs
// start, and removes what a crash has left of ended ones.
func (s *Server) recoverReplacements(ctx context.Context) error {
	var errs []error
	for _, j := range s.catalog.Current().Jobs() {
		if j.Next == nil {
			continue
		}
		switch st, _ := s.log.TaskState(adoptTask(j.ID)); {
		case st.Epoch == adopted:
			res, err := s.propose(ctx, &catalog.FinishReplace{JobID: j.ID})
			errs = append(errs, err)
			for _, ended := range res.Ended {
				errs = append(errs, s.endJob(ctx, ended.ID))
			}
		case st.Epoch > adopted:
			errs = append(errs, s.dropBeside(ctx, j.ID))
		}
	}
	return errors.Join(append(errs, s.sweep(ctx))...)
}

// sweep removes tasks and exchanges of jobs that are no more, and shadows that
// nothing is built in.
func (s *Server) sweep(ctx context.Context) error {
	snap := s.catalog.Current()
	var errs []error
	gone := map[string]bool{}
	for _, name := range s.log.Tasks() {
		id, _, _ := strings.Cut(name, "/")
		j, there := snap.Job(id)
		switch {
		case !there && !gone[id]:
			gone[id] = true
			errs = append(errs, s.endJob(ctx, id))
		case there && j.Next == nil && name == adoptTask(id):
			errs = append(errs, s.endShadow(ctx, id))
		}
	}
	for _, t := range s.log.Topics() {
		id, shadow := strings.CutPrefix(t.Name, shadowTopic(""))
		if j, there := snap.Job(id); shadow && !(there && j.Next != nil) {
			errs = append(errs, s.dropTopic(ctx, t.Name))
		}
	}
	return errors.Join(errs...)
}

// resumeReplacements goes on with those that were not decided.
func (s *Server) resumeReplacements() {
	for _, j := range s.catalog.Current().Jobs() {
		if j.Next != nil {
			s.watchReplacement(j.ID)
		}
	}
}

func (s *Server) at(point string) {
	if s.cfg.At != nil {
		s.cfg.At(point)
	}
}
