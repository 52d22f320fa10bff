package task

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

// mixed is a stream with columns enough to need different ones.
func mixed(meaning string) *catalog.Relation {
	return &catalog.Relation{
		Name: "mixed", Topic: "mixed", Kind: catalog.Stream, Partitions: 1, Meaning: meaning,
		KeyFormat: jsonFormat, ValueFormat: jsonFormat, WrapSingle: true,
		Schema: types.Schema{
			{Name: "id", Type: types.TBigInt, Key: true}, {Name: "a", Type: types.TString}, {Name: "b", Type: types.TInt},
			{Name: "c", Type: types.TBoolean}, {Name: "d", Type: types.TArray(types.TInt)}, {Name: "e", Type: types.TDouble},
		},
	}
}

// mixedRecord draws a record; some are bad somewhere, or have no value.
func mixedRecord(r *rand.Rand) batch.Record {
	pick := func(good, bad string) string {
		if r.IntN(300) == 0 {
			return bad
		}
		return good
	}
	rec := batch.Record{Timestamp: r.Int64N(1000), Key: []byte(pick(fmt.Sprint(r.IntN(9)), "x"))}
	rec.Value = fmt.Appendf(nil, `{"a":"%d","b":%s,"c":%s,"d":%s,"e":%s}`, r.IntN(1000), pick(fmt.Sprint(r.IntN(99)), `"many"`),
		pick("true", `"maybe"`), pick("[1,2,3]", `[1,"x"]`), pick("1.5", "{}"))
	switch r.IntN(300) {
	case 0:
		rec.Value = nil
	case 1:
		rec.Value = []byte("{")
	}
	if r.IntN(10) == 0 {
		rec.Headers = []batch.Header{{Key: "h", Value: []byte{byte(r.IntN(256))}}}
	}
	return rec
}

// seen is what one reader saw: a line a record, in the order they came.
type seen struct {
	needed  []bool
	forward bool
	lines   []string
}

// see adds what a feed has buffered.
func (s *seen) see(f *feed, n int) {
	b, bad := f.take(n)
	live := make([]bool, b.N)
	for i := range b.Len() {
		live[b.Row(i)] = true
	}
	for row := range b.N {
		line := fmt.Sprintf("%d/%d @%d live %v tomb %v", b.Part[row], b.Offset[row], b.Ts[row], live[row], b.Tomb != nil && b.Tomb.Get(row))
		for c := range b.Cols {
			line += fmt.Sprintf(" %v", b.Cols[c].Value(row))
		}
		for _, x := range bad {
			if int(x.Row) == row {
				line += fmt.Sprintf(" bad %s %q %q %v", x.Column, x.Key, x.Value, x.Err)
			}
		}
		for _, h := range f.headers[b.Offset[row]] {
			line += fmt.Sprintf(" header %s=%x", h.Key, h.Value)
		}
		s.lines = append(s.lines, line)
	}
}

// mixedFeed reads the topic from an offset.
func mixedFeed(t testing.TB, cfg *Config, meaning string, needed []bool, at int64, forward bool) *feed {
	f, err := relationFeed(cfg, mixed(meaning), needed, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.forward = forward
	f.seek(at)
	return f
}

func anyColumns(r *rand.Rand) []bool {
	needed := make([]bool, 6)
	for i := range needed {
		needed[i] = r.IntN(2) == 0
	}
	return needed
}

// TestSharersSeeWhatLoneReadersSee lets readers with any columns come, read any
// number of rows up to any limit, and go, while records are written; what each
// saw is what a feed for itself sees, bad records and headers too.
func TestSharersSeeWhatLoneReadersSee(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		n := newNode(t, 1+r.IntN(200))
		n.rt.cfg.MaxDecoded = []int64{1, 6000, 100_000, 32 << 20}[seed%4]
		meaning := []string{"leat", "ksqldb"}[seed/4%2]
		n.topic("mixed", 1)
		const records, readers = 1500, 6
		var working, here sync.WaitGroup
		here.Add(readers)
		saw := make([]seen, readers)
		for i := range saw {
			rng := rand.New(rand.NewPCG(seed, uint64(i)+100))
			working.Go(func() { shareAlong(t, n, meaning, rng, &saw[i], records, &here) })
		}
		for at := 0; at < records; {
			list := make([]batch.Record, min(1+r.IntN(150), records-at))
			for i := range list {
				list[i] = mixedRecord(r)
			}
			n.raw("mixed", 0, list...)
			at += len(list)
		}
		working.Wait()
		for i := range saw {
			checkSeen(t, n, meaning, fmt.Sprintf("seed %d reader %d", seed, i), &saw[i])
		}
		s := n.rt.Tails()
		if s.Bytes != 0 || len(n.rt.cfg.tails.mu.open) != 0 {
			t.Errorf("seed %d: %d bytes of %d tails are left", seed, s.Bytes, len(n.rt.cfg.tails.mu.open))
		}
		if seed%4 > 1 && s.Taken == 0 || seed%4 == 3 && s.Taken <= s.Once { // with little room who comes late finds little
			t.Errorf("seed %d: nothing was shared: %+v", seed, s)
		}
		n.close()
	}
}

