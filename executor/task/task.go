package task

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/leatdb/leat/executor/op"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// errStopped ends a task without a failure.
var errStopped = errors.New("task stopped")

// Limits of what rides with the next entry before it gets one of its own.
const (
	maxPendingSteps = 256
	maxPendingRows  = 64 << 10
)

// counters of one task since its job began, part of its checkpoints.
type counters struct {
	rowsIn, rowsOut, late, failed, skipped, steps int64
}

func (c *counters) list() []*int64 {
	return []*int64{&c.rowsIn, &c.rowsOut, &c.late, &c.failed, &c.skipped, &c.steps}
}

// task is one stage x partition of a job: one goroutine that owns all but what
// is in mu and results.
type task struct {
	cfg     *Config
	spec    *JobSpec
	gate    *gate // of the job
	stage   *planner.Stage
	part    int32
	name    string
	files   checkpoints
	core    *core
	sink    *sink
	letters *deadLetters   // nil: count only
	plog    *processingLog // of ksqlDB's meaning; nil: none
	out     outputs
	lateLog []LateRow

	epoch    uint64 // of the last entry proposed
	proposed uint64 // the highest epoch ever proposed: none is proposed twice (E2)
	pending  []step // steps in no entry yet
	waiting  int    // rows of pending
	lastTime int64  // time of the last step, ms
	total    counters
	inFlight int
	broken   error // the entry that failed; memory is to be discarded
	retries  int
	careful  bool    // steps of one row: a row of a greater step stops the job
	fatal    bool    // a row stops the query whatever on_error says
	passed   []int64 // next offset by input, behind rows of which nothing is left to come
	saving   *savedState
	saved    savedTotals
	lastSave int64 // ms
	lastRows int64 // ms

	notify  chan struct{} // something to look at
	stop    chan struct{}
	orderly atomic.Bool
	demand  atomic.Int32 // callers that wait for positions to be committed
	ticks   atomic.Int64 // the latest Tick not yet seen, ms; 0 none
	save    atomic.Bool  // a checkpoint is asked for
	paused  atomic.Bool
	resumed atomic.Int64 // when paused changed last, ms
	atEnd   atomic.Int64 // when the task last had read all there was, ms
	fed     atomic.Bool  // the tasks that feed it had so too (idle.go)
	done    chan struct{}
	writer  sync.WaitGroup
	writing atomic.Bool // a checkpoint is being written: one at a time

	results struct {
		sync.Mutex
		list []commitResult
	}
	mu struct {
		sync.Mutex
		committed []int64 // next offset by input
		start     []int64
		target    []int64 // ends when the task began: behind them it is backfilling
		total     counters
		late      []LateRow
		state     stateSize
		nodes     []op.NodeInfo
		epoch     uint64
		ready     bool // recovered
		halted    bool
		quiet     bool // nothing to do, nothing pending, nothing in flight
		changed   chan struct{}
	}
}

// commitResult is the fate of one entry.
type commitResult struct {
	epoch uint64
	next  []int64
	err   error
}

func (t *task) wake() {
	select {
	case t.notify <- struct{}{}:
	default:
	}
}

// run is the task's goroutine.
func (t *task) run() error {
	defer t.forget()
	for {
		err := t.recover()
		if err == nil {
			err = t.work()
		}
		t.settle()
		switch {
		case errors.Is(err, errReload):
			continue
		case errors.Is(err, errStopped), errors.Is(err, log.ErrClosed):
			return nil
		}
		t.died(err)
		return err
	}
}

// errReload asks for a fresh start from checkpoint and journal.
var errReload = errors.New("task reloads")

// settle waits for the entries in flight, whose fate recovery depends on.
func (t *task) settle() {
	for t.inFlight > 0 {
		<-t.notify
		t.collect()
	}
}

// work runs steps until it is stopped or something fails.
func (t *task) work() error {
	if t.careful {
		t.core.max = 1
	}
	for {
		t.collect()
		if err := t.checkBroken(); err != nil {
			return err
		}
		if t.stopping() {
			return t.finish()
		}
		if err := t.housekeeping(); err != nil {
			return err
		}
		busy, paused := t.inFlight >= t.cfg.InFlight, t.paused.Load()
		if paused && !busy && !t.out.empty() {
			t.commit()
		}
		if busy || paused || !t.cfg.flight.room(t) {
			t.wait(nil)
			continue
		}
		if t.core.more() {
			if err := t.goOn(); err != nil {
				return err
			}
			continue
		}
		in, err := t.core.live()
		if err != nil {
			return err
		}
		if in != nil {
			if err := t.step(in); err != nil {
				return err
			}
			continue
		}
		if len(t.pending) > 0 && (t.demand.Load() > 0 || !t.out.empty()) {
			t.commit()
			continue
		}
		t.atEnd.Store(t.cfg.Clock.Now().UnixMilli())
		t.core.rest()
		t.publishIdle()
		t.wait(t.inputWaits())
	}
}

