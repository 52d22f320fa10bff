package auth

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"github.com/leatdb/leat/sql/sqlerr"
)

// talker is a client of SCRAM. change may spoil what it sends.
type talker struct {
	t        *testing.T
	password string
	choose   func(offered []string) string
	first    string // instead of the right one
	change   func(final string) string
	offered  []string
	salts    []string
	c        *scram.ClientConversation
	done     bool
}

func (p *talker) Offer(mechanisms []string) (string, []byte, error) {
	p.offered = mechanisms
	client, err := scram.SHA256.NewClient("", p.password, "")
	if err != nil {
		p.t.Fatal(err)
	}
	p.c = client.NewConversation()
	msg, err := p.c.Step("")
	if err != nil {
		p.t.Fatal(err)
	}
	if p.first != "" {
		msg = p.first
	}
	chosen := mechanism
	if p.choose != nil {
		chosen = p.choose(mechanisms)
	}
	return chosen, []byte(msg), nil
}

func (p *talker) Challenge(data []byte) ([]byte, error) {
	for field := range strings.SplitSeq(string(data), ",") {
		if strings.HasPrefix(field, "s=") {
			p.salts = append(p.salts, field)
		}
	}
	msg, err := p.c.Step(string(data))
	if err != nil {
		return nil, errors.New("client is gone")
	}
	if p.change != nil {
		msg = p.change(msg)
	}
	return []byte(msg), nil
}

func (p *talker) Conclude(data []byte) error {
	if _, err := p.c.Step(string(data)); err != nil || !p.c.Valid() {
		p.t.Errorf("the server has not proved that it knows the password: %v", err)
	}
	p.done = true
	return nil
}

func TestSCRAM(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	for _, c := range []struct{ role, password, want, why string }{
		{"ann", "right", "ok", "scram"}, {"root", "right", "ok", "scram"},
		{"ann", "wrong", sqlerr.InvalidPassword, "wrong password"}, {"ann", "", sqlerr.InvalidPassword, "wrong password"},
		{"nobody", "right", sqlerr.InvalidPassword, "no such role"}, {"empty", "", sqlerr.InvalidPassword, "role has no password"},
		{"off", "right", sqlerr.InvalidAuthorization, "role may not log in"},
	} {
		p := &talker{t: t, password: c.password}
		pass, err := f.Enter(from(c.role, "10.0.0.1"), p)
		if code(err) != c.want || p.done != (err == nil) {
			t.Errorf("%+v: %v, concluded %v", c, err, p.done)
		}
		if err == nil && (pass.Role != c.role || pass.Superuser != (c.role == "root") || pass.Guest) {
			t.Errorf("%+v: %+v", c, pass)
		}
		if last := f.lines[len(f.lines)-1]; last.Detail != c.why || last.Result != c.want || last.Role != c.role {
			t.Errorf("%+v: the book says %+v", c, last)
		}
	}
	if f.count["ok"] != 2 || f.count["failed"] != 4 || f.count["refused"] != 1 {
		t.Errorf("counted %v", f.count)
	}
}

// An unknown role cannot be told from a known one: same mechanisms, a salt of its
// own that stays, same error (A2).
func TestUnknownRoleLooksKnown(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	salts := map[string]string{}
	for _, role := range []string{"ann", "nobody", "noone", "empty", "ann", "nobody", "noone", "empty"} {
		p := &talker{t: t, password: "x"}
		_, err := f.Enter(from(role, "10.0.0.1"), p)
		want := "password authentication failed for user \"" + role + "\" (SQLSTATE 28P01)"
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", role, err)
		}
		if old := salts[role]; old != "" && old != p.salts[0] || len(p.salts[0]) != len("s=")+24 {
			t.Errorf("%s: salt %q, before %q", role, p.salts[0], old)
		}
		salts[role] = p.salts[0]
	}
	if salts["nobody"] == salts["noone"] {
		t.Error("two unknown roles have the same salt")
	}
}

