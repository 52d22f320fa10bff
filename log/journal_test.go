package log

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// begin activates a task that reads in/0 from the earliest record.
func (l *testLog) begin(task string) ActivationResult {
	l.t.Helper()
	r, err := l.Activate(context.Background(), Activation{
		PlanID: "plan of " + task,
		Topics: []TopicConfig{{Name: "out", Partitions: 2}},
		Tasks:  []TaskStart{{Task: task, Inputs: []StartAt{{Topic: "in", Start: Earliest}}}},
	})
	l.must(err)
	return r
}

// step is the journal entry that moves a task to epoch, has read up to next and writes one value to out/0.
func step(task string, epoch uint64, next int64) JournalEntry {
	return JournalEntry{
		Task: task, PrevEpoch: epoch - 1, Epoch: epoch, EngineVersion: 3, Time: int64(1000 * epoch),
		Steps:        fmt.Appendf(nil, "steps of %d", epoch),
		Inputs:       []InputPos{{Topic: "in", Next: next}},
		Outputs:      []Append{{"out", 0, valueBatch(0, fmt.Sprintf("%s %d", task, epoch)), -1}},
		OutputCounts: []int64{int64(epoch)}, OutputCRC: uint32(epoch),
	}
}

func (l *testLog) wantJournal(task string, from uint64, want ...string) {
	l.t.Helper()
	var got []string
	l.must(l.JournalRead(task, from, func(e JournalEntry) error {
		if e.Outputs != nil || e.EngineVersion != 3 || e.OutputCRC != uint32(e.Epoch) || e.OutputCounts[0] != int64(e.Epoch) {
			return fmt.Errorf("entry %+v", e)
		}
		got = append(got, fmt.Sprintf("%d-%d@%d %s %d", e.PrevEpoch, e.Epoch, e.Time, e.Steps, e.Inputs[0].Next))
		return nil
	}))
	if !slices.Equal(got, want) {
		l.t.Fatalf("journal of %s\n got %q\nwant %q", task, got, want)
	}
}

func TestJournal(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("in", 1)
	l.begin("t")
	for epoch := uint64(1); epoch <= 3; epoch++ {
		r, err := l.Commit(ctx, step("t", epoch, int64(epoch)))
		l.must(err)
		if r.Epoch != epoch || r.Outputs[0].BaseOffset != int64(epoch)-1 || r.EntryTime != l.clock.ms.Load() {
			t.Fatalf("result %+v", r)
		}
	}
	all := []string{"0-1@1000 steps of 1 1", "1-2@2000 steps of 2 2", "2-3@3000 steps of 3 3"}
	for range 2 {
		l.wantJournal("t", 0, all...)
		l.wantJournal("t", 2, all[2])
		l.wantJournal("t", 3)
		l.wantRead("out", 0, 0, "0 t 1", "1 t 2", "2 t 3")
		s, ok := l.TaskState("t")
		if !ok || s.Epoch != 3 || s.Inputs[0].Next != 3 || s.Start[0].Next != 0 || s.Pinned[0].Next != 0 {
			t.Fatalf("state %+v", s)
		}
		l = l.reopen(false)
	}
	l = l.reopen(true)
	l.wantJournal("t", 0, all...)
	l.must(l.TrimJournal(ctx, "t", 2, []InputPos{{Topic: "in", Next: 2}}))
	l.must(l.RunMaintenance(0))
	l.wantJournal("t", 2, all[2])
	wantErr(t, l.JournalRead("t", 1, func(JournalEntry) error { return nil }), ErrOffsetOutOfRange)
	s, _ := l.TaskState("t")
	if s.TrimEpoch != 2 || s.Pinned[0].Next != 2 {
		t.Fatalf("state %+v", s)
	}
	l.must(l.DropTask(ctx, "t"))
	_, err := l.Commit(ctx, step("t", 4, 4))
	wantErr(t, err, ErrUnknownTask)
	if _, ok := l.TaskState("t"); ok {
		t.Fatal("the task is still there")
	}
}

// TestFencing holds L7: an entry on top of another epoch changes nothing, also when it waits behind the entry that
// moved the task.
func TestFencing(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("in", 1)
	l.begin("t")
	_, err := l.Commit(ctx, step("t", 1, 1))
	l.must(err)
	_, err = l.Commit(ctx, step("t", 1, 1))
	wantErr(t, err, ErrFenced)
	errs := make(chan error, 3)
	done := func(_ JournalResult, err error) { errs <- err }
	l.CommitAsync(step("t", 2, 2), done)
	l.CommitAsync(step("t", 2, 9), done)
	l.CommitAsync(step("t", 3, 3), done)
	l.must(<-errs)
	wantErr(t, <-errs, ErrFenced)
	l.must(<-errs)
	l.wantRead("out", 0, 0, "0 t 1", "1 t 2", "2 t 3")
	l.wantJournal("t", 1, "1-2@2000 steps of 2 2", "2-3@3000 steps of 3 3")
	backwards := step("t", 4, 4)
	backwards.Epoch = 3
	_, err = l.Commit(ctx, backwards)
	wantErr(t, err, ErrInvalidRecord)
}

