package auth

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// people are roles in a map.
type people map[string]person

type person struct {
	verifier       string
	nologin, super bool
	limit          int
}

func (p people) Verifier(name string) (verifier string, login, superuser bool, connLimit int, exists bool) {
	r, ok := p[name]
	return r.verifier, !r.nologin, r.super, r.limit, ok
}

// fixture is a guard with a clock that stands still.
type fixture struct {
	*testing.T
	*Guard
	roles people
	now   time.Time
	mu    sync.Mutex
	lines []Event
	count map[string]int
}

func (f *fixture) Record(e Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, e)
	return nil
}

func (f *fixture) Login(result string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[result]++
}

// cheap is a verifier of few iterations, so that tests are quick.
func cheap(t *testing.T, password string) string {
	t.Helper()
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		t.Fatal(err)
	}
	v, err := derive(password, salt, 4096)
	if err != nil {
		t.Fatal(err)
	}
	return v.String()
}

func newFixture(t *testing.T, rules string) *fixture {
	t.Helper()
	f := &fixture{T: t, now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), count: map[string]int{}, roles: people{
		"ann":   {verifier: cheap(t, "right"), limit: -1},
		"root":  {verifier: cheap(t, "right"), super: true, limit: -1},
		"off":   {verifier: cheap(t, "right"), nologin: true},
		"empty": {limit: 3},
	}}
	parsed, err := ParseRules(rules)
	if err != nil {
		t.Fatal(err)
	}
	f.Guard = NewGuard(Config{
		Rules: parsed, Roles: f.roles, Secret: []byte("0123456789abcdef0123456789abcdef"), Now: func() time.Time { return f.now }, Audit: f, Metrics: f,
	})
	return f
}

func from(role, addr string) Knock {
	return Knock{Listener: ListenerWire, Database: "leat", Role: role, From: netip.MustParseAddr(addr), Remote: addr + ":1"}
}

// code is the SQLSTATE of an error, "ok" for none.
func code(err error) string {
	var e *sqlerr.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}