// shareAlong reads all records once all readers are here, and comes anew now and
// then.
func shareAlong(t *testing.T, n *node, meaning string, r *rand.Rand, s *seen, records int64, here *sync.WaitGroup) {
	s.needed, s.forward = anyColumns(r), true
	cfg := &n.rt.cfg
	f := mixedFeed(t, cfg, meaning, s.needed, 0, true)
	f.again = r.IntN(2) == 0
	cfg.tails.join(f)
	here.Done()
	here.Wait()
	for f.next < records {
		limit := noEnd - int64(0)
		if r.IntN(3) == 0 {
			limit = f.next + 1 + r.Int64N(100)
		}
		if err := f.fill(1+r.IntN(300), limit); err != nil {
			t.Error(err)
			break
		}
		switch {
		case f.left() > 0:
			for f.left() > 0 {
				s.see(f, 1+r.IntN(f.left()))
			}
		case limit == noEnd:
			<-n.log.Wait("mixed", 0, f.cursor.next)
		}
		switch r.IntN(20) {
		case 0:
			n.rt.cfg.tails.tick()
		case 1: // as a task that reloads
			at := f.next
			f.tail.leave()
			f = mixedFeed(t, cfg, meaning, s.needed, at, true)
			cfg.tails.join(f)
		}
		if b := cfg.tails.bytes.Load(); b > cfg.MaxDecoded {
			t.Errorf("%d bytes of %d", b, cfg.MaxDecoded)
		}
	}
	f.tail.leave()
	f.tail.leave()
}

func checkSeen(t *testing.T, n *node, meaning, of string, got *seen) {
	t.Helper()
	want := seen{needed: got.needed}
	f := mixedFeed(t, &n.rt.cfg, meaning, got.needed, 0, got.forward)
	n.must(f.fill(1<<20, noEnd))
	for f.left() > 0 {
		want.see(f, f.left())
		n.must(f.fill(1<<20, noEnd))
	}
	if slices.Equal(got.lines, want.lines) {
		return
	}
	t.Errorf("%s with columns %v: %d lines, want %d", of, got.needed, len(got.lines), len(want.lines))
	for i := range want.lines {
		if i >= len(got.lines) || got.lines[i] != want.lines[i] {
			t.Fatalf("line %d: got\n%v\nwant\n%s", i, got.lines[i:min(i+1, len(got.lines))], want.lines[i])
		}
	}
}

// TestTailIsBounded has a reader that stands while others go on: what waits for
// it stays within the bound, the others share on, and after some ticks nothing
// waits for it. When it comes it decodes for itself.
func TestTailIsBounded(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	cfg := &n.rt.cfg
	cfg.MaxDecoded = 40_000
	n.topic("mixed", 1)
	all := []bool{true, true, true, true, true, true}
	var feeds []*feed
	for range 4 {
		f := mixedFeed(t, cfg, "leat", all, 0, false)
		cfg.tails.join(f)
		feeds = append(feeds, f)
	}
	r := rand.New(rand.NewPCG(1, 1))
	total := 0
	for range 100 {
		list := make([]batch.Record, 64)
		for i := range list {
			list[i] = mixedRecord(r)
		}
		n.raw("mixed", 0, list...)
		total += len(list)
		for _, f := range feeds[1:] {
			n.must(f.fill(64, noEnd))
			if f.left() != 64 {
				t.Fatalf("%d rows of 64", f.left())
			}
			f.take(64)
		}
		if b := cfg.tails.bytes.Load(); b > cfg.MaxDecoded || b == 0 {
			t.Fatalf("%d bytes wait, the bound is %d", b, cfg.MaxDecoded)
		}
	}
	if s := n.rt.Tails(); s.Once != int64(total) || s.Taken != int64(3*total) || s.Alone != 0 {
		t.Errorf("%d records: %+v", total, s)
	}
	for range ticksForAll + 1 {
		n.rt.Tick(1)
	}
	if s := n.rt.Tails(); s.Bytes != 0 {
		t.Errorf("%d bytes wait for a reader that does not come", s.Bytes)
	}
	var late seen
	for n.must(feeds[0].fill(64, noEnd)); feeds[0].left() > 0; n.must(feeds[0].fill(64, noEnd)) {
		late.see(feeds[0], feeds[0].left())
	}
	late.needed = all
	checkSeen(t, n, "leat", "the late one", &late)
	if s := n.rt.Tails(); s.Alone != int64(total) {
		t.Errorf("the late one decoded %d of %d records", s.Alone, total)
	}
	for _, f := range feeds {
		f.tail.leave()
	}
}

