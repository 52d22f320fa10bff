package state

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

type twinSession struct {
	key        string
	start, end int64
	word       int64
	blob       string
}

// TestSessionStoreTwin compares a SessionStore with a sorted slice.
func TestSessionStoreTwin(t *testing.T) {
	for seed := range int64(20) {
		rng := rand.New(rand.NewSource(seed))
		budget := &Budget{}
		s := NewSessionStore(1, 1, budget)
		var twin []twinSession
		var saved chains
		for range 400 {
			key := []byte{byte('a' + rng.Intn(4))}
			switch rng.Intn(4) {
			case 0, 1:
				twin = addSession(rng, s, twin, key)
			case 2:
				if r := s.Find(key); r != None {
					start, end := s.Span(r)
					s.Remove(r)
					i := slices.IndexFunc(twin, func(x twinSession) bool {
						return x.key == string(key) && x.start == start && x.end == end
					})
					twin = slices.Delete(twin, i, i+1)
				}
			case 3:
				twin = endSessions(t, seed, rng, s, twin)
			}
			checkSessions(t, seed, s, twin)
			if budget.Used() != s.Bytes() {
				t.Fatalf("seed %d: budget %d, store %d", seed, budget.Used(), s.Bytes())
			}
			if rng.Intn(40) == 0 {
				s = saved.reload(t, s, func() store {
					*budget = Budget{}
					return NewSessionStore(1, 1, budget)
				}).(*SessionStore)
			} else if rng.Intn(20) == 0 {
				saved.save(s, func() {})
			}
		}
	}
}

func addSession(rng *rand.Rand, s *SessionStore, twin []twinSession, key []byte) []twinSession {
	start := int64(rng.Intn(100)) * 10
	for _, x := range twin {
		if x.key == string(key) && x.start == start {
			return twin
		}
	}
	r := s.Alloc()
	x := twinSession{string(key), start, start + int64(rng.Intn(9)), rng.Int63(), fmt.Sprint(rng.Int())}
	s.Words(r)[0] = x.word
	s.SetBlob(r, 0, []byte(x.blob))
	s.Link(r, key, x.start, x.end)
	return append(twin, x)
}

func endSessions(t *testing.T, seed int64, rng *rand.Rand, s *SessionStore, twin []twinSession) []twinSession {
	bound := int64(rng.Intn(200))
	var want []twinSession
	twin = slices.DeleteFunc(twin, func(x twinSession) bool {
		if x.end < bound {
			want = append(want, x)
		}
		return x.end < bound
	})
	slices.SortFunc(want, func(a, b twinSession) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start), cmp.Compare(a.key, b.key))
	})
	var got []twinSession
	ended, more := s.Ended(bound, nil)
	if more {
		t.Fatalf("seed %d: a store in memory does not list all that ended", seed)
	}
	for _, r := range ended {
		got = append(got, readSession(s, r))
		s.Remove(r)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("seed %d: ended before %d: got %v, want %v", seed, bound, got, want)
	}
	return twin
}

func readSession(s *SessionStore, r Row) twinSession {
	start, end := s.Span(r)
	return twinSession{string(s.Key(r)), start, end, s.Words(r)[0], string(s.Blob(r, 0))}
}

func checkSessions(t *testing.T, seed int64, s *SessionStore, twin []twinSession) {
	t.Helper()
	if s.Len() != len(twin) {
		t.Fatalf("seed %d: %d sessions, want %d", seed, s.Len(), len(twin))
	}
	for k := byte('a'); k < 'e'; k++ {
		var got, want []twinSession
		for r := s.Find([]byte{k}); r != None; r = s.Next(r) {
			got = append(got, readSession(s, r))
		}
		for _, x := range twin {
			if x.key == string(k) {
				want = append(want, x)
			}
		}
		slices.SortFunc(want, func(a, b twinSession) int { return cmp.Compare(a.start, b.start) })
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: sessions of %c: got %v, want %v", seed, k, got, want)
		}
	}
}

type twinJoin struct {
	side    int
	key     string
	t, n    int64
	row     string
	pending bool
	gone    bool
}

