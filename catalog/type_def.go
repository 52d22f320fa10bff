package catalog

import (
	"fmt"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// CreateType names a type. Relations hold the type itself, so dropping the name
// does not touch them; an enum, which has numbers of its own, is kept while a
// column holds it. The labels of an enum come without numbers: it gets them here.
type CreateType struct {
	Name        string
	Type        types.Type
	Meaning     string
	IfNotExists bool   `json:",omitempty"`
	Owner       string `json:",omitempty"`
}

func (*CreateType) op() string { return "create_type" }

func (c *CreateType) apply(t *tx) Result {
	if err := checkName(c.Name); err != nil {
		return failed(err)
	}
	if old, ok := t.s.Types[c.Name]; ok {
		switch {
		case c.IfNotExists:
			return Result{Skipped: true, OID: old.OID, Notice: fmt.Sprintf("type \"%s\" already exists, skipping", c.Name)}
		case isKsql(c.Meaning):
			return failed(sqlerr.New(sqlerr.DuplicateObject,
				"Cannot register custom type '%s' since it is already registered with type: %s", c.Name, old.Type.KsqlString()))
		}
		return failed(sqlerr.New(sqlerr.DuplicateObject, "type \"%s\" already exists", c.Name))
	}
	d := &TypeDef{Name: c.Name, OID: t.oid(), Type: c.Type, CreatedAt: t.ms, Owner: c.Owner}
	if c.Type.Kind == types.Enum && c.Type.Labels.OID == 0 {
		d.Type = types.TEnum(&types.Labels{Name: c.Name, OID: d.OID, ArrayOID: t.oid(), All: c.Type.Labels.All})
		for range c.Type.Labels.All {
			t.oid() // pg_enum numbers the labels after the array
		}
	}
	t.s.Types[c.Name] = d
	return Result{OID: d.OID}
}

// enumUse is the 2BP01 of an enum that a column or another type holds, nil when none does.
func (s *state) enumUse(d *TypeDef) *sqlerr.Error {
	if d.Type.Kind != types.Enum {
		return nil
	}
	for _, other := range sorted(s.Types) {
		if other != d && other.Type.HasEnum(d.OID) {
			return ErrTypeUsed(d.Name, "type "+types.QuoteIdent(other.Name))
		}
	}
	for _, r := range sorted(s.Relations) {
		for _, c := range r.Schema {
			if c.Type.HasEnum(d.OID) {
				return ErrTypeUsed(d.Name, fmt.Sprintf("column %s of %s %s", c.Name, r.Kind, r.Name))
			}
		}
	}
	return nil
}

// ErrTypeUsed is the 2BP01 of a type that what by is named needs.
func ErrTypeUsed(name, by string) *sqlerr.Error {
	return sqlerr.New(sqlerr.DependentObjects, "cannot drop type %s because other objects depend on it", types.QuoteIdent(name)).
		WithDetail("%s depends on type %s.", by, types.QuoteIdent(name)).WithHint("Drop what depends on it first.")
}

// DropType takes a type's name away.
type DropType struct {
	Name     string
	Meaning  string
	IfExists bool `json:",omitempty"`
}

func (*DropType) op() string { return "drop_type" }

func (c *DropType) apply(t *tx) Result {
	d, ok := t.s.Types[c.Name]
	switch {
	case ok && t.s.enumUse(d) != nil:
		return failed(t.s.enumUse(d))
	case ok:
		delete(t.s.Types, c.Name)
		return Result{OID: d.OID}
	case c.IfExists:
		return Result{Skipped: true, Notice: fmt.Sprintf("type \"%s\" does not exist, skipping", c.Name)}
	case isKsql(c.Meaning):
		return failed(sqlerr.New(sqlerr.UndefinedObject, "Type %s does not exist", c.Name))
	}
	return failed(sqlerr.New(sqlerr.UndefinedObject, "type \"%s\" does not exist", c.Name))
}
