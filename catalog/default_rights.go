package catalog

import (
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
)

// DefaultRights are what new relations of a role begin with: those without a
// schema stand for the rights of their kind, those of a schema come on top.
type DefaultRights struct {
	Role   string
	Schema string `json:",omitempty"`
	OID    uint32
	Rights []Right
}

func (d *DefaultRights) key() string { return d.Role + "\x00" + d.Schema }

// AlterDefaults changes what new relations of a role begin with.
type AlterDefaults struct {
	Role       string
	Schema     string    `json:",omitempty"`
	Privileges Privilege // 0 is all
	To         []string
	Option     bool `json:",omitempty"`
	Revoke     bool `json:",omitempty"`
}

func (*AlterDefaults) op() string { return "alter_defaults" }

func (c *AlterDefaults) apply(t *tx) Result {
	if _, ok := t.s.Roles[c.Role]; !ok {
		return failed(errNoRole(c.Role))
	}
	if c.Schema != "" && c.Schema != PublicSchema {
		return failed(sqlerr.New(sqlerr.InvalidSchemaName, "schema \"%s\" does not exist", c.Schema))
	}
	if err := t.checkGrantees(c.To, c.Option && !c.Revoke); err != nil {
		return failed(err)
	}
	privs, err := privilegesFor(RelationObject, c.Privileges)
	if err != nil {
		return failed(err)
	}
	d := DefaultRights{Role: c.Role, Schema: c.Schema}
	base := d.base()
	if old, ok := t.s.Defaults[d.key()]; ok {
		d = *old
	} else {
		d.OID, d.Rights = t.oid(), base
	}
	g := &grants{rights: slices.Clone(d.Rights), owner: c.Role}
	for _, to := range c.To {
		if c.Revoke {
			err = g.revoke(to, c.Role, privs, c.Option, true)
		} else {
			err = g.grant(to, c.Role, privs, c.Option)
		}
		if err != nil {
			return failed(err)
		}
	}
	d.Rights = sortRights(g.rights)
	if slices.Equal(d.Rights, base) {
		delete(t.s.Defaults, d.key())
	} else {
		t.s.Defaults[d.key()] = &d
	}
	return Result{}
}

// base is what d begins with.
func (d *DefaultRights) base() []Right {
	if d.Schema != "" {
		return []Right{}
	}
	return defaultRights(RelationObject, d.Role)
}

// giveDefaults gives a new relation the rights that its owner wants for new ones.
func (t *tx) giveDefaults(r *Relation) {
	all := DefaultRights{Role: r.Owner}
	here := DefaultRights{Role: r.Owner, Schema: PublicSchema}
	g := &grants{rights: defaultRights(RelationObject, r.Owner), owner: r.Owner}
	if d, ok := t.s.Defaults[all.key()]; ok {
		g.rights = slices.Clone(d.Rights)
	}
	if d, ok := t.s.Defaults[here.key()]; ok {
		for _, x := range d.Rights {
			_ = g.grant(x.Grantee, r.Owner, x.Privs, false) // the owner's grants are never refused
			_ = g.grant(x.Grantee, r.Owner, x.Options, x.Options != 0)
		}
	}
	if rights := sortRights(g.rights); !slices.Equal(rights, defaultRights(RelationObject, r.Owner)) {
		t.s.ACLs[ObjectOf(r).key()] = &ACL{Object: ObjectOf(r), Rights: rights}
	}
}

// Defaults lists the default rights by role and schema.
func (s *Snapshot) Defaults() []*DefaultRights { return sorted(s.state.Defaults) }
