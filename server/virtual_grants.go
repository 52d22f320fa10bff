package server

import (
	"slices"

	"github.com/leatdb/leat/catalog"
)

// infoGrants are information_schema's tables of roles and privileges: what the
// statement's role has given or got.
var infoGrants = map[string]func(v virtual) []record{
	"information_schema.enabled_roles":                     infoEnabledRoles,
	"information_schema.applicable_roles":                  func(v virtual) []record { return infoMemberships(v, false) },
	"information_schema.administrable_role_authorizations": func(v virtual) []record { return infoMemberships(v, true) },
	"information_schema.table_privileges":                  func(v virtual) []record { return infoTableGrants(v, true) },
	"information_schema.role_table_grants":                 func(v virtual) []record { return infoTableGrants(v, false) },
	"information_schema.column_privileges":                 func(v virtual) []record { return infoColumnGrants(v, true) },
	"information_schema.role_column_grants":                func(v virtual) []record { return infoColumnGrants(v, false) },
}

func infoEnabledRoles(v virtual) []record {
	var out []record
	for _, name := range v.enabledRoles() {
		out = append(out, record{"role_name": name})
	}
	return out
}

// enabledRoles are the roles whose rights the statement has; a superuser has all.
func (v virtual) enabledRoles() []string {
	if !v.all.IsSuperuser(v.as) {
		return v.all.Groups(v.as, true)
	}
	out := v.roleBook().guests()
	for _, r := range v.all.Roles() {
		out = append(out, r.Name)
	}
	if !slices.Contains(out, v.as) {
		out = append(out, v.as)
	}
	return out
}

// infoMemberships are the memberships of the role and of those it is a member of.
func infoMemberships(v virtual, adminOnly bool) []record {
	var out []record
	for _, name := range v.all.Groups(v.as, false) {
		r, ok := v.all.Role(name)
		if !ok {
			continue
		}
		for _, m := range r.MemberOf {
			if m.Admin || !adminOnly {
				out = append(out, record{"grantee": name, "role_name": m.Role, "is_grantable": yesNo(m.Admin)})
			}
		}
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// eachGrant calls f for every privilege on every relation that an enabled role
// has given or got, or with everyone that PUBLIC has.
func (v virtual) eachGrant(everyone bool, f func(r *catalog.Relation, g record, word string)) {
	roles := v.enabledRoles()
	for _, r := range v.snap.Relations() {
		rights, _ := v.all.RightsOf(catalog.ObjectOf(r))
		for _, x := range rights {
			mine := slices.Contains(roles, x.Grantee) || slices.Contains(roles, x.Grantor) || everyone && x.Grantee == catalog.PublicRole
			if !mine {
				continue
			}
			grantee := x.Grantee
			if grantee == catalog.PublicRole {
				grantee = "PUBLIC"
			}
			for _, word := range x.Privs.Words() {
				p, _ := catalog.ParsePrivilege(word)
				f(r, record{
					"grantor": x.Grantor, "grantee": grantee, "table_catalog": v.ss.database, "table_schema": catalog.PublicSchema,
					"table_name": r.Name, "privilege_type": word, "is_grantable": yesNo(x.Options&p != 0 || x.Grantee == r.Owner),
				}, word)
			}
		}
	}
}

func infoTableGrants(v virtual, everyone bool) []record {
	var out []record
	v.eachGrant(everyone, func(_ *catalog.Relation, g record, word string) {
		g["with_hierarchy"] = yesNo(word == "SELECT")
		out = append(out, g)
	})
	return out
}

// infoColumnGrants spreads the privileges that columns have over them.
func infoColumnGrants(v virtual, everyone bool) []record {
	var out []record
	v.eachGrant(everyone, func(r *catalog.Relation, g record, word string) {
		if !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}, word) {
			return
		}
		for _, c := range r.Schema.Visible() {
			one := record{"column_name": c.Name}
			for k, x := range g {
				one[k] = x
			}
			out = append(out, one)
		}
	})
	return out
}
