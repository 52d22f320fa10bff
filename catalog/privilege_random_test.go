package catalog_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/catalog"
)

// draw makes commands over few names, so that they meet.
type draw struct {
	*rand.Rand
	w *world
}

func (d draw) role() string    { return fmt.Sprintf("r%d", d.IntN(5)) }
func (d draw) roles() []string { return []string{d.role(), d.role()}[:1+d.IntN(2)] }
func (d draw) name() string    { return fmt.Sprintf("s%d", d.IntN(3)) }
func (d draw) flip() bool      { return d.IntN(2) == 0 }

func (d draw) privs() catalog.Privilege {
	return catalog.Privilege(d.IntN(16)) & (catalog.PrivSelect | catalog.PrivInsert | catalog.PrivDelete | catalog.PrivUpdate)
}

func (d draw) object() catalog.Object {
	if r, ok := d.w.c.Current().Relation("", d.name()); ok && d.IntN(8) > 0 {
		if d.IntN(4) == 0 {
			return catalog.LettersOf(r)
		}
		return catalog.ObjectOf(r)
	}
	return catalog.Public
}

func (d draw) command() catalog.Command {
	to := d.roles()
	if d.IntN(5) == 0 {
		to = append(to, catalog.PublicRole)
	}
	actor := d.role()
	if d.IntN(3) == 0 {
		actor = "guest"
	}
	switch d.IntN(18) {
	case 0, 1:
		if d.flip() {
			return roleOf(d.role())
		}
		return roleOf(d.role(), d.role())
	case 2:
		return &catalog.DropRole{Name: d.role()}
	case 3:
		return &catalog.RenameRole{Name: d.role(), To: d.role()}
	case 4:
		return &catalog.GrantRole{Actor: actor, Roles: d.roles(), To: d.roles(), Admin: d.flip(), Revoke: d.flip()}
	case 5, 6, 7:
		privs := d.privs()
		o := d.object()
		if o.Kind != catalog.RelationObject {
			privs = 0
		}
		return &catalog.GrantOn{Actor: actor, Objects: []catalog.Object{o}, Privileges: privs, To: to, Option: d.flip(), Revoke: d.flip(), Cascade: d.flip()}
	case 8:
		return &catalog.AlterDefaults{Role: d.role(), Schema: []string{"", "public"}[d.IntN(2)], Privileges: d.privs(), To: to, Option: d.flip(), Revoke: d.flip()}
	case 9, 10:
		c := stream(d.name(), "a text")
		c.Relation.Owner = d.role()
		return c
	case 11:
		return &catalog.DropRelation{Name: d.name(), AnyKind: true}
	case 12:
		return &catalog.SetOwner{Object: d.object(), Owner: d.role()}
	case 13, 14, 15, 16: // what can be passed on
		return &catalog.GrantOn{Actor: actor, Objects: []catalog.Object{d.object()}, To: d.roles(), Option: true}
	}
	if d.flip() {
		return &catalog.ReassignOwned{From: d.roles(), To: d.role()}
	}
	return &catalog.DropOwned{Roles: d.roles()}
}

// Whatever is granted, revoked, renamed and dropped: no name of a role that is
// gone stands anywhere, nobody is a member of himself, a privilege that may be
// passed on is had, and what was granted hangs on its grantor's option.
func TestRightsHoldTogether(t *testing.T) {
	passed := 0
	for seed := range uint64(300) {
		w := newWorld(t)
		d := draw{rand.New(rand.NewPCG(seed, 7)), w}
		for i := range 60 {
			cmd := d.command()
			if i < 5 {
				cmd = roleOf(fmt.Sprintf("r%d", i))
			}
			if c, ok := cmd.(*catalog.CreateRelation); ok {
				if _, there := w.c.Current().Role(c.Relation.Owner); !there {
					continue
				}
			}
			res := w.do(cmd)
			for _, r := range res.Dropped {
				w.do(&catalog.ForgetRelation{Name: r.Name, OID: r.OID})
			}
			passed += checkRights(t, w.c.Current())
			if t.Failed() {
				t.Fatalf("seed %d, after %T %+v", seed, cmd, cmd)
			}
		}
		stored, err := w.c.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		again := catalog.New()
		if err := again.Restore(stored); err != nil {
			t.Fatal(err)
		}
		if got, _ := again.Snapshot(); !bytes.Equal(got, stored) {
			t.Fatalf("seed %d: restored another catalog", seed)
		}
	}
	if passed < 1000 {
		t.Errorf("only %d rights were seen that were passed on", passed)
	}
}

// checkRights counts the rights that others than owners gave.
func checkRights(t *testing.T, s *catalog.Snapshot) (passed int) {
	t.Helper()
	known := func(name string, where any) {
		if _, ok := s.Role(name); !ok && name != catalog.PublicRole && name != "" && name != "guest" {
			t.Errorf("%+v names %q, which is no role", where, name)
		}
	}
	for _, r := range s.Roles() {
		for _, m := range r.MemberOf {
			known(m.Role, r)
			if m.Role == r.Name || s.IsMember(m.Role, r.Name) {
				t.Errorf("%s is a member of itself by %s", r.Name, m.Role)
			}
		}
	}
	for _, r := range s.Relations() {
		known(r.Owner, r.Name)
	}
	for _, acl := range s.ChangedACLs() {
		owner := s.Owner(acl.Object)
		for _, x := range acl.Rights {
			known(x.Grantee, acl)
			known(x.Grantor, acl)
			if x.Options&^x.Privs != 0 || x.Privs == 0 {
				t.Errorf("%+v may pass on what it has not", x)
			}
			if x.Grantor == owner {
				continue
			}
			passed++
			if missing := x.Privs &^ optionsIn(acl.Rights, x.Grantor); missing != 0 {
				t.Errorf("%s gave %v without the option, owner %s: %v", x.Grantor, missing.Words(), owner, catalog.AclItems(acl.Rights))
			}
		}
	}
	for _, d := range s.Defaults() {
		known(d.Role, d)
		for _, x := range d.Rights {
			known(x.Grantee, d)
		}
	}
	return passed
}

func optionsIn(rights []catalog.Right, role string) (out catalog.Privilege) {
	for _, r := range rights {
		if r.Grantee == role {
			out |= r.Options
		}
	}
	return out
}
