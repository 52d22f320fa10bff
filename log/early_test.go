package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

// capturedEarly is a log whose snapshot was captured behind the early application of an entry, before Raft came to it.
func capturedEarly(t *testing.T, fs *vfs.MemFS) *testLog {
	var armed atomic.Bool
	var l *testLog
	snapshot := make(chan error, 1)
	l = openTest(t, fs, func(c *Config) {
		c.At = func(point string) {
			if point != PointAnswer || !armed.CompareAndSwap(true, false) {
				return
			}
			l.data.obsolete.add("/data/log/none") // the capture takes it
			go func() { snapshot <- l.nodes[0].snapshot() }()
			for l.data.obsolete.any() {
				runtime.Gosched()
			}
		}
	})
	l.topic("a", 1)
	l.put("a", 0, "x")
	armed.Store(true)
	l.put("a", 0, "y")
	l.must(<-snapshot)
	meta, payload, err := l.nodes[0].snaps.read(l.nodes[0].snaps.mu.names[0])
	l.must(err)
	d := decoder{b: payload[1:]}
	d.varint()
	if applied := d.uvarint(); applied <= meta.Index {
		t.Fatalf("the snapshot of entry %d has the state of entry %d: it was not taken in between", meta.Index, applied)
	}
	return l
}

// TestEarlyEntryIsAppliedOnce takes a snapshot between the early application of an entry and Raft's, loses the power,
// and finds the entry's row once (L10).
func TestEarlyEntryIsAppliedOnce(t *testing.T) {
	for _, percent := range []int{0, 100} {
		l := capturedEarly(t, vfs.NewCrashableMem())
		l.wantRead("a", 0, 0, "0 x", "1 y")
		lost := l.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(1, 1))})
		again := openTest(t, lost)
		again.wantRead("a", 0, 0, "0 x", "1 y")
		if base := again.put("a", 0, "z"); base != 2 {
			t.Fatalf("the next row landed at %d", base)
		}
		again = again.reopen(true)
		again.wantRead("a", 0, 0, "0 x", "1 y", "2 z")
	}
}

// TestStateAheadOfLog loses the write-ahead log behind such a snapshot: the directory is refused, for new entries would
// be taken for those that the state has.
func TestStateAheadOfLog(t *testing.T) {
	l := capturedEarly(t, vfs.NewMem())
	l.must(l.shutdown(false))
	names, err := l.fs.List("/data/log/g1/wal")
	l.must(err)
	for _, name := range names {
		l.must(l.fs.Remove("/data/log/g1/wal/" + name))
	}
	_, err = Open(context.Background(), smallConfig(l.fs, l.clock), &lines{})
	wantErr(t, err, ErrCorrupt)
}

// counting is a machine that notes what is applied.
type counting struct{ applied []uint64 }

func (*counting) begin(int)              {}
func (*counting) end()                   {}
func (*counting) announce()              {}
func (*counting) capture(int64) *capture { return &capture{} }
func (*counting) restore([]byte) error   { return nil }
func (m *counting) apply(at place, _ command) outcome {
	m.applied = append(m.applied, at.index)
	return outcome{}
}

// earlyBench is an early store without Raft.
type earlyBench struct {
	*earlyStore
	t       *testing.T
	machine *counting
	next    uint64
	leading bool
}

