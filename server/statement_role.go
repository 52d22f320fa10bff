package server

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// runPeople runs what is about roles, rights, owners and secrets. As other DDL
// it waits for nobody's COMMIT.
func (ss *Session) runPeople(ctx context.Context, rq *request) (*pgwire.Result, error) {
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return nil, err
	}
	switch x := rq.ast.(type) {
	case *sql.CreateRole:
		if x.Alter {
			return ss.alterRole(ctx, rq, x)
		}
		return ss.createRole(ctx, rq, x)
	case *sql.Grant:
		return ss.runGrant(ctx, rq, x)
	case *sql.AlterDefaults:
		return ss.alterDefaults(ctx, rq, x)
	case *sql.Owned:
		return ss.runOwned(ctx, rq, x)
	case *sql.AlterOwner:
		return ss.alterOwner(ctx, rq, x)
	case *sql.CreateSecret:
		return ss.createSecret(ctx, rq, x)
	}
	panic("BUG: not about people: " + sql.Print(rq.ast))
}

// tellAll sends what a command of the catalog has to say.
func (ss *Session) tellAll(res catalog.Result) {
	if res.Notice != "" {
		ss.notice("%s", res.Notice)
	}
	for _, w := range res.Warnings {
		severity := "WARNING"
		if w.Code == sqlerr.SuccessfulCompletion {
			severity = "NOTICE"
		}
		ss.tell(severity, w)
	}
}

// proposeTold runs a command and tells what it has to say; pos is where errors point.
func (ss *Session) proposeTold(ctx context.Context, cmd catalog.Command, pos int) error {
	res, err := ss.srv.propose(ctx, cmd)
	if err != nil {
		return at(err, pos)
	}
	ss.tellAll(res)
	return nil
}

// roleNamed is the role that a name of the statement means.
func (ss *Session) roleNamed(rq *request, n sql.Name) string {
	if !n.Quoted {
		switch strings.ToUpper(n.Text) {
		case "CURRENT_USER", "CURRENT_ROLE":
			return rq.as
		case "SESSION_USER":
			return ss.authorization()
		}
	}
	return n.Fold(false)
}

func (ss *Session) rolesNamed(rq *request, list []sql.Name) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = ss.roleNamed(rq, n)
	}
	return out
}

// mayCreateRoles holds CREATEROLE, and superuser for what superusers are.
func (rq *request) mayCreateRoles(do string) error {
	if r, ok := rq.snap.Role(rq.as); ok && !r.Superuser && !r.CreateRole {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to %s", do)
	}
	return nil
}

// mayName refuses to give a role the name of a superuser who is none: what that
// one made would be the role's.
func (rq *request) mayName(name string) error {
	if _, taken := rq.snap.Role(name); taken || rq.superuser() || !rq.snap.Owns(name) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to create role").
		WithDetail("Objects belong to %q already; only superusers may make a role of that name.", name)
}

func (ss *Session) createRole(ctx context.Context, rq *request, x *sql.CreateRole) (*pgwire.Result, error) {
	if err := rq.mayCreateRoles("create role"); err != nil {
		return nil, err
	}
	cmd := &catalog.CreateRole{Role: catalog.Role{Name: ss.roleNamed(rq, x.Name), Login: x.User, Inherit: true, ConnLimit: -1}}
	if err := ss.roleOptions(rq, x, &cmd.Role); err != nil {
		return nil, err
	}
	if cmd.Role.Superuser && !rq.superuser() {
		return nil, onlySuperusers("create superusers")
	}
	if err := rq.mayName(cmd.Role.Name); err != nil {
		return nil, err
	}
	for _, o := range x.Options {
		names := ss.rolesNamed(rq, o.Roles)
		switch o.Name {
		case "IN ROLE":
			for _, n := range names {
				if err := rq.mayAdmin(n); err != nil {
					return nil, err
				}
				cmd.Role.MemberOf = append(cmd.Role.MemberOf, catalog.Membership{Role: n, Grantor: rq.as})
			}
		case "ROLE", "USER":
			cmd.Members = append(cmd.Members, names...)
		case "ADMIN":
			cmd.Admins = append(cmd.Admins, names...)
		}
	}
	return tag("CREATE ROLE"), ss.proposeTold(ctx, cmd, x.Name.Pos)
}

// alterRole is ALTER ROLE. A role may change its own password and settings.
func (ss *Session) alterRole(ctx context.Context, rq *request, x *sql.CreateRole) (*pgwire.Result, error) {
	if x.Name.Is("all") && !x.Name.Quoted {
		return nil, sqlerr.Unsupported("ALTER ROLE ALL").At(x.Name.Pos).WithHint("ALTER SYSTEM SET holds for all new sessions.")
	}
	name := ss.roleNamed(rq, x.Name)
	old, ok := rq.snap.Role(name)
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedObject, "role %q does not exist", name).At(x.Name.Pos)
	}
	if err := rq.mayAlterRole(old, x); err != nil {
		return nil, err
	}
	if x.Rename != nil {
		if name == ss.user || name == ss.authorization() {
			return nil, sqlerr.Unsupported("renaming the session user")
		}
		to := ss.roleNamed(rq, *x.Rename)
		if err := rq.mayName(to); err != nil {
			return nil, err
		}
		return tag("ALTER ROLE"), ss.proposeTold(ctx, &catalog.RenameRole{Name: name, To: to}, x.Rename.Pos)
	}
	r := *old
	r.Settings = slices.Clone(old.Settings)
	if err := errorOf(ss.roleOptions(rq, x, &r), ss.roleSettings(&r, x)); err != nil {
		return nil, err
	}
	return tag("ALTER ROLE"), ss.proposeTold(ctx, &catalog.AlterRole{Role: r}, x.Name.Pos)
}

