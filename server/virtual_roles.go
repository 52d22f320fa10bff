package server

import (
	"hash/fnv"
	"slices"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// pgRoles are the pg_catalog tables about roles and what they were given.
var pgRoles = map[string]func(v virtual) []record{
	"pg_catalog.pg_roles":           func(v virtual) []record { return roleRows(v, "rolname", "rolvaliduntil", true) },
	"pg_catalog.pg_authid":          pgAuthid,
	"pg_catalog.pg_user":            func(v virtual) []record { return userRows(v) },
	"pg_catalog.pg_shadow":          func(v virtual) []record { return userRows(v) },
	"pg_catalog.pg_group":           pgGroup,
	"pg_catalog.pg_auth_members":    pgAuthMembers,
	"pg_catalog.pg_default_acl":     pgDefaultACL,
	"pg_catalog.pg_db_role_setting": pgRoleSettings,
}

// roleBook gives names of roles numbers: those of the catalog, and 10 for the
// superuser who is none of them. Owners of before there were roles are superusers
// too and have numbers by their names.
type roleBook struct {
	snap *catalog.Snapshot
	self string // the session user
}

func (ss *Session) roleBook(snap *catalog.Snapshot) roleBook {
	return roleBook{snap, ss.authorization()}
}

func (v virtual) roleBook() roleBook { return v.ss.roleBook(v.all) }

// server is the name of the superuser who made what nobody made.
func (b roleBook) server() string {
	if _, ok := b.snap.Role(b.self); !ok {
		return b.self
	}
	return catalog.DatabaseName
}

// guestOID numbers superusers who are no roles of the catalog.
const guestOID = 1_900_000_000

func (b roleBook) oid(name string) int64 {
	if name == "" {
		name = b.server()
	}
	if r, ok := b.snap.Role(name); ok {
		return int64(r.OID)
	}
	if name == b.server() {
		return oidOwner
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return guestOID + int64(h.Sum32()%50_000_000)
}

// guests are the names of superusers who are no roles and stand somewhere.
func (b roleBook) guests() []string {
	var out []string
	add := func(name string) {
		if _, ok := b.snap.Role(name); !ok && name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	add(b.server())
	n := len(out)
	for _, r := range b.snap.Relations() {
		add(r.Owner)
	}
	slices.Sort(out[n:])
	return out
}

// name finds the role of a number.
func (b roleBook) name(oid int64) (string, bool) {
	for _, g := range b.guests() {
		if b.oid(g) == oid {
			return g, true
		}
	}
	for _, r := range b.snap.Roles() {
		if int64(r.OID) == oid {
			return r.Name, true
		}
	}
	return "", false
}

// roleRows are the roles with their attributes; super is the ones of before.
func roleRows(v virtual, name, until string, config bool) []record {
	b := v.roleBook()
	var out []record
	for _, g := range b.guests() {
		out = append(out, record{name: g, "oid": b.oid(g)})
	}
	for _, r := range v.all.Roles() {
		rec := record{
			name: r.Name, "oid": int64(r.OID), "rolsuper": r.Superuser, "rolinherit": r.Inherit, "rolcreaterole": r.CreateRole,
			"rolcreatedb": r.CreateDB, "rolcanlogin": r.Login, "rolbypassrls": false, "rolconnlimit": int64(r.ConnLimit),
		}
		if r.ValidUntil != 0 {
			rec[until] = r.ValidUntil * types.MicrosPerMilli
		}
		if config && len(r.Settings) > 0 {
			rec["rolconfig"] = configOf(r)
		}
		out = append(out, rec)
	}
	return out
}

func configOf(r *catalog.Role) []types.Value {
	var out []types.Value
	for _, p := range r.Settings {
		out = append(out, p.Name+"="+p.Value)
	}
	return out
}

// pgAuthid shows nobody's verifier but one's own.
func pgAuthid(v virtual) []record {
	out := roleRows(v, "rolname", "rolvaliduntil", false)
	for _, rec := range out {
		if r, ok := v.all.Role(rec["rolname"].(string)); ok && r.Name == v.ss.authorization() && r.Verifier != "" {
			rec["rolpassword"] = r.Verifier
		}
	}
	return out
}

func userRows(v virtual) []record {
	b := v.roleBook()
	var out []record
	for _, g := range b.guests() {
		out = append(out, record{"usename": g, "usesysid": b.oid(g)})
	}
	for _, r := range v.all.Roles() {
		if !r.Login {
			continue
		}
		rec := record{"usename": r.Name, "usesysid": int64(r.OID), "usecreatedb": r.CreateDB, "usesuper": r.Superuser, "usebypassrls": false}
		if r.ValidUntil != 0 {
			rec["valuntil"] = r.ValidUntil * types.MicrosPerMilli
		}
		if len(r.Settings) > 0 {
			rec["useconfig"] = configOf(r)
		}
		out = append(out, rec)
	}
	return out
}

func pgGroup(v virtual) []record {
	var out []record
	for _, g := range v.all.Roles() {
		if g.Login {
			continue
		}
		members := []types.Value{}
		for _, r := range v.all.Roles() {
			if slices.ContainsFunc(r.MemberOf, func(m catalog.Membership) bool { return m.Role == g.Name }) {
				members = append(members, int64(r.OID))
			}
		}
		out = append(out, record{"groname": g.Name, "grosysid": int64(g.OID), "grolist": members})
	}
	return out
}

func pgAuthMembers(v virtual) []record {
	b := v.roleBook()
	var out []record
	for _, r := range v.all.Roles() {
		for _, m := range r.MemberOf {
			out = append(out, record{"roleid": b.oid(m.Role), "member": int64(r.OID), "grantor": b.oid(m.Grantor), "admin_option": m.Admin})
		}
	}
	return out
}

func pgDefaultACL(v virtual) []record {
	b := v.roleBook()
	var out []record
	for _, d := range v.all.Defaults() {
		space := int64(0)
		if d.Schema != "" {
			space = schemaOID(d.Schema)
		}
		out = append(out, record{
			"oid": int64(d.OID), "defaclrole": b.oid(d.Role), "defaclnamespace": space, "defaclobjtype": "r", "defaclacl": values(catalog.AclItems(d.Rights)),
		})
	}
	return out
}

func pgRoleSettings(v virtual) []record {
	var out []record
	for _, r := range v.all.Roles() {
		if len(r.Settings) > 0 {
			out = append(out, record{"setdatabase": int64(0), "setrole": int64(r.OID), "setconfig": configOf(r)})
		}
	}
	return out
}

// aclOf is an object's rights as PostgreSQL shows them: NULL until they are
// changed.
func (v virtual) aclOf(o catalog.Object) types.Value {
	rights, explicit := v.all.RightsOf(o)
	if !explicit {
		return nil
	}
	return values(catalog.AclItems(rights))
}
