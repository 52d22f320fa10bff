package task

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/executor/op"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
)

// tableResult keeps task files free of the planner's name for it.
const tableResult = planner.TableResult

// JobState is what a job is doing.
type JobState string

// The states of a job.
const (
	Running     JobState = "running"
	Paused      JobState = "paused"
	Failed      JobState = "error"
	Backfilling JobState = "backfilling"
)

// JobStatus is a reading of one job.
type JobStatus struct {
	ID      string
	State   JobState
	Err     error // in state error
	Started int64 // ms
	// Rate is rows read a second between the last two Ticks.
	Rate float64
	// Backfill is how much of what was there at the start has been read, in percent.
	Backfill float64
	Tasks    []TaskStatus
}

// TaskStatus is a reading of one task as of its last committed entry.
type TaskStatus struct {
	Task                  string
	Stage                 int
	Partition             int32
	Epoch                 uint64
	RowsIn, RowsOut       int64
	Late, Failed, Skipped int64
	StateRows, StateBytes int64 // bytes in memory
	Spilled               state.SpillStats
	Saved                 SaveStats
	Positions             []log.InputPos // next offsets, by input
	Ends                  []int64        // ends of the inputs now
	Lag                   int64          // records between
}

// Jobs reads all jobs, by id.
func (r *Runtime) Jobs() []JobStatus {
	r.mu.Lock()
	jobs := make([]*job, 0, len(r.mu.jobs))
	for _, j := range r.mu.jobs {
		jobs = append(jobs, j)
	}
	r.mu.Unlock()
	slices.SortFunc(jobs, func(a, b *job) int { return strings.Compare(a.spec.ID, b.spec.ID) })
	out := make([]JobStatus, len(jobs))
	for i, j := range jobs {
		out[i] = j.status()
	}
	return out
}

func (j *job) status() JobStatus {
	s := JobStatus{ID: j.spec.ID}
	var read, target int64
	for _, t := range j.tasks {
		ts, done, all := t.status()
		s.Tasks = append(s.Tasks, ts)
		read, target = read+done, target+all
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s.State, s.Err, s.Started, s.Rate, s.Backfill = j.mu.state, j.mu.err, j.mu.started, j.mu.rate, 100
	if target > 0 {
		s.Backfill = 100 * float64(read) / float64(target)
	}
	if s.State == Running && read < target {
		s.State = Backfilling
	}
	return s
}

// status also gives how many of the records that were there at the start have
// been read, and how many there were.
func (t *task) status() (s TaskStatus, read, target int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := t.mu.total
	s = TaskStatus{
		Task: t.name, Stage: t.stage.ID, Partition: t.part, Epoch: t.mu.epoch,
		RowsIn: total.rowsIn, RowsOut: total.rowsOut, Late: total.late, Failed: total.failed, Skipped: total.skipped,
		StateRows: t.mu.state.rows, StateBytes: t.mu.state.bytes, Spilled: t.mu.state.spilled,
		Saved: t.saved.stats(),
	}
	for i, in := range t.stage.Inputs {
		if i >= len(t.mu.committed) {
			break
		}
		topic := inputTopic(t.spec.ID, t.spec.Plan, in)
		at := t.mu.committed[i]
		_, end, err := t.cfg.Log.Offsets(topic, t.part)
		if err != nil {
			end = at
		}
		s.Positions = append(s.Positions, log.InputPos{Topic: topic, Partition: t.part, Next: at})
		s.Ends = append(s.Ends, end)
		s.Lag += max(end-at, 0)
		target += max(t.mu.target[i]-t.mu.start[i], 0)
		read += max(min(at, t.mu.target[i])-t.mu.start[i], 0)
	}
	return s, read, target
}

// Nodes lists a job's operators for EXPLAIN ANALYZE as of the last committed
// entries: the last stage's root first, counters summed over partitions. A
// stage's nodes stand below those of the stage that reads it.
func (r *Runtime) Nodes(id string) ([]op.NodeInfo, error) {
	j, err := r.job(id)
	if err != nil {
		return nil, err
	}
	var out []op.NodeInfo
	depth := 0
	for i := len(j.spec.Plan.Stages) - 1; i >= 0; i-- {
		nodes := j.stageNodes(j.spec.Plan.Stages[i])
		deepest := 0
		for _, n := range nodes {
			deepest = max(deepest, n.Depth)
			n.Depth += depth
			out = append(out, n)
		}
		depth += deepest + 1
	}
	return out, nil
}

func (j *job) stageNodes(stage *planner.Stage) (sum []op.NodeInfo) {
	for _, t := range j.tasks {
		if t.stage != stage {
			continue
		}
		t.mu.Lock()
		nodes := t.mu.nodes
		t.mu.Unlock()
		if sum == nil {
			sum = slices.Clone(nodes)
			continue
		}
		for i := range min(len(sum), len(nodes)) {
			addStats(&sum[i].Stats, &nodes[i].Stats)
		}
	}
	return sum
}

func addStats(to, s *op.Stats) {
	to.RowsIn += s.RowsIn
	to.RowsOut += s.RowsOut
	to.Late += s.Late
	to.StateRows += s.StateRows
	to.StateBytes += s.StateBytes
	to.Spilled = to.Spilled.Plus(s.Spilled)
	to.StreamTime = max(to.StreamTime, s.StreamTime)
}

// Late lists the late rows that a job's tasks remember, by task.
func (r *Runtime) Late(id string) ([]LateRow, error) {
	j, err := r.job(id)
	if err != nil {
		return nil, err
	}
	var out []LateRow
	for _, t := range j.tasks {
		t.mu.Lock()
		out = append(out, t.mu.late...)
		t.mu.Unlock()
	}
	return out, nil
}

// measure computes the rate at a Tick.
func (j *job) measure(now int64) {
	var rows int64
	for _, t := range j.tasks {
		t.mu.Lock()
		rows += t.mu.total.rowsIn
		t.mu.Unlock()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.mu.seenAt > 0 && now > j.mu.seenAt {
		j.mu.rate = float64(rows-j.mu.seen) * 1000 / float64(now-j.mu.seenAt)
	}
	j.mu.seen, j.mu.seenAt = rows, now
}
