package catalog

import (
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
)

// GrantOn gives privileges on objects, or with Revoke takes them away: on all of
// them or none. Actor is who says so: what it may pass on is decided here, with
// what holds at this moment. Result.Warnings tells what had no effect.
type GrantOn struct {
	Actor      string
	Objects    []Object
	Privileges Privilege // 0 is all
	To         []string  // roles; PublicRole is everyone
	Option     bool      `json:",omitempty"` // WITH GRANT OPTION, GRANT OPTION FOR
	Revoke     bool      `json:",omitempty"`
	Cascade    bool      `json:",omitempty"`
}

func (*GrantOn) op() string { return "grant" }

func (c *GrantOn) apply(t *tx) Result {
	var res Result
	if err := t.checkGrantees(c.To, c.Option && !c.Revoke); err != nil {
		return failed(err)
	}
	for _, o := range c.Objects {
		if !t.s.exists(o) {
			return failed(sqlerr.New(sqlerr.UndefinedObject, "%s \"%s\" does not exist", o.Kind, o.Name))
		}
		privs, err := privilegesFor(o.Kind, c.Privileges)
		if err != nil {
			return failed(err)
		}
		if err := c.one(t, o, privs, &res); err != nil {
			return failed(err)
		}
	}
	return res
}

func privilegesFor(k ObjectKind, privs Privilege) (Privilege, *sqlerr.Error) {
	if privs == 0 {
		return k.AllPrivileges(), nil
	}
	if bad := privs &^ k.AllPrivileges(); bad != 0 {
		return 0, sqlerr.New(sqlerr.InvalidGrant, "invalid privilege type %s for %s", bad.Words()[0], k)
	}
	return privs, nil
}

func (t *tx) checkGrantees(to []string, option bool) *sqlerr.Error {
	for _, name := range to {
		if name == PublicRole {
			if option {
				return sqlerr.New(sqlerr.InvalidGrant, "grant options can only be granted to roles")
			}
			continue
		}
		if _, ok := t.s.Roles[name]; !ok {
			return errNoRole(name)
		}
	}
	return nil
}

// one changes the rights on one object.
func (c *GrantOn) one(t *tx, o Object, privs Privilege, res *Result) *sqlerr.Error {
	grantor, options := t.grantor(c.Actor, o, privs)
	usable := privs & options
	if usable == 0 && t.s.PrivilegesOf(c.Actor, o) == 0 {
		return t.s.ErrDenied(o)
	}
	if usable == 0 || usable != privs && c.Privileges != 0 {
		res.Warnings = append(res.Warnings, c.warning(t, o, usable == 0))
	}
	if usable == 0 {
		return nil
	}
	g := &grants{rights: slices.Clone(t.s.rightsOf(o)), owner: t.s.Owner(o)}
	for _, to := range c.To {
		var err *sqlerr.Error
		if c.Revoke {
			err = g.revoke(to, grantor, usable, c.Option, c.Cascade)
		} else {
			err = g.grant(to, grantor, usable, c.Option)
		}
		if err != nil {
			return err
		}
	}
	t.setRights(o, sortRights(g.rights))
	return nil
}

func (c *GrantOn) warning(t *tx, o Object, none bool) *sqlerr.Error {
	code, word := "01007", "granted"
	if c.Revoke {
		code, word = "01006", "revoked"
	}
	name := t.s.Describe(o)
	if none && c.Revoke {
		return sqlerr.New(code, "no privileges could be revoked for %s", name)
	}
	if none {
		return sqlerr.New(code, "no privileges were granted for %s", name)
	}
	if c.Revoke {
		return sqlerr.New(code, "not all privileges could be revoked for %s", name)
	}
	return sqlerr.New(code, "not all privileges were %s for %s", word, name)
}

// grantor is in whose name an actor grants, and what that role may pass on: the
// owner's when it has the owner's rights, else the one of its roles that may
// pass on most.
func (t *tx) grantor(actor string, o Object, privs Privilege) (string, Privilege) {
	owner := t.s.Owner(o)
	if t.s.HasRole(actor, owner) {
		return owner, o.Kind.AllPrivileges()
	}
	best, most := actor, Privilege(0)
	for _, name := range t.s.closure(actor, true) {
		var options Privilege
		for _, r := range t.s.rightsOf(o) {
			if r.Grantee == name {
				options |= r.Options
			}
		}
		if len((options & privs).Words()) > len((most & privs).Words()) {
			best, most = name, options
		}
	}
	return best, most
}

// grants are the rights on one object at work.
type grants struct {
	rights []Right
	owner  string
}

// optionsOf is what a role may pass on by what it was given.
func (g *grants) optionsOf(role string) Privilege {
	var out Privilege
	for _, r := range g.rights {
		if r.Grantee == role {
			out |= r.Options
		}
	}
	return out
}

func (g *grants) find(grantee, grantor string) int {
	return slices.IndexFunc(g.rights, func(r Right) bool { return r.Grantee == grantee && r.Grantor == grantor })
}

func (g *grants) grant(to, grantor string, privs Privilege, option bool) *sqlerr.Error {
	if option && grantor != g.owner {
		// Without what to has, could grantor still pass this on?
		without := &grants{rights: slices.Clone(g.rights), owner: g.owner}
		for _, r := range g.rights {
			if r.Grantee == to {
				_ = without.revoke(to, r.Grantor, r.Privs, true, true) // with cascade nothing refuses it
			}
		}
		if without.optionsOf(grantor)&privs != privs {
			return sqlerr.New(sqlerr.InvalidGrant, "grant options cannot be granted back to your own grantor")
		}
	}
	i := g.find(to, grantor)
	if i < 0 {
		i = len(g.rights)
		g.rights = append(g.rights, Right{Grantee: to, Grantor: grantor})
	}
	g.rights[i].Privs |= privs
	if option && to != g.owner {
		g.rights[i].Options |= privs
	}
	return nil
}

// revoke takes privileges, or with option only the right to pass them on, and
// with cascade what was passed on.
func (g *grants) revoke(from, grantor string, privs Privilege, option, cascade bool) *sqlerr.Error {
	i := g.find(from, grantor)
	if i < 0 {
		return nil
	}
	before := g.optionsOf(from)
	g.rights[i].Options &^= privs
	if !option {
		g.rights[i].Privs &^= privs
	}
	if g.rights[i].Privs == 0 {
		g.rights = slices.Delete(g.rights, i, i+1)
	}
	lost := before &^ g.optionsOf(from)
	if lost == 0 || from == g.owner {
		return nil
	}
	for _, r := range slices.Clone(g.rights) {
		if r.Grantor != from || r.Privs&lost == 0 {
			continue
		}
		if !cascade {
			return sqlerr.New(sqlerr.DependentObjects, "dependent privileges exist").WithHint("Use CASCADE to revoke them too.")
		}
		if err := g.revoke(r.Grantee, from, r.Privs&lost, false, true); err != nil {
			return err
		}
	}
	return nil
}