// TestJournalEntryIsAtomic holds L3: when an output is rejected the task does not move.
func TestJournalEntryIsAtomic(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("in", 1)
	l.begin("t")
	e := step("t", 1, 1)
	e.Outputs = append(e.Outputs, Append{"out", 1, valueBatch(0, "x"), 5})
	_, err := l.Commit(context.Background(), e)
	wantErr(t, err, ErrExpectedOffset)
	if s, _ := l.TaskState("t"); s.Epoch != 0 || s.Inputs[0].Next != 0 {
		t.Fatalf("state %+v", s)
	}
	l.wantRead("out", 0, 0)
}

func TestActivation(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("in", 2)
	for i := range 4 {
		_, err := l.Append(ctx, []Append{{"in", 0, valueBatch(int64(10*i), "x"), -1}})
		l.must(err)
	}
	a := Activation{
		PlanID: "p1",
		Topics: []TopicConfig{{Name: "made", Partitions: 1}},
		Tasks: []TaskStart{
			{Task: "t0", Inputs: []StartAt{{Topic: "in", Start: Latest}, {Topic: "in", Partition: 1, Start: Latest}}},
			{Task: "t1", Inputs: []StartAt{{Topic: "in", Start: Timestamp, Time: 15}, {Topic: "made", Start: Offset, Offset: 99}}},
		},
	}
	want := "[{t0 [{in 0 4} {in 1 0}]} {t1 [{in 0 2} {made 0 0}]}]"
	for range 2 { // the second time, after a restart, gives the same, though the end has moved
		r, err := l.Activate(ctx, a)
		l.must(err)
		if got := fmt.Sprint(r.Tasks); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		l.put("in", 0, "later")
		l = l.reopen(false)
	}
	_, err := l.Activate(ctx, Activation{PlanID: "p2", Tasks: []TaskStart{{Task: "t0"}}})
	wantErr(t, err, ErrTaskExists)
	_, err = l.Activate(ctx, Activation{PlanID: "p2", Drop: []string{"t0"}, Tasks: []TaskStart{{Task: "t2", Inputs: []StartAt{{Topic: "no"}}}}})
	wantErr(t, err, ErrUnknownTopic)
	if got := l.Tasks(); !slices.Equal(got, []string{"t0", "t1"}) {
		t.Fatalf("a rejected activation left tasks %v", got)
	}
	_, err = l.Activate(ctx, Activation{PlanID: "p2", Drop: []string{"t0"}, Tasks: []TaskStart{{Task: "t0", Inputs: []StartAt{{Topic: "in"}}}}})
	l.must(err)
	if s, _ := l.TaskState("t0"); s.Inputs[0].Next != 0 {
		t.Fatalf("replaced task %+v", s)
	}
}

func TestIdempotentProducer(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	first, _, err := l.NewProducer(ctx)
	l.must(err)
	l = l.reopen(false)
	id, epoch, err := l.NewProducer(ctx)
	l.must(err)
	if id <= first || epoch != 0 {
		t.Fatalf("producer %d epoch %d after %d", id, epoch, first)
	}
	send := func(epoch int16, sequence int32, n int) (AppendResult, error) {
		r, err := l.Append(ctx, []Append{{"a", 0, producerBatchOf(id, epoch, sequence, n), -1}})
		return r[0], err
	}
	_, err = send(0, 5, 1)
	wantErr(t, err, ErrOutOfOrderSequence) // nothing was ever written: a producer begins at 0
	for i := range 6 {
		_, err = send(0, int32(2*i), 2)
		l.must(err)
	}
	check := func() {
		t.Helper()
		r, err := send(0, 4, 2)
		l.must(err)
		if !r.Duplicate || r.BaseOffset != 4 || r.LastOffset != 5 {
			t.Fatalf("duplicate: %+v", r)
		}
		_, err = send(0, 0, 2) // older than the window
		wantErr(t, err, ErrOutOfOrderSequence)
		_, err = send(0, 13, 1)
		wantErr(t, err, ErrOutOfOrderSequence)
	}
	check()
	l = l.reopen(false)
	check()
	l = l.reopen(true)
	check()
	_, err = send(1, 0, 1)
	l.must(err)
	_, err = send(0, 12, 1)
	wantErr(t, err, ErrInvalidProducerEpoch)
	if _, end, _ := l.Offsets("a", 0); end != 13 {
		t.Fatalf("end %d", end)
	}
	l.clock.ms.Add(producerExpiryMs + 1)
	_, err = send(0, 40, 1) // forgotten by now
	l.must(err)
}
