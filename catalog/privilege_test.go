package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
)

func roleOf(name string, groups ...string) *catalog.CreateRole {
	c := &catalog.CreateRole{Role: catalog.Role{Name: name, Inherit: true, ConnLimit: -1}}
	for _, g := range groups {
		c.Role.MemberOf = append(c.Role.MemberOf, catalog.Membership{Role: g})
	}
	return c
}

// owned is a stream with an owner, and the object it is.
func (w *world) owned(name, owner string) catalog.Object {
	w.t.Helper()
	c := stream(name, "a text")
	c.Relation.Owner = owner
	return catalog.Object{Kind: catalog.RelationObject, OID: w.ok(c).OID}
}

func (w *world) grant(actor string, o catalog.Object, p catalog.Privilege, to string, option bool) *catalog.GrantOn {
	return &catalog.GrantOn{Actor: actor, Objects: []catalog.Object{o}, Privileges: p, To: []string{to}, Option: option}
}

func (w *world) revoke(actor string, o catalog.Object, p catalog.Privilege, from string, cascade bool) *catalog.GrantOn {
	return &catalog.GrantOn{Actor: actor, Objects: []catalog.Object{o}, Privileges: p, To: []string{from}, Cascade: cascade, Revoke: true}
}

// items are the rights on an object as psql prints them.
func (w *world) items(o catalog.Object) string {
	rights, _ := w.c.Current().RightsOf(o)
	return strings.Join(catalog.AclItems(rights), " ")
}

func TestRoles(t *testing.T) {
	w := newWorld(t)
	w.ok(roleOf("staff"))
	w.ok(roleOf("ann", "staff"))
	w.no(roleOf("ann"), "42710")
	w.no(roleOf("bob", "x"), "42704", `role "x" does not exist`)
	w.no(roleOf("public"), "42939", "reserved")
	w.no(roleOf("pg_me"), "42939", "reserved")
	w.no(&catalog.GrantRole{Actor: "me", Roles: []string{"ann"}, To: []string{"staff"}}, "0LP01", `role "ann" is a member of role "staff"`)
	w.no(&catalog.GrantRole{Actor: "me", Roles: []string{"ann"}, To: []string{"ann"}}, "0LP01")
	w.no(&catalog.AlterRole{Role: catalog.Role{Name: "x"}}, "42704")
	o := w.owned("s", "ann")
	w.no(&catalog.DropRole{Name: "ann"}, "2BP01", "owner of stream s")
	w.ok(&catalog.RenameRole{Name: "ann", To: "anna"})
	if s := w.c.Current(); s.Owner(o) != "anna" || !s.HasRole("anna", "staff") || s.IsMember("staff", "anna") {
		t.Error("a renamed role is another one")
	}
	w.ok(&catalog.DropRole{Name: "staff"})
	if r, _ := w.c.Current().Role("anna"); len(r.MemberOf) != 0 {
		t.Errorf("member of a dropped role: %+v", r)
	}
	w.ok(&catalog.DropRelation{Name: "s"})
	w.ok(&catalog.DropRole{Name: "anna"})
	w.ok(&catalog.DropRole{Name: "gone", IfExists: true})
}

func TestGrantsAndOptions(t *testing.T) {
	w := newWorld(t)
	for _, n := range []string{"own", "ann", "bob", "eve"} {
		w.ok(roleOf(n))
	}
	s := w.owned("s", "own")
	w.no(w.grant("eve", s, catalog.PrivSelect, "bob", false), "42501", "permission denied for stream s")
	w.no(w.grant("own", s, catalog.PrivUsage, "bob", false), "0LP01", "invalid privilege type USAGE for relation")
	w.no(w.grant("own", s, catalog.PrivSelect, "nobody", false), "42704")
	w.no(w.grant("own", s, catalog.PrivSelect, "public", true), "0LP01", "grant options can only be granted to roles")
	w.ok(w.grant("own", s, catalog.PrivSelect|catalog.PrivInsert, "ann", true))
	w.ok(w.grant("ann", s, catalog.PrivSelect, "bob", true))
	w.ok(w.grant("bob", s, catalog.PrivSelect, "eve", false))
	if got := w.items(s); got != "ann=a*r*/own bob=r*/ann eve=r/bob own=arwdDxt/own" {
		t.Error(got)
	}
	w.no(w.grant("bob", s, catalog.PrivSelect, "ann", true), "0LP01", "granted back")
	res := w.ok(w.grant("eve", s, catalog.PrivSelect, "bob", false))
	if len(res.Warnings) != 1 || res.Warnings[0].Code != "01007" {
		t.Errorf("%+v", res.Warnings)
	}
	w.no(w.revoke("own", s, catalog.PrivSelect, "ann", false), "2BP01", "dependent privileges exist")
	w.ok(w.revoke("own", s, catalog.PrivSelect, "ann", true))
	if got := w.items(s); got != "ann=a*/own own=arwdDxt/own" {
		t.Error(got)
	}
	if c := w.c.Current(); c.May("bob", s, catalog.PrivSelect) || !c.May("ann", s, catalog.PrivInsert) || c.May("ann", s, catalog.PrivSelect) {
		t.Error("rights are not what was granted")
	}
	w.no(&catalog.DropRole{Name: "ann"}, "2BP01", "privileges for stream s")
	w.ok(&catalog.DropOwned{Roles: []string{"ann"}})
	w.ok(&catalog.DropRole{Name: "ann"})
}

