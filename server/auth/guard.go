package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Config is what a Guard is made with; every field is needed.
type Config struct {
	Rules   []Rule
	Roles   Roles
	Secret  []byte // 32 bytes that only the server knows
	Now     func() time.Time
	Audit   Audit
	Metrics Metrics
}

// Metrics is told how attempts end. Calls come from many goroutines.
type Metrics interface {
	// Login counts an attempt: "ok", "failed" (a proof that does not hold),
	// "limited" (too many of those) or "refused" (by a rule, or the role may not).
	Login(result string)
}

// Knock is a client that wants to come in.
type Knock struct {
	Listener string
	Database string
	Role     string
	From     netip.Addr // see Address
	Remote   string     // as the book shows it
	Session  uint32     // process id, 0 over HTTP
	TLS      *tls.ConnectionState
	// Certificate is the server's own in this connection (DER), nil without TLS.
	Certificate []byte
}

// Pass is who came in.
type Pass struct {
	Role      string
	Superuser bool
	// Guest is a superuser by trust that is no role of the catalog: a person at the
	// machine itself.
	Guest bool
	// ConnLimit is how many connections the role may have, -1 any number.
	ConnLimit int
}

// Guard decides who comes in. Its methods may be called from many goroutines.
type Guard struct {
	cfg     Config
	rules   atomic.Pointer[[]Rule]
	limiter *limiter

	mu struct {
		sync.Mutex
		right *recent[[sha256.Size]byte, time.Time] // passwords that were right, until when that counts
	}
}

// NewGuard makes a guard.
func NewGuard(cfg Config) *Guard {
	g := &Guard{cfg: cfg, limiter: newLimiter(cfg.Now)}
	g.mu.right = newRecent[[sha256.Size]byte, time.Time](4096)
	g.SetRules(cfg.Rules)
	return g
}

// SetRules replaces the rules; who is in stays.
func (g *Guard) SetRules(rules []Rule) { g.rules.Store(&rules) }

// Rules are those in force, shared.
func (g *Guard) Rules() []Rule { return *g.rules.Load() }

// Method is how a client has to show who it is.
func (g *Guard) Method(k Knock) Method {
	for _, r := range g.Rules() {
		if r.fits(k) {
			return r.Method
		}
	}
	return Reject
}

// Enter lets a client of the Postgres wire in, or gives the error it is sent.
func (g *Guard) Enter(k Knock, p Prover) (Pass, error) {
	var pass Pass
	var why string
	var err error
	switch m := g.Method(k); m {
	case SCRAM:
		pass, why, err = g.bySCRAM(k, p)
	default:
		pass, why, err = g.withoutPassword(k, m)
	}
	return pass, g.note(k, why, err)
}

// withoutPassword is every method but SCRAM. why is for the book.
func (g *Guard) withoutPassword(k Knock, m Method) (pass Pass, why string, err error) {
	switch m {
	case Trust:
		return g.trusted(k)
	case Cert:
		return g.byCertificate(k)
	}
	return pass, "no rule lets it in", sqlerr.New(sqlerr.InvalidAuthorization,
		"authentication rules reject connection for host %q, user %q, database %q", k.From, k.Role, k.Database)
}

func (g *Guard) trusted(k Knock) (Pass, string, error) {
	if _, _, _, _, exists := g.cfg.Roles.Verifier(k.Role); !exists {
		if !k.From.IsLoopback() {
			return Pass{}, "no such role", sqlerr.New(sqlerr.InvalidAuthorization, "role %q does not exist", k.Role)
		}
		return Pass{Role: k.Role, Superuser: true, Guest: true, ConnLimit: -1}, "trust", nil
	}
	return g.admit(k.Role, "trust")
}

// admit is the last question: may the role log in.
func (g *Guard) admit(role, how string) (Pass, string, error) {
	_, login, superuser, limit, exists := g.cfg.Roles.Verifier(role)
	if !exists || !login {
		return Pass{}, "role may not log in", sqlerr.New(sqlerr.InvalidAuthorization, "role %q is not permitted to log in", role)
	}
	return Pass{Role: role, Superuser: superuser, ConnLimit: limit}, how, nil
}

func (g *Guard) byCertificate(k Knock) (Pass, string, error) {
	if k.TLS == nil || len(k.TLS.VerifiedChains) == 0 {
		return Pass{}, "no client certificate", sqlerr.New(sqlerr.InvalidAuthorization, "connection requires a valid client certificate")
	}
	if name := k.TLS.PeerCertificates[0].Subject.CommonName; name == "" || name != k.Role {
		return Pass{}, fmt.Sprintf("certificate of %q", name), sqlerr.New(sqlerr.InvalidAuthorization, "certificate authentication failed for user %q", k.Role)
	}
	if _, _, _, _, exists := g.cfg.Roles.Verifier(k.Role); !exists {
		return Pass{}, "no such role", sqlerr.New(sqlerr.InvalidAuthorization, "role %q does not exist", k.Role)
	}
	return g.admit(k.Role, "cert")
}

