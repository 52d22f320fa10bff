package server

import (
	"context"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

func (ss *Session) runGrant(ctx context.Context, rq *request, x *sql.Grant) (*pgwire.Result, error) {
	word := map[bool]string{true: "REVOKE", false: "GRANT"}[x.Revoke]
	if x.Kind == string(sql.RoleKind) {
		return tag(word + " ROLE"), ss.grantRoles(ctx, rq, x)
	}
	objects, err := ss.grantObjects(rq, x)
	if err != nil {
		return nil, err
	}
	privs, err := privilegesOf(x)
	if err != nil {
		return nil, err
	}
	return tag(word), ss.proposeTold(ctx, &catalog.GrantOn{
		Actor: rq.as, Objects: objects, Privileges: privs, To: ss.grantees(rq, x.To), Option: x.Option, Revoke: x.Revoke, Cascade: x.Cascade,
	}, x.Pos)
}

// grantees are the roles of TO; PUBLIC is everyone.
func (ss *Session) grantees(rq *request, to []sql.Name) []string {
	out := make([]string, len(to))
	for i, n := range to {
		if out[i] = ss.roleNamed(rq, n); !n.Quoted && n.Is(catalog.PublicRole) {
			out[i] = catalog.PublicRole
		}
	}
	return out
}

// privilegesOf reads the words of the statement; ALL is 0.
func privilegesOf(x *sql.Grant) (catalog.Privilege, error) {
	var out catalog.Privilege
	for _, word := range x.Privileges {
		if word == "ALL" {
			return 0, nil
		}
		p, ok := catalog.ParsePrivilege(word)
		if !ok {
			return 0, sqlerr.New(sqlerr.SyntaxError, "unrecognized privilege type \"%s\"", strings.ToLower(word)).At(x.Pos)
		}
		out |= p
	}
	return out, nil
}

// grantObjects finds what the statement names.
func (ss *Session) grantObjects(rq *request, x *sql.Grant) ([]catalog.Object, error) {
	if what, all := strings.CutPrefix(x.Kind, "ALL "); all {
		return allObjects(rq, x, strings.TrimSuffix(what, " IN SCHEMA"))
	}
	var out []catalog.Object
	for _, n := range x.Names {
		o, err := ss.grantObject(rq, x.Kind, n)
		if err != nil {
			return nil, at(err, n.Position())
		}
		out = append(out, o)
	}
	return out, nil
}

// allObjects are those of ALL TABLES IN SCHEMA.
func allObjects(rq *request, x *sql.Grant, what string) ([]catalog.Object, error) {
	var out []catalog.Object
	for _, n := range x.Names {
		name := n.Last().Fold(false)
		if _, ok := schemaNamed(name, 0); !ok {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, "schema %q does not exist", name).At(n.Position())
		}
		if name != catalog.PublicSchema {
			return nil, nil // system tables are everybody's
		}
	}
	for _, r := range rq.snap.Relations() {
		if what == "TABLES" || what == "STREAMS" && r.Kind == catalog.Stream {
			out = append(out, catalog.ObjectOf(r))
		}
	}
	return out, nil
}

// grantObject finds one object. A stream's dead letters are granted by their
// name, NAME_errors.
func (ss *Session) grantObject(rq *request, kind string, n sql.QName) (catalog.Object, error) {
	name := n.Last().Fold(false)
	switch kind {
	case "TABLE", "STREAM", "VIEW", "MATERIALIZED VIEW", "SINK", "SOURCE":
		return ss.grantRelation(rq, kind, n)
	case "SCHEMA":
		for _, s := range schemas {
			if s.name == name {
				return catalog.Object{Kind: catalog.SchemaObject, Name: name}, nil
			}
		}
		return catalog.Object{}, sqlerr.New(sqlerr.InvalidSchemaName, "schema %q does not exist", name)
	case "DATABASE":
		if name == defaultDatabase || name == ss.database || name == "postgres" {
			return catalog.Database, nil
		}
		return catalog.Object{}, sqlerr.New(sqlerr.UndefinedDatabase, "database %q does not exist", name)
	case "CONNECTOR":
		return catalog.Object{Kind: catalog.ConnectorObject, Name: name}, nil
	case "SUBJECT":
		return catalog.Object{Kind: catalog.SubjectObject, Name: name}, nil
	}
	return catalog.Object{}, sqlerr.Unsupported("GRANT ON %s", kind)
}

