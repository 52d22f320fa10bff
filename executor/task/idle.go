package task

import "github.com/leatdb/leat/planner"

// A task is idle when it has read all there is, the tasks that feed it had too,
// and nothing has come for the job's timeout. Only then does the wall clock
// close windows: rows that wait, behind a pause or in a slow stage, are not
// made late. The closing is a step of the journal, with its time.

// idleTick closes windows by wall clock once nothing has come for a while.
func (t *task) idleTick(now int64) error {
	idle := t.spec.IdleTimeout.Milliseconds()
	if idle <= 0 || t.inFlight >= t.cfg.InFlight || t.core.more() {
		return nil
	}
	behind, err := t.core.behind()
	if err != nil {
		return err
	}
	if behind || t.paused.Load() || !t.fed.Load() {
		t.lastRows = max(t.lastRows, now)
		return nil
	}
	t.lastRows = max(t.lastRows, t.resumed.Load()) // a Tick of the pause may come after it
	if now-t.lastRows < idle || !t.core.tree.Due(now) {
		return nil
	}
	t.lastTime = max(t.lastTime, now)
	if err := t.applyTick(t.lastTime); err != nil {
		return err
	}
	t.pending = append(t.pending, step{kind: stepTick, time: t.lastTime})
	if !t.out.empty() {
		t.commit()
	}
	return nil
}

func (t *task) applyTick(ms int64) error {
	out, err := t.core.tick(ms)
	if err != nil {
		return err
	}
	t.total.steps++
	var failed error
	t.emit(out, func(_ int32, err error) { failed = err })
	t.keepLate()
	return failed
}

// behind tells whether an input has records that were not read.
func (c *core) behind() (bool, error) {
	for _, f := range c.feeds {
		_, end, err := f.cursor.log.Offsets(f.cursor.topic, f.cursor.partition)
		if err != nil || f.next < end {
			return true, err
		}
	}
	return false, nil
}

// markFed tells every task whether those that feed it had read all there was
// within the timeout.
func (j *job) markFed(now int64) {
	idle := j.spec.IdleTimeout.Milliseconds()
	if idle <= 0 {
		return
	}
	caughtUp := map[int]bool{} // by stage
	for _, t := range j.tasks {
		up, ok := caughtUp[t.stage.ID]
		caughtUp[t.stage.ID] = (up || !ok) && t.caughtUp(now-idle)
	}
	for _, t := range j.tasks {
		t.fed.Store(isFed(j.spec.Plan, t.stage, caughtUp))
	}
}

// isFed looks at all stages above one.
func isFed(p *planner.StreamPlan, stage *planner.Stage, caughtUp map[int]bool) bool {
	for _, in := range stage.Inputs {
		for _, s := range p.Stages {
			if in.Exchange == s.ID && !(caughtUp[s.ID] && isFed(p, s, caughtUp)) {
				return false
			}
		}
	}
	return true
}

// caughtUp tells whether the task stood at the ends of its inputs since a time.
func (t *task) caughtUp(since int64) bool {
	t.mu.Lock()
	quiet := t.mu.quiet
	t.mu.Unlock()
	return quiet || t.atEnd.Load() >= since
}
