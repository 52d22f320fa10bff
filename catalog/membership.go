package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Membership says that a role is a member of another.
type Membership struct {
	Role    string
	Admin   bool   `json:",omitempty"` // may make others members
	Grantor string `json:",omitempty"`
}

// GrantRole makes roles members of other roles, or with Revoke no longer so.
// Who may say so is the caller's to check.
type GrantRole struct {
	Actor  string
	Roles  []string // those given
	To     []string // those that become members
	Admin  bool     `json:",omitempty"` // WITH ADMIN OPTION, ADMIN OPTION FOR
	Revoke bool     `json:",omitempty"`
}

func (*GrantRole) op() string { return "grant_role" }

func (c *GrantRole) apply(t *tx) Result {
	var res Result
	for _, name := range append(slices.Clone(c.Roles), c.To...) {
		if _, ok := t.s.Roles[name]; !ok {
			return failed(errNoRole(name))
		}
	}
	for _, role := range c.Roles {
		for _, member := range c.To {
			var notice *sqlerr.Error
			var err *sqlerr.Error
			if c.Revoke {
				notice = t.leave(member, role, c.Admin)
			} else {
				notice, err = t.join(member, Membership{Role: role, Admin: c.Admin, Grantor: c.Actor})
			}
			if err != nil {
				return failed(err)
			}
			if notice != nil {
				res.Warnings = append(res.Warnings, notice)
			}
		}
	}
	return res
}

// join makes member a member; a circle is refused.
func (t *tx) join(member string, m Membership) (notice, err *sqlerr.Error) {
	if slices.Contains(t.s.closure(m.Role, false), member) {
		return nil, sqlerr.New(sqlerr.InvalidGrant, "role \"%s\" is a member of role \"%s\"", m.Role, member)
	}
	u := *t.s.Roles[member]
	u.MemberOf = slices.Clone(u.MemberOf)
	if i := slices.IndexFunc(u.MemberOf, func(x Membership) bool { return x.Role == m.Role }); i >= 0 {
		if u.MemberOf[i].Admin || !m.Admin {
			return sqlerr.New(sqlerr.SuccessfulCompletion, "role \"%s\" is already a member of role \"%s\"", member, m.Role), nil
		}
		u.MemberOf[i].Admin = true
	} else {
		u.MemberOf = append(u.MemberOf, m)
	}
	slices.SortFunc(u.MemberOf, func(a, b Membership) int { return strings.Compare(a.Role, b.Role) })
	t.s.Roles[member] = &u
	return nil, nil
}

// leave ends a membership, or with adminOnly the right to make members.
func (t *tx) leave(member, role string, adminOnly bool) (warning *sqlerr.Error) {
	u := *t.s.Roles[member]
	u.MemberOf = slices.Clone(u.MemberOf)
	i := slices.IndexFunc(u.MemberOf, func(x Membership) bool { return x.Role == role })
	switch {
	case i < 0:
		return sqlerr.New(sqlerr.Warning, "role \"%s\" is not a member of role \"%s\"", member, role)
	case adminOnly:
		u.MemberOf[i].Admin = false
	default:
		u.MemberOf = slices.Delete(u.MemberOf, i, i+1)
	}
	t.s.Roles[member] = &u
	return nil
}

// inUse lists what keeps a role from being dropped, one a line, as PostgreSQL.
func (t *tx) inUse(name string) []string {
	var out []string
	for _, r := range sorted(t.s.Relations) {
		if r.Owner == name && r.State != Dropping {
			out = append(out, "owner of "+KindWord(r)+" "+r.Name)
		}
	}
	for _, d := range sorted(t.s.Types) {
		if d.Owner == name {
			out = append(out, "owner of type "+d.Name)
		}
	}
	for _, j := range sorted(t.s.Jobs) {
		if j.Owner == name && j.Kind == Insert {
			out = append(out, "owner of query "+j.ID)
		}
	}
	for _, key := range sortedKeys(t.s.Owners) {
		if t.s.Owners[key] == name {
			out = append(out, "owner of "+strings.TrimSuffix(strings.Replace(key, "/", " ", 1), " "))
		}
	}
	for _, s := range sorted(t.s.Secrets) {
		if s.Owner == name {
			out = append(out, "owner of secret "+s.Name)
		}
	}
	for _, acl := range sorted(t.s.ACLs) {
		if slices.ContainsFunc(acl.Rights, func(r Right) bool { return r.Grantee == name || r.Grantor == name }) && t.s.Owner(acl.Object) != name {
			out = append(out, "privileges for "+t.s.Describe(acl.Object))
		}
	}
	for _, d := range sorted(t.s.Defaults) {
		if d.Role == name {
			out = append(out, fmt.Sprintf("owner of default privileges on new relations belonging to role %s%s", d.Role, inSchema(d.Schema)))
		} else if slices.ContainsFunc(d.Rights, func(r Right) bool { return r.Grantee == name }) {
			out = append(out, fmt.Sprintf("privileges for default privileges on new relations belonging to role %s%s", d.Role, inSchema(d.Schema)))
		}
	}
	return out
}

func inSchema(name string) string {
	if name == "" {
		return ""
	}
	return " in schema " + name
}
