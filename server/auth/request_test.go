package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

func request(method, remote string, change func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, "http://localhost/v1/sql", nil)
	r.RemoteAddr = remote
	if change != nil {
		change(r)
	}
	return r
}

func TestPasswordsOverHTTP(t *testing.T) {
	f := newFixture(t, "all all all loopback trust; all all all all scram")
	basic := func(role, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(role, password) }
	}
	for _, c := range []struct {
		remote string
		change func(*http.Request)
		want   string
		role   string
	}{
		{"10.0.0.1:1", nil, sqlerr.InvalidAuthorization, ""},
		{"10.0.0.1:1", basic("ann", "right"), "ok", "ann"},
		{"10.0.0.1:1", basic("ann", "wrong"), sqlerr.InvalidPassword, ""},
		{"10.0.0.1:1", basic("nobody", "right"), sqlerr.InvalidPassword, ""},
		{"10.0.0.1:1", basic("off", "right"), sqlerr.InvalidAuthorization, ""},
		{"10.0.0.1:1", func(r *http.Request) { r.Header.Set("Authorization", "Negotiate abc") }, sqlerr.InvalidAuthorization, ""},
		{"127.0.0.1:1", nil, "ok", "leat"},
		{"127.0.0.1:1", basic("me", "anything"), "ok", "me"},
	} {
		pass, _, err := f.Request(request("POST", c.remote, c.change))
		if code(err) != c.want || pass.Role != c.role {
			t.Errorf("%+v: %+v, %v", c, pass, err)
		}
	}
	if f.count["ok"] != 1 || len(f.lines) != 4 {
		t.Errorf("counted %v, %d lines", f.count, len(f.lines))
	}
	// A password that was right is not hashed again, and costs no line.
	for range 1000 {
		if _, _, err := f.Request(request("POST", "10.0.0.1:1", basic("ann", "right"))); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.lines) != 4 {
		t.Errorf("%d lines", len(f.lines))
	}
	for range 100 {
		_, _, _ = f.Request(request("POST", "10.0.0.3:1", basic("ann", "guess")))
	}
	if f.count["failed"] != 2+FreeFailures {
		t.Errorf("counted %v", f.count)
	}
}

func TestTokens(t *testing.T) {
	f := newFixture(t, "http all off all reject; all all all all scram")
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	token, expires := f.Mint("ann", time.Hour)
	if want := f.now.Add(time.Hour); !expires.Equal(want) {
		t.Errorf("expires %s", expires)
	}
	off, _ := f.Mint("off", time.Hour)
	gone, _ := f.Mint("gone", time.Hour)
	other := newFixture(t, "all all all all scram")
	other.cfg.Secret = []byte("another secret of thirty-two byt")
	strange, _ := other.Mint("ann", time.Hour)
	for text, want := range map[string]string{
		token: "ok", token + "x": sqlerr.InvalidAuthorization, token[:len(token)-1]: sqlerr.InvalidAuthorization, "": sqlerr.InvalidAuthorization,
		"leat_.": sqlerr.InvalidAuthorization, off: sqlerr.InvalidAuthorization, gone: sqlerr.InvalidAuthorization, strange: sqlerr.InvalidAuthorization,
	} {
		if pass, _, err := f.Request(request("POST", "10.0.0.1:1", bearer(text))); code(err) != want || err == nil && pass.Role != "ann" {
			t.Errorf("%q: %+v, %v", text, pass, err)
		}
	}
	f.now = f.now.Add(time.Hour)
	if _, _, err := f.Request(request("GET", "10.0.0.1:1", bearer(token))); err == nil {
		t.Error("an expired token")
	}
	token, _ = f.Mint("ann", time.Hour)
	f.roles["ann"] = person{verifier: cheap(t, "new")}
	if _, _, err := f.Request(request("GET", "10.0.0.1:1", bearer(token))); err == nil {
		t.Error("a token from before the new password")
	}
}

// A cookie alone reads; what changes something needs its echo, which pages of
// other sites cannot know.
func TestCookies(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	token, _ := f.Mint("ann", time.Hour)
	with := func(value, echo string) func(*http.Request) {
		return func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: Cookie, Value: value})
			if echo != "" {
				r.Header.Set(EchoHeader, echo)
			}
		}
	}
	for _, c := range []struct{ method, value, echo, want string }{
		{"GET", token, "", "ok"}, {"POST", token, "", sqlerr.InsufficientPrivilege}, {"POST", token, "x", sqlerr.InsufficientPrivilege},
		{"POST", token, f.Echo(token), "ok"}, {"DELETE", token, f.Echo(token), "ok"}, {"DELETE", token, f.Echo(token + "x"), sqlerr.InsufficientPrivilege},
		{"GET", "stale", "", sqlerr.InvalidAuthorization},
	} {
		if _, _, err := f.Request(request(c.method, "10.0.0.1:1", with(c.value, c.echo))); code(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	f.SetRules([]Rule{{Listener: "all", Databases: []string{"all"}, Roles: []string{"all"}, Address: "loopback", Method: Trust}})
	if pass, _, err := f.Request(request("GET", "127.0.0.1:1", with("stale", ""))); err != nil || !pass.Guest {
		t.Errorf("a stale cookie where trust rules: %+v, %v", pass, err)
	}
}

func TestSeals(t *testing.T) {
	f := newFixture(t, "all all all all scram")
	seal := f.Seal("resume", "ann", "text")
	if !f.Sealed("resume", "ann", "text", seal) {
		t.Error("a seal does not hold")
	}
	for _, w := range [][4]string{{"resume", "bob", "text", seal}, {"other", "ann", "text", seal}, {"resume", "ann", "texts", seal}, {"resume", "annt", "ext", seal}, {"resume", "ann", "text", ""}} {
		if f.Sealed(w[0], w[1], w[2], w[3]) {
			t.Errorf("%v is sealed", w)
		}
	}
}
