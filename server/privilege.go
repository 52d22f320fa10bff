package server

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// need is one right that a statement must have: a privilege, or with priv 0 to
// own the object. as is the role that must have it: in a view its owner.
type need struct {
	as     string
	object catalog.Object
	priv   catalog.Privilege
}

// met tells whether the catalog gives the right. An object that is gone needs
// none: whoever reads it finds that out.
func (n need) met(snap *catalog.Snapshot) bool {
	if n.priv == 0 {
		return snap.HasRole(n.as, snap.Owner(n.object))
	}
	return snap.May(n.as, n.object, n.priv)
}

// refusal is 42501 in PostgreSQL's words.
func (n need) refusal(snap *catalog.Snapshot) *sqlerr.Error {
	if n.priv == 0 {
		return mustOwn(snap.Describe(n.object))
	}
	return snap.ErrDenied(n.object)
}

func mustOwn(what string) *sqlerr.Error {
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of %s", what)
}

// ledger is what one statement needed so far, and the first right it lacks. The
// binder asks for relations one by one and sees none it may not read, so a text
// of an error that it makes knows nothing of them; verdict puts the refusal in
// its place.
type ledger struct {
	needs  []need
	denied *sqlerr.Error
}

// ask records a need and tells whether it is met.
func (l *ledger) ask(snap *catalog.Snapshot, n need) bool {
	l.needs = append(l.needs, n)
	if n.met(snap) {
		return true
	}
	if l.denied == nil {
		l.denied = n.refusal(snap)
	}
	return false
}

// verdict is the answer of a statement, or the refusal.
func (l *ledger) verdict(r *pgwire.Result, err error) (*pgwire.Result, error) {
	if l.denied == nil {
		return r, err
	}
	if r != nil && r.Rows != nil {
		r.Rows.Close()
	}
	if r != nil && r.CopyOut != nil {
		r.CopyOut.Close()
	}
	return nil, l.denied
}

// rights are those of a query that does not end: it loses its rows once they
// are revoked. They are read by one goroutine.
type rights struct {
	srv   *Server
	needs []need
	at    *catalog.Snapshot // they held in it
}

func (s *Server) rights(rq *request) rights {
	return rights{srv: s, needs: rq.ledger.needs, at: rq.snap}
}

// hold refuses when a right is gone since the last time.
func (r *rights) hold() error {
	now := r.srv.catalog.Current()
	if now == r.at {
		return nil
	}
	for _, n := range r.needs {
		_, was := r.at.Role(n.as)
		_, is := now.Role(n.as)
		if was && !is || !n.met(now) && now.Exists(n.object) {
			return n.refusal(now)
		}
	}
	r.at = now
	return nil
}

// role is who the session's statements run as.
func (ss *Session) role() string {
	if r := ss.settings.get("role"); r != "none" && r != "" {
		return r
	}
	return ss.authorization()
}

// authorization is the session user: who came in, or SET SESSION AUTHORIZATION.
func (ss *Session) authorization() string { return ss.settings.get("session_authorization") }

// present refuses a session whose user, or one of names, was a role and was
// dropped: a name without a role is a superuser, which the session was not let in as.
func (ss *Session) present(snap *catalog.Snapshot, names ...string) error {
	for _, name := range append(names, ss.user, ss.authorization()) {
		if _, ok := snap.Role(name); ok {
			ss.known[name] = true
		} else if ss.known[name] {
			return sqlerr.New(sqlerr.InvalidAuthorization, "role %q does not exist", name).
				WithDetail("It was dropped while this session ran.")
		}
	}
	return nil
}

// authorize refuses a statement whose role lacks a right that can be told before
// the statement is bound; what it reads is asked for while it is.
func (ss *Session) authorize(rq *request) error {
	if err := ss.present(rq.snap); err != nil {
		return err
	}
	switch rq.ast.(type) {
	case *sql.SetVar, *sql.ResetVar, *sql.Discard, *sql.Transaction: // the way back to one's own role
		return nil
	}
	if err := ss.present(rq.snap, rq.as); err != nil {
		return err
	}
	if rq.snap.IsSuperuser(rq.as) {
		return nil
	}
	needs, err := ss.needs(rq, rq.ast)
	if err != nil {
		return err
	}
	for _, n := range needs {
		if !rq.ledger.ask(rq.snap, n) {
			return rq.ledger.denied
		}
	}
	return nil
}

// renew gives a statement that changes the catalog, and holds ddl for that, the
// catalog as it is now, and asks for its rights again: a name may mean another
// object than when the statement began.
func (ss *Session) renew(rq *request) error {
	rq.snap = ss.srv.catalog.Current()
	return ss.authorize(rq)
}

// owns tells whether the statement's role has the rights of an owner.
func (rq *request) owns(owner string) bool { return rq.snap.HasRole(rq.as, owner) }

func (rq *request) superuser() bool { return rq.snap.IsSuperuser(rq.as) }

// seen is the catalog as the statement's role sees it.
func (rq *request) seen() *catalog.Snapshot { return rq.snap.For(rq.as) }
