package log

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

func TestRecordsComeBack(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 2)
	l.put("a", 0, "x", "y")
	l.put("a", 1, "z")
	l.put("a", 0, "w")
	l.wantRead("a", 0, 0, "0 x", "1 y", "2 w")
	l.wantRead("a", 0, 1, "1 y", "2 w")
	l.wantRead("a", 1, 0, "0 z")
	l.wantRead("a", 1, 1)
	_, err := l.Fetch("a", 1, 2, 100)
	wantErr(t, err, ErrOffsetOutOfRange)
	_, err = l.Fetch("a", 2, 0, 100)
	wantErr(t, err, ErrUnknownTopic)
}

// TestRestart reads everything after orderly and abrupt ends, with segments, WAL and snapshots rolling.
func TestRestart(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	var want []string
	for round := range 6 {
		for i := range 40 {
			v := fmt.Sprintf("value %d of round %d, long enough to fill segments", i, round)
			want = append(want, fmt.Sprintf("%d %s", l.put("a", 0, v), v))
		}
		_, _, err := l.ProposeMeta(context.Background(), fmt.Appendf(nil, "round %d", round))
		l.must(err)
		l = l.reopen(round%2 == 0)
		l.wantRead("a", 0, 0, want...)
		l.wantRead("a", 0, 77%int64(len(want)), want[77%len(want):]...)
		if len(l.meta.cmds) != round+1 {
			t.Fatalf("meta has %v", l.meta.cmds)
		}
	}
	if s := l.Stats().Topics[0].Partitions[0]; s.Segments < 5 {
		t.Fatalf("only %d segments", s.Segments)
	}
}

func TestProposeMetaReturnsResult(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	first, r, err := l.ProposeMeta(context.Background(), []byte("one"))
	l.must(err)
	second, _, err := l.ProposeMeta(context.Background(), []byte("two"))
	l.must(err)
	if r != "1:one" || second <= first {
		t.Fatalf("result %v at %d, then %d", r, first, second)
	}
}

func TestTopics(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("b", 2)
	l.topic("a", 1)
	l.topic("b", 2) // equal: no error
	wantErr(t, l.CreateTopic(ctx, TopicConfig{Name: "b", Partitions: 3}), ErrTopicExists)
	wantErr(t, l.CreateTopic(ctx, TopicConfig{Name: "c"}), ErrInvalidTopic)
	wantErr(t, l.CreateTopic(ctx, TopicConfig{Name: "c", Partitions: 1, Placement: []int32{7}}), ErrInvalidTopic)
	c, _ := l.Topic("b")
	c.Partitions, c.RetentionMs = 3, 5
	l.must(l.AlterTopic(ctx, c))
	c.Partitions = 1
	wantErr(t, l.AlterTopic(ctx, c), ErrInvalidTopic)
	l.put("b", 2, "x")
	l.put("a", 0, "x")
	woken := l.Wait("a", 0, 1)
	l.must(l.DropTopic(ctx, "a"))
	<-woken
	wantErr(t, l.DropTopic(ctx, "a"), ErrUnknownTopic)
	l = l.reopen(false)
	names := []string{}
	for _, c := range l.Topics() {
		names = append(names, fmt.Sprintf("%s %d %d", c.Name, c.Partitions, c.RetentionMs))
	}
	if !slices.Equal(names, []string{"b 3 5"}) {
		t.Fatalf("topics %v", names)
	}
	l.topic("a", 1) // the same name is another topic
	l.wantRead("a", 0, 0)
	l.wantRead("b", 2, 0, "0 x")
}

func TestDroppedFilesGo(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	l.put("a", 0, "x")
	l.must(l.DropTopic(context.Background(), "a"))
	l.must(l.RunMaintenance(0))
	names, err := l.fs.List("/data/log/g1/data")
	l.must(err)
	if len(names) != 0 {
		t.Fatalf("left: %v", names)
	}
}

