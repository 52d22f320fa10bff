package codec

import (
	"slices"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// putKind is how the values of a member are written.
type putKind uint8

const (
	putOther   putKind = iota // by rules.appendJSON
	putNumber                 // an integer
	putQuoted                 // text
	putInstant                // a timestamp as text
	putDecimal                // its text, quoted when it is no number
	putBoolean
)

// objectPut writes one side of records as an object.
type objectPut struct {
	members []memberPut
	room    int         // what the names and all values but text and nested ones need
	runs    []pickedRun // of picked columns, by the first member of each
}

// memberPut is one column of a side on its way into JSON objects.
type memberPut struct {
	col  int // position in the batch
	put  putKind
	size int      // of the name
	name [32]byte // `"name":` with the brace or comma before it
	rest []byte   // of a longer name
}

// memberRoom is what any value but text and nested ones needs.
const memberRoom = 48

// objectPut is that of a side.
func (e *Encoder) objectPut(s *side) objectPut {
	o := objectPut{members: make([]memberPut, len(s.cols)), room: memberRoom}
	for i, c := range s.cols {
		name := append(types.AppendJSONString([]byte{','}, e.schema[c].Name), ':')
		if i == 0 {
			name[0] = '{'
		}
		m := &o.members[i]
		m.col, m.put, m.size = e.cols[c], e.putOf(e.schema[c].Type.Kind), len(name)
		m.rest = name[copy(m.name[:], name):]
		o.room += len(m.name) + len(m.rest) + memberRoom
	}
	return o
}

func (e *Encoder) putOf(k types.Kind) putKind {
	switch k {
	case types.BigInt, types.Int, types.SmallInt:
		return putNumber
	case types.String:
		return putQuoted
	case types.Decimal:
		return putDecimal
	case types.Boolean:
		return putBoolean
	case types.Timestamp:
		if !e.rules.ksql {
			return putInstant
		}
	}
	return putOther
}

// appendObject writes the columns of a side as an object.
func (e *Encoder) appendObject(dst []byte, o *objectPut, b *vec.Batch, row int) []byte {
	return append(e.appendMembers(dst, o, 0, len(o.members), b, row), '}')
}

// appendMembers writes the members from i to end. Behind the place at in out there
// is always room for all that is neither text nor nested.
func (e *Encoder) appendMembers(dst []byte, o *objectPut, i, end int, b *vec.Batch, row int) []byte {
	out, at := roomy(dst, o.room)
	for ; i < end; i++ {
		m := &o.members[i]
		v, row := &b.Cols[m.col], row
		if p := v.Picked; p != nil {
			if p.Often {
				var text []byte
				text, i = e.pickedMembers(o, i, b, row)
				out, at = roomy(append(out[:at], text...), o.room)
				continue
			}
			v, row = p.From, int(p.At[row])
		}
		*(*[32]byte)(out[at:]) = m.name
		if len(m.rest) > 0 {
			copy(out[at+len(m.name):], m.rest)
		}
		at += m.size
		if v.Valid != nil && !v.Valid.Get(row) {
			putWord(out, at, nullWord)
			at += 4
			continue
		}
		switch m.put {
		case putNumber:
			at = types.PutInt(out, at, v.I64[row])
			continue
		case putQuoted:
			text := v.Str(row)
			if len(out)-at >= len(text)+o.room && (v.Plain || plainText(text) == len(text)) {
				out[at] = '"'
				at += 1 + copy(out[at+1:], text)
				out[at] = '"'
				at++
				continue
			}
			dst = appendText(out[:at], text)
		case putInstant:
			var ok bool
			if at, ok = e.instants.put(out, at, v.I64[row]); ok {
				continue
			}
			dst = append(types.AppendTimestampISO(append(out[:at], '"'), v.I64[row]), '"')
		case putDecimal:
			dst = appendDecimal(out[:at], v.Str(row))
		case putBoolean:
			dst = appendBoolean(out[:at], v.Bits.Get(row))
		default:
			dst = e.rules.appendJSON(out[:at], v, row)
		}
		out, at = roomy(dst, o.room)
	}
	return out[:at]
}

// roomy gives dst with at least n bytes behind its end.
func roomy(dst []byte, n int) (out []byte, end int) {
	dst = slices.Grow(dst, n)
	return dst[:cap(dst)], len(dst)
}

// nullWord is null in a word.
const nullWord = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24

// appendDecimal writes the text of a decimal, which ends in a letter when it is
// no number.
func appendDecimal(dst, text []byte) []byte {
	if text[len(text)-1] > '9' {
		return append(append(append(dst, '"'), text...), '"')
	}
	return append(dst, text...)
}

func appendBoolean(dst []byte, v bool) []byte {
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}
