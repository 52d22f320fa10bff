package catalog

import (
	"fmt"
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
)

func errNoRole(name string) *sqlerr.Error {
	return sqlerr.New(sqlerr.UndefinedObject, "role \"%s\" does not exist", name)
}

// CreateRole makes a role; OID is left empty. Verifier is never a password.
type CreateRole struct{ Role Role }

func (*CreateRole) op() string { return "create_role" }

func (c *CreateRole) apply(t *tx) Result {
	r := c.Role
	if err := checkName(r.Name); err != nil {
		return failed(err)
	}
	if _, ok := t.s.Roles[r.Name]; ok {
		return failed(sqlerr.New(sqlerr.DuplicateObject, "role \"%s\" already exists", r.Name))
	}
	if err := t.checkMembership(&r); err != nil {
		return failed(err)
	}
	r.OID = t.oid()
	t.s.Roles[r.Name] = &r
	return Result{OID: r.OID}
}

// checkMembership holds that the groups exist and membership has no circle, and
// sorts them.
func (t *tx) checkMembership(r *Role) *sqlerr.Error {
	r.MemberOf = slices.Clone(r.MemberOf)
	slices.Sort(r.MemberOf)
	r.MemberOf = slices.Compact(r.MemberOf)
	seen := map[string]bool{}
	todo := slices.Clone(r.MemberOf)
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if name == r.Name {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "role \"%s\" would be a member of itself", r.Name)
		}
		group, ok := t.s.Roles[name]
		if !ok {
			return errNoRole(name)
		}
		if !seen[name] {
			seen[name] = true
			todo = append(todo, group.MemberOf...)
		}
	}
	return nil
}

// AlterRole replaces a role's attributes by those of Role (the whole of them:
// the server reads, changes and sends); OID and name stay.
type AlterRole struct{ Role Role }

func (*AlterRole) op() string { return "alter_role" }

func (c *AlterRole) apply(t *tx) Result {
	old, ok := t.s.Roles[c.Role.Name]
	if !ok {
		return failed(errNoRole(c.Role.Name))
	}
	r := c.Role
	if err := t.checkMembership(&r); err != nil {
		return failed(err)
	}
	r.OID = old.OID
	t.s.Roles[r.Name] = &r
	return Result{OID: r.OID}
}

// DropRole removes a role that owns nothing and has no members or grants.
type DropRole struct {
	Name     string
	IfExists bool `json:",omitempty"`
}

func (*DropRole) op() string { return "drop_role" }

func (c *DropRole) apply(t *tx) Result {
	r, ok := t.s.Roles[c.Name]
	if !ok {
		if c.IfExists {
			return Result{Skipped: true, Notice: fmt.Sprintf("role \"%s\" does not exist, skipping", c.Name)}
		}
		return failed(errNoRole(c.Name))
	}
	if detail := t.roleInUse(c.Name); detail != "" {
		return failed(sqlerr.New(sqlerr.DependentObjects, "role \"%s\" cannot be dropped because some objects depend on it", c.Name).
			WithDetail("%s", detail))
	}
	delete(t.s.Roles, c.Name)
	return Result{OID: r.OID}
}

func (t *tx) roleInUse(name string) string {
	for _, r := range sorted(t.s.Relations) {
		if r.Owner == name {
			return fmt.Sprintf("owner of %s %s", kindWord(r), r.Name)
		}
	}
	for _, r := range sorted(t.s.Roles) {
		if slices.Contains(r.MemberOf, name) {
			return fmt.Sprintf("role %s is a member of it", r.Name)
		}
	}
	for _, g := range sorted(t.s.Grants) {
		if g.Role == name {
			return fmt.Sprintf("privileges for %s", g.Object)
		}
	}
	return ""
}

// GrantOn gives privileges (upper case) on a relation, or with Object "" on the
// database, or with Revoke takes them away. Role "public" is everyone.
type GrantOn struct {
	Role       string
	Object     string
	Privileges []string
	Revoke     bool `json:",omitempty"`
}

// PublicRole is everyone.
const PublicRole = "public"

func (*GrantOn) op() string { return "grant" }

func grantKey(role, object string) string { return role + "\x00" + object }

func (c *GrantOn) apply(t *tx) Result {
	if _, ok := t.s.Roles[c.Role]; !ok && c.Role != PublicRole {
		return failed(errNoRole(c.Role))
	}
	if r, ok := t.s.Relations[c.Object]; c.Object != "" && (!ok || r.State != Active) {
		return failed(errMissing("", "", c.Object))
	}
	key := grantKey(c.Role, c.Object)
	g := Grant{Role: c.Role, Object: c.Object}
	if old, ok := t.s.Grants[key]; ok {
		g.Privileges = slices.Clone(old.Privileges)
	}
	for _, p := range c.Privileges {
		at, has := slices.BinarySearch(g.Privileges, p)
		switch {
		case c.Revoke && has:
			g.Privileges = slices.Delete(g.Privileges, at, at+1)
		case !c.Revoke && !has:
			g.Privileges = slices.Insert(g.Privileges, at, p)
		}
	}
	if len(g.Privileges) == 0 {
		delete(t.s.Grants, key)
	} else {
		t.s.Grants[key] = &g
	}
	return Result{}
}
