package codec

import (
	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// avroPut is how values of a type are written by a schema.
type avroPut struct {
	op      avroOp
	meaning avroMeaning
	unit    int64
	scale   int
	size    int // of a fixed
	from    *types.Type
	symbols map[string]int64
	fields  []*avroPut // of a record; branches of a union
	slots   []int      // where each field comes from, -1 from nowhere
	elem    *avroPut
	null    int       // a union's branch of null, -1 when it has none
	branch  int       // a union's other branch
	spread  bool      // a union's branches are the fields of a STRUCT
	deflt   []byte    // what stands for NULL, nil when nothing does
	name    string    // of the field, for errors
	steps   []putStep // of a record's fields, of an array's items or a map's entries
}

// putPlan plans writing values of type t by s.
func putPlan(s avro.Schema, t *types.Type, name string) (*avroPut, error) {
	if ref, ok := s.(*avro.RefSchema); ok {
		s = ref.Schema()
	}
	p := &avroPut{from: t, null: -1, name: name}
	switch s := s.(type) {
	case *avro.NullSchema:
		return p, nil
	case *avro.PrimitiveSchema:
		r := &avroRead{}
		r.primitive(s)
		p.op, p.meaning, p.unit, p.scale = r.op, r.meaning, r.unit, r.scale
	case *avro.FixedSchema:
		p.op, p.size = avroFixed, s.Size()
		if d, ok := s.Logical().(*avro.DecimalLogicalSchema); ok {
			p.meaning, p.scale = decimalValue, d.Scale()
		}
	case *avro.EnumSchema:
		p.op, p.symbols = avroEnum, map[string]int64{}
		for i, sym := range s.Symbols() {
			p.symbols[sym] = int64(i)
		}
	case *avro.ArraySchema:
		return p, p.array(s)
	case *avro.MapSchema:
		p.op = avroMap
		if t.Kind != types.Map {
			return nil, errPut(t, "an Avro map", name)
		}
		var err error
		if p.elem, err = putPlan(s.Values(), t.Elem, name); err == nil {
			key := &avroPut{op: avroText, from: t.Key, null: -1, name: name}
			p.steps = []putStep{key.step(0), p.elem.step(1)}
		}
		return p, err
	case *avro.RecordSchema:
		return p, p.record(s)
	case *avro.UnionSchema:
		return p, p.union(s)
	default:
		return nil, sqlerr.Unsupported("Avro type %s", s.Type())
	}
	if !p.holds(t) {
		return nil, errPut(t, "Avro's "+string(s.Type()), name)
	}
	return p, nil
}

func errPut(t *types.Type, what, name string) error {
	return sqlerr.New(sqlerr.DatatypeMismatch, "type %s cannot be written as %s", t, what).WithDetail("In field \"%s\".", name)
}

// holds tells whether a scalar of the schema takes values of type t.
func (p *avroPut) holds(t *types.Type) bool {
	if t.IsNested() {
		return false
	}
	if t.Kind == types.Enum {
		return p.op == avroText || p.op == avroEnum
	}
	switch p.op {
	case avroBool:
		return t.Kind == types.Boolean
	case avroInt:
		return t.IsInteger() || t.IsTemporal()
	case avroFloat, avroDouble:
		return t.IsInteger() || t.IsFloat() || t.Kind == types.Decimal
	case avroBytes, avroFixed:
		if p.meaning == decimalValue {
			return t.Kind == types.Decimal || t.IsInteger()
		}
		return t.Kind == types.Bytes || t.IsText() || t.Kind == types.UUID
	}
	return true
}

func (p *avroPut) array(s *avro.ArraySchema) error {
	p.op = avroArray
	var err error
	switch p.from.Kind {
	case types.Array:
		if p.elem, err = putPlan(s.Items(), p.from.Elem, p.name); err == nil {
			p.steps = []putStep{p.elem.step(0)}
		}
	case types.Map:
		entry := types.TStruct(types.Field{Name: "key", Type: *p.from.Key}, types.Field{Name: "value", Type: *p.from.Elem})
		p.elem, err = putPlan(s.Items(), &entry, p.name)
		if err == nil && p.elem.op != avroRecord {
			err = errPut(p.from, "an Avro array", p.name)
		}
		if err == nil {
			p.steps = p.elem.steps
		}
	default:
		err = errPut(p.from, "an Avro array", p.name)
	}
	return err
}

func (p *avroPut) record(s *avro.RecordSchema) error {
	p.op = avroRecord
	if p.from.Kind != types.Struct {
		return errPut(p.from, "an Avro record", p.name)
	}
	names := make([]string, len(p.from.Fields))
	for i := range names {
		names[i] = p.from.Fields[i].Name
	}
	p.slots = matchFields(names, avroNames(s))
	p.fields = make([]*avroPut, len(s.Fields()))
	for i, f := range s.Fields() {
		var err error
		if p.slots[i] < 0 {
			p.fields[i] = &avroPut{null: nullBranch(f.Type()), name: f.Name()}
			if p.fields[i].null >= 0 {
				p.fields[i].op = avroUnion
			}
		} else if p.fields[i], err = putPlan(f.Type(), &p.from.Fields[p.slots[i]].Type, f.Name()); err != nil {
			return err
		}
		if p.fields[i].deflt, err = defaultOf(f); err != nil {
			return err
		}
		p.steps = append(p.steps, p.fields[i].step(p.slots[i]))
	}
	return nil
}

// nullBranch is the position of null in a union, else -1.
func nullBranch(s avro.Schema) int {
	u, ok := s.(*avro.UnionSchema)
	if !ok {
		return -1
	}
	for i, b := range u.Types() {
		if b.Type() == avro.Null {
			return i
		}
	}
	return -1
}

// union takes the first branch that holds the type, or all of them when they
// are the fields of a STRUCT.
func (p *avroPut) union(s *avro.UnionSchema) error {
	p.op, p.null = avroUnion, nullBranch(s)
	p.fields, p.slots = make([]*avroPut, len(s.Types())), make([]int, len(s.Types()))
	p.spread = p.from.Kind == types.Struct && isBranches(s, p.from)
	p.branch = -1
	var first error
	for i, b := range s.Types() {
		if i == p.null {
			continue
		}
		t := p.from
		if p.spread {
			p.slots[i] = branchField(p.from, b)
			t = &p.from.Fields[p.slots[i]].Type
		}
		f, err := putPlan(b, t, p.name)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		p.fields[i] = f
		if p.branch < 0 || p.fields[p.branch].op == avroText && f.op != avroText {
			p.branch = i
		}
	}
	if p.branch < 0 {
		return first
	}
	return nil
}
