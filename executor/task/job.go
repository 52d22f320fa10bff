package task

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// JobSpec is a persistent query to run.
type JobSpec struct {
	ID   string
	Plan *planner.StreamPlan
	// DeadLetter is the topic of the job's dead-letter stream, for on_error 'dlq'; "" only counts.
	DeadLetter string
	// ProcessingLog is the topic that queries of ksqlDB's meaning log to; "": none.
	ProcessingLog string
	// OnError overrides Plan.OnError: 'dlq', 'skip' or 'stop'.
	OnError string
	// IdleTimeout closes windows by wall clock when no rows have come for so long; 0 never does.
	IdleTimeout time.Duration
	// SinkTopic is written instead of the plan's sink while the job is built beside another; "" otherwise. It does
	// not show in the journal, so that the job goes on from it without.
	SinkTopic string
	// Setting gives the settings that the job was made with; nil: none.
	Setting func(name string) (string, bool)
}

// on tells whether a setting is on; it is off when not set.
func (s *JobSpec) on(name string) bool {
	if s.Setting == nil {
		return false
	}
	v, ok := s.Setting(name)
	return ok && (v == "true" || v == "on")
}

func (s *JobSpec) onError() string {
	switch {
	case s.OnError != "":
		return s.OnError
	case s.Plan.OnError != "":
		return s.Plan.OnError
	}
	return "dlq"
}

// TaskName names a task in the log.
func TaskName(job string, stage int, partition int32) string {
	return fmt.Sprintf("%s/%d/%d", job, stage, partition)
}

// ExchangeTopic names the internal topic that a stage of a job writes.
func ExchangeTopic(job string, stage *planner.Stage) string {
	return fmt.Sprintf("_exchange.%s.%s", job, stage.Exchange.Topic)
}

// inputTopic is the topic of a stage's input.
func inputTopic(job string, p *planner.StreamPlan, in *planner.Input) string {
	if in.Exchange < 0 {
		return in.Topic
	}
	for _, s := range p.Stages {
		if s.ID == in.Exchange && s.Exchange != nil {
			return ExchangeTopic(job, s)
		}
	}
	panic(fmt.Sprintf("BUG: stage %d, which an input reads, has no exchange", in.Exchange))
}

// Activation is what the log must know before StartJob: the exchange topics to
// make and the tasks to begin, with their starts. The caller adds the sink's
// topic and the plan's identity.
func Activation(spec JobSpec) log.Activation {
	var a log.Activation
	if spec.ProcessingLog != "" {
		a.Topics = append(a.Topics, log.TopicConfig{
			Name: spec.ProcessingLog, Partitions: 1, RetentionMs: processingLogMs, RetentionBytes: -1,
		})
	}
	for _, stage := range spec.Plan.Stages {
		if stage.Exchange != nil {
			a.Topics = append(a.Topics, log.TopicConfig{
				Name: ExchangeTopic(spec.ID, stage), Partitions: stage.Exchange.Partitions,
				RetentionMs: -1, RetentionBytes: exchangeBytes, SegmentBytes: exchangeBytes / 4, Internal: true,
			})
		}
		for part := range stage.Partitions {
			t := log.TaskStart{Task: TaskName(spec.ID, stage.ID, part)}
			for _, in := range stage.Inputs {
				at := startAt(&spec, in, part)
				if !slices.ContainsFunc(t.Inputs, func(x log.StartAt) bool { return x.Topic == at.Topic }) {
					t.Inputs = append(t.Inputs, at)
				}
			}
			a.Tasks = append(a.Tasks, t)
		}
	}
	return a
}

// processingLogMs is how long an entry of the processing log is kept: a week.
const processingLogMs = 7 * 86_400_000

// exchangeBytes is what a partition of an exchange keeps behind its reader.
// What the reader still needs is pinned and stays whatever its size.
const exchangeBytes = 64 << 20

