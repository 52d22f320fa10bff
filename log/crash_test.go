package log

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// promise is what the log has acknowledged, and what it was asked beyond that.
type promise struct {
	acked    int // values 0..acked-1 of the producer are in "a", each once, in order
	tried    int // values up to this one may be
	epoch    uint64
	tryEpoch uint64
	keyed    [5]int // last acknowledged value of each key of the compacted topic
	tryKeyed [5]int
	topics   int
	meta     int
}

// crashRun is a log that loses its machine again and again.
type crashRun struct {
	t        *testing.T
	rng      *rand.Rand
	fs       *vfs.MemFS
	producer int64
	relaxed  bool    // acknowledged work may be lost, from its end on
	now      promise // of the client
	mu       struct {
		sync.Mutex
		promise // at the last acknowledgement
		crashed *vfs.MemFS
		owed    promise // when the machine was lost
	}
}

var crashSeeds = flag.Uint64("seeds", 100, "seeds of TestCrash, with 16 cuts each; TestCrashRelaxed takes a third")

// TestCrash cuts the power at random operations of the disk, hundreds of times, and checks L1, L3 and L5: what was
// acknowledged is there once and in order, what was under way is there whole or not at all.
func TestCrash(t *testing.T) {
	for seed := range *crashSeeds {
		crashRuns(t, seed, false)
	}
	t.Logf("campaign: seeds 0 to %d: %d power cuts", *crashSeeds-1, 16**crashSeeds)
}

// TestCrashRelaxed does the same with relaxed durability: what is left is a state that there was.
func TestCrashRelaxed(t *testing.T) {
	for seed := range *crashSeeds / 3 {
		crashRuns(t, seed, true)
	}
	t.Logf("campaign: relaxed durability, seeds 0 to %d: %d power cuts", *crashSeeds/3-1, 16*(*crashSeeds/3))
}

func crashRuns(t *testing.T, seed uint64, relaxed bool) {
	r := &crashRun{t: t, rng: rand.New(rand.NewPCG(seed, 7)), fs: vfs.NewCrashableMem(), relaxed: relaxed}
	for range 16 {
		r.cut()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// cut runs until a random operation, loses the power there, and goes on with what the disk kept.
func (r *crashRun) cut() {
	r.publish()
	c := &countdown{then: r.crash}
	c.left.Store(int64(r.rng.IntN(300) + 1))
	clock := newFakeClock()
	cfg := smallConfig(&tickFS{r.fs, c.tick}, clock)
	cfg.Relaxed = r.relaxed
	cfg.Fatal = func(err error) { r.t.Errorf("fatal: %v", err) }
	meta := &lines{}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l, err := Open(ctx, cfg, meta)
	if err != nil {
		r.t.Fatalf("open: %v", err)
	}
	if r.relaxed {
		r.forgive(l, meta)
	}
	r.check(l, meta)
	r.publish()
	steps := r.rng.IntN(80) + 1 // with few, the power goes in the last snapshot, or not at all
	for i := 0; c.left.Load() > 0 && i < steps; i++ {
		r.step(l, i)
		clock.ms.Add(10)
	}
	if err := l.shutdown(r.rng.IntN(2) == 0); err != nil {
		r.t.Fatalf("shutdown: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.crashed != nil {
		r.fs, r.now, r.mu.crashed = r.mu.crashed, r.mu.owed, nil
	}
}

// crash runs inside an operation of the disk.
func (r *crashRun) crash() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.owed = r.mu.promise
	percent := []int{0, 100, r.rng.IntN(101)}[r.rng.IntN(3)]
	r.mu.crashed = r.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: r.rng})
}

// publish makes what the client knows what a crash from now on is held to.
func (r *crashRun) publish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.promise = r.now
}

func (r *crashRun) step(l *Log, i int) {
	ctx := context.Background()
	var err error
	switch {
	case r.now.topics == 0:
		err = r.setup(l)
	case i%13 == 12:
		err = l.RunMaintenance(int64(i))
	case i%5 == 4:
		err = r.commit(l)
	case i%5 == 3:
		err = r.key(l, i)
	case i%17 == 16:
		_, _, err = l.ProposeMeta(ctx, []byte("m"))
		r.now.meta++
	default:
		err = r.append(l)
	}
	if err != nil {
		r.t.Fatalf("step %d: %v", i, err)
	}
	r.publish()
}

// setup makes the topics and the task in one entry. It may have been applied before a crash.
func (r *crashRun) setup(l *Log) error {
	ctx := context.Background()
	_, err := l.Activate(ctx, Activation{PlanID: "setup", Topics: []TopicConfig{
		{Name: "a", Partitions: 2}, {Name: "out", Partitions: 1}, {Name: "c", Partitions: 1, Cleanup: Compact},
	}, Tasks: []TaskStart{{Task: "t", Inputs: []StartAt{{Topic: "a"}}}}})
	if err != nil {
		return err
	}
	r.now.topics = 1
	r.producer, _, err = l.NewProducer(ctx)
	r.producer = 1 << 20 // one fixed producer for the whole run; drawn ids stay below
	return err
}

// append sends the next numbers, or again those whose answer a crash took away.
func (r *crashRun) append(l *Log) error {
	n := r.now.tried - r.now.acked
	if n == 0 {
		n = r.rng.IntN(4) + 1
	}
	r.now.tried = r.now.acked + n
	r.publish()
	b := producerBatchOf(r.producer, 0, int32(r.now.acked), n)
	// The same batch goes to both partitions: they must always agree.
	results, err := l.Append(context.Background(), []Append{{"a", 0, b, -1}, {"a", 1, b, -1}})
	if err != nil {
		return err
	}
	if results[0].BaseOffset != int64(r.now.acked) || results[1] != results[0] {
		return fmt.Errorf("value %d landed at %+v", r.now.acked, results)
	}
	r.now.acked = r.now.tried
	return nil
}

