package catalog

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// PublicRole is everyone.
const PublicRole = "public"

// Right is what one role has given another on an object.
type Right struct {
	Grantee string // PublicRole is everyone
	Grantor string
	Privs   Privilege
	Options Privilege `json:",omitempty"` // those it may pass on
}

// ACL is the rights on one object, sorted by grantee and grantor. An object
// without one has the rights of its kind: all for its owner, and for everyone
// CONNECT on the database and USAGE of schemas. Values are immutable once in a
// Snapshot.
type ACL struct {
	Object Object
	Rights []Right
}

// rightsOf are the rights on an object, those of its kind if nobody changed them.
func (s *state) rightsOf(o Object) []Right {
	if acl, ok := s.ACLs[o.key()]; ok {
		return acl.Rights
	}
	return defaultRights(o.Kind, s.Owner(o))
}

// rightsOn are the rights on a relation.
func (s *state) rightsOn(r *Relation) []Right {
	if acl, ok := s.ACLs[ObjectOf(r).key()]; ok {
		return acl.Rights
	}
	return defaultRights(RelationObject, r.Owner)
}

// defaultRights are what an object of this kind begins with.
func defaultRights(k ObjectKind, owner string) []Right {
	rights := []Right{{Grantee: owner, Grantor: owner, Privs: k.AllPrivileges()}}
	switch k {
	case DatabaseObject:
		rights = append(rights, Right{Grantee: PublicRole, Grantor: owner, Privs: PrivConnect | PrivTemporary})
	case SchemaObject:
		rights = append(rights, Right{Grantee: PublicRole, Grantor: owner, Privs: PrivUsage})
	}
	return sortRights(rights)
}

func sortRights(rights []Right) []Right {
	slices.SortFunc(rights, func(a, b Right) int {
		if c := strings.Compare(a.Grantee, b.Grantee); c != 0 {
			return c
		}
		return strings.Compare(a.Grantor, b.Grantor)
	})
	return rights
}

// setRights stores an object's rights; those of its kind are not kept.
func (t *tx) setRights(o Object, rights []Right) {
	if slices.Equal(rights, defaultRights(o.Kind, t.s.Owner(o))) {
		delete(t.s.ACLs, o.key())
		return
	}
	t.s.ACLs[o.key()] = &ACL{Object: o, Rights: rights}
}

// forgetRights removes what hangs on a relation that is dropped.
func (t *tx) forgetRights(r *Relation) {
	delete(t.s.ACLs, ObjectOf(r).key())
	delete(t.s.ACLs, LettersOf(r).key())
}

// RightsOf are the rights on an object, sorted by grantee and grantor; explicit
// is false when they are those every such object begins with.
func (s *state) RightsOf(o Object) (rights []Right, explicit bool) {
	_, explicit = s.ACLs[o.key()]
	return s.rightsOf(o), explicit
}

// AclItems are rights in PostgreSQL's form: grantee=letters/grantor.
func AclItems(rights []Right) []string {
	out := make([]string, len(rights))
	for i, r := range rights {
		grantee := aclName(r.Grantee)
		if r.Grantee == PublicRole {
			grantee = ""
		}
		out[i] = grantee + "=" + r.Privs.letters(r.Options) + "/" + aclName(r.Grantor)
	}
	return out
}

// aclName is a role's name in an aclitem; the owner of what the server made is
// the superuser who runs it.
func aclName(role string) string {
	if role == "" {
		return "leat"
	}
	return types.QuoteIdent(role)
}

// ACLs lists the rights that were changed, by object.
func (s *state) ChangedACLs() []*ACL { return sorted(s.ACLs) }
