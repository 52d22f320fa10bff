package server

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// setRole is SET ROLE and SET SESSION AUTHORIZATION in all their forms; done is
// false for other settings.
func (ss *Session) setRole(name, value string, local bool) (done bool, err error) {
	switch name {
	case "role":
		err = ss.checkRole(value)
	case "session_authorization":
		err = ss.checkAuthorization(value)
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	if name == "session_authorization" {
		if err := ss.settings.set("role", "none", local, ss.inTx()); err != nil {
			return true, err
		}
	}
	if err := ss.settings.set(name, value, local, ss.inTx()); err != nil {
		return true, err
	}
	ss.tellSuperuser()
	return true, nil
}

// resetRole is RESET of them; done is false for other settings.
func (ss *Session) resetRole(name string) (done bool, err error) {
	switch name {
	case "role":
		err = ss.settings.reset("role", ss.inTx())
	case "session_authorization":
		if err = ss.settings.reset("role", ss.inTx()); err == nil {
			err = ss.settings.reset("session_authorization", ss.inTx())
		}
	default:
		return false, nil
	}
	ss.tellSuperuser()
	return true, err
}

// checkRole holds that the session user may be the role.
func (ss *Session) checkRole(name string) error {
	if name == "none" {
		return nil
	}
	snap := ss.srv.catalog.Current()
	if _, ok := snap.Role(name); !ok {
		return sqlerr.New(sqlerr.InvalidParameterValue, "role %q does not exist", name)
	}
	if err := ss.present(snap); err != nil {
		return err
	}
	ss.known[name] = true
	if !snap.IsMember(ss.authorization(), name) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to set role %q", name)
	}
	return nil
}

// checkAuthorization holds that who came in may act as the user.
func (ss *Session) checkAuthorization(name string) error {
	snap := ss.srv.catalog.Current()
	if err := ss.present(snap); err != nil {
		return err
	}
	if name == ss.user {
		return nil
	}
	if _, ok := snap.Role(name); !ok {
		return sqlerr.New(sqlerr.InvalidParameterValue, "role %q does not exist", name)
	}
	ss.known[name] = true
	if !snap.IsSuperuser(ss.user) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to set session authorization")
	}
	return nil
}

// tellSuperuser keeps is_superuser, which psql's prompt shows, and the role that
// others of this process ask for.
func (ss *Session) tellSuperuser() {
	ss.nowAs()
	word := "off"
	if ss.srv.catalog.Current().IsSuperuser(ss.role()) {
		word = "on"
	}
	if ss.settings.get("is_superuser") != word {
		ss.settings.store("is_superuser", word)
	}
}

// admit refuses who may not come in, before anything of the session is done.
func (ss *Session) admit() error {
	snap := ss.srv.catalog.Current()
	r, ok := snap.Role(ss.user)
	switch {
	case !ok:
		return nil
	case !r.Login:
		return sqlerr.New(sqlerr.InvalidAuthorization, "role %q is not permitted to log in", ss.user)
	case !snap.May(ss.user, catalog.Database, catalog.PrivConnect):
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for database %q", ss.database).
			WithDetail("User does not have CONNECT privilege.")
	}
	return nil
}

// runReset is RESET and UNSET.
func (ss *Session) runReset(x *sql.ResetVar) (*pgwire.Result, error) {
	if done, err := ss.resetRole(strings.ToLower(x.Name)); done {
		return tag("RESET"), at(err, x.Pos)
	}
	return tag("RESET"), ss.settings.reset(x.Name, ss.inTx())
}

// mayHear tells whether a session that listens to a relation's changes may read
// the relation: notifications tell its keys.
func (ss *Session) mayHear(snap *catalog.Snapshot, r *catalog.Relation) bool {
	ss.mu.Lock()
	as, was := ss.mu.as, ss.mu.asRole
	ss.mu.Unlock()
	_, is := snap.Role(as)
	return (is || !was) && snap.May(as, catalog.ObjectOf(r), catalog.PrivSelect)
}

// nowAs keeps the session's role for mayHear.
func (ss *Session) nowAs() {
	as := ss.role()
	_, role := ss.srv.catalog.Current().Role(as)
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.mu.as, ss.mu.asRole = as, role || ss.mu.asRole && ss.mu.as == as
}
