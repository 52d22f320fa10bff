package schema

import (
	"fmt"

	"github.com/leatdb/leat/sql/types"
)

// finding is a violation before its version and direction are known.
type finding struct{ column, message string }

// checkKeys holds that the key columns are the same, in name, type and order: a
// key of another spelling would name another row.
func checkKeys(newer, old types.Schema) []finding {
	nk, ok := newer.KeyColumns(), old.KeyColumns()
	var out []finding
	for i, o := range ok {
		if i >= len(nk) || newer[nk[i]].Name != old[o].Name || !newer[nk[i]].Type.Equal(old[o].Type) {
			out = append(out, finding{old[o].Name, fmt.Sprintf("Key column %q of type %s is changed, missing or reordered.", old[o].Name, old[o].Type)})
		}
	}
	for i := len(ok); i < len(nk); i++ {
		c := newer[nk[i]]
		out = append(out, finding{c.Name, fmt.Sprintf("Key column %q is added.", c.Name)})
	}
	return out
}

// values lists the columns that are not keys and not hidden.
func values(s types.Schema) types.Schema {
	var out types.Schema
	for _, c := range s {
		if !c.Key && !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// reads finds why reader does not read the records writer wrote.
func (r Rules) reads(reader, writer types.Schema) []finding {
	rv, wv := values(reader), values(writer)
	if r.Positional {
		return readsByPosition(rv, wv)
	}
	var out []finding
	for _, c := range rv {
		i := wv.Index(c.Name)
		switch {
		case i < 0 && c.NotNull:
			out = append(out, finding{c.Name, fmt.Sprintf("Column %q is NOT NULL and the records do not have it.", c.Name)})
		case i >= 0:
			out = append(out, readsColumn(c, wv[i])...)
		}
	}
	return out
}

func readsByPosition(rv, wv types.Schema) []finding {
	if len(rv) != len(wv) {
		return []finding{{"", fmt.Sprintf("The records have %d columns by position and %d are expected.", len(wv), len(rv))}}
	}
	var out []finding
	for i, c := range rv {
		out = append(out, readsColumn(c, wv[i])...)
	}
	return out
}

func readsColumn(reader, writer types.Column) []finding {
	var out []finding
	if why := readsType(reader.Type, writer.Type); why != "" {
		out = append(out, finding{reader.Name, fmt.Sprintf("Column %q: %s.", reader.Name, why)})
	}
	if reader.NotNull && !writer.NotNull {
		out = append(out, finding{reader.Name, fmt.Sprintf("Column %q is NOT NULL and the records may hold NULL.", reader.Name)})
	}
	return out
}

// readsType finds why a reader of type r does not read a value of type w, ""
// when it does: equal types, widened ones (INT as BIGINT, DECIMAL with more
// digits, a longer varchar), an enum with labels added at its end, structs field by field by name, where missing
// fields are NULL and unknown ones ignored.
func readsType(r, w types.Type) string {
	switch {
	case r.Kind == types.Enum && w.Kind == types.Enum && !w.Labels.Within(r.Labels):
		return fmt.Sprintf("enum %s does not have the labels of enum %s at their places", r, w)
	case r.Equal(w):
		return ""
	case r.Kind == types.Struct && w.Kind == types.Struct:
		for _, f := range r.Fields {
			if i := w.FieldIndex(f.Name); i >= 0 {
				if why := readsType(f.Type, w.Fields[i].Type); why != "" {
					return fmt.Sprintf("field %q: %s", f.Name, why)
				}
			}
		}
		return ""
	case r.Kind == types.Array && w.Kind == types.Array:
		return readsType(*r.Elem, *w.Elem)
	case r.Kind == types.Map && w.Kind == types.Map && r.Key.Equal(*w.Key):
		return readsType(*r.Elem, *w.Elem)
	}
	if wide, ok := types.Widen(w, r); ok && wide.Equal(r) {
		return ""
	}
	return fmt.Sprintf("type %s does not read values of type %s", r, w)
}
