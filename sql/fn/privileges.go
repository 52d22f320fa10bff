package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Privileges are the questions of has_*_privilege and pg_has_role. Lookups that
// answer them implement it; others say yes to what exists.
type Privileges interface {
	// RoleNamed tells whether there is a role; RoleWithOID finds its name.
	RoleNamed(name string) bool
	RoleWithOID(oid uint32) (name string, ok bool)
	// HasPrivilege tells whether role has a privilege (upper case), with option the
	// right to pass it on. Of kind "table" the object is a relation's OID, of
	// others a name: "schema", "database". exists is false when there is none.
	HasPrivilege(role, kind, object string, oid uint32, privilege string, option bool) (has, exists bool)
	// HasRole tells about membership; mode is "MEMBER" (may be it), "USAGE" (has its
	// rights), with admin also that it may make others members.
	HasRole(role, of, mode string, admin bool) bool
}

// addPrivileges registers has_*_privilege in all argument forms.
func addPrivileges(a *adder) {
	for _, name := range []string{"table", "sequence", "database", "schema", "function", "language", "type", "tablespace",
		"foreign_data_wrapper", "server", "parameter"} {
		full := "has_" + name + "_privilege"
		for _, object := range []string{"text", "oid"} {
			a.row(full+"(object "+object+", privilege text) bool", stable, func(e *Env, v []types.Value) (types.Value, error) {
				return privileged(e, nil, name, v[0], v[1])
			}, "Whether the user has a privilege.")
			for _, user := range []string{"name", "oid"} {
				a.row(full+"(user "+user+", object "+object+", privilege text) bool", stable, func(e *Env, v []types.Value) (types.Value, error) {
					return privileged(e, v[0], name, v[1], v[2])
				}, "Whether a user has a privilege.")
			}
		}
	}
	addColumnPrivileges(a)
	for _, role := range []string{"name", "oid"} {
		a.row("pg_has_role(role "+role+", privilege text) bool", stable, func(e *Env, v []types.Value) (types.Value, error) {
			return hasRole(e, nil, v[0], v[1])
		}, "Whether the user has a role.")
		for _, user := range []string{"name", "oid"} {
			a.row("pg_has_role(user "+user+", role "+role+", privilege text) bool", stable, func(e *Env, v []types.Value) (types.Value, error) {
				return hasRole(e, v[0], v[1], v[2])
			}, "Whether a user has a role.")
		}
	}
	a.row("row_security_active(rel text) bool", stable, constant(false), "Whether row security applies.")
	a.row("row_security_active(rel oid) bool", stable, constant(false), "Whether row security applies.")
}

// addColumnPrivileges registers those of columns, which are their table's.
func addColumnPrivileges(a *adder) {
	for _, object := range []string{"text", "oid"} {
		for _, column := range []string{"text", "int"} {
			sig := "object " + object + ", column " + column + ", privilege text) bool"
			a.row("has_column_privilege("+sig, stable, func(e *Env, v []types.Value) (types.Value, error) {
				return privileged(e, nil, "table", v[0], v[2])
			}, "Whether the user has a privilege on a column.")
			for _, user := range []string{"name", "oid"} {
				a.row("has_column_privilege(user "+user+", "+sig, stable, func(e *Env, v []types.Value) (types.Value, error) {
					return privileged(e, v[0], "table", v[1], v[3])
				}, "Whether a user has a privilege on a column.")
			}
		}
		a.row("has_any_column_privilege(object "+object+", privilege text) bool", stable, func(e *Env, v []types.Value) (types.Value, error) {
			return privileged(e, nil, "table", v[0], v[1])
		}, "Whether the user has a privilege on some column.")
		for _, user := range []string{"name", "oid"} {
			a.row("has_any_column_privilege(user "+user+", object "+object+", privilege text) bool", stable, func(e *Env, v []types.Value) (types.Value, error) {
				return privileged(e, v[0], "table", v[1], v[2])
			}, "Whether a user has a privilege on some column.")
		}
	}
}

