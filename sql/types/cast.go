package types

import (
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// CastMode is whose casts they are.
type CastMode uint8

// The modes.
const (
	CastPostgres CastMode = iota // rounding, 22003 on overflow
	CastKsql                     // ksqlDB's table: truncating, wrapping, Java's texts
)

// CanCast tells in which places a value of type from becomes one of type to:
// implicit (operands, arguments), assignment (INSERT, and all that implicit
// allows), explicit (CAST, and all that assignment allows).
func CanCast(from, to Type, mode CastMode) (implicit, assignment, explicit bool) {
	level := castLevel(from, to, mode)
	return level >= levelImplicit, level >= levelAssignment, level >= levelExplicit
}

type level uint8

const (
	levelNone level = iota
	levelExplicit
	levelAssignment
	levelImplicit
)

func castLevel(from, to Type, mode CastMode) level {
	switch {
	case from.Kind == Unknown || from.Equal(to):
		return levelImplicit
	case from.IsNested() && from.Kind == to.Kind:
		return nestedLevel(from, to, mode)
	case mode == CastKsql:
		return ksqlLevel(from, to)
	}
	return pgLevel(from, to)
}

// nestedLevel is the least of the parts' levels. Structs match by field name.
func nestedLevel(from, to Type, mode CastMode) level {
	switch from.Kind {
	case Array:
		return castLevel(*from.Elem, *to.Elem, mode)
	case Map:
		return min(castLevel(*from.Key, *to.Key, mode), castLevel(*from.Elem, *to.Elem, mode))
	}
	out := levelImplicit
	if len(from.Fields) != len(to.Fields) {
		out = levelExplicit
	}
	for _, f := range to.Fields {
		i := from.FieldIndex(f.Name)
		if i < 0 {
			out = levelExplicit
			continue
		}
		out = min(out, castLevel(from.Fields[i].Type, f.Type, mode))
	}
	return out
}

// Cast converts v, which may be NULL, explicitly. loc (nil: UTC) is where
// instants without a zone are read. Errors: 42846 when there is no such cast,
// otherwise those of the target's input. An explicit cast to varchar(n) cuts.
func Cast(v Value, from, to Type, mode CastMode, loc *time.Location) (Value, error) {
	if castLevel(from, to, mode) == levelNone {
		return nil, errCast(from, to)
	}
	if v == nil || from.Equal(to) {
		return v, nil
	}
	if from.IsNested() && from.Kind == to.Kind {
		return castNested(v, from, to, mode, loc)
	}
	if mode == CastKsql && from.Kind != Unknown {
		return castKsql(v, from, to)
	}
	return castPostgres(v, from, to, loc)
}

func errCast(from, to Type) *sqlerr.Error {
	return sqlerr.New(sqlerr.CannotCoerce, "cannot cast type %s to %s", from, to)
}

// CastAssign is Cast where a value is stored: varchar(n) does not cut what is
// not blank (22001).
func CastAssign(v Value, from, to Type, mode CastMode, loc *time.Location) (Value, error) {
	if s, ok := v.(string); ok && to.Kind == String && mode == CastPostgres {
		return parseString(to, s)
	}
	return Cast(v, from, to, mode, loc)
}

func castNested(v Value, from, to Type, mode CastMode, loc *time.Location) (Value, error) {
	switch x := v.(type) {
	case []Value:
		return castSlice(x, *from.Elem, *to.Elem, mode, loc)
	case MapValue:
		keys, err := castSlice(x.Keys, *from.Key, *to.Key, mode, loc)
		if err != nil {
			return nil, err
		}
		vals, err := castSlice(x.Vals, *from.Elem, *to.Elem, mode, loc)
		if err != nil {
			return nil, err
		}
		return lastKeys(*to.Key, keys.([]Value), vals.([]Value)), nil
	}
	row := v.(Row)
	out := make(Row, len(to.Fields))
	for i, f := range to.Fields {
		j := from.FieldIndex(f.Name)
		if j < 0 {
			continue
		}
		var err error
		if out[i], err = Cast(rowAt(row, j), from.Fields[j].Type, f.Type, mode, loc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lastKeys makes a map in which of equal keys the last counts; NULL keys go.
func lastKeys(t Type, keys, vals []Value) MapValue {
	m := MapValue{Keys: []Value{}, Vals: []Value{}}
	at := make(map[string]int, len(keys))
	for i, k := range keys {
		if k == nil {
			continue
		}
		id := string(AppendKey(nil, t, k))
		if j, dup := at[id]; dup {
			m.Vals[j] = vals[i]
			continue
		}
		at[id] = len(m.Keys)
		m.Keys, m.Vals = append(m.Keys, k), append(m.Vals, vals[i])
	}
	return m
}

func castSlice(items []Value, from, to Type, mode CastMode, loc *time.Location) (Value, error) {
	out := make([]Value, len(items))
	for i, e := range items {
		var err error
		if out[i], err = Cast(e, from, to, mode, loc); err != nil {
			return nil, err
		}
	}
	return out, nil
}
