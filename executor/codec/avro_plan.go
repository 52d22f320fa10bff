package codec

import (
	"slices"
	"strings"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// avroOp is what stands on the wire.
type avroOp uint8

const (
	avroNull avroOp = iota
	avroBool
	avroInt // and long
	avroFloat
	avroDouble
	avroText
	avroBytes
	avroFixed
	avroEnum
	avroArray
	avroMap
	avroRecord
	avroUnion
)

// avroMeaning is what a logical type makes of it.
type avroMeaning uint8

const (
	plainValue avroMeaning = iota
	decimalValue
	dateValue
	timeValue
	instantValue
)

// avroRead is how values of one writer's schema become values of a type.
type avroRead struct {
	op       avroOp
	meaning  avroMeaning
	unit     int64       // µs of one, for times
	scale    int         // of a decimal
	size     int         // of a fixed
	least    int         // bytes that a value takes at least
	t        *types.Type // nil: read over it
	symbols  []string
	fields   []*avroRead // of a record in the writer's order, branches of a union
	slots    []int       // where each field goes, -1 nowhere
	elem     *avroRead
	spread   bool // a union whose branches are the fields of a STRUCT
	keyField int  // an array of key and value records read as a MAP: 1 + position of key
}

// avroPlanner makes plans. Records that are skipped may be recursive.
type avroPlanner struct {
	skipped map[avro.NamedSchema]*avroRead
}

// plan of values of s read as t; t nil skips them.
func (p *avroPlanner) plan(s avro.Schema, t *types.Type) (*avroRead, error) {
	if ref, ok := s.(*avro.RefSchema); ok {
		s = ref.Schema()
	}
	named, isNamed := s.(avro.NamedSchema)
	if t == nil && isNamed {
		if r, ok := p.skipped[named]; ok {
			return r, nil
		}
	}
	r := &avroRead{t: t, least: 1}
	if t == nil && isNamed {
		p.skipped[named] = r
	}
	switch s := s.(type) {
	case *avro.NullSchema:
		r.least = 0
	case *avro.PrimitiveSchema:
		r.primitive(s)
	case *avro.FixedSchema:
		r.op, r.size, r.least = avroFixed, s.Size(), s.Size()
		if d, ok := s.Logical().(*avro.DecimalLogicalSchema); ok {
			r.meaning, r.scale = decimalValue, d.Scale()
		}
	case *avro.EnumSchema:
		r.op, r.symbols = avroEnum, s.Symbols()
	case *avro.ArraySchema:
		return r, p.array(r, s)
	case *avro.MapSchema:
		r.op = avroMap
		var err error
		elem := (*types.Type)(nil)
		if t != nil {
			if t.Kind != types.Map {
				return nil, errInto("an Avro map", t)
			}
			elem = t.Elem
		}
		r.elem, err = p.plan(s.Values(), elem)
		return r, err
	case *avro.RecordSchema:
		return r, p.record(r, s)
	case *avro.UnionSchema:
		return r, p.union(r, s)
	default:
		return nil, sqlerr.Unsupported("Avro type %s", s.Type())
	}
	if t != nil && t.IsNested() && r.op != avroNull {
		return nil, errInto("an Avro "+string(s.Type()), t)
	}
	return r, nil
}

func (r *avroRead) primitive(s *avro.PrimitiveSchema) {
	switch s.Type() {
	case avro.Boolean:
		r.op = avroBool
	case avro.Int, avro.Long:
		r.op = avroInt
	case avro.Float:
		r.op, r.least = avroFloat, 4
	case avro.Double:
		r.op, r.least = avroDouble, 8
	case avro.String:
		r.op = avroText
	case avro.Bytes:
		r.op = avroBytes
	case avro.Null:
		r.op, r.least = avroNull, 0
	}
	if s.Logical() == nil {
		return
	}
	if d, ok := s.Logical().(*avro.DecimalLogicalSchema); ok {
		r.meaning, r.scale = decimalValue, d.Scale()
		return
	}
	r.meaning, r.unit = avroClock(s.Logical().Type())
}

func avroClock(l avro.LogicalType) (avroMeaning, int64) {
	switch l {
	case avro.Date:
		return dateValue, 0
	case avro.TimeMillis:
		return timeValue, types.MicrosPerMilli
	case avro.TimeMicros:
		return timeValue, 1
	case avro.TimestampMillis, avro.LocalTimestampMillis:
		return instantValue, types.MicrosPerMilli
	case avro.TimestampMicros, avro.LocalTimestampMicros:
		return instantValue, 1
	}
	return plainValue, 0
}

// array reads into an ARRAY, or a MAP when the items are records of key and value.
func (p *avroPlanner) array(r *avroRead, s *avro.ArraySchema) error {
	r.op = avroArray
	var err error
	switch {
	case r.t == nil:
		r.elem, err = p.plan(s.Items(), nil)
	case r.t.Kind == types.Array:
		r.elem, err = p.plan(s.Items(), r.t.Elem)
	case r.t.Kind == types.Map:
		entry := types.TStruct(types.Field{Name: "key", Type: *r.t.Key}, types.Field{Name: "value", Type: *r.t.Elem})
		r.keyField = 1
		r.elem, err = p.plan(s.Items(), &entry)
	default:
		return errInto("an Avro array", r.t)
	}
	return err
}

func (p *avroPlanner) record(r *avroRead, s *avro.RecordSchema) error {
	r.op, r.least = avroRecord, 0
	var names []string
	if r.t != nil {
		if r.t.Kind != types.Struct {
			return errInto("an Avro record", r.t)
		}
		for _, f := range r.t.Fields {
			names = append(names, f.Name)
		}
	}
	r.slots = matchFields(names, avroNames(s))
	r.fields = make([]*avroRead, len(s.Fields()))
	for i, f := range s.Fields() {
		var t *types.Type
		if r.slots[i] >= 0 {
			t = &r.t.Fields[r.slots[i]].Type
		}
		var err error
		if r.fields[i], err = p.plan(f.Type(), t); err != nil {
			return inField(f.Name(), err)
		}
		r.least += r.fields[i].least
	}
	return nil
}

// inField tells where in a schema an error is.
func inField(name string, err error) error {
	e := sqlerr.From(err)
	if e.Detail == "" {
		e.WithDetail("In field \"%s\".", name)
	}
	return e
}

func avroNames(s *avro.RecordSchema) []string {
	out := make([]string, len(s.Fields()))
	for i, f := range s.Fields() {
		out[i] = f.Name()
	}
	return out
}

// matchFields gives for each of fields the position in names that it is: the
// exact one, else one in another case that no other field is exactly.
func matchFields(names, fields []string) []int {
	out := make([]int, len(fields))
	taken := make([]bool, len(names))
	for i, f := range fields {
		out[i] = slices.Index(names, f)
		if out[i] >= 0 {
			taken[out[i]] = true
		}
	}
	for i, f := range fields {
		if out[i] >= 0 {
			continue
		}
		out[i] = slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, f) })
		if out[i] >= 0 && taken[out[i]] {
			out[i] = -1
		}
		if out[i] >= 0 {
			taken[out[i]] = true
		}
	}
	return out
}