var privilegeNames = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "TRUNCATE": true, "REFERENCES": true, "TRIGGER": true,
	"USAGE": true, "CREATE": true, "CONNECT": true, "TEMPORARY": true, "TEMP": true, "EXECUTE": true, "SET": true, "ALTER SYSTEM": true, "RULE": true, "MAINTAIN": true,
	"MONITOR": true, "CANCEL": true,
}

// wanted is one privilege of a list.
type wanted struct {
	name   string
	option bool
}

// privilegeList reads a list of privileges. 22023.
func privilegeList(list string) ([]wanted, error) {
	var out []wanted
	for _, p := range strings.Split(list, ",") {
		p = strings.ToUpper(strings.TrimSpace(p))
		name, option := strings.CutSuffix(p, " WITH GRANT OPTION")
		if !privilegeNames[name] {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized privilege type: \"%s\"", p)
		}
		out = append(out, wanted{name, option})
	}
	return out, nil
}

// roleOf is the role that an argument means; nil is the user of the statement.
func roleOf(e *Env, p Privileges, role types.Value) (string, error) {
	switch r := role.(type) {
	case string:
		if !p.RoleNamed(r) {
			return "", sqlerr.New(sqlerr.UndefinedObject, "role \"%s\" does not exist", r)
		}
		return r, nil
	case int64:
		if name, ok := p.RoleWithOID(uint32(r)); ok {
			return name, nil
		}
		return "", sqlerr.New(sqlerr.UndefinedObject, "role with OID %d does not exist", r)
	}
	return e.User, nil
}

// privileged is NULL for an OID that does not exist and 42P01 for such a name.
func privileged(e *Env, role types.Value, kind string, object, list types.Value) (types.Value, error) {
	want, err := privilegeList(list.(string))
	if err != nil {
		return nil, err
	}
	oid, name := uint32(0), ""
	if n, ok := object.(int64); ok {
		oid = uint32(n)
	} else {
		name = object.(string)
	}
	if kind == "table" && e.Catalog != nil {
		if name != "" {
			oid = e.Catalog.RelationOID(name)
		}
		switch _, _, ok := e.Catalog.RelationName(oid); {
		case !ok && name != "":
			return nil, sqlerr.New(sqlerr.UndefinedTable, "relation \"%s\" does not exist", name)
		case !ok:
			return nil, nil
		}
	}
	p, ok := e.Catalog.(Privileges)
	if !ok {
		return true, nil
	}
	who, err := roleOf(e, p, role)
	if err != nil {
		return nil, err
	}
	for _, w := range want {
		has, exists := p.HasPrivilege(who, kind, name, oid, w.name, w.option)
		if !exists && name != "" {
			return nil, noObject(kind, name)
		}
		if !exists {
			return nil, nil
		}
		if has {
			return true, nil
		}
	}
	return false, nil
}

func noObject(kind, name string) error {
	code := sqlerr.UndefinedObject
	switch kind {
	case "schema":
		code = sqlerr.InvalidSchemaName
	case "database":
		code = sqlerr.UndefinedDatabase
	}
	return sqlerr.New(code, "%s \"%s\" does not exist", kind, name)
}

// hasRole is pg_has_role.
func hasRole(e *Env, role, of, list types.Value) (types.Value, error) {
	p, ok := e.Catalog.(Privileges)
	if !ok {
		return true, nil
	}
	who, err := roleOf(e, p, role)
	if err != nil {
		return nil, err
	}
	group, err := roleOf(e, p, of)
	if err != nil {
		return nil, err
	}
	for _, mode := range strings.Split(list.(string), ",") {
		mode = strings.ToUpper(strings.TrimSpace(mode))
		bare, admin := strings.CutSuffix(mode, " WITH GRANT OPTION")
		if !admin {
			bare, admin = strings.CutSuffix(mode, " WITH ADMIN OPTION")
		}
		if bare != "MEMBER" && bare != "USAGE" && bare != "SET" {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized privilege type: \"%s\"", mode)
		}
		if p.HasRole(who, group, bare, admin) {
			return true, nil
		}
	}
	return false, nil
}