// startAt is where a persistent task begins: earliest unless the plan says
// otherwise.
func startAt(spec *JobSpec, in *planner.Input, part int32) log.StartAt {
	at := log.StartAt{Topic: inputTopic(spec.ID, spec.Plan, in), Partition: part}
	if in.Exchange >= 0 {
		return at
	}
	start := in.Start
	if start.Kind == planner.StartDefault {
		start = spec.Plan.Start
	}
	switch start.Kind {
	case planner.StartLatest:
		at.Start = log.Latest
	case planner.StartTime:
		at.Start, at.Time = log.Timestamp, start.Time
	case planner.StartOffsets:
		if o, ok := start.Offsets[part]; ok {
			at.Start, at.Offset = log.Offset, o
		}
	}
	return at
}

// job is a running persistent query.
type job struct {
	spec  JobSpec
	gate  gate
	tasks []*task // by stage, then partition
	mu    struct {
		sync.Mutex
		state   JobState
		err     error
		started int64 // ms
		rate    float64
		seen    int64 // rows at the last Tick
		seenAt  int64
	}
	running sync.WaitGroup
}

// dirOf is the folder of a task's checkpoints: names are escaped, so that no
// identifier leads out of the directory.
func dirOf(task string) string {
	var b strings.Builder
	for i := 0; i < len(task); i++ {
		c := task[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// newJob makes the tasks and proves that they can be built.
func newJob(cfg *Config, spec JobSpec) (*job, error) {
	j := &job{spec: spec}
	j.mu.started = cfg.Clock.Now().UnixMilli()
	for _, stage := range spec.Plan.Stages {
		for part := range stage.Partitions {
			j.tasks = append(j.tasks, newTask(cfg, j, stage, part))
		}
		if err := j.tasks[len(j.tasks)-1].rebuild(); err != nil {
			return nil, err
		}
	}
	return j, nil
}

func newTask(cfg *Config, j *job, stage *planner.Stage, part int32) *task {
	t := &task{
		cfg: cfg, spec: &j.spec, gate: &j.gate, stage: stage, part: part, name: TaskName(j.spec.ID, stage.ID, part),
		notify: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	t.files = checkpoints{fs: cfg.FS, dir: cfg.FS.PathJoin(cfg.Dir, dirOf(t.name))}
	t.mu.changed = make(chan struct{})
	return t
}

// start runs the tasks; each reports to the job when it ends.
func (j *job) start() {
	j.mu.Lock()
	j.mu.state, j.mu.err = Running, nil
	j.mu.Unlock()
	for _, t := range j.tasks {
		j.running.Add(1)
		go func() {
			defer j.running.Done()
			defer close(t.done) // the job's state is set before
			if err := t.run(); err != nil {
				j.fail(t, err)
			}
		}()
	}
}

// fail puts the job into ERROR and stops its other tasks.
func (j *job) fail(t *task, err error) {
	j.mu.Lock()
	first := j.mu.err == nil
	if first {
		j.mu.state, j.mu.err = Failed, err
	}
	j.mu.Unlock()
	t.cfg.Logger.Error("job stopped", "job", j.spec.ID, "task", t.name, "error", err)
	if first {
		j.halt(false)
	}
}

// halt asks the tasks to end; orderly ones commit and checkpoint first.
func (j *job) halt(orderly bool) {
	for _, t := range j.tasks {
		t.halt(orderly)
	}
}

// halt may be called more than once.
func (t *task) halt(orderly bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.mu.halted {
		t.mu.halted = true
		t.orderly.Store(orderly)
		close(t.stop)
	}
}

// wait blocks until the tasks have ended, or ctx has.
func (j *job) wait(ctx context.Context) error {
	for _, t := range j.tasks {
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	j.running.Wait()
	return nil
}

func errNotRunning(id string) error {
	return sqlerr.New(sqlerr.ObjectNotInState, "query \"%s\" is not running", id)
}

func errNoJob(id string) error {
	return sqlerr.New(sqlerr.UndefinedObject, "job \"%s\" does not exist", id)
}
