package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql/sqlerr"
)

// visitor is who sends a request.
type visitor struct {
	pass  auth.Pass
	token string // it came in by, "" by other means
	err   error  // it did not come in
}

type visitorKey struct{}

// visitorOf is who sends a request; ServeHTTP has asked.
func visitorOf(r *http.Request) visitor {
	v, ok := r.Context().Value(visitorKey{}).(visitor)
	if !ok {
		panic("BUG: a request that nobody asked who it is from")
	}
	return v
}

// public tells whether a path is for everybody: the console's files hold no data,
// and whoever logs in has not come in yet.
func public(path string) bool {
	if !strings.HasPrefix(path, "/v1/") {
		return true
	}
	switch path {
	case "/v1/login", "/v1/logout", "/v1/session", "/v1/openapi.json":
		return true
	}
	return strings.HasPrefix(path, "/v1/insert/") // asks by itself: a signature counts too
}

// identify finds out who sends a request; false when it has been answered.
func (s *Site) identify(w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	var v visitor
	if r.URL.Path != "/v1/login" {
		v.pass, v.token, v.err = s.db.Guard().Request(r)
	}
	if v.err != nil && !public(r.URL.Path) {
		refuse(w, r, v.err)
		return nil, false
	}
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)), true
}

// refuse answers who has not come in. A browser's page is not told of Basic: its
// own login is better than the browser's.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if statusOf(sqlerr.From(err).Code) == http.StatusUnauthorized {
		w.Header().Add("WWW-Authenticate", `Bearer realm="leat"`)
		if r.Header.Get("Sec-Fetch-Mode") == "" {
			w.Header().Add("WWW-Authenticate", `Basic realm="leat", charset="UTF-8"`)
		}
	}
	fail(w, err, "")
}

// credentials are the body of POST /v1/login.
type credentials struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Cookie   bool   `json:"cookie"` // a cookie for the browser instead of a token
}

// sessionBody tells who came in, or that nobody did.
type sessionBody struct {
	Role    string `json:"role,omitempty"`
	Login   bool   `json:"login"`           // there is a login to leave, or to make
	Token   string `json:"token,omitempty"` // for Authorization: Bearer
	Echo    string `json:"echo,omitempty"`  // for the header Leat-Echo beside a cookie
	Expires string `json:"expires,omitempty"`
}

// login is POST /v1/login.
func (s *Site) login(w http.ResponseWriter, r *http.Request) {
	b, err := readBody(r)
	if err != nil {
		fail(w, err, "")
		return
	}
	var c credentials
	if json.Unmarshal(b, &c) != nil || c.User == "" {
		fail(w, sqlerr.New(sqlerr.InvalidJSON, "body is no login").WithHint(`Send {"user": "...", "password": "..."}.`), "")
		return
	}
	g := s.db.Guard()
	pass, err := g.Password(auth.KnockOf(r, c.User), c.Password)
	if err != nil {
		fail(w, err, "")
		return
	}
	token, expires := g.Mint(pass.Role, s.cfg.SessionFor)
	body := sessionBody{Role: pass.Role, Login: true, Expires: expires.UTC().Format(time.RFC3339)}
	if c.Cookie {
		http.SetCookie(w, cookie(r, token, int(s.cfg.SessionFor.Seconds())))
		body.Echo = g.Echo(token)
	} else {
		body.Token = token
	}
	answer(w, http.StatusOK, body)
}

// cookie is a browser's session: no script reads it, no other site sends it.
func cookie(r *http.Request, token string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: auth.Cookie, Value: token, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}
}

// logout is POST /v1/logout: the browser forgets its cookie.
func (s *Site) logout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, cookie(r, "", -1))
	answer(w, http.StatusOK, sessionBody{Login: true})
}

// session is GET /v1/session: who the page is, and what it sends beside its
// cookie.
func (s *Site) session(w http.ResponseWriter, r *http.Request) {
	v := visitorOf(r)
	body := sessionBody{Login: true}
	if v.err == nil {
		body.Role, body.Login = v.pass.Role, v.token != ""
		if v.token != "" {
			body.Echo = s.db.Guard().Echo(v.token)
		}
	}
	answer(w, http.StatusOK, body)
}

// timedBody bounds how long a client may take to send a body, and lifts the bound
// at its end: what follows may be a long answer.
type timedBody struct {
	in interface {
		Read([]byte) (int, error)
		Close() error
	}
	rc *http.ResponseController
}

func limitBody(w http.ResponseWriter, r *http.Request, d time.Duration) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	rc := http.NewResponseController(w)
	if rc.SetReadDeadline(time.Now().Add(d)) == nil {
		r.Body = &timedBody{r.Body, rc}
	}
}

// Read implements io.Reader.
func (t *timedBody) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	if err != nil {
		_ = t.rc.SetReadDeadline(time.Time{}) // a connection that is gone needs none
	}
	return n, err
}

// Close implements io.Closer.
func (t *timedBody) Close() error { return t.in.Close() }