func TestAppendIsAtomic(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("a", 2)
	l.put("a", 1, "x")
	cmd := func(expected int64) []Append {
		return []Append{{"a", 0, valueBatch(0, "p"), -1}, {"a", 1, valueBatch(0, "q"), expected}}
	}
	results, err := l.Append(ctx, cmd(0))
	wantErr(t, err, ErrExpectedOffset)
	wantErr(t, results[1].Err, ErrExpectedOffset)
	l.wantRead("a", 0, 0)
	results, err = l.Append(ctx, cmd(1))
	l.must(err)
	if results[0].BaseOffset != 0 || results[1].LastOffset != 1 {
		t.Fatalf("results %+v", results)
	}
	// The expected offset of a second batch counts the first one of the same command.
	_, err = l.Append(ctx, []Append{{"a", 0, valueBatch(0, "r", "s"), 1}, {"a", 0, valueBatch(0, "t"), 3}})
	l.must(err)
	l.wantRead("a", 0, 0, "0 p", "1 r", "2 s", "3 t")
	_, err = l.Append(ctx, []Append{{"a", 0, valueBatch(0, "u"), -1}, {"none", 0, valueBatch(0, "v"), -1}})
	wantErr(t, err, ErrUnknownTopic)
	l.wantRead("a", 0, 4)
}

func TestAppendRefusesBadBatches(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1, func(c *TopicConfig) { c.MaxMessageBytes = 100 })
	l.topic("c", 1, func(c *TopicConfig) { c.Cleanup = Compact })
	broken := valueBatch(0, "x")
	broken[len(broken)-2] ^= 1
	_, err := l.Append(ctx, []Append{{"a", 0, broken, -1}})
	wantErr(t, err, ErrInvalidRecord)
	wantErr(t, err, batch.ErrInvalid)
	_, err = l.Append(ctx, []Append{{"a", 0, valueBatch(0, string(make([]byte, 100))), -1}})
	wantErr(t, err, ErrTooLarge)
	_, err = l.Append(ctx, []Append{{"c", 0, valueBatch(0, "no key"), -1}})
	wantErr(t, err, ErrInvalidRecord)
}

func TestCodecs(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	var want []string
	for c := batch.None; c <= batch.Zstd; c++ {
		var w batch.Builder
		w.Reset(c, -1, -1, -1)
		for i := range 20 {
			v := fmt.Sprintf("%v %d", c, i)
			want = append(want, fmt.Sprintf("%d %s", len(want), v))
			w.Append(batch.Record{Value: []byte(v)})
		}
		_, err := l.Append(ctx, []Append{{"a", 0, w.Bytes(), -1}})
		l.must(err)
	}
	l.wantRead("a", 0, 0, want...)
	l = l.reopen(true)
	l.wantRead("a", 0, 0, want...)
}

func TestWaiters(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	a, b := l.Wait("a", 0, 0), l.Wait("a", 0, 0)
	select {
	case <-a:
		t.Fatal("woken before there was anything")
	default:
	}
	l.put("a", 0, "x")
	<-a
	<-b
	<-l.Wait("a", 0, 0)
	<-l.Wait("nothing", 0, 0)
	next := l.Wait("a", 0, 1)
	select {
	case <-next:
		t.Fatal("offset 1 is not there yet")
	default:
	}
}

func TestOffsetForTime(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	for i := range 100 { // two records a batch: 10 i and 10 i + 5
		var w batch.Builder
		w.Reset(batch.None, -1, -1, -1)
		w.Append(batch.Record{Value: make([]byte, 50), Timestamp: int64(10 * i)})
		w.Append(batch.Record{Value: make([]byte, 50), Timestamp: int64(10*i + 5)})
		_, err := l.Append(ctx, []Append{{"a", 0, w.Bytes(), -1}})
		l.must(err)
	}
	check := func() {
		t.Helper()
		for _, c := range []struct{ ms, want int64 }{{-5, 0}, {0, 0}, {1, 1}, {5, 1}, {6, 2}, {500, 100}, {501, 101}, {995, 199}, {996, 200}} {
			got, err := l.OffsetForTime("a", 0, c.ms)
			l.must(err)
			if got != c.want {
				t.Errorf("time %d: offset %d, want %d", c.ms, got, c.want)
			}
		}
	}
	check()
	l = l.reopen(true)
	check()
}

// TestBatchLargerThanASegment goes through WAL segments and partition segments that are all smaller.
func TestBatchLargerThanASegment(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	want := []string{}
	for i := range 6 {
		v := fmt.Sprintf("%0*d", []int{10, 30_000}[i%2], i)
		want = append(want, fmt.Sprintf("%d %s", l.put("a", 0, v), v))
	}
	for range 2 {
		l.wantRead("a", 0, 0, want...)
		l = l.reopen(false)
	}
	l.wantRead("a", 0, 3, want[3:]...)
}
