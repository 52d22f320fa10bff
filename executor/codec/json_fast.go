package codec

import (
	"bytes"
	"encoding/binary"

	"github.com/leatdb/leat/sql/types"
)

// predict prepares the learned order for the predicted path: every member was
// written plainly and none fills a slot that another does.
func (m *fieldMap) predict(slots int) bool {
	if m.ready {
		return m.plain
	}
	m.ready, m.plain = true, len(m.order) > 0
	seen := make([]bool, slots)
	for i := range m.order {
		f := &m.order[i]
		if len(f.literal) == 0 || f.slot != noSlot && seen[f.slot] {
			m.plain = false
			return false
		}
		if f.slot != noSlot {
			seen[f.slot] = true
		}
		f.words()
	}
	return m.plain
}

// words lays a short literal out for comparing two words at once.
func (f *learnedField) words() {
	f.ml, f.mh = 0, 0
	n := len(f.literal)
	if n > 16 {
		return
	}
	var text, mask [16]byte
	copy(text[:], f.literal)
	for i := range n {
		mask[i] = 0xff
	}
	f.lo, f.hi = binary.LittleEndian.Uint64(text[:]), binary.LittleEndian.Uint64(text[8:])
	f.ml, f.mh = binary.LittleEndian.Uint64(mask[:]), binary.LittleEndian.Uint64(mask[8:])
}

// at tells whether the literal stands at i of b.
func (f *learnedField) at(b []byte, i int) bool {
	if f.ml != 0 && i+16 <= len(b) {
		p := b[i : i+16]
		return (binary.LittleEndian.Uint64(p)^f.lo)&f.ml|(binary.LittleEndian.Uint64(p[8:])^f.hi)&f.mh == 0
	}
	return bytes.HasPrefix(b[i:], f.literal)
}

// predicted reads an object whose members come as in the last record straight
// into the cells, in one walk. False: it is another object, or one with a fault;
// the cells are to be set anew by the walk that takes everything.
func (d *Decoder) predicted(r *sideReader, b []byte) bool {
	m := r.fields
	if !m.predict(len(r.cols)) || len(b) < 2 || b[0] != '{' {
		return false
	}
	s := jsonScan{b: b}
	i := 1
	for n := range m.order {
		f := &m.order[n]
		if i < len(b) && b[i] == ' ' {
			i = s.space(i)
		}
		if i < 0 || i >= len(b) || !f.at(b, i) {
			return false
		}
		i += len(f.literal)
		if i < len(b) && b[i] == ' ' {
			i = s.space(i)
		}
		if f.slot == noSlot {
			i = s.pass(i)
		} else {
			i = d.predictedCell(&s, i, r.cols[f.slot])
		}
		if i < 0 || i >= len(b) {
			return false
		}
		switch b[i] {
		case ',':
			i++
		case '}':
			return s.space(i+1) == len(b)
		default:
			return false
		}
	}
	return false
}

// pass steps over a value that no column needs; -1 when it is malformed.
func (s *jsonScan) pass(i int) int {
	var v span
	if i < len(s.b) && s.b[i] == '"' {
		return s.str(i, &v)
	}
	return s.value(i, 1, &v)
}

// predictedCell reads the value at i into the cell of column c: the usual
// notations of the common types here, the rest as everywhere.
func (d *Decoder) predictedCell(s *jsonScan, i, c int) int {
	out, t, b := &d.cells[c], &d.schema[c].Type, s.b
	if i >= len(b) {
		return -1
	}
	if b[i] == '"' {
		var v span
		end := s.str(i, &v)
		if end < 0 || v.kind != jsonString {
			return d.anyCell(s, i, t, out)
		}
		switch {
		case t.Kind == types.String && t.Precision == 0:
			out.setBytes(b[v.from:v.to])
			return end
		case t.Kind == types.Timestamp && !d.rules.ksql:
			if us, ok := d.days.instant(b[v.from:v.to]); ok {
				out.setInt(us)
				return end
			}
		}
		return d.anyCell(s, i, t, out)
	}
	switch t.Kind {
	case types.BigInt:
		if n, end := fastInteger(b, i); end > 0 {
			out.setInt(n)
			return end
		}
	case types.Int:
		if n, end := fastInteger(b, i); end > 0 && n == int64(int32(n)) {
			out.setInt(n)
			return end
		}
	case types.Double:
		if f, end := fastFloat(b, i); end > 0 {
			out.setFloat(f)
			return end
		}
	}
	return d.anyCell(s, i, t, out)
}

// anyCell reads any value; -1 when it is malformed or does not fit.
func (d *Decoder) anyCell(s *jsonScan, i int, t *types.Type, out *cell) int {
	var v span
	end := s.value(i, 1, &v)
	if end < 0 || d.json.cell(t, s.b, v, out) != nil {
		return -1
	}
	return end
}
