package catalog

import (
	"maps"
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
)

// SetOwner gives an object, with the jobs that maintain it and its rights, to
// another role.
type SetOwner struct {
	Object Object
	Type   string `json:",omitempty"` // instead of Object: a type's name
	Job    string `json:",omitempty"` // instead of Object: an INSERT query's ID
	Owner  string
}

func (*SetOwner) op() string { return "set_owner" }

func (c *SetOwner) apply(t *tx) Result {
	if _, ok := t.s.Roles[c.Owner]; !ok {
		return failed(errNoRole(c.Owner))
	}
	switch {
	case c.Type != "":
		d, ok := t.s.Types[c.Type]
		if !ok {
			return failed(sqlerr.New(sqlerr.UndefinedObject, "type \"%s\" does not exist", c.Type))
		}
		u := *d
		u.Owner = c.Owner
		t.s.Types[u.Name] = &u
		return Result{OID: u.OID}
	case c.Job != "":
		j, ok := t.s.Jobs[c.Job]
		if !ok {
			return failed(errNoJob(c.Job))
		}
		t.ownJob(j, c.Owner)
		return Result{OID: j.OID, JobID: j.ID}
	case !t.s.exists(c.Object):
		return failed(sqlerr.New(sqlerr.UndefinedObject, "%s \"%s\" does not exist", c.Object.Kind, c.Object.Name))
	case c.Object.Kind == LettersObject || t.s.ofRelation(c.Object):
		return failed(sqlerr.New(sqlerr.WrongObjectType, "cannot change the owner of %s", t.s.Describe(c.Object)).
			WithDetail("It is that of its relation."))
	}
	t.own(c.Object, c.Owner)
	return Result{OID: c.Object.OID}
}

func (t *tx) ownJob(j *Job, owner string) {
	u := *j
	u.Owner = owner
	t.s.Jobs[u.ID] = &u
}

// own changes the owner of an object that exists.
func (t *tx) own(o Object, owner string) {
	was := t.s.Owner(o)
	if r, ok := t.s.relationOf(o); ok && o.Kind == RelationObject {
		u := *r
		u.Owner = owner
		t.s.Relations[u.Name] = &u
		if j, ok := t.s.Jobs[u.JobID]; ok {
			t.ownJob(j, owner)
		}
		t.moveRights(LettersOf(r), was, owner)
	} else {
		t.s.Owners[o.key()] = owner
	}
	t.moveRights(o, was, owner)
}

// moveRights makes a new owner out of the old one in an object's rights.
func (t *tx) moveRights(o Object, from, to string) {
	if acl, ok := t.s.ACLs[o.key()]; ok {
		t.setRights(o, renamed(acl.Rights, from, to))
	}
}

// renamed puts one role for another; what both had becomes one.
func renamed(rights []Right, from, to string) []Right {
	g := &grants{}
	for _, r := range rights {
		rename(&r.Grantee, from, to)
		rename(&r.Grantor, from, to)
		i := g.find(r.Grantee, r.Grantor)
		if i < 0 {
			g.rights = append(g.rights, r)
			continue
		}
		g.rights[i].Privs |= r.Privs
		g.rights[i].Options |= r.Options
	}
	return sortRights(g.rights)
}

// reown gives everything that a role owns to another.
func (t *tx) reown(from, to string) {
	for _, r := range sorted(t.s.Relations) {
		if r.Owner == from {
			t.own(ObjectOf(r), to)
		}
	}
	for _, d := range sorted(t.s.Types) {
		if d.Owner == from {
			u := *d
			u.Owner = to
			t.s.Types[u.Name] = &u
		}
	}
	for _, j := range sorted(t.s.Jobs) {
		if j.Owner == from {
			t.ownJob(j, to)
		}
	}
	for _, s := range sorted(t.s.Secrets) {
		if s.Owner == from {
			u := *s
			u.Owner = to
			t.s.Secrets[u.Name] = &u
		}
	}
	for _, key := range sortedKeys(t.s.Owners) {
		if t.s.Owners[key] != from {
			continue
		}
		t.s.Owners[key] = to
		if acl, ok := t.s.ACLs[key]; ok {
			t.moveRights(acl.Object, from, to)
		}
	}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// renameRights puts a role's new name into the rights it gave and got.
func (t *tx) renameRights(from, to string) {
	for _, key := range sortedKeys(t.s.ACLs) {
		acl := *t.s.ACLs[key]
		acl.Rights = renamed(acl.Rights, from, to)
		t.s.ACLs[key] = &acl
	}
	for _, key := range sortedKeys(t.s.Defaults) {
		d := *t.s.Defaults[key]
		delete(t.s.Defaults, key)
		rename(&d.Role, from, to)
		d.Rights = renamed(d.Rights, from, to)
		t.s.Defaults[d.key()] = &d
	}
}

// ReassignOwned gives everything that some roles own to another.
type ReassignOwned struct {
	From []string
	To   string
}

func (*ReassignOwned) op() string { return "reassign_owned" }

func (c *ReassignOwned) apply(t *tx) Result {
	for _, name := range append(slices.Clone(c.From), c.To) {
		if _, ok := t.s.Roles[name]; !ok {
			return failed(errNoRole(name))
		}
	}
	for _, from := range c.From {
		t.reown(from, c.To)
	}
	return Result{}
}

// DropOwned takes away what roles were given on objects and by default, and the
// types they own. Relations and queries of theirs the caller drops before.
type DropOwned struct{ Roles []string }

func (*DropOwned) op() string { return "drop_owned" }

func (c *DropOwned) apply(t *tx) Result {
	for _, name := range c.Roles {
		if _, ok := t.s.Roles[name]; !ok {
			return failed(errNoRole(name))
		}
		for _, d := range sorted(t.s.Types) {
			if d.Owner == name {
				if err := t.s.enumUse(d); err != nil {
					return failed(err)
				}
				delete(t.s.Types, d.Name)
			}
		}
		for _, s := range sorted(t.s.Secrets) {
			if s.Owner == name {
				delete(t.s.Secrets, s.Name)
			}
		}
		t.revokeAll(name)
		for _, key := range sortedKeys(t.s.Owners) {
			if t.s.Owners[key] != name {
				continue
			}
			delete(t.s.Owners, key) // the database and its schemas stay: they are the server's again
			if acl, ok := t.s.ACLs[key]; ok {
				t.moveRights(acl.Object, name, "")
			}
		}
	}
	return Result{}
}

// revokeAll takes away what a role was given, and what it gave.
func (t *tx) revokeAll(name string) {
	for _, key := range sortedKeys(t.s.ACLs) {
		acl := t.s.ACLs[key]
		if t.s.Owner(acl.Object) == name {
			continue
		}
		g := &grants{rights: slices.Clone(acl.Rights), owner: t.s.Owner(acl.Object)}
		for _, r := range acl.Rights {
			if r.Grantee == name || r.Grantor == name {
				_ = g.revoke(r.Grantee, r.Grantor, r.Privs, false, true) // with cascade nothing refuses it
			}
		}
		t.setRights(acl.Object, sortRights(g.rights))
	}
	for _, key := range sortedKeys(t.s.Defaults) {
		d := *t.s.Defaults[key]
		d.Rights = slices.DeleteFunc(slices.Clone(d.Rights), func(r Right) bool { return r.Grantee == name && d.Role != name })
		if d.Role == name || len(d.Rights) == 0 {
			delete(t.s.Defaults, key)
			continue
		}
		t.s.Defaults[key] = &d
	}
}
