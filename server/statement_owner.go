package server

import (
	"context"
	"errors"
	"slices"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// giveTo is ALTER ... OWNER TO: the new owner is a role that the giver may be,
// and that may create where the object is.
func (ss *Session) giveTo(ctx context.Context, rq *request, cmd *catalog.SetOwner, place catalog.Object) error {
	if _, ok := rq.snap.Role(cmd.Owner); !ok {
		return sqlerr.New(sqlerr.UndefinedObject, "role %q does not exist", cmd.Owner)
	}
	if !rq.superuser() {
		if !rq.snap.IsMember(rq.as, cmd.Owner) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must be member of role %q", cmd.Owner)
		}
		if !rq.snap.May(cmd.Owner, place, catalog.PrivCreate) {
			return rq.snap.ErrDenied(place)
		}
	}
	return ss.proposeTold(ctx, cmd, -1)
}

// alterOwner is ALTER {DATABASE|SCHEMA|TYPE|SUBJECT} ... OWNER TO.
func (ss *Session) alterOwner(ctx context.Context, rq *request, x *sql.AlterOwner) (*pgwire.Result, error) {
	cmd := &catalog.SetOwner{Owner: ss.roleNamed(rq, x.To)}
	place := catalog.Database
	if x.Kind == sql.TypeKind {
		cmd.Type, place = x.Name.Last().Fold(rq.ksql), catalog.Public
		d, ok := rq.snap.Type(cmd.Type)
		if !ok {
			return nil, sqlerr.New(sqlerr.UndefinedObject, "type %q does not exist", cmd.Type).At(x.Name.Position())
		}
		if !rq.owns(d.Owner) {
			return nil, mustOwn("type " + d.Name)
		}
	} else {
		o, err := ss.grantObject(rq, string(x.Kind), x.Name)
		if err != nil {
			return nil, at(err, x.Name.Position())
		}
		if !rq.owns(rq.snap.Owner(o)) {
			return nil, mustOwn(rq.snap.Describe(o))
		}
		cmd.Object = o
	}
	return tag("ALTER " + string(x.Kind)), at(ss.giveTo(ctx, rq, cmd, place), x.To.Pos)
}

// runOwned is REASSIGN OWNED and DROP OWNED.
func (ss *Session) runOwned(ctx context.Context, rq *request, x *sql.Owned) (*pgwire.Result, error) {
	from := ss.rolesNamed(rq, x.Roles)
	all := slices.Clone(from)
	if !x.Drop {
		all = append(all, ss.roleNamed(rq, x.To))
	}
	for _, name := range all {
		if _, ok := rq.snap.Role(name); !ok {
			return nil, sqlerr.New(sqlerr.UndefinedObject, "role %q does not exist", name).At(x.Pos)
		}
		if !rq.owns(name) {
			do := map[bool]string{true: "drop objects", false: "reassign objects"}[x.Drop]
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to %s", do).
				WithDetail("Only roles with the rights of role %q may do so.", name)
		}
	}
	if !x.Drop {
		return tag("REASSIGN OWNED"), ss.proposeTold(ctx, &catalog.ReassignOwned{From: from, To: ss.roleNamed(rq, x.To)}, x.Pos)
	}
	for _, name := range from {
		if err := ss.dropOwned(context.WithoutCancel(ctx), rq, name, x.Cascade); err != nil {
			return nil, at(err, x.Pos)
		}
	}
	return tag("DROP OWNED"), ss.proposeTold(ctx, &catalog.DropOwned{Roles: from}, x.Pos)
}

// dropOwned drops a role's relations, what is read before what it is made of,
// and its queries. What others made of them stops it, unless with cascade.
func (ss *Session) dropOwned(ctx context.Context, rq *request, role string, cascade bool) error {
	var owned []*catalog.Relation
	for _, r := range rq.snap.Relations() {
		if r.Owner == role {
			owned = append(owned, r)
		}
	}
	l := &needList{rq: rq}
	for _, r := range owned {
		if err := l.cascade(r); err != nil && cascade {
			return err
		}
	}
	for _, n := range l.list {
		own := rq.snap.Owner(n.object) == role
		switch {
		case !own && !cascade:
			return sqlerr.New(sqlerr.DependentObjects, "cannot drop desired object(s) because other objects depend on them").
				WithDetail("%s depends on an object of role %s", rq.snap.Describe(n.object), role).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
		case !own && !n.met(rq.snap):
			return n.refusal(rq.snap)
		}
	}
	for _, j := range rq.snap.Jobs() {
		if j.Owner == role && j.Kind == catalog.Insert {
			if err := ss.terminate(ctx, j); err != nil {
				return err
			}
		}
	}
	var errs []error
	ctx = context.WithoutCancel(ctx)
	for _, r := range owned {
		res, err := ss.srv.propose(ctx, &catalog.DropRelation{Name: r.Name, AnyKind: true, IfExists: true, Cascade: true})
		if err == nil {
			err = ss.srv.drop(ctx, res, func(*catalog.Relation) bool { return true })
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