func newEarlyBench(t *testing.T) *earlyBench {
	fs, at := vfs.NewMem(), func(string) {}
	fatal := func(err error) { t.Error(err) }
	w, err := openWAL(walConfig{at: at, fs: fs, dir: fs.PathJoin("/"), group: 1, segmentBytes: 1 << 20, clock: newFakeClock(), fatal: fatal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	b := &earlyBench{t: t, machine: &counting{}, next: 1, leading: true}
	b.earlyStore = &earlyStore{wal: w, fsm: &fsm{machine: b.machine, at: at, fatal: fatal, voters: voters{me: "n1"}}}
	b.fsm.voters.begin(configurationOf("n1"))
	b.open.Store(&earlyWay{leads: func() bool { return b.leading }, leadsIn: func(term uint64) bool { return b.leading && term == 1 }, handOut: func([]byte, []outcome) bool { return true }})
	return b
}

func configurationOf(names ...raft.ServerID) (c raft.Configuration) {
	for _, name := range names {
		c.Servers = append(c.Servers, raft.Server{ID: name, Address: raft.ServerAddress(name)})
	}
	return c
}

func (b *earlyBench) command() *raft.Log {
	var w entryWriter
	w.begin(1)
	w.add(newProducerCommand{})
	return b.entry(raft.LogCommand, w.join())
}

func (b *earlyBench) configuration(names ...raft.ServerID) *raft.Log {
	return b.entry(raft.LogConfiguration, raft.EncodeConfiguration(configurationOf(names...)))
}

func (b *earlyBench) entry(kind raft.LogType, data []byte) *raft.Log {
	b.next++
	return &raft.Log{Index: b.next - 1, Term: 1, Type: kind, Data: data}
}

// store stores entries and wants those at the given indexes, and no others, to be applied by it.
func (b *earlyBench) store(logs []*raft.Log, want ...uint64) {
	b.t.Helper()
	b.machine.applied = nil
	if err := b.StoreLogs(logs); err != nil {
		b.t.Fatal(err)
	}
	if fmt.Sprint(b.machine.applied) != fmt.Sprint(want) {
		b.t.Fatalf("storing entries %d to %d applied %v, want %v", logs[0].Index, b.next-1, b.machine.applied, want)
	}
}

// raft applies what Raft would by now.
func (b *earlyBench) raft(logs ...*raft.Log) {
	for _, l := range logs {
		b.fsm.Apply(l)
	}
}

// TestEarlyOnlyForAnOnlyVoter follows configurations through the store.
func TestEarlyOnlyForAnOnlyVoter(t *testing.T) {
	b := newEarlyBench(t)
	first := b.command()
	b.store([]*raft.Log{first}, 1)
	b.store([]*raft.Log{b.entry(raft.LogNoop, nil), b.command(), b.command()}, 3, 4)
	b.raft(first)
	if len(b.machine.applied) != 2 {
		t.Fatal("Raft applied an entry that was applied")
	}
	behind := []*raft.Log{b.command(), b.configuration("n1", "n2"), b.command()}
	b.store(behind)
	after := b.command()
	b.store([]*raft.Log{after})
	b.raft(behind[0], behind[2], after)
	b.store([]*raft.Log{b.command()}) // committed only when n2 has it
	b.store([]*raft.Log{b.configuration("n1")})
	last := b.command()
	b.store([]*raft.Log{last}) // what is before may not be applied
	b.raft(last)
	b.store([]*raft.Log{b.command()}, b.next-1)
	b.store([]*raft.Log{b.configuration("n2")})
	late := b.command()
	b.store([]*raft.Log{late})
	b.raft(late)
	b.store([]*raft.Log{b.command()}) // another node is the only voter
}

// TestEarlyIsLeftToRaft tries what else the short way is closed for.
func TestEarlyIsLeftToRaft(t *testing.T) {
	b := newEarlyBench(t)
	b.store([]*raft.Log{b.command()}, 1)
	b.leading = false
	l := b.command()
	b.store([]*raft.Log{l})
	b.raft(l)
	b.leading = true
	large := b.entry(raft.LogCommand, append(b.command().Data, bytes.Repeat([]byte{0}, earlyBytes)...))
	b.next--
	large.Index = b.next - 1
	b.store([]*raft.Log{large})
	b.store([]*raft.Log{b.command()}) // the large one is under way
	b = newEarlyBench(t)
	b.store([]*raft.Log{b.command(), b.command()}, 1, 2)
	if err := b.DeleteRange(2, 2); err != nil {
		t.Fatal(err)
	}
	if b.fsm.voters.onlyMe() {
		t.Fatal("the configuration in force is known after the log's end was cut")
	}
}

// TestProposersInTurns has callers propose by themselves, in line and without waiting, all at once: each command is
// applied once, those of one caller in order.
func TestProposersInTurns(t *testing.T) {
	const callers, each = 8, 60
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	topic, _, err := l.data.topicFor("a", 0)
	l.must(err)
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			last := int64(-1)
			answers := make(chan outcome, each)
			for i := range each {
				c := appendCommand{[]appendItem{{topic, 0, -1, valueBatch(0, fmt.Sprint(n, " ", i))}}}
				if n%2 == 0 {
					v, err := l.propose(context.Background(), c, false)
					answers <- outcome{v, err}
				} else {
					l.nodes[0].proposer.enqueue(&proposal{command: c, done: func(o outcome) { answers <- o }})
				}
			}
			for range each {
				o := <-answers
				if o.err != nil {
					t.Error(o.err)
					return
				}
				base := o.value.([]AppendResult)[0].BaseOffset
				if base <= last {
					t.Errorf("caller %d was told %d behind %d", n, base, last)
				}
				last = base
			}
		})
	}
	all.Wait()
	next := make([]int, callers)
	for _, line := range l.read("a", 0, 0) {
		var offset, n, i int
		if _, err := fmt.Sscanf(line, "%d %d %d", &offset, &n, &i); err != nil || i != next[n] {
			t.Fatalf("%q, want row %d of caller %d: %v", line, next[n], n, err)
		}
		next[n]++
	}
	if got := fmt.Sprint(next); got != fmt.Sprint([]int{each, each, each, each, each, each, each, each}) {
		t.Fatalf("rows of callers: %s", got)
	}
}

// TestProposersMeetTheEnd closes the log under callers: each command is applied or refused.
func TestProposersMeetTheEnd(t *testing.T) {
	for range 20 {
		l := openTest(t, vfs.NewMem())
		l.topic("a", 1)
		var acked atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for {
					_, err := l.Append(context.Background(), []Append{{"a", 0, valueBatch(0, "x"), -1}})
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					acked.Add(1)
				}
			})
		}
		for acked.Load() < 20 {
			runtime.Gosched()
		}
		l.must(l.Close())
		all.Wait()
		again := openTest(t, l.fs)
		if got := int64(len(again.read("a", 0, 0))); got != acked.Load() {
			t.Fatalf("%d rows, %d were acknowledged", got, acked.Load())
		}
		l.must(again.Close())
	}
}