func (t *task) stopping() bool {
	select {
	case <-t.stop:
		return true
	default:
		return false
	}
}

// checkBroken turns a failed entry into a reload, or into the end of the task
// when reloading does not help.
func (t *task) checkBroken() error {
	if t.broken == nil {
		return nil
	}
	err := t.broken
	switch {
	case errors.Is(err, log.ErrClosed), errors.Is(err, log.ErrUnknownTask):
		return err
	case errors.Is(err, log.ErrFenced), errors.Is(err, log.ErrUnknownOutcome), errors.Is(err, log.ErrNoSpace):
		if t.retries++; t.retries > 100 {
			return err
		}
		t.settle()
		if errors.Is(err, log.ErrNoSpace) && !t.waitTick() {
			return errStopped
		}
		return errReload
	}
	return err
}

// waitTick waits for the next Tick; false when the task is stopped first.
func (t *task) waitTick() bool {
	for t.ticks.Load() == 0 {
		select {
		case <-t.stop:
			return false
		case <-t.notify:
		}
	}
	return true
}

// step runs one step of rows and commits it if it had an effect.
func (t *task) step(in *stepInput) error {
	if t.cfg.Turn != nil {
		defer t.cfg.Turn(t.name)()
	}
	now := t.now()
	t.lastRows = now
	t.publishBusy()
	if err := t.apply(in, now); err != nil {
		return t.failedStep(err)
	}
	t.cfg.At(PointStepped)
	t.pending = append(t.pending, step{kind: stepRows, time: now, slices: in.slices})
	t.waiting += in.rows
	if !t.out.empty() && !t.holds() || len(t.pending) >= maxPendingSteps || t.waiting >= maxPendingRows {
		t.commit()
	}
	return nil
}

// now is the step time: the clock, which for a task never goes back.
func (t *task) now() int64 {
	t.lastTime = max(t.lastTime, t.cfg.Clock.Now().UnixMilli())
	return t.lastTime
}

// apply executes a step and encodes its effects; live and replay alike.
func (t *task) apply(in *stepInput, ms int64) error {
	out, failures, err := t.core.run(in, ms)
	if err != nil {
		return err
	}
	t.total.steps++
	t.total.rowsIn += int64(in.rows)
	t.lendHeaders(in)
	t.emit(out, func(seq int32, err error) {
		r := in.ref(seq)
		failures = append(failures, failure{ref: r, offset: in.ins[r.input].Offset[r.row], stage: "sink", err: err})
	})
	t.dropHeaders()
	t.keepLate()
	return t.reject(in, failures, ms)
}

// emit encodes output batches.
func (t *task) emit(out []*vec.Batch, fail func(seq int32, err error)) {
	before := t.out.records
	for _, b := range out {
		t.sink.write(&t.out, b, fail)
	}
	t.total.rowsOut += t.out.records - before
}

func (t *task) keepLate() {
	t.total.late += int64(len(t.core.late))
	t.lateLog = append(t.lateLog, t.core.late...)
	if n := len(t.lateLog) - t.cfg.LateKept; n > 0 {
		t.lateLog = append(t.lateLog[:0], t.lateLog[n:]...)
	}
}

// reject does with the step's bad records and failed rows what on_error says.
func (t *task) reject(in *stepInput, failures []failure, ms int64) error {
	for i := range in.bad {
		x := &in.bad[i]
		c := &t.core.feeds[x.input].cursor
		d := deadLetter{
			topic: c.topic, partition: x.Partition, offset: x.Offset, key: x.Key, value: x.Value,
			column: x.Column, err: x.Err, query: t.spec.ID, at: ms,
		}
		if x.Column != "" && t.spec.on("ksql.timestamp.throw.on.invalid") && isTimestamp(t.stage.Inputs[x.input], x.Column) {
			t.fatal = true
			return sqlerr.New(x.Err.Code, "Fatal user code error in TimestampExtractor callback for record: %s", x.Err.Message)
		}
		if err := t.rejectOne(&d); err != nil {
			return err
		}
		t.unreadable(x, &d)
	}
	for i := range failures {
		f := &failures[i]
		if sink := t.spec.Plan.Sink; sink != nil && sink.Ksql && f.stage == "Aggregate" {
			// ksqlDB's queries do not survive what an aggregate throws.
			t.fatal = true
			return thrown(f.err)
		}
		if sink := t.spec.Plan.Sink; sink != nil && sink.Ksql && f.stage == "sink" && sqlerr.Is(f.err, sqlerr.NotNullViolation) {
			t.fatal = true // nor what a registered schema has no place for
			return sqlerr.New(sqlerr.NotNullViolation, "Unable to serialize record. topic: %s: %s", sink.Topic, sqlerr.From(f.err).Message)
		}
		c := &t.core.feeds[f.ref.input].cursor
		d := deadLetter{topic: c.topic, partition: t.part, offset: f.offset, err: sqlerr.From(f.err), query: t.spec.ID, at: ms}
		if t.letters != nil || t.plog != nil && t.plog.rows {
			var err error
			if d.key, d.value, err = rawRecord(t.cfg.Log, c.topic, t.part, f.offset, t.cfg.FetchBytes); err != nil {
				return err
			}
		}
		if err := t.rejectOne(&d); err != nil {
			return err
		}
		t.failedRow(f, &d)
	}
	return t.nulled(ms)
}

