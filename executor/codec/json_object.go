package codec

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// noSlot is a member that no needed column has.
const noSlot = -1

// fieldMap finds the slot of a member by its name: exactly, then by folding.
type fieldMap struct {
	exact map[string]int32
	fold  map[string]int32
	ksql  bool
	name  []byte // scratch for names with escapes
}

// slotSpan is where a column's value stands in the record at hand.
type slotSpan struct {
	span
	set, exact bool
}

// newFieldMap maps names[i] to slots[i], which may be noSlot.
func newFieldMap(names []string, slots []int32, ksql bool) *fieldMap {
	m := &fieldMap{exact: make(map[string]int32, len(names)), fold: make(map[string]int32, len(names)), ksql: ksql}
	for i, n := range names {
		m.exact[n] = slots[i]
		if _, taken := m.fold[strings.ToLower(n)]; !taken {
			m.fold[strings.ToLower(n)] = slots[i]
		}
	}
	return m
}

// slot finds a name; exact tells how.
func (m *fieldMap) slot(name []byte) (slot int32, exact bool) {
	if s, ok := m.exact[string(name)]; ok {
		return s, true
	}
	if m.ksql {
		if s, ok := m.exact[strings.ToUpper(string(name))]; ok {
			return s, false
		}
		return noSlot, true
	}
	if s, ok := m.fold[strings.ToLower(string(name))]; ok {
		return s, false
	}
	return noSlot, true
}

// collect reads the object b and notes where the slots' values are. The last
// of equal names wins, and an exact name wins over a folded one.
func (m *fieldMap) collect(b []byte, slots []slotSpan) error {
	s := jsonScan{b: b}
	i := s.space(0)
	if i >= len(b) || b[i] != '{' {
		var v span
		if err := s.document(&v); err != nil {
			return err
		}
		return sqlerr.New(sqlerr.InvalidJSON, "invalid JSON: an object is expected, not %s", kindName(v.kind))
	}
	i = s.space(i + 1)
	if i < len(b) && b[i] == '}' {
		return m.end(&s, i)
	}
	for {
		var slot int32
		var exact bool
		if slot, exact, i = m.member(&s, i); i < 0 {
			return s.fault
		}
		var v span
		if i = s.value(s.space(i), 1, &v); i < 0 {
			return s.fault
		}
		if slot != noSlot {
			if at := &slots[slot]; exact || !at.set || !at.exact {
				*at = slotSpan{v, true, exact}
			}
		}
		i = s.space(i)
		if i < len(b) && b[i] == ',' {
			i = s.space(i + 1)
			continue
		}
		if i < len(b) && b[i] == '}' {
			return m.end(&s, i)
		}
		s.fail(i, "expected a comma or the end of the object")
		return s.fault
	}
}

func (m *fieldMap) end(s *jsonScan, i int) error {
	if i = s.space(i + 1); i != len(s.b) {
		s.fail(i, "text after the object")
	}
	return s.fault
}

// member reads a name and its colon.
func (m *fieldMap) member(s *jsonScan, i int) (slot int32, exact bool, end int) {
	if i >= len(s.b) || s.b[i] != '"' {
		return noSlot, false, s.fail(i, "expected a member name")
	}
	var key span
	if i = s.str(i, &key); i < 0 {
		return noSlot, false, -1
	}
	name := s.b[key.from:key.to]
	if key.kind == jsonEscaped {
		var err error
		if m.name, err = unescape(m.name[:0], name); err != nil {
			s.fault = err
			return noSlot, false, -1
		}
		name = m.name
	}
	slot, exact = m.slot(name)
	if i = s.space(i); i >= len(s.b) || s.b[i] != ':' {
		return noSlot, false, s.fail(i, "expected a colon")
	}
	return slot, exact, i + 1
}

func kindName(k jsonKind) string {
	switch k {
	case jsonNull:
		return "null"
	case jsonTrue, jsonFalse:
		return "a boolean"
	case jsonNumber:
		return "a number"
	case jsonObject:
		return "an object"
	case jsonArray:
		return "an array"
	}
	return "a string"
}

// structFields is the field map of a STRUCT type, slot i being field i.
func structFields(t *types.Type, ksql bool) *fieldMap {
	names := make([]string, len(t.Fields))
	slots := make([]int32, len(t.Fields))
	for i := range t.Fields {
		names[i], slots[i] = t.Fields[i].Name, int32(i)
	}
	return newFieldMap(names, slots, ksql)
}
