package server

import (
	_ "embed" // the columns of the system tables
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

//go:embed system_tables.txt
var systemTablesText string

// systemTable is one virtual table: its columns, and what they hold in rows
// that leave them out.
type systemTable struct {
	name     string // qualified
	oid      uint32
	schema   types.Schema
	index    map[string]int
	defaults types.Row
}

// firstSystemOID numbers the system tables below the user's objects, in the
// order of their names.
const firstSystemOID = 11000

// pgClassOIDs are the tables whose numbers clients know by heart.
var pgClassOIDs = map[string]uint32{
	"pg_catalog.pg_type": 1247, "pg_catalog.pg_attribute": 1249, "pg_catalog.pg_proc": 1255, "pg_catalog.pg_class": 1259,
	"pg_catalog.pg_namespace": 2615, "pg_catalog.pg_constraint": 2606, "pg_catalog.pg_database": 1262, "pg_catalog.pg_authid": 1260,
	"pg_catalog.pg_tablespace": 1213, "pg_catalog.pg_index": 2610, "pg_catalog.pg_attrdef": 2604, "pg_catalog.pg_am": 2601,
	"pg_catalog.pg_description": 2609, "pg_catalog.pg_trigger": 2620, "pg_catalog.pg_rewrite": 2618, "pg_catalog.pg_operator": 2617,
	"pg_catalog.pg_collation": 3456, "pg_catalog.pg_language": 2612, "pg_catalog.pg_extension": 3079,
}

// systemTables are all of them by qualified name; systemNames lists them.
var systemTables, systemNames = func() (map[string]*systemTable, []string) {
	m := map[string]*systemTable{}
	var names []string
	for line := range strings.Lines(systemTablesText) {
		if words := strings.Fields(line); len(words) > 1 && words[0] != "#" && strings.Contains(words[0], ".") && !strings.HasPrefix(line, "#") {
			t := parseSystemTable(words)
			m[t.name] = t
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	for i, n := range names {
		if m[n].oid = pgClassOIDs[n]; m[n].oid == 0 {
			m[n].oid = firstSystemOID + uint32(i)
		}
	}
	return m, names
}()

func parseSystemTable(words []string) *systemTable {
	t := &systemTable{name: words[0], index: map[string]int{}}
	for i, w := range words[1:] {
		decl, def, hasDefault := strings.Cut(w, "=")
		name, typeName, _ := strings.Cut(decl, ":")
		name = strings.Trim(name, `"`)
		typ := systemType(typeName)
		t.schema = append(t.schema, types.Column{Name: name, Type: typ})
		t.index[name] = i
		var v types.Value
		if hasDefault {
			var err error
			if v, err = types.ParseText(typ, def, nil); err != nil {
				panic(fmt.Sprintf("BUG: default of %s.%s: %v", t.name, name, err))
			}
		}
		t.defaults = append(t.defaults, v)
	}
	return t
}

func systemType(name string) types.Type {
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		return types.TArray(systemType(elem))
	}
	if name == "char" {
		return types.TChar
	}
	t, ok := types.Lookup(name, nil)
	if !ok {
		panic("BUG: system table column of type " + name)
	}
	return t
}

// record is one row by column name; columns left out take their defaults.
type record map[string]types.Value

// row lays a record out in the table's columns.
func (t *systemTable) row(r record) types.Row {
	out := slices.Clone(t.defaults)
	for name, v := range r {
		i, ok := t.index[name]
		if !ok {
			panic(fmt.Sprintf("BUG: %s has no column %s", t.name, name))
		}
		out[i] = v
	}
	return out
}
