package auth

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Limits of attempts. A failure counts, a login does not.
const (
	// FreeFailures of one role from one address come before the first pause.
	FreeFailures = 5
	// LongestPause is where pauses stop to double.
	LongestPause = 30 * time.Second
	// AddressFailures are allowed from one address in a minute.
	AddressFailures = 20

	firstPause    = time.Second
	addressEvery  = time.Minute / AddressFailures
	forgetAfter   = 15 * time.Minute // a role's failures from an address, after the last one
	knownFor      = time.Hour        // a role that came in from an address is not held to the address's limit
	rememberPairs = 1 << 16
)

// limiter holds guessing to a rate, by address and by role at an address. An
// IPv6 address counts as its /64.
type limiter struct {
	now func() time.Time
	mu  struct {
		sync.Mutex
		pairs     *recent[pairKey, pair]
		addresses *recent[netip.Prefix, bucket]
	}
}

type pairKey struct {
	from netip.Prefix
	role string
}

// pair is one role's history at one address.
type pair struct {
	failures int
	last     time.Time // failure
	until    time.Time // no attempt before
	good     time.Time // login
	told     bool      // the book has a line of this pause
}

// bucket is what an address has left.
type bucket struct {
	left float64
	at   time.Time
	told bool // the book has a line of its being empty
}

func newLimiter(now func() time.Time) *limiter {
	l := &limiter{now: now}
	l.mu.pairs = newRecent[pairKey, pair](rememberPairs)
	l.mu.addresses = newRecent[netip.Prefix, bucket](rememberPairs)
	return l
}

func keyOf(from netip.Addr, role string) pairKey {
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	p, err := from.Prefix(bits)
	if err != nil {
		panic("BUG: address without prefix: " + from.String())
	}
	return pairKey{p, role[:min(len(role), 128)]}
}

// wait is how long the next attempt has to wait, 0 when it may come. first is
// true once a pause.
func (l *limiter) wait(from netip.Addr, role string) (d time.Duration, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waitLocked(keyOf(from, role), l.now())
}

func (l *limiter) waitLocked(k pairKey, now time.Time) (d time.Duration, first bool) {
	p := l.mu.pairs.get(k)
	if p != nil {
		if now.Sub(p.last) > forgetAfter {
			p.failures, p.until = 0, time.Time{}
		}
		if now.Before(p.until) {
			return p.until.Sub(now), once(&p.told)
		}
		p.told = false
		if now.Sub(p.good) < knownFor {
			return 0, false
		}
	}
	// Nothing is kept of a role that is refused for its address: who makes up names
	// pushes out nobody's history (A4).
	b := l.mu.addresses.get(k.from)
	if b == nil {
		return 0, false
	}
	b.refill(now)
	if b.left < 1 {
		return time.Duration((1 - b.left) * float64(addressEvery)), once(&b.told)
	}
	b.told = false
	return 0, false
}

// once is true the first time.
func once(told *bool) bool {
	first := !*told
	*told = true
	return first
}

func (b *bucket) refill(now time.Time) {
	b.left = min(AddressFailures, b.left+float64(now.Sub(b.at))/float64(addressEvery))
	b.at = now
}

// judge looks at a proof, which is a guess until it holds. Attempts that run at
// the same time are judged one after the other: none slips past the limit.
func (l *limiter) judge(from netip.Addr, role string, proof func() bool) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, now := keyOf(from, role), l.now()
	if d, _ := l.waitLocked(k, now); d > 0 {
		return false, d
	}
	if proof() {
		p := l.mu.pairs.put(k)
		*p = pair{good: now}
		return true, 0
	}
	p := l.mu.pairs.put(k)
	p.failures++
	p.last = now
	if over := p.failures - FreeFailures; over >= 0 {
		p.until = now.Add(min(LongestPause, firstPause<<min(over, 10)))
	}
	b := l.mu.addresses.get(k.from)
	if b == nil {
		b = l.mu.addresses.put(k.from)
		*b = bucket{left: AddressFailures, at: now}
	}
	b.refill(now)
	b.left--
	return false, 0
}

// recent is a map of bounded size that forgets what has not been used for
// longest.
type recent[K comparable, V any] struct {
	most  int
	items map[K]*list.Element // of *item[K, V]
	order *list.List          // used last at the back
}

type item[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, items: map[K]*list.Element{}, order: list.New()}
}

// get gives what is there, nil when nothing is.
func (r *recent[K, V]) get(k K) *V {
	e := r.items[k]
	if e == nil {
		return nil
	}
	r.order.MoveToBack(e)
	return &e.Value.(*item[K, V]).value
}

// put gives what is there, or a zero value that is there from now on.
func (r *recent[K, V]) put(k K) *V {
	if v := r.get(k); v != nil {
		return v
	}
	if len(r.items) >= r.most {
		oldest := r.order.Front()
		r.order.Remove(oldest)
		delete(r.items, oldest.Value.(*item[K, V]).key)
	}
	i := &item[K, V]{key: k}
	r.items[k] = r.order.PushBack(i)
	return &i.value
}
