package auth

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// tokenPrefix begins the tokens of HTTP clients, so that programs that look for
// leaked secrets know one.
const tokenPrefix = "leat_"

// claims are what a token says. The signature covers the role's verifier too: a
// new password ends all tokens.
type claims struct {
	Role    string `json:"role"`
	Expires int64  `json:"exp"` // s since 1970
}

// Mint makes a token that stands for a login of role until it expires.
func (g *Guard) Mint(role string, life time.Duration) (token string, expires time.Time) {
	expires = g.cfg.Now().Add(life).Truncate(time.Second)
	body, err := json.Marshal(claims{role, expires.Unix()})
	if err != nil {
		panic("BUG: claims that JSON cannot hold: " + err.Error())
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	return tokenPrefix + text + "." + g.sign(role, text), expires
}

func (g *Guard) sign(role, text string) string {
	verifier, _, _, _, _ := g.cfg.Roles.Verifier(role)
	return base64.RawURLEncoding.EncodeToString(g.mac("token", text, verifier))
}

var errToken = sqlerr.New(sqlerr.InvalidAuthorization, "the token is not valid, or has expired").WithHint("POST /v1/login gives a new one.")

// Token lets a client of HTTP in by a token. The knock's role is the token's.
func (g *Guard) Token(k Knock, token string) (Pass, error) {
	text, signature, ok := strings.Cut(strings.TrimPrefix(token, tokenPrefix), ".")
	body, err := base64.RawURLEncoding.DecodeString(text)
	var c claims
	if !ok || err != nil || json.Unmarshal(body, &c) != nil {
		return Pass{}, g.note(k, "token", errToken)
	}
	k.Role = c.Role
	if !hmac.Equal([]byte(g.sign(c.Role, text)), []byte(signature)) || g.cfg.Now().Unix() >= c.Expires {
		return Pass{}, g.note(k, "token", errToken)
	}
	m := g.Method(k)
	_, _, _, _, exists := g.cfg.Roles.Verifier(c.Role)
	switch {
	case m == Reject, m == Cert:
		pass, why, err := g.withoutPassword(k, m)
		if err != nil {
			err = g.note(k, why, err)
		}
		return pass, err
	case !exists && m == Trust && k.From.IsLoopback():
		return Pass{Role: c.Role, Superuser: true, Guest: true, ConnLimit: -1}, nil
	}
	pass, why, err := g.admit(c.Role, "token")
	if err != nil {
		err = g.note(k, why, err)
	}
	return pass, err
}

// Echo is what a page shows with a token in a cookie: only a page of ours can
// have read it (CSRF).
func (g *Guard) Echo(token string) string {
	return base64.RawURLEncoding.EncodeToString(g.mac("echo", token)[:18])
}

// Seal authenticates a text for one purpose and owner; Sealed tells whether seal
// is its.
func (g *Guard) Seal(purpose, owner, text string) (seal string) {
	return base64.RawURLEncoding.EncodeToString(g.mac("seal", purpose, owner, text)[:12])
}

// Sealed tells whether Seal gave seal.
func (g *Guard) Sealed(purpose, owner, text, seal string) bool {
	return hmac.Equal([]byte(g.Seal(purpose, owner, text)), []byte(seal))
}
