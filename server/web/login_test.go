package web

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/leatdb/leat/server/auth"
)

// openLocked is a site whose rules ask for a password, with two roles.
func openLocked(t *testing.T) *fixture {
	t.Helper()
	f := open(t)
	f.sql("CREATE STREAM s (k TEXT KEY, v INT)")
	f.sql("CREATE ROLE ann LOGIN PASSWORD 'right'; CREATE ROLE bob LOGIN PASSWORD 'right'; GRANT SELECT, INSERT ON s TO ann; GRANT SELECT ON s TO bob")
	f.rules("all all all all scram")
	return f
}

func (f *fixture) rules(text string) {
	f.Helper()
	rules, err := auth.ParseRules(text)
	if err != nil {
		f.Fatal(err)
	}
	f.db.Guard().SetRules(rules)
}

// login gives the answer of POST /v1/login.
func (f *fixture) login(user, password string, cookie bool) (int, sessionBody, *http.Cookie) {
	f.Helper()
	b, err := json.Marshal(credentials{user, password, cookie})
	if err != nil {
		f.Fatal(err)
	}
	code, body, header := f.do("POST", "/v1/login", string(b), "Content-Type: application/json")
	var s sessionBody
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		f.Fatalf("%s: %v", body, err)
	}
	for _, c := range (&http.Response{Header: header}).Cookies() {
		return code, s, c
	}
	return code, s, nil
}

const typeSQL = "Content-Type: text/plain"

func TestWhoMayAsk(t *testing.T) {
	f := openLocked(t)
	_, s, _ := f.login("ann", "right", false)
	basic := func(user, password string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(user, password)
		return "Authorization: " + r.Header.Get("Authorization")
	}
	for _, c := range []struct {
		header string
		want   int
		role   string
	}{
		{"X: y", 401, ""}, {basic("ann", "right"), 200, "ann"}, {basic("ann", "wrong"), 401, ""}, {basic("nobody", "right"), 401, ""},
		{basic("", "right"), 401, ""}, {"Authorization: Bearer " + s.Token, 200, "ann"}, {"Authorization: bearer " + s.Token, 200, "ann"},
		{"Authorization: Bearer " + s.Token + "x", 401, ""}, {"Authorization: Bearer", 401, ""}, {"Authorization: Digest x", 401, ""},
		{"Cookie: leat_session=x", 401, ""},
	} {
		code, body, header := f.do("POST", "/v1/sql", "SELECT current_user", typeSQL, c.header)
		if code != c.want || c.role != "" && !strings.Contains(body, `[["`+c.role+`"]]`) {
			t.Errorf("%s: %d %s", c.header, code, body)
		}
		if offers := strings.Join(header.Values("WWW-Authenticate"), ", "); (code == 401) != (offers != "") {
			t.Errorf("%s: %d offers %q", c.header, code, offers)
		}
	}
	if _, _, header := f.do("POST", "/v1/sql", "SELECT 1", "Sec-Fetch-Mode: cors"); strings.Contains(strings.Join(header.Values("WWW-Authenticate"), ","), "Basic") {
		t.Error("a page is made to ask by the browser's own dialog")
	}
}

// Every end point that has data asks; what has none does not.
func TestEveryEndPointAsks(t *testing.T) {
	f := openLocked(t)
	for _, r := range routes {
		path := strings.NewReplacer("{name}", "x", "{stream}", "s").Replace(r.path)
		code, body, _ := f.do(r.method, path, "{}")
		if open := public(r.path) && !strings.HasPrefix(r.path, "/v1/insert/"); open == (code == http.StatusUnauthorized) {
			t.Errorf("%s %s: %d %s", r.method, path, code, body)
		}
	}
	for _, path := range []string{"/", "/static/app.js", "/static/login.js"} {
		if code, _, _ := f.do("GET", path, ""); code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestLoginOfABrowser(t *testing.T) {
	f := openLocked(t)
	if code, body, _ := f.do("GET", "/v1/session", ""); code != 200 || body != `{"login":true}`+"\n" {
		t.Errorf("before: %d %s", code, body)
	}
	if code, _, c := f.login("ann", "wrong", true); code != 401 || c != nil {
		t.Errorf("wrong password: %d, %v", code, c)
	}
	code, s, c := f.login("ann", "right", true)
	if code != 200 || s.Role != "ann" || s.Echo == "" || s.Token != "" || c == nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.MaxAge != 12*3600 {
		t.Fatalf("%d %+v %+v", code, s, c)
	}
	cookie, echo := "Cookie: "+c.Name+"="+c.Value, "Leat-Echo: "+s.Echo
	for _, x := range []struct {
		headers []string
		want    int
	}{
		{[]string{typeSQL, cookie, echo}, 200}, {[]string{typeSQL, cookie}, 403}, {[]string{typeSQL, cookie, echo + "x"}, 403}, {[]string{typeSQL, echo}, 401},
		{[]string{typeSQL, cookie, echo, "Sec-Fetch-Site: cross-site"}, 403}, {[]string{typeSQL, cookie, echo, "Origin: https://evil.example"}, 403},
	} {
		if code, body, _ := f.do("POST", "/v1/sql", "SELECT 1", x.headers...); code != x.want {
			t.Errorf("%v: %d %s, want %d", x.headers, code, body, x.want)
		}
	}
	if code, body, _ := f.do("GET", "/v1/session", "", cookie); code != 200 || !strings.Contains(body, `"role":"ann"`) || !strings.Contains(body, s.Echo) {
		t.Errorf("session: %d %s", code, body)
	}
	if code, _, _ := f.do("GET", "/v1/catalog", "", cookie); code != 200 {
		t.Errorf("reading needs no echo: %d", code)
	}
	if code, body, _ := f.do("POST", "/v1/login", `{"user":"ann","password":"right","cookie":true}`, "Sec-Fetch-Site: cross-site"); code != 403 {
		t.Errorf("a login from another site: %d %s", code, body)
	}
	_, _, header := f.do("POST", "/v1/logout", "", cookie, echo)
	if got := header.Get("Set-Cookie"); !strings.Contains(got, "Max-Age=0") {
		t.Errorf("logout: %q", got)
	}
}

func TestLoginsAreLimited(t *testing.T) {
	f := openLocked(t)
	last := 0
	for range 30 {
		last, _, _ = f.login("ann", "guess", false)
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the thirtieth guess: %d", last)
	}
	if code, _, _ := f.login("ann", "right", false); code != http.StatusTooManyRequests {
		t.Errorf("the right one in the pause: %d", code)
	}
}

// A socket is for pages of this server and for who has come in.
func TestSocketAsks(t *testing.T) {
	f := openLocked(t)
	_, _, c := f.login("ann", "right", true)
	_, s, _ := f.login("ann", "right", false)
	cookie := c.Name + "=" + c.Value
	for _, x := range []struct {
		header http.Header
		ok     bool
	}{
		{http.Header{}, false}, {http.Header{"Cookie": {cookie}}, true}, {http.Header{"Authorization": {"Bearer " + s.Token}}, true},
		{http.Header{"Cookie": {cookie}, "Origin": {f.http.URL}}, true}, {http.Header{"Cookie": {cookie}, "Origin": {"https://evil.example"}}, false},
		{http.Header{"Cookie": {cookie}, "Origin": {"null"}}, false},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.http.URL, "http")+"/v1/ws", &websocket.DialOptions{HTTPHeader: x.header})
		if (err == nil) != x.ok {
			t.Errorf("%v: %v", x.header, err)
		}
		if err == nil {
			_ = conn.CloseNow()
		}
		cancel()
	}
}