func TestInheritanceAndSight(t *testing.T) {
	w := newWorld(t)
	w.ok(roleOf("group"))
	w.ok(roleOf("mid", "group"))
	w.ok(roleOf("ann", "mid"))
	alone := roleOf("alone", "group")
	alone.Role.Inherit = false
	w.ok(alone)
	w.ok(roleOf("other"))
	s := w.owned("s", "group")
	h := w.owned("h", "other")
	c := w.c.Current()
	if !c.May("ann", s, catalog.PrivDelete) || c.May("alone", s, catalog.PrivSelect) || !c.IsMember("alone", "group") || c.IsMember("other", "group") {
		t.Error("membership")
	}
	if !c.IsSuperuser("nobody made this role") || c.IsSuperuser("ann") || !c.May("no role", h, catalog.PrivSelect) {
		t.Error("superusers")
	}
	if got := c.For("ann").Names(); !slices.Equal(got, []string{"s"}) {
		t.Errorf("ann sees %v", got)
	}
	if got := c.For("alone").Names(); len(got) != 0 {
		t.Errorf("alone sees %v", got)
	}
	w.ok(w.grant("other", h, catalog.PrivInsert, "public", false))
	if got := w.c.Current().For("alone").Names(); !slices.Equal(got, []string{"h"}) {
		t.Errorf("alone sees %v", got)
	}
	if c.May("ann", catalog.Database, catalog.PrivMonitor) || !c.May("ann", catalog.Database, catalog.PrivConnect) ||
		c.May("ann", catalog.Public, catalog.PrivCreate) || !c.May("ann", catalog.Public, catalog.PrivUsage) {
		t.Error("rights of everyone")
	}
	w.ok(w.revoke("no role", catalog.Database, catalog.PrivConnect, "public", false))
	if w.c.Current().May("ann", catalog.Database, catalog.PrivConnect) {
		t.Error("CONNECT was taken from everyone")
	}
}

func TestOwnersAndDefaults(t *testing.T) {
	w := newWorld(t)
	for _, n := range []string{"own", "new", "ann"} {
		w.ok(roleOf(n))
	}
	w.ok(&catalog.AlterDefaults{Role: "own", Privileges: catalog.PrivSelect, To: []string{"ann"}})
	w.ok(&catalog.AlterDefaults{Role: "own", Schema: "public", Privileges: catalog.PrivInsert, To: []string{"ann"}, Option: true})
	w.no(&catalog.AlterDefaults{Role: "x", To: []string{"ann"}}, "42704")
	s := w.owned("s", "own")
	if got := w.items(s); got != "ann=a*r/own own=arwdDxt/own" {
		t.Error(got)
	}
	w.no(&catalog.DropRole{Name: "ann"}, "2BP01", "default privileges")
	w.ok(&catalog.SetOwner{Object: s, Owner: "new"})
	if got := w.items(s); got != "ann=a*r/new new=arwdDxt/new" {
		t.Error(got)
	}
	w.ok(&catalog.ReassignOwned{From: []string{"new"}, To: "ann"})
	if c := w.c.Current(); c.Owner(s) != "ann" || !c.May("ann", s, catalog.PrivUpdate) || c.May("new", s, catalog.PrivSelect) {
		t.Errorf("reassigned: %s", w.items(s))
	}
	w.ok(&catalog.RenameRelation{Name: "s", To: "z"})
	if got := w.items(s); !strings.HasPrefix(got, "ann=") {
		t.Errorf("renamed: %s", got)
	}
	w.ok(&catalog.AlterDefaults{Role: "own", Privileges: catalog.PrivSelect, To: []string{"ann"}, Revoke: true})
	w.ok(&catalog.AlterDefaults{Role: "own", Schema: "public", To: []string{"ann"}, Revoke: true})
	if d := w.c.Current().Defaults(); len(d) != 0 {
		t.Errorf("%+v", d)
	}
}