func TestBrokenExchanges(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	plus := func([]string) string { return mechanismPlus }
	for name, c := range map[string]struct {
		p    *talker
		want string
	}{
		"unknown mechanism":  {&talker{choose: func([]string) string { return "PLAIN" }}, sqlerr.ProtocolViolation},
		"plus without TLS":   {&talker{choose: plus}, sqlerr.ProtocolViolation},
		"bound without plus": {&talker{first: "p=tls-server-end-point,,n=,r=abc"}, sqlerr.ProtocolViolation},
		"no fields":          {&talker{first: "hello"}, sqlerr.ProtocolViolation},
		"extension":          {&talker{first: "n,,m=x,n=,r=abc"}, sqlerr.ProtocolViolation},
		"other identity":     {&talker{first: "n,a=root,n=,r=abc"}, sqlerr.FeatureNotSupported},
		"other nonce":        {&talker{password: "right", change: func(s string) string { return strings.Replace(s, "r=", "r=x", 1) }}, sqlerr.InvalidPassword},
		"no proof":           {&talker{password: "right", change: func(s string) string { return s[:strings.Index(s, ",p=")] }}, sqlerr.InvalidPassword},
		"binding claimed":    {&talker{password: "right", change: func(s string) string { return "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCws" + s[strings.Index(s, ","):] }}, sqlerr.InvalidPassword},
		"empty proof":        {&talker{password: "right", change: func(s string) string { return s[:strings.Index(s, ",p=")] + ",p=" }}, sqlerr.InvalidPassword},
	} {
		c.p.t = t
		_, err := f.Enter(from("ann", "10.0.0."+string(rune('1'+len(name)%9))), c.p)
		if code(err) != c.want || c.p.done {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A client that goes away before its proof has guessed nothing.
func TestClientThatGoesAway(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	for range 100 {
		p := &talker{t: t, password: "right", first: "n,,n=,r=abc"} // it does not know the nonce
		if _, err := f.Enter(from("ann", "10.0.0.1"), p); err == nil || err.Error() != "client is gone" {
			t.Fatal(err)
		}
	}
	if _, err := f.Enter(from("ann", "10.0.0.1"), &talker{t: t, password: "right"}); err != nil || len(f.lines) != 1 {
		t.Errorf("%v, %d lines", err, len(f.lines))
	}
}

func TestTrust(t *testing.T) {
	f := newFixture(t, "all all all all trust")
	for _, c := range []struct {
		role, addr, want string
		super, guest     bool
	}{
		{"ann", "127.0.0.1", "ok", false, false}, {"root", "127.0.0.1", "ok", true, false}, {"stranger", "127.0.0.1", "ok", true, true},
		{"stranger", "::1", "ok", true, true}, {"stranger", "10.0.0.1", sqlerr.InvalidAuthorization, false, false},
		{"ann", "10.0.0.1", "ok", false, false}, {"off", "127.0.0.1", sqlerr.InvalidAuthorization, false, false},
	} {
		pass, err := f.Enter(from(c.role, c.addr), nil)
		if code(err) != c.want || pass.Superuser != c.super || pass.Guest != c.guest {
			t.Errorf("%+v: %+v, %v", c, pass, err)
		}
	}
	f.SetRules([]Rule{{Listener: "all", Databases: []string{"all"}, Roles: []string{"all"}, Address: "all", Method: Reject}})
	if _, err := f.Enter(from("root", "127.0.0.1"), nil); code(err) != sqlerr.InvalidAuthorization {
		t.Errorf("rejected: %v", err)
	}
}

func TestClientCertificates(t *testing.T) {
	f := newFixture(t, "all all all all cert")
	state := func(name string, verified bool) *tls.ConnectionState {
		cert := &x509.Certificate{Subject: pkix.Name{CommonName: name}}
		s := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}
		if verified {
			s.VerifiedChains = [][]*x509.Certificate{{cert}}
		}
		return s
	}
	for name, c := range map[string]struct {
		role string
		tls  *tls.ConnectionState
		want string
	}{
		"right": {"ann", state("ann", true), "ok"}, "of another": {"root", state("ann", true), sqlerr.InvalidAuthorization},
		"not verified": {"ann", state("ann", false), sqlerr.InvalidAuthorization}, "no TLS": {"ann", nil, sqlerr.InvalidAuthorization},
		"no such role": {"eve", state("eve", true), sqlerr.InvalidAuthorization}, "nameless": {"", state("", true), sqlerr.InvalidAuthorization},
		"may not log in": {"off", state("off", true), sqlerr.InvalidAuthorization},
	} {
		k := from(c.role, "10.0.0.1")
		k.TLS = c.tls
		if _, err := f.Enter(k, nil); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// After five failures a right password does not help either, until the pause is
// over; the book has one line of it.
func TestFloodOfLogins(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	for range 200 {
		_, _ = f.Enter(from("ann", "10.0.0.1"), &talker{t: t, password: "wrong"})
	}
	if f.count["failed"] != FreeFailures || f.count["limited"] != 200-FreeFailures || len(f.lines) != FreeFailures+1 {
		t.Errorf("counted %v, %d lines", f.count, len(f.lines))
	}
	if _, err := f.Enter(from("ann", "10.0.0.1"), &talker{t: t, password: "right"}); code(err) != sqlerr.ConfigurationLimit {
		t.Errorf("in the pause: %v", err)
	}
	if _, err := f.Enter(from("ann", "10.0.0.2"), &talker{t: t, password: "right"}); err != nil {
		t.Errorf("from another address: %v", err)
	}
	f.now = f.now.Add(firstPause)
	if _, err := f.Enter(from("ann", "10.0.0.1"), &talker{t: t, password: "right"}); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}
