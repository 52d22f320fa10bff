package log

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

// TestRaftIsToldLater appends on the short way: the state has what Raft does not know, until it is told for a snapshot, or
// for many entries.
func TestRaftIsToldLater(t *testing.T) {
	l := openTest(t, vfs.NewMem(), func(c *Config) { c.SnapshotBytes = 64 << 20 })
	l.topic("a", 1)
	n := l.nodes[0]
	n.proposer.settle()
	before := n.raft.AppliedIndex()
	for i := range 3 {
		l.put("a", 0, fmt.Sprint(i))
	}
	if got := n.raft.AppliedIndex(); got != before {
		t.Fatalf("Raft has applied entry %d", got)
	}
	if got := l.Stats().Groups[1]; got.AppliedIndex != before+3 || got.CommitIndex != before+3 {
		t.Fatalf("applied %d and committed %d, want %d", got.AppliedIndex, got.CommitIndex, before+3)
	}
	l.must(n.snapshot())
	if got := n.raft.AppliedIndex(); got != before+3 {
		t.Fatalf("a snapshot at entry %d, want %d", got, before+3)
	}
	for i := range 1 + behindMost { // the first one goes through Raft, for the write-ahead log is empty
		l.put("a", 0, fmt.Sprint(i))
	}
	for n.raft.AppliedIndex() < before+4+behindMost {
		runtime.Gosched()
	}
	if got := len(l.read("a", 0, 0)); got != 4+behindMost {
		t.Fatalf("%d records", got)
	}
}

// TestPowerGoesBeforeRaftKnows loses the power with entries that Raft was not told of, before and behind snapshots: all that
// was acknowledged is there once.
func TestPowerGoesBeforeRaftKnows(t *testing.T) {
	l := openTest(t, vfs.NewCrashableMem())
	l.topic("a", 1)
	rng := rand.New(rand.NewPCG(1, 1))
	var want []string
	for life := range 12 {
		for range 1 + rng.IntN(2*behindMost) {
			base := l.put("a", 0, "x")
			if base != int64(len(want)) {
				t.Fatalf("life %d: a row landed at %d, want %d", life, base, len(want))
			}
			want = append(want, fmt.Sprintf("%d x", base))
			if rng.IntN(20) == 0 {
				l.must(l.nodes[0].snapshot())
			}
		}
		l = openTest(t, l.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * rng.IntN(3), RNG: rng}))
		l.wantRead("a", 0, 0, want...)
	}
}

// ahead stores an entry on the short way and tells whether that was possible.
func (b *earlyBench) ahead(l *raft.Log) bool {
	b.t.Helper()
	b.machine.applied = nil
	answered := false
	done, err := b.storeAhead(l.Data, time.Unix(1, 0), false, func([]outcome) { answered = true })
	if err != nil || done != answered || done != (fmt.Sprint(b.machine.applied) == fmt.Sprint([]uint64{l.Index})) {
		b.t.Fatalf("entry %d: done %v, answered %v, applied %v, error %v", l.Index, done, answered, b.machine.applied, err)
	}
	return done
}

// TestRaftBringsWhatIsStored has Raft bring entries that were stored without it, alone and with others behind.
func TestRaftBringsWhatIsStored(t *testing.T) {
	b := newEarlyBench(t)
	b.store([]*raft.Log{b.entry(raft.LogNoop, nil)})
	own := []*raft.Log{b.command(), b.command(), b.command()}
	for _, l := range own {
		if !b.ahead(l) {
			t.Fatalf("entry %d took the long way", l.Index)
		}
	}
	b.store(own[:1])
	next := b.command()
	b.store([]*raft.Log{own[1], own[2], next}, next.Index)
	for _, l := range append(own, next) {
		var got raft.Log
		if err := b.GetLog(l.Index, &got); err != nil || string(got.Data) != string(l.Data) || got.Term != 1 {
			t.Fatalf("entry %d of term %d, error %v", l.Index, got.Term, err)
		}
	}
}

