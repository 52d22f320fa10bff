package catalog

import (
	"fmt"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// CreateType names a type. Relations hold the type itself, so dropping the name
// does not touch them.
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
	t.s.Types[c.Name] = d
	return Result{OID: d.OID}
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