// TestLoneReaderKeepsItsMemory: the rows of a reader without others are decoded
// where the last ones were, and those that another holds never are.
func TestLoneReaderKeepsItsMemory(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	cfg := &n.rt.cfg
	n.topic("mixed", 1)
	needed := []bool{false, false, true, false, false, false}
	place := func(f *feed) *int64 {
		n.raw("mixed", 0, batch.Record{Value: []byte(`{"b":7}`)}, batch.Record{Value: []byte(`{"b":8}`)})
		n.must(f.fill(64, noEnd))
		b, _ := f.take(f.left())
		if b.Cols[2].I64[0] != 7 || b.Cols[2].I64[1] != 8 {
			t.Fatalf("rows %v", rowsOf(b))
		}
		return &b.Cols[2].I64[0]
	}
	one := mixedFeed(t, cfg, "leat", needed, 0, false)
	one.again = true
	cfg.tails.join(one)
	if before, now := place(one), place(one); before != now {
		t.Error("a lone reader does not use its memory again")
	}
	two := mixedFeed(t, cfg, "leat", needed, one.next, false)
	two.again = true
	cfg.tails.join(two)
	held := []*int64{place(one)}
	n.must(two.fill(64, noEnd))
	b, _ := two.take(two.left())
	if &b.Cols[2].I64[0] != held[0] {
		t.Error("two readers have two copies")
	}
	two.tail.leave()
	for range 4 {
		if held = append(held, place(one)); held[len(held)-1] == held[0] || !slices.Equal(b.Cols[2].I64, []int64{7, 8}) {
			t.Fatal("memory that another holds is used again")
		}
	}
	if held[3] != held[4] {
		t.Error("alone again it does not use its memory again")
	}
	one.tail.leave()
}

// TestWhoComesLaterReadsTheLog: what was decoded before a reader came is not for
// it (E7): since then compaction may have changed what its replay will find.
func TestWhoComesLaterReadsTheLog(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	cfg := &n.rt.cfg
	n.topic("mixed", 1)
	n.raw("mixed", 0, batch.Record{Value: []byte(`{"b":7}`)})
	join := func() *feed {
		f := mixedFeed(t, cfg, "leat", []bool{false, false, true, false, false, false}, 0, false)
		cfg.tails.join(f)
		return f
	}
	read := func(f *feed) *int64 {
		n.must(f.fill(64, noEnd))
		b, _ := f.take(f.left())
		return &b.Cols[2].I64[0]
	}
	first, second := join(), join()
	decoded := read(first)
	later := join()
	if own := read(later); *own != 7 || own == decoded {
		t.Error("a reader was given what was decoded before it came")
	}
	if read(second) != decoded {
		t.Error("a reader that was there was not given what was decoded")
	}
	for _, f := range []*feed{first, second, later} {
		f.tail.leave()
	}
}

// TestSubscriptionsDecodeOnce lets many push queries and jobs read one stream:
// each record is decoded once, whatever columns they need, and each reader has
// what it asks for.
func TestSubscriptionsDecodeOnce(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	plan := filterPlan(1)
	var subs []*Subscription
	for range 20 {
		subs = append(subs, n.subscribe(pushOf(plan), SubscribeOptions{}))
	}
	for i := range int64(30) {
		n.insert(clicks(1), []int64{i, i}, types.Row{i, "/a", i}, types.Row{i, "/b", -i})
		for _, s := range subs {
			got := n.drain(s)
			if i == 0 {
				equalLines(t, got)
				continue
			}
			equalLines(t, got, fmt.Sprintf("@%d %d /a %d", i, i, i))
		}
	}
	if s := n.rt.Tails(); s.Once != 60 || s.Taken != 60*20 || s.Alone != 0 || s.Bytes != 0 {
		t.Errorf("60 records, 20 readers: %+v", s)
	}
	for _, s := range subs {
		n.must(s.Close())
	}
	if left := len(n.rt.cfg.tails.mu.open); left != 0 {
		t.Errorf("%d tails are left", left)
	}
}
