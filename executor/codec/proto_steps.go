package codec

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// protoStep is a field of a message on its way into a column.
type protoStep struct {
	way   protoWay
	check bool   // NULL is a NOT NULL column's
	tag   uint64 // of one value
	num   uint64
	low   int64 // what the column holds of integers
	high  int64
	b     *vec.Builder
	f     *protoField
	sub   *protoSteps // of a message, an item or an entry
}

// protoWay is how a value goes into a column.
type protoWay uint8

const (
	protoByCell protoWay = iota
	protoIn32            // an integer of 32 bits, sign extended
	protoIn64
	protoInZigzag
	protoInBool
	protoInDouble
	protoInText
	protoInStruct
	protoInArray // of the items of sub's one step
	protoInMap
)

// protoSteps is a plan with its columns, by number. What it has no field for is
// NULL.
type protoSteps struct {
	steps  []protoStep
	places [64]uint8 // 1 + the step of a number, of those below 64
	absent []*vec.Builder
	strict bool // nothing goes straight: one of absent must not be NULL, or a map has no way
}

// find is the step of a field's number, -1 when there is none.
func (x *protoSteps) find(num uint64) int {
	if num < uint64(len(x.places)) {
		return int(x.places[num]) - 1
	}
	return slices.IndexFunc(x.steps, func(s protoStep) bool { return s.num == num })
}

// strict tells whether the step, or one in it, has no way to go straight.
func (s *protoStep) strict() bool {
	if s.sub == nil {
		return s.f.entries
	}
	return s.sub.strict || s.way == protoInArray && s.sub.steps[0].strict()
}

// protoStepsFor compiles the plan of a message into the columns of the decoder.
func (d *Decoder) protoStepsFor(p *protoPlan) *protoSteps {
	w := &d.val.wire
	builders, strict := make([]*vec.Builder, len(w.cols)), make([]bool, len(w.cols))
	for i, c := range w.cols {
		builders[i], strict[i] = d.builders[c], d.schema[c].NotNull && !d.rules.ksql
	}
	return p.into(builders, strict)
}

// into compiles a message whose slots are builders.
func (p *protoPlan) into(builders []*vec.Builder, strict []bool) *protoSteps {
	x := &protoSteps{steps: make([]protoStep, len(p.fields)), strict: len(p.fields) > maxDirectFields}
	had := make([]bool, len(builders))
	for i, f := range p.fields {
		had[f.slot] = true
		x.steps[i] = f.step(builders[f.slot])
		x.steps[i].check = strict != nil && strict[f.slot]
		x.strict = x.strict || x.steps[i].strict()
		if f.num < protoreflect.FieldNumber(len(x.places)) {
			x.places[f.num] = uint8(i + 1)
		}
	}
	for i, b := range builders {
		if !had[i] {
			x.absent = append(x.absent, b)
			x.strict = x.strict || strict != nil && strict[i]
		}
	}
	return x
}

func (f *protoField) step(b *vec.Builder) protoStep {
	x := protoStep{b: b, f: f, num: uint64(f.num), tag: protowire.EncodeTag(f.num, wireOf(f.kind)), low: math.MinInt64, high: math.MaxInt64}
	switch {
	case f.list:
		x.way = protoInArray
		item := f.elem.step(b.Kid(0))
		x.sub = &protoSteps{steps: []protoStep{item}}
	case f.entries:
		if plainColumn(f.t.Key) && f.key.kind == protoreflect.StringKind {
			x.way, x.sub = protoInMap, f.sub.into([]*vec.Builder{b.Kid(0), b.Kid(1)}, nil)
			x.sub.steps[1].check = f.val.shape != protoScalar && f.val.shape != protoWrapper // its absent messages are empty
		}
	case f.shape == protoMessage && f.kind == protoreflect.MessageKind:
		kids := make([]*vec.Builder, len(f.t.Fields))
		for i := range kids {
			kids[i] = b.Kid(i)
		}
		x.way, x.sub = protoInStruct, f.sub.into(kids, nil)
	case f.shape == protoScalar:
		x.scalar()
	}
	return x
}

// scalar chooses the way of a scalar.
func (x *protoStep) scalar() {
	kind, to := x.f.kind, x.f.t.Kind
	if to == types.Int {
		x.low, x.high = math.MinInt32, math.MaxInt32
	}
	switch integer := to == types.Int || to == types.BigInt; {
	case kind == protoreflect.Int32Kind && integer:
		x.way = protoIn32
	case kind == protoreflect.Int64Kind && integer:
		x.way = protoIn64
	case kind == protoreflect.Sint64Kind && integer:
		x.way = protoInZigzag
	case kind == protoreflect.BoolKind && to == types.Boolean:
		x.way = protoInBool
	case kind == protoreflect.DoubleKind && to == types.Double:
		x.way = protoInDouble
	case kind == protoreflect.StringKind && plainColumn(x.f.t):
		x.way = protoInText
	}
}
