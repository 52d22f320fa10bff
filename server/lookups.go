package server

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// lookups answers catalog functions: fn.Lookups.
type lookups struct {
	snap *catalog.Snapshot // the whole of it: names and OIDs are no secrets
	as   string
	ss   *Session
}

func (ss *Session) lookups(snap *catalog.Snapshot, role string) lookups {
	return lookups{snap, role, ss}
}

// RelationOID implements fn.Lookups. Names are folded as in SQL.
func (l lookups) RelationOID(name string) uint32 {
	parts := splitName(name)
	schema, short := "", parts[len(parts)-1]
	if len(parts) > 1 {
		schema = parts[len(parts)-2]
	}
	if r, ok := l.snap.Relation(schema, short); ok {
		return r.OID
	}
	if base, ok := strings.CutSuffix(short, "_pkey"); ok {
		if r, ok := l.snap.Relation(schema, base); ok && hasKey(r) {
			return r.OID + indexOffset
		}
	}
	if schema == "" {
		schema = "pg_catalog"
	}
	if t := systemTables[schema+"."+short]; t != nil {
		return t.oid
	}
	return 0
}

// splitName cuts a possibly qualified, possibly quoted name.
func splitName(name string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' && quoted && i+1 < len(name) && name[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			out = append(out, b.String())
			b.Reset()
		case quoted:
			b.WriteByte(c)
		default:
			b.WriteString(strings.ToLower(string(c)))
		}
	}
	return append(out, b.String())
}

// base finds the relation of an OID of itself, its index or its constraint.
func (l lookups) base(oid uint32) (r *catalog.Relation, suffix string, ok bool) {
	switch {
	case oid >= constrOffset:
		oid, suffix = oid-constrOffset, "_pkey"
	case oid >= indexOffset:
		oid, suffix = oid-indexOffset, "_pkey"
	}
	r, ok = l.snap.RelationByOID(oid)
	return r, suffix, ok
}

func systemByOID(oid uint32) *systemTable {
	for _, n := range systemNames {
		if systemTables[n].oid == oid {
			return systemTables[n]
		}
	}
	return nil
}

// RelationName implements fn.Lookups.
func (l lookups) RelationName(oid uint32) (schema, name string, ok bool) {
	if r, suffix, ok := l.base(oid); ok {
		return catalog.PublicSchema, r.Name + suffix, true
	}
	if t := systemByOID(oid); t != nil {
		schema, name, _ = strings.Cut(t.name, ".")
		return schema, name, true
	}
	return "", "", false
}

// Definition implements fn.Lookups.
func (l lookups) Definition(oid uint32) string {
	r, suffix, ok := l.base(oid)
	switch {
	case !ok || !l.snap.May(l.as, catalog.ObjectOf(r), catalog.PrivSelect):
		return ""
	case oid >= constrOffset:
		return "PRIMARY KEY (" + keyList(r) + ")"
	case suffix != "":
		return "CREATE UNIQUE INDEX " + types.QuoteIdent(r.Name+suffix) + " ON public." + types.QuoteIdent(r.Name) + " USING btree (" + keyList(r) + ")"
	case r.Query != "":
		return r.Query + ";"
	}
	return r.SQL
}

// Description implements fn.Lookups.
func (l lookups) Description(oid uint32, column int32) string {
	r, suffix, ok := l.base(oid)
	if !ok || suffix != "" || !l.snap.Sees(l.as, r) {
		return ""
	}
	if column == 0 {
		return comment(r)
	}
	if cols := r.Schema.Visible(); column > 0 && int(column) <= len(cols) {
		return r.ColumnComments[cols[column-1].Name]
	}
	return ""
}

// Columns implements fn.Lookups.
func (l lookups) Columns(oid uint32) types.Schema {
	if r, _, ok := l.base(oid); ok && l.snap.Sees(l.as, r) {
		return r.Schema.Visible()
	}
	if t := systemByOID(oid); t != nil {
		return t.schema
	}
	return nil
}

// RelationSize implements fn.Sizes.
func (l lookups) RelationSize(oid uint32) (bytes int64, ok bool) {
	r, suffix, ok := l.base(oid)
	switch {
	case ok && !l.snap.Sees(l.as, r):
		return 0, false
	case ok && suffix == "":
		return l.ss.srv.log.Bytes(r.Topic), true
	}
	return 0, ok || systemByOID(oid) != nil
}

// DatabaseSize implements fn.Sizes.
func (l lookups) DatabaseSize() (bytes int64) {
	st := l.ss.srv.log.Stats()
	for _, t := range st.Topics {
		for _, p := range t.Partitions {
			bytes += p.Bytes
		}
	}
	for _, g := range st.Groups {
		bytes += g.WALBytes
	}
	return bytes
}

// SetConfig implements fn.Lookups.
func (l lookups) SetConfig(name, value string, local bool) (string, error) {
	if done, err := l.ss.setRole(strings.ToLower(name), value, local); err != nil {
		return "", err
	} else if !done {
		if err := l.ss.settings.set(name, value, local, l.ss.inTx()); err != nil {
			return "", err
		}
	}
	return l.ss.settings.get(strings.ToLower(name)), nil
}

// regName prints the objects of regclass and its kin.
func (l lookups) regName(kind types.Kind, oid int64) (string, bool) {
	switch kind {
	case types.RegClass:
		schema, name, ok := l.RelationName(uint32(oid))
		if ok && schema != catalog.PublicSchema && schema != "pg_catalog" {
			return schema + "." + types.QuoteIdent(name), true
		}
		return types.QuoteIdent(name), ok
	case types.RegProc:
		if oid == 0 {
			return "-", true
		}
		return functionName(oid)
	case types.RegType:
		if t, ok := l.TypeByOID(uint32(oid)); ok {
			return t.String(), true
		}
	case types.RegNamespace:
		for _, s := range schemas {
			if s.oid == oid {
				return s.name, true
			}
		}
	}
	return "", false
}

// regOID finds the object that a regclass or regnamespace names.
func (l lookups) regOID(kind types.Kind, name string) (int64, bool) {
	switch kind {
	case types.RegClass:
		oid := l.RelationOID(name)
		return int64(oid), oid != 0
	case types.RegType:
		if t, ok := l.TypeByName(name); ok {
			return int64(t.OID()), true
		}
	case types.RegNamespace:
		for _, s := range schemas {
			if s.name == name {
				return s.oid, true
			}
		}
	}
	return 0, false
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