// union reads its branches as t, or as the fields of t when there are several
// and they are named so.
func (p *avroPlanner) union(r *avroRead, s *avro.UnionSchema) error {
	r.op = avroUnion
	r.fields, r.slots = make([]*avroRead, len(s.Types())), make([]int, len(s.Types()))
	r.spread = r.t != nil && r.t.Kind == types.Struct && isBranches(s, r.t)
	for i, b := range s.Types() {
		t := r.t
		if r.spread && b.Type() != avro.Null {
			r.slots[i] = branchField(r.t, b)
			t = &r.t.Fields[r.slots[i]].Type
		}
		var err error
		if r.fields[i], err = p.plan(b, t); err != nil {
			return err
		}
	}
	return nil
}

func branchField(t *types.Type, b avro.Schema) int {
	name := schema.BranchName(b)
	return slices.IndexFunc(t.Fields, func(f types.Field) bool { return strings.EqualFold(f.Name, name) })
}

// isBranches tells whether a STRUCT has a field for every branch of a union of
// several.
func isBranches(s *avro.UnionSchema, t *types.Type) bool {
	n := 0
	for _, b := range s.Types() {
		if b.Type() == avro.Null {
			continue
		}
		if n++; branchField(t, b) < 0 {
			return false
		}
	}
	return n > 1 && n == len(t.Fields)
}