func (ss *Session) grantRelation(rq *request, kind string, n sql.QName) (catalog.Object, error) {
	schema := ""
	if len(n) > 1 {
		schema = n[len(n)-2].Fold(false)
	}
	all := names{rq.snap, ss.srv.log}
	r, ok := all.Relation(schema, n.Last().Fold(rq.ksql))
	if base, letters := strings.CutSuffix(n.Last().Fold(rq.ksql), "_errors"); !ok && letters {
		if of, ok := rq.snap.Relation(schema, base); ok {
			return catalog.LettersOf(of), nil // which come with the first bad record
		}
	}
	if !ok {
		if full, _, ok := all.Virtual(schema, n.Last().Fold(false)); ok {
			return catalog.Object{}, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for system table %q", full).
				WithHint("Everybody reads it, and sees in it what is his.")
		}
		return catalog.Object{}, sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", n.Last().Fold(rq.ksql))
	}
	isKind := kind == "TABLE" || kind == "SINK" || kind == "SOURCE" || strings.EqualFold(kind, catalog.KindWord(r))
	if !isKind {
		return catalog.Object{}, sqlerr.New(sqlerr.WrongObjectType, "%q is not a %s", r.Name, strings.ToLower(kind))
	}
	return objectRead(r), nil
}

// mayAdmin refuses to give a role away without its ADMIN OPTION.
func (rq *request) mayAdmin(name string) error {
	r, ok := rq.snap.Role(name)
	if !ok || rq.superuser() {
		return nil // the catalog says what is not there
	}
	if r.Superuser {
		return onlySuperusers("alter superusers")
	}
	me, _ := rq.snap.Role(rq.as)
	if me != nil && me.CreateRole || rq.snap.IsAdmin(rq.as, name) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must have admin option on role %q", name)
}

func (ss *Session) grantRoles(ctx context.Context, rq *request, x *sql.Grant) error {
	var given []string
	for _, n := range x.Names {
		name := ss.roleNamed(rq, n.Last())
		if err := rq.mayAdmin(name); err != nil {
			return err
		}
		given = append(given, name)
	}
	return ss.proposeTold(ctx, &catalog.GrantRole{Actor: rq.as, Roles: given, To: ss.rolesNamed(rq, x.To), Admin: x.Option, Revoke: x.Revoke}, x.Pos)
}

// alterDefaults is ALTER DEFAULT PRIVILEGES, of relations.
func (ss *Session) alterDefaults(ctx context.Context, rq *request, x *sql.AlterDefaults) (*pgwire.Result, error) {
	g := x.Grant
	if g.Kind != "TABLES" && g.Kind != "STREAMS" {
		return nil, sqlerr.Unsupported("ALTER DEFAULT PRIVILEGES ON %s", g.Kind).At(g.Pos)
	}
	privs, err := privilegesOf(g)
	if err != nil {
		return nil, err
	}
	roles := ss.rolesNamed(rq, x.Roles)
	if len(roles) == 0 {
		roles = []string{rq.as}
	}
	inSchemas := []string{""}
	if len(x.Schemas) > 0 {
		inSchemas = nil
		for _, n := range x.Schemas {
			inSchemas = append(inSchemas, n.Fold(false))
		}
	}
	for _, role := range roles {
		if !rq.owns(role) {
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to change default privileges").
				WithDetail("Only roles with the rights of role %q may do so.", role)
		}
		for _, schema := range inSchemas {
			cmd := &catalog.AlterDefaults{Role: role, Schema: schema, Privileges: privs, To: ss.grantees(rq, g.To), Option: g.Option, Revoke: g.Revoke}
			if err := ss.proposeTold(ctx, cmd, x.Pos); err != nil {
				return nil, err
			}
		}
	}
	return tag("ALTER DEFAULT PRIVILEGES"), nil
}
