package auth

import (
	"net/netip"
	"strings"
	"testing"
)

func TestFirstRuleThatFits(t *testing.T) {
	rules, err := ParseRules(`# comments and empty lines are skipped

pgwire all      root,admin all          reject   # not from anywhere
http   all      all       10.0.0.0/8    cert; all all all 10.1.2.3 reject
pgwire leat     all       10.0.0.0/8    scram
pgwire sameuser all       fe80::/10     scram
all    all      all       loopback      trust`)
	if err != nil {
		t.Fatal(err)
	}
	g := NewGuard(Config{Rules: rules})
	for _, c := range []struct {
		listener, database, role, addr string
		want                           Method
	}{
		{"pgwire", "leat", "root", "127.0.0.1", Reject}, {"pgwire", "leat", "admin", "10.0.0.1", Reject},
		{"http", "leat", "root", "10.0.0.1", Cert}, {"pgwire", "leat", "ann", "10.1.2.3", Reject},
		{"pgwire", "leat", "ann", "10.1.2.4", SCRAM}, {"pgwire", "postgres", "ann", "10.1.2.4", Reject},
		{"pgwire", "ann", "ann", "fe80::1", SCRAM}, {"pgwire", "leat", "ann", "fe80::1", Reject},
		{"pgwire", "leat", "ann", "127.1.2.3", Trust}, {"http", "leat", "ann", "::1", Trust}, {"http", "leat", "ann", "11.0.0.1", Reject},
	} {
		k := Knock{Listener: c.listener, Database: c.database, Role: c.role, From: netip.MustParseAddr(c.addr)}
		if got := g.Method(k); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	for _, r := range rules {
		if again, err := ParseRules(r.String()); err != nil || again[0].String() != r.String() {
			t.Errorf("%q reads back as %v, %v", r, again, err)
		}
	}
}

func TestRulesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"": "no authentication rule", "# nothing": "no authentication rule", "all all all all": "five words",
		"tcp all all all trust": "listener", "all all all all md5": "method", "all all all 10.0.0.0/99 trust": "address",
		"all all all all trust\nall all all nowhere trust": "line 2",
	} {
		if _, err := ParseRules(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTrustOfStrangers(t *testing.T) {
	for text, want := range map[string]bool{
		DefaultRules: false, "all all all all scram": false, "all all all 127.0.0.0/8 trust": false, "all all all ::1 trust": false,
		"all all all all trust": true, "http all all 10.0.0.0/8 trust": true, "all all all 0.0.0.0/0 trust": true,
		"all all all 127.0.0.0/7 trust": true, "all all all ::/0 trust": true,
	} {
		rules, err := ParseRules(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := TrustsStrangers(rules); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestAddressOfRemote(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3:55": "10.1.2.3", "[::ffff:10.1.2.3]:55": "10.1.2.3", "[fe80::1%eth0]:55": "fe80::1", "10.1.2.3": "10.1.2.3", "pipe": "127.0.0.1", "": "127.0.0.1",
	} {
		if got := Address(text); got.String() != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