// thrown is an error of ksqlDB's meaning: its messages are sentences.
func thrown(err error) error {
	e := *sqlerr.From(err)
	if e.Message != "" {
		e.Message = strings.ToUpper(e.Message[:1]) + e.Message[1:]
	}
	return &e
}

// isTimestamp tells whether a column is the event time of an input.
func isTimestamp(in *planner.Input, column string) bool {
	return in.Timestamp != nil && in.Timestamp.Column == column
}

func (t *task) rejectOne(d *deadLetter) error {
	switch t.spec.onError() {
	case "stop":
		return sqlerr.New(d.err.Code, "%s", d.err.Message).
			WithDetail("Topic \"%s\", partition %d, offset %d.", d.topic, d.partition, d.offset).
			WithHint("The query stops at the first row it cannot process because on_error is 'stop'.")
	case "skip":
		t.total.skipped++
		return nil
	}
	t.total.failed++
	if t.letters != nil {
		t.letters.write(&t.out, d)
	}
	return nil
}

// commit proposes what is pending as one journal entry.
func (t *task) commit() {
	appends, crc := t.out.finish()
	t.through()
	next := t.positions()
	epoch := max(t.epoch, t.proposed) + 1
	e := log.JournalEntry{
		Task: t.name, PrevEpoch: t.epoch, Epoch: epoch, EngineVersion: t.cfg.EngineVersion, Time: t.lastTime,
		Steps: encodeSteps(t.pending), Inputs: lowest(t.inputPositions(next)), Outputs: appends,
		OutputCounts: []int64{t.total.rowsOut, t.total.failed}, OutputCRC: crc, Room: t.out.house.take(),
	}
	t.epoch, t.proposed = epoch, epoch
	t.pending, t.waiting = t.pending[:0], 0
	t.inFlight++
	t.publishTotals()
	passed, size := t.passed, sizeOf(&e)
	t.cfg.flight.add(size)
	t.cfg.Log.CommitAsync(e, func(_ log.JournalResult, err error) {
		t.cfg.flight.done(size)
		t.results.Lock()
		t.results.list = append(t.results.list, commitResult{epoch, passed, err})
		t.results.Unlock()
		t.wake()
	})
	t.cfg.At(PointProposed)
}

// collect takes the results of entries: only now is what they did released.
func (t *task) collect() {
	t.results.Lock()
	list := t.results.list
	t.results.list = nil
	t.results.Unlock()
	for _, r := range list {
		t.inFlight--
		if r.err != nil {
			if t.broken == nil {
				t.broken = r.err
			}
			continue
		}
		t.retries = 0
		t.cfg.At(PointCommitted)
		t.publishCommitted(r.epoch, r.next)
		if t.saving != nil && t.saving.epoch == r.epoch {
			t.writeSaved()
		}
	}
}

func (t *task) positions() []int64 {
	next := make([]int64, len(t.core.feeds))
	for i, f := range t.core.feeds {
		next[i] = f.next
	}
	return next
}

func (t *task) inputPositions(next []int64) []log.InputPos {
	out := make([]log.InputPos, len(next))
	for i, f := range t.core.feeds {
		out[i] = log.InputPos{Topic: f.cursor.topic, Partition: t.part, Next: next[i]}
	}
	return out
}

// finish ends the work: orderly with everything committed and a checkpoint.
func (t *task) finish() error {
	if !t.orderly.Load() {
		return errStopped
	}
	for t.core.more() && t.broken == nil { // no checkpoint before all is out
		if err := t.goOn(); err != nil {
			return err
		}
		t.settle()
	}
	if len(t.pending) > 0 {
		t.commit()
	}
	t.settle()
	if t.broken != nil {
		return t.broken
	}
	t.writer.Wait()
	if t.epoch > 0 {
		if err := t.snapshot(); err != nil {
			return err
		}
		t.writer.Wait()
	}
	return errStopped
}

// lowest keeps one position a topic: the log pins by topic, and of two inputs
// that read the same one the slower counts.
func lowest(inputs []log.InputPos) []log.InputPos {
	var out []log.InputPos
next:
	for _, p := range inputs {
		for i := range out {
			if out[i].Topic == p.Topic && out[i].Partition == p.Partition {
				out[i].Next = min(out[i].Next, p.Next)
				continue next
			}
		}
		out = append(out, p)
	}
	return out
}