// A resume token is of use to who got it, and cannot be made.
func TestResumeTokenIsOfOneRole(t *testing.T) {
	f := openLocked(t)
	_, ann, _ := f.login("ann", "right", false)
	_, bob, _ := f.login("bob", "right", false)
	path := "/v1/stream?sql=" + url.QueryEscape("SELECT k, v FROM s EMIT CHANGES WITH (start = 'earliest')")
	if code, body, _ := f.do("POST", "/v1/insert/s", `{"k":"a","v":1}`, "Authorization: Bearer "+ann.Token); code != 200 {
		t.Fatalf("%d %s", code, body)
	}
	token := ""
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	resp := f.send(ctx, "GET", path, "", "Authorization: Bearer "+ann.Token)
	defer func() { _ = resp.Body.Close() }()
	for in := bufio.NewScanner(resp.Body); in.Scan(); {
		if id, ok := strings.CutPrefix(in.Text(), "id: "); ok {
			token = id
		}
		if strings.HasPrefix(in.Text(), `data: {"k"`) {
			break
		}
	}
	cancel()
	for _, x := range []struct {
		who, token string
		want       int
	}{
		{ann.Token, token, 200}, {bob.Token, token, 400}, {ann.Token, token + "x", 400}, {ann.Token, token[:strings.LastIndex(token, ".")], 400},
		{ann.Token, "x" + token, 400}, {bob.Token, strings.Replace(token, ".", ".A", 1), 400},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		resp := f.send(ctx, "GET", path+"&token="+url.QueryEscape(x.token), "", "Authorization: Bearer "+x.who)
		if resp.StatusCode != x.want {
			t.Errorf("%+v: %d", x, resp.StatusCode)
		}
		_ = resp.Body.Close()
		cancel()
	}
}

// A signed body needs no role; an unsigned one does, and tells nothing of secrets.
func TestSignedInsertNeedsNoRole(t *testing.T) {
	f := openLocked(t)
	f.rules(auth.DefaultRules)
	f.sql(`ALTER SYSTEM SET "leat.webhook_secret.s" = 'hook'`)
	f.rules("all all all all scram")
	_, bob, _ := f.login("bob", "right", false)
	body := `{"k":"a","v":1}`
	sign := func(secret string) string {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(body))
		return "Leat-Signature: sha256=" + hex.EncodeToString(m.Sum(nil))
	}
	for _, x := range []struct {
		path    string
		headers []string
		want    int
		says    string
	}{
		{"s", []string{sign("hook")}, 200, ""}, {"s", []string{sign("other")}, 401, "authentication is required"},
		{"s", nil, 401, "authentication is required"}, {"nothing", nil, 401, "authentication is required"},
		{"s", []string{"Authorization: Bearer " + bob.Token}, 401, "not signed"},
	} {
		if code, got, _ := f.do("POST", "/v1/insert/"+x.path, body, x.headers...); code != x.want || !strings.Contains(got, x.says) {
			t.Errorf("%+v: %d %s", x, code, got)
		}
	}
}

// slowly is a body that begins and never ends.
type slowly struct {
	begun bool
	hold  chan struct{}
}

func (s *slowly) Read(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		return copy(p, "SELECT"), nil
	}
	<-s.hold
	return 0, io.EOF
}

// A body that does not come is not waited for.
func TestSlowBody(t *testing.T) {
	f := open(t)
	f.cfg.BodyTimeout = 50 * time.Millisecond
	site, err := New(f.db, f.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	srv := httptest.NewServer(site)
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	hold := make(chan struct{})
	defer close(hold)
	req, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/v1/sql", &slowly{hold: hold})
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%d", resp.StatusCode)
		}
	}
	if ctx.Err() != nil {
		t.Error("the server waited")
	}
}