// errorOf is the first error.
func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// mayAlterRole: superusers are altered, and made, by superusers; others by roles
// with CREATEROLE, and a role changes its own password and settings.
func (rq *request) mayAlterRole(old *catalog.Role, x *sql.CreateRole) error {
	if rq.superuser() {
		return nil
	}
	for _, o := range x.Options {
		if o.Name == "SUPERUSER" || o.Name == "NOSUPERUSER" || old.Superuser {
			return onlySuperusers("alter superuser roles or change superuser attribute")
		}
	}
	if old.Superuser && (x.Rename != nil || old.Name != rq.as) {
		return onlySuperusers("alter superusers")
	}
	own := old.Name == rq.as && x.Rename == nil
	for _, o := range x.Options {
		own = own && o.Name == "PASSWORD"
	}
	if own {
		return nil
	}
	return rq.mayCreateRoles(map[bool]string{true: "rename role", false: "alter role"}[x.Rename != nil])
}

// roleSettings is ALTER ROLE SET and RESET.
func (ss *Session) roleSettings(r *catalog.Role, x *sql.CreateRole) error {
	drop := func(name string) {
		r.Settings = slices.DeleteFunc(r.Settings, func(p catalog.Prop) bool { return p.Name == name })
	}
	switch {
	case x.Reset != nil && x.Reset.All:
		r.Settings = nil
	case x.Reset != nil:
		drop(strings.ToLower(x.Reset.Name))
	case x.Set != nil:
		name := strings.ToLower(x.Set.Name)
		drop(name)
		if x.Set.Default {
			return nil
		}
		words := make([]string, len(x.Set.Values))
		for i, v := range x.Set.Values {
			var err error
			if words[i], err = settingText(v); err != nil {
				return err
			}
		}
		value, err := checkSetting(name, strings.Join(words, ", "))
		if err != nil {
			return at(err, x.Set.Pos)
		}
		if name == "session_authorization" {
			return sqlerr.New(sqlerr.CantChangeParam, "parameter %q cannot be changed", name).At(x.Set.Pos)
		}
		r.Settings = append(r.Settings, catalog.Prop{Name: name, Value: value})
		slices.SortFunc(r.Settings, func(a, b catalog.Prop) int { return strings.Compare(a.Name, b.Name) })
	}
	return nil
}

// roleOptions applies the attributes of the statement.
func (ss *Session) roleOptions(rq *request, x *sql.CreateRole, r *catalog.Role) error {
	given := map[string]bool{}
	for _, o := range x.Options {
		word, on := strings.TrimPrefix(o.Name, "NO"), !strings.HasPrefix(o.Name, "NO")
		if given[word] && o.Roles == nil {
			return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(x.Pos)
		}
		given[word] = true
		switch word {
		case "LOGIN":
			r.Login = on
		case "SUPERUSER":
			r.Superuser = on
		case "CREATEROLE":
			r.CreateRole = on
		case "CREATEDB":
			r.CreateDB = on
		case "INHERIT":
			r.Inherit = on
		case "REPLICATION", "BYPASSRLS":
			if on {
				return sqlerr.Unsupported("%s", word).At(x.Pos)
			}
		default:
			if err := ss.roleValue(rq, o, r, x.Alter); err != nil {
				return at(err, x.Pos)
			}
		}
	}
	return nil
}

// roleValue applies an attribute with a value.
func (ss *Session) roleValue(rq *request, o sql.RoleOption, r *catalog.Role, alter bool) error {
	text := ""
	_, null := o.Value.(*sql.Null)
	if o.Value != nil && !null {
		var err error
		if text, err = settingText(o.Value); err != nil {
			return err
		}
	}
	switch o.Name {
	case "PASSWORD":
		if r.Verifier = ""; null {
			return nil
		}
		v, err := auth.HashPassword(text, ss.srv.cfg.Rand)
		r.Verifier = v
		return err
	case "CONNECTION LIMIT":
		n, err := strconv.Atoi(text)
		if err != nil || n < -1 {
			return sqlerr.New(sqlerr.InvalidParameterValue, "invalid connection limit: %s", text)
		}
		r.ConnLimit = n
	case "VALID UNTIL":
		if r.ValidUntil = 0; null || strings.EqualFold(text, "infinity") {
			return nil
		}
		v, err := types.ParseText(types.TTimestamp, text, ss.settings.location())
		if err != nil {
			return err
		}
		r.ValidUntil = v.(int64) / types.MicrosPerMilli
	case "SYSID":
		ss.notice("SYSID can no longer be specified")
	case "IN ROLE", "ROLE", "USER", "ADMIN":
		if alter {
			return sqlerr.New(sqlerr.SyntaxError, "memberships of a role are changed by GRANT and REVOKE")
		}
	}
	return nil
}

// dropRole is DROP ROLE of one name.
func (ss *Session) dropRole(ctx context.Context, rq *request, x *sql.Drop, n sql.QName) error {
	name := ss.roleNamed(rq, n.Last())
	r, ok := ss.srv.catalog.Current().Role(name)
	switch {
	case rq.mayCreateRoles("drop role") != nil:
		return rq.mayCreateRoles("drop role")
	case ok && r.Superuser && !rq.superuser():
		return onlySuperusers("drop superusers")
	case name == rq.as && ok:
		return sqlerr.New(sqlerr.ObjectInUse, "current user cannot be dropped")
	case (name == ss.authorization() || name == ss.user) && ok:
		return sqlerr.New(sqlerr.ObjectInUse, "session user cannot be dropped")
	}
	return ss.proposeTold(ctx, &catalog.DropRole{Name: name, IfExists: x.IfExists}, -1)
}
