package server

import (
	_ "embed" // the columns of the system tables
	"fmt"
	"slices"
	"strconv"
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
	view     bool
	schema   types.Schema
	index    map[string]int
	defaults types.Row
}

// firstSystemOID numbers the system tables below the user's objects, in the
// order of their names; those that clients know by number keep it.
const firstSystemOID = 11000

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
		if m[n].oid == 0 {
			m[n].oid = firstSystemOID + uint32(i)
		}
	}
	return m, names
}()

func parseSystemTable(words []string) *systemTable {
	name, mark, _ := strings.Cut(words[0], "/")
	t := &systemTable{name: name, view: mark == "v" || !strings.HasPrefix(name, "pg_catalog."), index: map[string]int{}}
	if oid, err := strconv.ParseUint(mark, 10, 32); err == nil {
		t.oid = uint32(oid)
	}
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

// catalogOnly are types that no other relation has a column of.
var catalogOnly = map[string]types.Type{
	"char": types.TChar, "inet": {Kind: types.String, Alias: types.Inet}, "anyarray": {Kind: types.String, Alias: types.AnyArray},
	"pg_lsn": {Kind: types.String, Alias: types.PGLSN}, "yes_or_no": {Kind: types.String, Precision: 3, Alias: types.Varchar},
}

func systemType(name string) types.Type {
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		return types.TArray(systemType(elem))
	}
	if t, ok := catalogOnly[name]; ok {
		return t
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