// TestRaftBringsAnother has Raft bring another entry in the place of one that was answered, as it would if another node
// led meanwhile: nothing is stored from then on.
func TestRaftBringsAnother(t *testing.T) {
	for name, other := range map[string]func(l raft.Log) *raft.Log{
		"of the next term": func(l raft.Log) *raft.Log { l.Term++; return &l },
		"of another kind":  func(l raft.Log) *raft.Log { l.Type, l.Data = raft.LogNoop, nil; return &l },
		"of other bytes":   func(l raft.Log) *raft.Log { l.Data = append([]byte(nil), l.Data...); return &l },
		"further on":       func(l raft.Log) *raft.Log { l.Index++; return &l },
	} {
		b := newEarlyBench(t)
		var cause error
		b.fatal = func(err error) { cause = err }
		b.store([]*raft.Log{b.entry(raft.LogNoop, nil)})
		own := b.command()
		if !b.ahead(own) {
			t.Fatal("the entry took the long way")
		}
		if err := b.StoreLog(other(*own)); err == nil || !errors.Is(err, cause) {
			t.Errorf("%s: error %v, fatal with %v", name, err, cause)
		}
		if err := b.StoreLog(own); err == nil {
			t.Errorf("%s: the log goes on", name)
		}
		var got raft.Log
		if err := b.GetLog(own.Index, &got); err != nil || string(got.Data) != string(own.Data) {
			t.Errorf("%s: the entry is gone, error %v", name, err)
		}
	}
}

// TestNotAheadOfRaft tries what the short way is closed for.
func TestNotAheadOfRaft(t *testing.T) {
	b := newEarlyBench(t)
	if b.ahead(b.command()) {
		t.Fatal("stored before Raft has stored anything")
	}
	b.next--
	b.store([]*raft.Log{b.entry(raft.LogNoop, nil)})
	b.leading = false
	if b.ahead(b.command()) {
		t.Fatal("stored without leading")
	}
	b.next--
	b.leading = true
	b.store([]*raft.Log{b.configuration("n1", "n2")})
	if b.ahead(b.command()) {
		t.Fatal("stored with two voters")
	}
	b = newEarlyBench(t)
	b.leading = false
	b.store([]*raft.Log{b.command()})
	b.leading = true
	if b.ahead(b.command()) {
		t.Fatal("stored behind an entry that is not applied")
	}
	n := &node{id: dataGroupID, cfg: Config{Transport: func(uint32) (raft.Transport, error) { return nil, nil }}}
	if n.ahead() != nil {
		t.Fatal("other nodes can reach this Raft")
	}
}

// TestAheadAndBeside mixes entries of both ways: large ones go through Raft, which is told of the others first.
func TestAheadAndBeside(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	large := fmt.Sprint(make([]byte, earlyBytes))
	for i := range 40 {
		value := "x"
		if i%7 == 3 {
			value = large
		}
		if base := l.put("a", 0, value); base != int64(i) {
			t.Fatalf("row %d landed at %d", i, base)
		}
	}
	l = l.reopen(true)
	if _, err := l.Append(context.Background(), []Append{{"a", 0, valueBatch(0, "y"), 40}}); err != nil {
		t.Fatal(err)
	}
}

// TestAppendQuietly appends without waking who waits: the rows are there, and the wake-up comes by Tell, by what
// AppendQuietly gave, and with the next command.
func TestAppendQuietly(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	ways := []func(tell func()){func(tell func()) { tell() }, func(func()) { l.Tell() }, func(func()) { l.topic("b", 1) }}
	for i, way := range ways {
		wait := l.Wait("a", 0, int64(i))
		_, tell, err := l.AppendQuietly(context.Background(), []Append{{"a", 0, valueBatch(0, "x"), -1}})
		l.must(err)
		if tell == nil {
			t.Fatalf("row %d: readers were told", i)
		}
		if _, end, err := l.Offsets("a", 0); err != nil || end != int64(i+1) {
			t.Fatalf("the partition ends at %d, error %v", end, err)
		}
		select {
		case <-wait:
			t.Fatalf("row %d woke a reader", i)
		default:
		}
		way(tell)
		<-wait
	}
}
