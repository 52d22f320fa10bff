package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addPrivileges registers has_*_privilege in all argument forms. Catalog lists
// only what a session may see, so the answer is yes for what exists.
func addPrivileges(a *adder) {
	for _, name := range []string{"table", "sequence", "database", "schema", "function", "language", "type", "tablespace",
		"foreign_data_wrapper", "server", "parameter"} {
		check := func(at int) RowFunc {
			return func(e *Env, v []types.Value) (types.Value, error) {
				if err := checkPrivileges(v[len(v)-1].(string)); err != nil {
					return nil, err
				}
				return privileged(e, name, v[at])
			}
		}
		full := "has_" + name + "_privilege"
		for _, object := range []string{"text", "oid"} {
			a.row(full+"(object "+object+", privilege text) bool", stable, check(0), "Whether the user has a privilege.")
			for _, user := range []string{"name", "oid"} {
				a.row(full+"(user "+user+", object "+object+", privilege text) bool", stable, check(1), "Whether a user has a privilege.")
			}
		}
	}
	for _, object := range []string{"text", "oid"} {
		for _, column := range []string{"text", "int"} {
			sig := "object " + object + ", column " + column + ", privilege text) bool"
			column := func(at int) RowFunc {
				return func(e *Env, v []types.Value) (types.Value, error) { return privileged(e, "table", v[at]) }
			}
			a.row("has_column_privilege("+sig, stable, column(0), "Whether the user has a privilege on a column.")
			a.row("has_column_privilege(user name, "+sig, stable, column(1), "Whether a user has a privilege on a column.")
		}
		yes := constant(true)
		a.row("has_any_column_privilege(object "+object+", privilege text) bool", stable, yes, "Whether the user has a privilege on some column.")
		a.row("has_any_column_privilege(user name, object "+object+", privilege text) bool", stable, yes, "Whether a user has a privilege on some column.")
	}
	for _, role := range []string{"name", "oid"} {
		a.row("pg_has_role(role "+role+", privilege text) bool", stable, constant(true), "Whether the user has a role.")
		a.row("pg_has_role(user name, role "+role+", privilege text) bool", stable, constant(true), "Whether a user has a role.")
		a.row("pg_has_role(user oid, role "+role+", privilege text) bool", stable, constant(true), "Whether a user has a role.")
	}
	a.row("row_security_active(rel text) bool", stable, constant(false), "Whether row security applies.")
	a.row("row_security_active(rel oid) bool", stable, constant(false), "Whether row security applies.")
}

var privilegeNames = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "TRUNCATE": true, "REFERENCES": true, "TRIGGER": true,
	"USAGE": true, "CREATE": true, "CONNECT": true, "TEMPORARY": true, "TEMP": true, "EXECUTE": true, "SET": true, "ALTER SYSTEM": true, "RULE": true, "MAINTAIN": true,
}

// checkPrivileges refuses names that are no privileges. 22023.
func checkPrivileges(list string) error {
	for _, p := range strings.Split(list, ",") {
		p = strings.ToUpper(strings.TrimSpace(p))
		p = strings.TrimSuffix(p, " WITH GRANT OPTION")
		if !privilegeNames[p] {
			return sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized privilege type: \"%s\"", p)
		}
	}
	return nil
}

// privileged is NULL for an OID that does not exist and 42P01 for such a name.
func privileged(e *Env, kind string, object types.Value) (types.Value, error) {
	if e.Catalog == nil || kind != "table" {
		return true, nil
	}
	switch o := object.(type) {
	case int64:
		if _, _, ok := e.Catalog.RelationName(uint32(o)); !ok {
			return nil, nil
		}
	case string:
		if e.Catalog.RelationOID(o) == 0 {
			return nil, sqlerr.New(sqlerr.UndefinedTable, "relation \"%s\" does not exist", o)
		}
	}
	return true, nil
}