func (g *Guard) bySCRAM(k Knock, p Prover) (Pass, string, error) {
	if why, err := g.tooMany(k); err != nil {
		return Pass{}, why, err
	}
	v, why := g.verifier(k.Role)
	check, err := converse(p, v, k.Certificate)
	if err != nil {
		return Pass{}, "exchange broken off", err
	}
	var final []byte
	ok, wait := g.limiter.judge(k.From, k.Role, func() (ok bool) {
		final, ok = check()
		return ok && why == ""
	})
	switch {
	case wait > 0:
		return Pass{}, "", limited(k.Role, wait)
	case !ok:
		return Pass{}, reason(why), wrongPassword(k.Role)
	}
	pass, why, err := g.admit(k.Role, "scram")
	if err != nil {
		return pass, why, err
	}
	return pass, why, p.Conclude(final)
}

// Password lets a client of HTTP in by its password, or without one where a rule
// says so; then the book has no line of it.
func (g *Guard) Password(k Knock, password string) (Pass, error) {
	if m := g.Method(k); m != SCRAM {
		pass, why, err := g.withoutPassword(k, m)
		if err != nil {
			err = g.note(k, why, err)
		}
		return pass, err
	}
	v, why := g.verifier(k.Role)
	known := g.fingerprint(k.Role, v, password)
	if why == "" && g.wasRight(known) {
		pass, why, err := g.admit(k.Role, "password")
		if err != nil {
			err = g.note(k, why, err)
		}
		return pass, err
	}
	if why, err := g.tooMany(k); err != nil {
		return Pass{}, g.note(k, why, err)
	}
	matches := v.Matches(password)
	ok, wait := g.limiter.judge(k.From, k.Role, func() bool { return matches && why == "" })
	switch {
	case wait > 0:
		return Pass{}, g.note(k, "", limited(k.Role, wait))
	case !ok:
		return Pass{}, g.note(k, reason(why), wrongPassword(k.Role))
	}
	g.setRight(known)
	pass, why, err := g.admit(k.Role, "password")
	return pass, g.note(k, why, err)
}

// verifier is what a role's proof is held against. For a role without a password
// it is one that no proof satisfies and that looks the same every time (A2); why
// says then what is wrong.
func (g *Guard) verifier(role string) (v Verifier, why string) {
	text, _, _, _, exists := g.cfg.Roles.Verifier(role)
	v, ok := ParseVerifier(text)
	switch {
	case ok:
		return v, ""
	case !exists:
		why = "no such role"
	default:
		why = "role has no password"
	}
	return Verifier{
		Iterations: Iterations, Salt: g.mac("salt", role)[:saltBytes], StoredKey: g.mac("stored", role), ServerKey: g.mac("server", role),
	}, why
}

func reason(why string) string {
	if why == "" {
		return "wrong password"
	}
	return why
}

func wrongPassword(role string) error {
	return sqlerr.New(sqlerr.InvalidPassword, "password authentication failed for user %q", role)
}

func limited(role string, wait time.Duration) error {
	return sqlerr.New(sqlerr.ConfigurationLimit, "too many failed logins for user %q from this address", role).
		WithHint("Try again in %d s.", int(math.Ceil(wait.Seconds())))
}

// tooMany refuses an attempt that comes too early. why is empty unless it is the
// first one of a pause.
func (g *Guard) tooMany(k Knock) (why string, err error) {
	wait, first := g.limiter.wait(k.From, k.Role)
	if wait == 0 {
		return "", nil
	}
	if first {
		why = fmt.Sprintf("attempts are refused for %d s", int(math.Ceil(wait.Seconds())))
	}
	return why, limited(k.Role, wait)
}

// note counts an attempt and writes it into the book: of a flood only the first
// one of each pause.
func (g *Guard) note(k Knock, why string, err error) error {
	var told *sqlerr.Error
	if err != nil && !errors.As(err, &told) {
		return err // the client went away: it has shown nothing
	}
	e := Event{Kind: EventLogin, Role: k.Role, Remote: k.Remote, Session: k.Session, Object: k.Listener, Result: "ok", Detail: why}
	count := "ok"
	if err != nil {
		e.Result = told.Code
		switch e.Result {
		case sqlerr.InvalidPassword:
			count = "failed"
		case sqlerr.ConfigurationLimit:
			count = "limited"
		default:
			count = "refused"
		}
	}
	g.cfg.Metrics.Login(count)
	if count == "limited" && why == "" {
		return err
	}
	if bad := g.cfg.Audit.Record(e); bad != nil && err == nil {
		return sqlerr.New(sqlerr.IOError, "the audit log cannot be written").Wrap(bad)
	}
	return err
}

// rightFor is how long a password that was right need not be hashed again.
const rightFor = 5 * time.Minute

func (g *Guard) fingerprint(role string, v Verifier, password string) [sha256.Size]byte {
	return [sha256.Size]byte(g.mac("right", role, v.String(), password))
}

func (g *Guard) wasRight(f [sha256.Size]byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := g.mu.right.get(f)
	return until != nil && g.cfg.Now().Before(*until)
}

func (g *Guard) setRight(f [sha256.Size]byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*g.mu.right.put(f) = g.cfg.Now().Add(rightFor)
}

// mac authenticates words, each told from the next by its length.
func (g *Guard) mac(words ...string) []byte {
	m := hmac.New(sha256.New, g.cfg.Secret)
	for _, w := range words {
		_, _ = fmt.Fprintf(m, "%d:%s", len(w), w) // a hash takes everything
	}
	return m.Sum(nil)
}
