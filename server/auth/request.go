package auth

import (
	"crypto/hmac"
	"net/http"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

const (
	// Cookie holds the token of a browser.
	Cookie = "leat_session"
	// EchoHeader comes with every request of a page that changes something: Echo of
	// the token in the cookie.
	EchoHeader = "Leat-Echo"
	// DefaultRole is who a client of HTTP is that says nothing and is trusted.
	DefaultRole = "leat"
	// DefaultDatabase is the one there is.
	DefaultDatabase = "leat"
)

var (
	errAnonymous = sqlerr.New(sqlerr.InvalidAuthorization, "authentication is required").
			WithHint("Send Authorization: Basic, or Bearer with a token of POST /v1/login.")
	errEcho = sqlerr.New(sqlerr.InsufficientPrivilege, "request is not from a page of this server").
		WithHint("Send %s as GET /v1/session gives it.", EchoHeader)
)

// KnockOf is a request as the guard sees it, of a role that the request does not
// prove.
func KnockOf(r *http.Request, role string) Knock {
	return Knock{Listener: ListenerHTTP, Database: DefaultDatabase, Role: role, From: Address(r.RemoteAddr), Remote: r.RemoteAddr, TLS: r.TLS}
}

// Request lets the client of a request in: by token, password, cookie,
// certificate, or because a rule trusts it. token is what it came in by, "" for
// the others.
func (g *Guard) Request(r *http.Request) (pass Pass, token string, err error) {
	header := r.Header.Get("Authorization")
	if kind, value, _ := strings.Cut(header, " "); strings.EqualFold(kind, "Bearer") {
		value = strings.TrimSpace(value)
		pass, err = g.Token(KnockOf(r, ""), value)
		return pass, value, err
	}
	if role, password, ok := r.BasicAuth(); ok && role != "" {
		pass, err = g.Password(KnockOf(r, role), password)
		return pass, "", err
	}
	if header != "" {
		return pass, "", errAnonymous
	}
	trusted := g.Method(KnockOf(r, DefaultRole)) == Trust
	if c, err := r.Cookie(Cookie); err == nil {
		pass, err := g.Token(KnockOf(r, ""), c.Value)
		switch {
		case err != nil && !trusted:
			return pass, "", err
		case err == nil && !safe(r.Method) && !hmac.Equal([]byte(r.Header.Get(EchoHeader)), []byte(g.Echo(c.Value))):
			return Pass{}, "", errEcho
		case err == nil:
			return pass, c.Value, nil
		}
	}
	k := KnockOf(r, DefaultRole)
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		k.Role = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	if m := g.Method(k); m == Trust || m == Cert {
		pass, why, err := g.withoutPassword(k, m)
		if err != nil {
			err = g.note(k, why, err)
		}
		return pass, "", err
	}
	return pass, "", errAnonymous
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