// TestJoinBufferTwin compares a JoinBuffer with a sorted slice.
func TestJoinBufferTwin(t *testing.T) {
	for seed := range int64(20) {
		rng := rand.New(rand.NewSource(seed))
		budget := &Budget{}
		b := NewJoinBuffer(budget)
		var twin []*twinJoin
		var saved chains
		var n, now int64
		for range 500 {
			now += int64(rng.Intn(5))
			side, key := rng.Intn(2), []byte{byte('a' + rng.Intn(3))}
			switch rng.Intn(6) {
			case 0, 1, 2:
				n++
				x := &twinJoin{side, string(key), max(0, now-int64(rng.Intn(50))), n, fmt.Sprint(rng.Int()), rng.Intn(2) == 0, false}
				if rng.Intn(10) == 0 {
					x.pending, x.gone = true, true
					b.Hold(side, x.t, []byte(x.row))
				} else {
					b.Put(side, key, x.t, []byte(x.row), x.pending)
				}
				twin = append(twin, x)
			case 3:
				matchJoin(t, seed, rng, b, twin, side, key, now)
			case 4:
				bound := now - int64(rng.Intn(80))
				b.Expire(side, bound)
				for _, x := range twin {
					x.gone = x.gone || (x.side == side && x.t < bound)
				}
			case 5:
				flushJoin(t, seed, rng, b, twin, now)
			}
			twin = slices.DeleteFunc(twin, func(x *twinJoin) bool { return x.gone && !x.pending })
			waits := slices.ContainsFunc(twin, func(x *twinJoin) bool { return x.pending })
			if b.Pending() != waits {
				t.Fatalf("seed %d: pending %v, want %v", seed, b.Pending(), waits)
			}
			if budget.Used() != b.Bytes() {
				t.Fatalf("seed %d: budget %d, buffer %d", seed, budget.Used(), b.Bytes())
			}
			if b.Len() != len(twin) {
				t.Fatalf("seed %d: %d rows, want %d", seed, b.Len(), len(twin))
			}
			if rng.Intn(40) == 0 {
				b = saved.reload(t, b, func() store {
					*budget = Budget{}
					return NewJoinBuffer(budget)
				}).(*JoinBuffer)
			} else if rng.Intn(20) == 0 {
				saved.save(b, func() {})
			}
		}
	}
}

func byTime(a, b *twinJoin) int { return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.n, b.n)) }

func matchJoin(t *testing.T, seed int64, rng *rand.Rand, b *JoinBuffer, twin []*twinJoin, side int, key []byte, now int64) {
	from := now - int64(rng.Intn(60))
	to := from + int64(rng.Intn(60))
	var hits []*twinJoin
	for _, x := range twin {
		if x.side == side && x.key == string(key) && !x.gone && x.t >= from && x.t <= to {
			hits = append(hits, x)
		}
	}
	slices.SortFunc(hits, byTime)
	rows := b.Matches(side, key, from, to, nil)
	if len(rows) != len(hits) {
		t.Fatalf("seed %d: %d matches, want %d", seed, len(rows), len(hits))
	}
	for i, r := range rows {
		if b.Time(r) != hits[i].t || string(b.Row(r)) != hits[i].row {
			t.Fatalf("seed %d: match %d is another row", seed, i)
		}
		if rng.Intn(2) == 0 {
			b.Matched(r)
			hits[i].pending = false
		}
	}
}

func flushJoin(t *testing.T, seed int64, rng *rand.Rand, b *JoinBuffer, twin []*twinJoin, now int64) {
	bounds := [2]int64{now - int64(rng.Intn(60)), now - int64(rng.Intn(60))}
	var want []*twinJoin
	for _, x := range twin {
		if x.pending && x.t < bounds[x.side] {
			want = append(want, x)
		}
	}
	slices.SortFunc(want, byTime)
	i := 0
	err := b.Flush(bounds, false, func(side int, at int64, row []byte) error {
		if i >= len(want) || want[i].side != side || want[i].t != at || want[i].row != string(row) {
			t.Fatalf("seed %d: flushed row %d is another", seed, i)
		}
		want[i].pending = false
		i++
		return nil
	})
	if err != nil || i != len(want) {
		t.Fatalf("seed %d: flushed %d rows, want %d (%v)", seed, i, len(want), err)
	}
}

// TestWindowStore: windows close in ascending order whatever order they were
// opened in, and a reused table is empty.
func TestWindowStore(t *testing.T) {
	budget := &Budget{}
	s := NewWindowStore(1, 1, budget)
	for _, start := range []int64{30, -10, 20, 0, 10} {
		r, _ := s.Window(start, true).UpsertKey([]byte("k"))
		s.Window(start, false).Words(r)[0] = start
		s.Window(start, false).SetBlob(r, 0, []byte(fmt.Sprint(start)))
	}
	if s.Window(5, false) != nil || s.Windows() != 5 || s.Len() != 5 {
		t.Fatalf("%d windows with %d rows, want 5 and 5", s.Windows(), s.Len())
	}
	var saved chains
	empty := func() store { return NewWindowStore(1, 1, nil) }
	saved.reload(t, s, empty)
	for want := int64(-10); want <= 30; want += 10 {
		start, tab, ok := s.Oldest()
		if !ok || start != want || tab.Words(tab.FindKey([]byte("k")))[0] != want {
			t.Fatalf("oldest window is %d, want %d", start, want)
		}
		s.DropOldest()
		r, fresh := s.Window(1000+want, true).UpsertKey([]byte("k"))
		if tab := s.Window(1000+want, false); !fresh || tab.Words(r)[0] != 0 || tab.Blob(r, 0) != nil {
			t.Fatalf("window %d begins with rows of a closed one", 1000+want)
		}
		saved.reload(t, s, empty)
	}
	if budget.Used() != s.Bytes() {
		t.Fatalf("budget %d, store %d", budget.Used(), s.Bytes())
	}
}
