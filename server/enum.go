package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxLabel bounds an enum's label, in bytes: PostgreSQL's own.
const maxLabel = 63

// createdType is the type that a CREATE TYPE describes.
func (ss *Session) createdType(rq *request, x *sql.CreateType) (types.Type, error) {
	switch {
	case !x.IsEnum:
		return ss.resolveType(rq, x.Type)
	case rq.ksql:
		return types.Type{}, sqlerr.Unsupported("CREATE TYPE AS ENUM in the meaning ksqldb").At(x.Pos)
	}
	for i, label := range x.Enum {
		switch {
		case len(label) > maxLabel:
			return types.Type{}, sqlerr.New(sqlerr.InvalidName, "invalid enum label \"%s\"", label).
				WithDetail("Labels must be %d bytes or less.", maxLabel).At(x.Pos)
		case slices.Contains(x.Enum[:i], label):
			return types.Type{}, sqlerr.New(sqlerr.UniqueViolation, "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"").
				WithDetail("Label \"%s\" is given twice.", label).At(x.Pos)
		}
	}
	return types.TEnum(&types.Labels{Name: x.Name.Last().Fold(rq.ksql), All: x.Enum}), nil
}

// namedInQuery is the 2BP01 of an enum that a stored query names: the query is
// planned anew from its text whenever the server starts.
func namedInQuery(snap *catalog.Snapshot, name string) error {
	d, ok := snap.Type(name)
	if !ok || d.Type.Kind != types.Enum {
		return nil
	}
	for _, r := range snap.AllRelations() {
		if namesType(r.Query, name) {
			return catalog.ErrTypeUsed(name, fmt.Sprintf("%s %s", r.Kind, r.Name))
		}
	}
	for _, j := range snap.Jobs() {
		if namesType(j.SQL, name) {
			return catalog.ErrTypeUsed(name, "query "+j.ID)
		}
	}
	return nil
}

func namesType(text, name string) bool {
	stmt, err := sql.ParseOne(text)
	if err != nil {
		return false
	}
	found := false
	sql.Walk(stmt, func(n sql.Node) bool {
		t, ok := n.(*sql.TypeName)
		found = found || ok && len(t.Name) > 0 && t.Name.Last().Fold(false) == name
		return !found
	})
	return found
}

// enums are the enum types by name.
func enums(snap *catalog.Snapshot) []*catalog.TypeDef {
	return slices.DeleteFunc(snap.Types(), func(d *catalog.TypeDef) bool { return d.Type.Kind != types.Enum })
}

// quotedLabels are the labels as CREATE TYPE lists them.
func quotedLabels(l *types.Labels) string {
	out := make([]string, len(l.All))
	for i, s := range l.All {
		out[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strings.Join(out, ", ")
}

// pgEnums are the rows of pg_type of the enum types and their arrays.
func pgEnums(v virtual) []record {
	var out []record
	b := v.roleBook()
	for _, d := range enums(v.all) {
		l := d.Type.Labels
		out = append(out, record{
			"oid": int64(l.OID), "typname": l.Name, "typnamespace": int64(oidPublic), "typowner": b.oid(d.Owner), "typlen": int64(types.Typlen(d.Type)),
			"typbyval": true, "typtype": "e", "typcategory": "E", "typarray": int64(l.ArrayOID),
			"typinput": ioOIDs["enum_in"], "typoutput": ioOIDs["enum_out"], "typreceive": ioOIDs["enum_recv"], "typsend": ioOIDs["enum_send"],
		}, record{
			"oid": int64(l.ArrayOID), "typname": "_" + l.Name, "typnamespace": int64(oidPublic), "typowner": b.oid(d.Owner), "typlen": int64(-1),
			"typcategory": "A", "typelem": int64(l.OID), "typstorage": "x",
			"typinput": ioOIDs["array_in"], "typoutput": ioOIDs["array_out"], "typreceive": ioOIDs["array_recv"], "typsend": ioOIDs["array_send"],
		})
	}
	return out
}

// pgEnum is pg_enum: a row a label. Labels are numbered behind their type.
func pgEnum(v virtual) []record {
	var out []record
	for _, d := range enums(v.all) {
		l := d.Type.Labels
		for i, label := range l.All {
			out = append(out, record{"oid": int64(l.ArrayOID) + int64(i) + 1, "enumtypid": int64(l.OID), "enumsortorder": float64(i + 1), "enumlabel": label})
		}
	}
	return out
}

// TypeByOID implements fn.TypeNames.
func (l lookups) TypeByOID(oid uint32) (types.Type, bool) { return typeByOID(l.snap, oid) }

// TypeByName implements fn.TypeNames.
func (l lookups) TypeByName(name string) (types.Type, bool) {
	name, array := strings.CutSuffix(name, "[]")
	parts := splitName(name)
	if len(parts) > 1 && parts[len(parts)-2] != catalog.PublicSchema {
		return types.Type{}, false
	}
	t, ok := l.snap.CustomType(parts[len(parts)-1])
	if array {
		return types.TArray(t), ok && t.Kind == types.Enum
	}
	return t, ok && t.Kind == types.Enum
}

// typeByOID is the type of a wire identifier: a built-in one, an enum, or an
// array of one.
func typeByOID(snap *catalog.Snapshot, oid uint32) (types.Type, bool) {
	if t, ok := types.FromOID(oid); ok {
		return t, true
	}
	for _, d := range enums(snap) {
		switch oid {
		case d.Type.Labels.OID:
			return d.Type, true
		case d.Type.Labels.ArrayOID:
			return types.TArray(d.Type), true
		}
	}
	return types.Type{}, false
}
