package auth

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"
)

func no() bool  { return false }
func yes() bool { return true }

// Failures of one role from one address: five are free, then pauses double to
// 30 s. A login ends them.
func TestPausesDouble(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLimiter(func() time.Time { return now })
	from := netip.MustParseAddr("10.0.0.1")
	fail := func() {
		t.Helper()
		if ok, wait := l.judge(from, "ann", no); ok || wait != 0 {
			t.Fatalf("judged %v, wait %s", ok, wait)
		}
	}
	for range FreeFailures {
		if d, _ := l.wait(from, "ann"); d != 0 {
			t.Fatalf("a pause of %s before the fifth failure", d)
		}
		fail()
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		want *= time.Second
		d, first := l.wait(from, "ann")
		if d != want || !first {
			t.Fatalf("pause %s, first %v; want %s", d, first, want)
		}
		if _, first := l.wait(from, "ann"); first {
			t.Error("the pause is told twice")
		}
		if ok, wait := l.judge(from, "ann", yes); ok || wait != want {
			t.Errorf("judged in the pause: %v, %s", ok, wait)
		}
		if d, _ := l.wait(netip.MustParseAddr("10.0.0.2"), "ann"); d != 0 {
			t.Errorf("another address waits %s", d)
		}
		now = now.Add(want)
		fail()
	}
	now = now.Add(LongestPause)
	if ok, _ := l.judge(from, "ann", yes); !ok {
		t.Fatal("the right password after the pause")
	}
	for range FreeFailures {
		fail()
	}
}

// An address has twenty failures a minute for all roles together, its roles that
// came in before excepted.
func TestAddressIsLimited(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLimiter(func() time.Time { return now })
	from := netip.MustParseAddr("2001:db8::1")
	if ok, _ := l.judge(from, "known", yes); !ok {
		t.Fatal("the first login")
	}
	judged := 0
	for i := range 1000 {
		// Each from another address of the same /64.
		a := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+2))
		if _, wait := l.judge(a, fmt.Sprint("role", i), no); wait == 0 {
			judged++
		}
	}
	if judged != AddressFailures {
		t.Errorf("%d guesses at once, want %d", judged, AddressFailures)
	}
	if d, _ := l.wait(from, "known"); d != 0 {
		t.Errorf("a role that came in before waits %s", d)
	}
	if d, _ := l.wait(from, "new"); d <= 0 || d > addressEvery {
		t.Errorf("a new role waits %s", d)
	}
	now = now.Add(time.Minute)
	for i := range 1000 {
		if _, wait := l.judge(from, fmt.Sprint("later", i), no); wait == 0 {
			judged++
		}
	}
	if judged != 2*AddressFailures {
		t.Errorf("%d guesses within a minute, want %d", judged, 2*AddressFailures)
	}
}

// However many connections guess at the same time, they get no more than one
// would (A3).
func TestGuessesAtTheSameTime(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLimiter(func() time.Time { return now })
	from := netip.MustParseAddr("10.0.0.1")
	var wg sync.WaitGroup
	looked := make(chan bool, 10000)
	for range 100 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				l.judge(from, "ann", func() bool { looked <- true; return false })
			}
		}()
	}
	wg.Wait()
	if len(looked) != FreeFailures {
		t.Errorf("%d proofs were looked at, want %d", len(looked), FreeFailures)
	}
}

func TestMemoryOfAttemptsIsBounded(t *testing.T) {
	r := newRecent[int, int](3)
	for i := range 5 {
		*r.put(i) = i * 10
		r.get(0)
	}
	if len(r.items) != 3 || r.order.Len() != 3 || r.get(0) == nil || r.get(1) != nil || *r.get(4) != 40 {
		t.Errorf("%d items, %d in order", len(r.items), r.order.Len())
	}
	l := newLimiter(time.Now)
	for i := range rememberPairs + 1000 {
		l.judge(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), "x", no)
	}
	if n := len(l.mu.pairs.items); n != rememberPairs {
		t.Errorf("%d pairs are remembered", n)
	}
}
