package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

func errNoRole(name string) *sqlerr.Error {
	return sqlerr.New(sqlerr.UndefinedObject, "role \"%s\" does not exist", name)
}

// Role is a user or group.
type Role struct {
	Name       string
	OID        uint32
	Login      bool
	Superuser  bool
	CreateRole bool
	CreateDB   bool   `json:",omitempty"` // kept for scripts: there is one database
	Inherit    bool   // has the rights of its groups without SET ROLE
	Verifier   string `json:",omitempty"` // SCRAM-SHA-256 verifier, never a password
	// ConnLimit is how many sessions it may have at once, -1 any number.
	ConnLimit int
	// ValidUntil ends the password's validity: ms since the epoch, 0 never.
	ValidUntil int64        `json:",omitempty"`
	MemberOf   []Membership `json:",omitempty"` // sorted by role
	Settings   []Prop       `json:",omitempty"` // ALTER ROLE SET, sorted by name
}

// CreateRole makes a role; OID is left empty. Verifier is never a password. Of
// Role.MemberOf the roles must exist; Members and Admins become its members.
type CreateRole struct {
	Role    Role
	Members []string `json:",omitempty"`
	Admins  []string `json:",omitempty"`
}

func (*CreateRole) op() string { return "create_role" }

func (c *CreateRole) apply(t *tx) Result {
	r := c.Role
	if err := checkRoleName(r.Name); err != nil {
		return failed(err)
	}
	if _, ok := t.s.Roles[r.Name]; ok {
		return failed(sqlerr.New(sqlerr.DuplicateObject, "role \"%s\" already exists", r.Name))
	}
	groups := r.MemberOf
	r.MemberOf, r.OID = nil, t.oid()
	t.s.Roles[r.Name] = &r
	for _, m := range groups {
		if _, ok := t.s.Roles[m.Role]; !ok {
			return failed(errNoRole(m.Role))
		}
		if _, err := t.join(r.Name, m); err != nil {
			return failed(err)
		}
	}
	for i, name := range append(slices.Clone(c.Members), c.Admins...) {
		if _, ok := t.s.Roles[name]; !ok {
			return failed(errNoRole(name))
		}
		if _, err := t.join(name, Membership{Role: r.Name, Admin: i >= len(c.Members)}); err != nil {
			return failed(err)
		}
	}
	return Result{OID: r.OID}
}

func checkRoleName(name string) *sqlerr.Error {
	if err := checkName(name); err != nil {
		return err
	}
	switch {
	case name == PublicRole || name == "none":
		return sqlerr.New(sqlerr.ReservedName, "role name \"%s\" is reserved", name)
	case strings.HasPrefix(name, "pg_"):
		return sqlerr.New(sqlerr.ReservedName, "role name \"%s\" is reserved", name).
			WithDetail("Role names starting with \"pg_\" are reserved.")
	}
	return nil
}

// AlterRole replaces a role's attributes by those of Role (the whole of them:
// the server reads, changes and sends); OID, name and memberships stay.
type AlterRole struct{ Role Role }

func (*AlterRole) op() string { return "alter_role" }

func (c *AlterRole) apply(t *tx) Result {
	old, ok := t.s.Roles[c.Role.Name]
	if !ok {
		return failed(errNoRole(c.Role.Name))
	}
	r := c.Role
	r.OID, r.MemberOf = old.OID, old.MemberOf
	t.s.Roles[r.Name] = &r
	return Result{OID: r.OID}
}

// DropRole removes a role that owns nothing and has no privileges. Its
// memberships end, both ways.
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
	if lines := t.inUse(c.Name); len(lines) > 0 {
		return failed(sqlerr.New(sqlerr.DependentObjects, "role \"%s\" cannot be dropped because some objects depend on it", c.Name).
			WithDetail("%s", strings.Join(lines, "\n")))
	}
	delete(t.s.Roles, c.Name)
	for _, other := range sorted(t.s.Roles) {
		if slices.ContainsFunc(other.MemberOf, func(m Membership) bool { return m.Role == c.Name }) {
			t.leave(other.Name, c.Name, false)
		}
	}
	return Result{OID: r.OID}
}

// RenameRole gives a role another name, wherever it stands.
type RenameRole struct{ Name, To string }

func (*RenameRole) op() string { return "rename_role" }

func (c *RenameRole) apply(t *tx) Result {
	r, ok := t.s.Roles[c.Name]
	if !ok {
		return failed(errNoRole(c.Name))
	}
	if err := checkRoleName(c.To); err != nil {
		return failed(err)
	}
	if _, taken := t.s.Roles[c.To]; taken {
		return failed(sqlerr.New(sqlerr.DuplicateObject, "role \"%s\" already exists", c.To))
	}
	u := *r
	u.Name = c.To
	delete(t.s.Roles, c.Name)
	t.s.Roles[c.To] = &u
	for _, other := range sorted(t.s.Roles) {
		changed := *other
		changed.MemberOf = slices.Clone(other.MemberOf)
		for i := range changed.MemberOf {
			rename(&changed.MemberOf[i].Role, c.Name, c.To)
			rename(&changed.MemberOf[i].Grantor, c.Name, c.To)
		}
		slices.SortFunc(changed.MemberOf, func(a, b Membership) int { return strings.Compare(a.Role, b.Role) })
		t.s.Roles[changed.Name] = &changed
	}
	t.reown(c.Name, c.To)
	t.renameRights(c.Name, c.To)
	return Result{OID: u.OID}
}

func rename(s *string, from, to string) {
	if *s == from {
		*s = to
	}
}
