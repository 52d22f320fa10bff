package codec

import (
	"encoding/binary"
	"math"

	"github.com/leatdb/leat/sql/types"
)

// avroReader reads binary data by plans. Bytes are lent by the record.
type avroReader struct {
	rules rules
	p     []byte
	i     int
	depth int
	empty int // items without bytes so far in this record
	in    cell
	quickRun
}

func errAvro(what string) error { return errWire("malformed Avro: %s", what) }

// long reads a zig-zag varint.
func (a *avroReader) long() (int64, error) {
	if a.i < len(a.p) && a.p[a.i] < 0x80 {
		b := a.p[a.i]
		a.i++
		return int64(b>>1) ^ -int64(b&1), nil
	}
	var u uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if a.i >= len(a.p) {
			return 0, errAvro("it ends inside a number")
		}
		b := a.p[a.i]
		a.i++
		u |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if shift == 63 && b > 1 {
				break
			}
			return int64(u>>1) ^ -int64(u&1), nil
		}
	}
	return 0, errAvro("a number has too many bytes")
}

// take gives the next n bytes.
func (a *avroReader) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(a.p)-a.i) {
		return nil, errAvro("a length is beyond the end")
	}
	out := a.p[a.i : a.i+int(n) : a.i+int(n)]
	a.i += int(n)
	return out, nil
}

func (a *avroReader) sized() ([]byte, error) {
	n, err := a.long()
	if err != nil {
		return nil, err
	}
	return a.take(n)
}

// value reads one value into c; a plan without a type leaves c alone.
func (a *avroReader) value(r *avroRead, c *cell) error {
	switch r.op {
	case avroInt:
		n, err := a.long()
		if err != nil || r.t == nil {
			return err
		}
		return a.integer(r, n, c)
	case avroText:
		p, err := a.sized()
		if err != nil || r.t == nil {
			return err
		}
		return a.rules.wireText(r.t, p, c)
	case avroUnion:
		return a.union(r, c)
	case avroNull:
		if r.t != nil {
			c.setNull()
		}
		return nil
	case avroBool:
		p, err := a.take(1)
		if err != nil {
			return err
		}
		if p[0] > 1 {
			return errAvro("a boolean is neither 0 nor 1")
		}
		if r.t == nil {
			return nil
		}
		return a.rules.wireBool(r.t, p[0] == 1, c)
	case avroFloat, avroDouble:
		return a.float(r, c)
	case avroBytes, avroFixed:
		return a.bytes(r, c)
	case avroEnum:
		n, err := a.long()
		if err != nil {
			return err
		}
		if n < 0 || n >= int64(len(r.symbols)) {
			return errAvro("an enum's symbol is not known")
		}
		if r.t == nil {
			return nil
		}
		return a.rules.wireText(r.t, []byte(r.symbols[n]), c)
	}
	return a.container(r, c)
}

func (a *avroReader) integer(r *avroRead, n int64, c *cell) error {
	switch r.meaning {
	case dateValue:
		return a.rules.wireDate(r.t, n, c)
	case timeValue, instantValue:
		if n > maxInstant/r.unit || n < -maxInstant/r.unit {
			return errWire("a time is out of range: %d", n)
		}
		if r.meaning == timeValue {
			return a.rules.wireTime(r.t, n*r.unit, n, c)
		}
		return a.rules.wireInstant(r.t, n*r.unit, n, c)
	}
	return a.rules.wireInt(r.t, n, c)
}

func (a *avroReader) float(r *avroRead, c *cell) error {
	p, err := a.take(int64(r.least))
	if err != nil || r.t == nil {
		return err
	}
	if r.op == avroFloat {
		return a.rules.wireFloat(r.t, float64(math.Float32frombits(binary.LittleEndian.Uint32(p))), true, c)
	}
	return a.rules.wireFloat(r.t, math.Float64frombits(binary.LittleEndian.Uint64(p)), false, c)
}

func (a *avroReader) bytes(r *avroRead, c *cell) error {
	var p []byte
	var err error
	if r.op == avroFixed {
		p, err = a.take(int64(r.size))
	} else {
		p, err = a.sized()
	}
	if err != nil || r.t == nil {
		return err
	}
	if r.meaning == decimalValue && r.t.Kind != types.Bytes {
		return a.rules.wireDecimal(r.t, p, r.scale, c)
	}
	return a.rules.wireBytes(r.t, p, c)
}

func (a *avroReader) union(r *avroRead, c *cell) error {
	n, err := a.long()
	if err != nil {
		return err
	}
	if n < 0 || n >= int64(len(r.fields)) {
		return errAvro("a union's branch is not known")
	}
	b := r.fields[n]
	if !r.spread || b.op == avroNull {
		return a.value(b, c)
	}
	var in cell
	if err := a.value(b, &in); err != nil {
		return err
	}
	row := make(types.Row, len(r.t.Fields))
	row[r.slots[n]] = in.value(&r.t.Fields[r.slots[n]].Type)
	c.setBox(row)
	return nil
}

