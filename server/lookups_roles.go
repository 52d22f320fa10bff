package server

import (
	"github.com/leatdb/leat/catalog"
)

// RoleNamed implements fn.Privileges.
func (l lookups) RoleNamed(name string) bool {
	if _, ok := l.snap.Role(name); ok || name == catalog.PublicRole {
		return true
	}
	return l.book().oid(name) == oidOwner || name == l.as
}

func (l lookups) book() roleBook { return l.ss.roleBook(l.snap) }

// RoleWithOID implements fn.Privileges.
func (l lookups) RoleWithOID(oid uint32) (string, bool) { return l.book().name(int64(oid)) }

// HasPrivilege implements fn.Privileges.
func (l lookups) HasPrivilege(role, kind, object string, oid uint32, privilege string, option bool) (has, exists bool) {
	p, known := catalog.ParsePrivilege(privilege)
	var o catalog.Object
	switch kind {
	case "table":
		r, suffix, ok := l.base(oid)
		if !ok || suffix != "" {
			return privilege == "SELECT" || l.snap.IsSuperuser(role), true // a system table, which everybody reads
		}
		o = catalog.ObjectOf(r)
	case "schema":
		name, ok := schemaNamed(object, oid)
		if !ok {
			return false, false
		}
		o = catalog.Object{Kind: catalog.SchemaObject, Name: name}
	case "database":
		if object != "" && object != defaultDatabase && object != l.ss.database && object != "postgres" {
			return false, false
		}
		o = catalog.Database
	default:
		return true, true // functions, types and languages are everybody's
	}
	if role == catalog.PublicRole {
		return l.everyone(o)&p == p && known && !option, true
	}
	if option {
		return known && l.snap.OptionsOf(role, o)&p == p, true
	}
	return known && l.snap.May(role, o, p), true
}

// everyone is what PUBLIC has on an object.
func (l lookups) everyone(o catalog.Object) catalog.Privilege {
	var out catalog.Privilege
	rights, _ := l.snap.RightsOf(o)
	for _, r := range rights {
		if r.Grantee == catalog.PublicRole {
			out |= r.Privs
		}
	}
	return out
}

func schemaNamed(name string, oid uint32) (string, bool) {
	for _, s := range schemas {
		if name != "" && s.name == name || name == "" && s.oid == int64(oid) {
			return s.name, true
		}
	}
	return "", false
}

// HasRole implements fn.Privileges.
func (l lookups) HasRole(role, of, mode string, admin bool) bool {
	if role == catalog.PublicRole {
		return false
	}
	if admin {
		return l.snap.IsAdmin(role, of)
	}
	if mode == "USAGE" {
		return l.snap.HasRole(role, of)
	}
	return l.snap.IsMember(role, of)
}