func (r *crashRun) commit(l *Log) error {
	r.now.tryEpoch = r.now.epoch + 1
	r.publish()
	e := step("t", r.now.tryEpoch, 0)
	_, err := l.Commit(context.Background(), e)
	if err != nil && !errors.Is(err, ErrFenced) {
		return err
	}
	r.now.epoch = r.now.tryEpoch
	if r.now.epoch%7 == 0 {
		return l.TrimJournal(context.Background(), "t", r.now.epoch-3, []InputPos{{Topic: "a"}})
	}
	return nil
}

func (r *crashRun) key(l *Log, i int) error {
	k := r.rng.IntN(len(r.now.keyed))
	r.now.tryKeyed[k] = i + 1000*r.now.acked
	r.publish()
	var w batch.Builder
	w.Reset(batch.None, -1, -1, -1)
	w.Append(batch.Record{Key: []byte{byte(k)}, Value: binary.BigEndian.AppendUint64(nil, uint64(r.now.tryKeyed[k]))})
	_, err := l.Append(context.Background(), []Append{{"c", 0, w.Bytes(), -1}})
	r.now.keyed[k] = r.now.tryKeyed[k]
	return err
}

// forgive reduces what relaxed durability owes to what is there, as far as that must agree with itself.
func (r *crashRun) forgive(l *Log, meta *lines) {
	r.now.meta = min(r.now.meta, len(meta.cmds))
	if _, ok := l.Topic("a"); !ok {
		r.now = promise{meta: r.now.meta}
		return
	}
	r.now.acked = min(r.now.acked, r.values(l, 0))
	s, _ := l.TaskState("t")
	r.now.epoch = min(r.now.epoch, s.Epoch)
	var last [5]int
	r.each(l, "c", 0, func(rec *batch.Record) {
		last[rec.Key[0]] = int(binary.BigEndian.Uint64(rec.Value))
	})
	r.now.keyed = last
}

// check compares a recovered log with what it owes.
func (r *crashRun) check(l *Log, meta *lines) {
	owed := &r.now
	if _, ok := l.Topic("a"); !ok {
		if owed.topics > 0 {
			r.t.Fatalf("topics are lost")
		}
		return
	}
	if len(meta.cmds) < owed.meta {
		r.t.Fatalf("%d catalog commands, owed %d", len(meta.cmds), owed.meta)
	}
	n := r.values(l, 0)
	if m := r.values(l, 1); n != m || n != owed.acked && n != owed.tried {
		r.t.Fatalf("%d and %d values, acknowledged %d of %d", n, m, owed.acked, owed.tried)
	}
	owed.acked, owed.tried = n, n
	s, ok := l.TaskState("t")
	if !ok || s.Epoch < owed.epoch || s.Epoch > max(owed.epoch, owed.tryEpoch) {
		r.t.Fatalf("task at epoch %d, owed %d of %d", s.Epoch, owed.epoch, owed.tryEpoch)
	}
	owed.epoch, owed.tryEpoch = s.Epoch, s.Epoch
	if _, end, _ := l.Offsets("out", 0); end != int64(s.Epoch) {
		r.t.Fatalf("%d outputs at epoch %d", end, s.Epoch)
	}
	next := s.TrimEpoch + 1
	err := l.JournalRead("t", s.TrimEpoch, func(e JournalEntry) error {
		if e.Epoch != next {
			return fmt.Errorf("epoch %d, want %d", e.Epoch, next)
		}
		next++
		return nil
	})
	if err != nil || next != s.Epoch+1 {
		r.t.Fatalf("journal up to %d of %d: %v", next-1, s.Epoch, err)
	}
	r.checkKeys(l, owed)
}

// values counts the producer's values in a partition and checks that they are 0, 1, 2...
func (r *crashRun) values(l *Log, partition int32) int {
	n := 0
	r.each(l, "a", partition, func(rec *batch.Record) {
		if v := int(binary.BigEndian.Uint32(rec.Value)); v != n || rec.Offset != int64(n) {
			r.t.Fatalf("value %d at offset %d, want %d", v, rec.Offset, n)
		}
		n++
	})
	return n
}

func (r *crashRun) checkKeys(l *Log, owed *promise) {
	var last [5]int
	r.each(l, "c", 0, func(rec *batch.Record) {
		last[rec.Key[0]] = int(binary.BigEndian.Uint64(rec.Value))
	})
	for k, v := range last {
		if v != owed.keyed[k] && v != owed.tryKeyed[k] {
			r.t.Fatalf("key %d is %d, acknowledged %d, tried %d", k, v, owed.keyed[k], owed.tryKeyed[k])
		}
	}
	owed.keyed, owed.tryKeyed = last, last
}

func (r *crashRun) each(l *Log, topic string, partition int32, fn func(*batch.Record)) {
	var records batch.Reader
	var rec batch.Record
	for at := int64(0); ; {
		f, err := l.Fetch(topic, partition, at, math.MaxInt32)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, b := range f.Batches {
			if err := records.Reset(b.Bytes, 0); err != nil {
				r.t.Fatal(err)
			}
			for records.Next(&rec) {
				fn(&rec)
			}
		}
		if at = f.NextOffset; at == f.HighWatermark {
			return
		}
	}
}