// maxNesting bounds recursion into a writer's recursive schema.
const maxNesting = 200

func (a *avroReader) container(r *avroRead, c *cell) error {
	if a.depth++; a.depth > maxNesting {
		return errAvro("it nests too deep")
	}
	defer func() { a.depth-- }()
	switch r.op {
	case avroRecord:
		if r.t == nil {
			for _, f := range r.fields {
				if err := a.value(f, nil); err != nil {
					return err
				}
			}
			return nil
		}
		return a.structure(r, c)
	case avroArray:
		return a.array(r, c)
	}
	return a.mapping(r, c)
}

func (a *avroReader) structure(r *avroRead, c *cell) error {
	row := make(types.Row, len(r.t.Fields))
	for i, f := range r.fields {
		if r.slots[i] < 0 {
			if err := a.value(f, nil); err != nil {
				return err
			}
			continue
		}
		var in cell
		if err := a.value(f, &in); err != nil {
			return err
		}
		row[r.slots[i]] = in.value(f.t)
	}
	c.setBox(row)
	return nil
}

// block reads the head of a block of items: their number, 0 at the end. skip is
// the bytes of a block that tells them, else -1.
func (a *avroReader) block(least int) (n int, skip int64, err error) {
	count, err := a.long()
	if err != nil {
		return 0, 0, err
	}
	skip = -1
	if count < 0 {
		if count = -count; count < 0 {
			return 0, 0, errAvro("a block has too many items")
		}
		if skip, err = a.long(); err != nil {
			return 0, 0, err
		}
		if skip < 0 || skip > int64(len(a.p)-a.i) {
			return 0, 0, errAvro("a block is beyond the end")
		}
	}
	if least == 0 {
		if count > maxEmptyItems-int64(a.empty) {
			return 0, 0, errAvro("a block has too many items")
		}
		a.empty += int(count)
	} else if count > int64((len(a.p)-a.i)/least) {
		return 0, 0, errAvro("a block has too many items")
	}
	return int(count), skip, nil
}

// maxEmptyItems bounds a record's items that take no bytes.
const maxEmptyItems = 1 << 12

// items calls each for the items of an array or map; over skips them.
func (a *avroReader) items(least int, over bool, each func() error) error {
	for {
		n, skip, err := a.block(least)
		if err != nil || n == 0 {
			return err
		}
		if over && skip >= 0 {
			a.i += int(skip)
			continue
		}
		for range n {
			if err := each(); err != nil {
				return err
			}
		}
	}
}

func (a *avroReader) array(r *avroRead, c *cell) error {
	if r.t == nil {
		return a.items(r.elem.least, true, func() error { return a.value(r.elem, nil) })
	}
	if r.keyField > 0 {
		return a.entries(r, c)
	}
	out := []types.Value{}
	err := a.items(r.elem.least, false, func() error {
		var in cell
		if err := a.value(r.elem, &in); err != nil {
			return err
		}
		out = append(out, in.value(r.t.Elem))
		return nil
	})
	c.setBox(out)
	return err
}

// entries reads an array of key and value records as a MAP.
func (a *avroReader) entries(r *avroRead, c *cell) error {
	m := newMapping(r.t)
	err := a.items(r.elem.least, false, func() error {
		var in cell
		if err := a.value(r.elem, &in); err != nil {
			return err
		}
		row, ok := in.v.(types.Row)
		if in.kind != cellBoxed || !ok || row[0] == nil {
			return errAvro("an entry of a map has no key")
		}
		m.put(row[0], row[1])
		return nil
	})
	c.setBox(m.MapValue)
	return err
}

func (a *avroReader) mapping(r *avroRead, c *cell) error {
	if r.t == nil {
		return a.items(1+r.elem.least, true, func() error {
			if _, err := a.sized(); err != nil {
				return err
			}
			return a.value(r.elem, nil)
		})
	}
	m := newMapping(r.t)
	lexical := a.rules
	lexical.lexical = true
	err := a.items(1+r.elem.least, false, func() error {
		p, err := a.sized()
		if err != nil {
			return err
		}
		var key, in cell
		if err := lexical.text(r.t.Key, p, &key); err != nil {
			return err
		}
		if err := a.value(r.elem, &in); err != nil {
			return err
		}
		m.put(key.value(r.t.Key), in.value(r.t.Elem))
		return nil
	})
	c.setBox(m.MapValue)
	return err
}

// mapping collects a MAP; of equal keys the last wins and keeps the first's place.
type mapping struct {
	types.MapValue
	t  *types.Type
	at map[string]int
}

func newMapping(t *types.Type) *mapping { return &mapping{t: t, at: map[string]int{}} }

func (m *mapping) put(key, val types.Value) {
	name := string(types.AppendKey(nil, *m.t.Key, key))
	if i, seen := m.at[name]; seen {
		m.Vals[i] = val
		return
	}
	m.at[name] = len(m.Keys)
	m.Keys, m.Vals = append(m.Keys, key), append(m.Vals, val)
}
