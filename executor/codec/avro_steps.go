package codec

import (
	"math"
	"slices"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// avroStep is one value on its way into a column.
type avroStep struct {
	op    stepOp
	null  uint8        // of a union: the byte that names null
	zero  nullOp       // of a union: what a column has where it is NULL
	check bool         // null, or NULL out of a cell, is a NOT NULL column's
	skip  int32        // of a union: how many steps its value takes
	v     *vec.Vec     // the memory of b
	b     *vec.Builder // nil to read over it
	f     *avroRead
	low   int64 // of integers: what the column holds, and its unit
	high  int64
	unit  int64
	sub   *avroSteps // of an array, map or, in a union, a record: what is in it
}

// stepOp is what a step does.
type stepOp uint8

const (
	stepOver   stepOp = iota // reads over a value
	stepCell                 // by way of a cell
	stepAbsent               // NULL, for a field that the record does not have
	stepUnion                // of null and the value whose steps follow
	stepEnd                  // of a record in a record
	stepList                 // an array or a map
	stepText
	stepInteger
	stepDouble
	stepBoolean
)

// nullOp is what a column has where it is NULL, besides the NULL.
type nullOp uint8

const (
	zeroParts   nullOp = iota // it has parts, or NULL is a NOT NULL column's
	zeroInteger               // 0
	zeroDouble
	zeroEnd // no text
)

// avroSteps is a plan with its columns: what one record, or one item of an array
// or map, goes through. Records in it are unrolled into it, so that every value
// that a step writes itself is the row that the whole is.
type avroSteps struct {
	steps  []avroStep
	own    []*vec.Builder // of the steps that write themselves
	least  int            // bytes of one
	keyed  bool           // of a map: the first step has the key
	strict bool           // a column must not be NULL that the record has nothing for
}

// stepsFor compiles the plan of a record into the columns of the decoder.
func (d *Decoder) stepsFor(r *avroRead) *avroSteps {
	w := &d.val.wire
	x := &avroSteps{}
	strict := func(c int) bool { return d.schema[c].NotNull && !d.rules.ksql }
	for i, slot := range r.slots {
		if slot < 0 {
			x.add(r.fields[i], nil, false)
			continue
		}
		c := w.cols[slot]
		x.add(r.fields[i], d.builders[c], strict(c))
	}
	for slot, c := range w.cols {
		if !slices.Contains(r.slots, slot) {
			x.steps = append(x.steps, avroStep{op: stepAbsent, b: d.builders[c]})
			x.strict = x.strict || strict(c)
		}
	}
	return x
}

// add appends the steps of a value of f that goes into b.
func (x *avroSteps) add(f *avroRead, b *vec.Builder, check bool) {
	if b == nil || f.t == nil {
		x.steps = append(x.steps, avroStep{op: stepOver, f: f})
		return
	}
	s := avroStep{op: f.step(), b: b, v: b.Lent(), f: f, check: check}
	switch s.op {
	case stepUnion:
		x.union(s)
		return
	case stepEnd:
		x.record(s)
		return
	case stepInteger:
		s.bounds()
	case stepList:
		s.sub = listSteps(f, b)
	}
	x.steps = append(x.steps, s)
	if s.op != stepCell {
		x.own = append(x.own, b)
	}
}

// listSteps are those of an array's items or of a map's entries.
func listSteps(f *avroRead, b *vec.Builder) *avroSteps {
	x := &avroSteps{least: f.elem.least}
	if f.op == avroMap {
		x.least, x.keyed = x.least+1, true
		x.add(&avroRead{op: avroText, t: f.t.Key}, b.Kid(0), false)
		x.add(f.elem, b.Kid(1), false)
	} else {
		x.add(f.elem, b.Kid(0), false)
	}
	return x
}

func (x *avroSteps) union(s avroStep) {
	value := s.f.fields[0]
	if value.op == avroNull {
		value, s.null = s.f.fields[1], 0
	} else {
		s.null = 2
	}
	at, own := len(x.steps), len(x.own)
	x.steps = append(x.steps, s)
	x.add(value, s.b, s.check)
	x.steps[at].skip = int32(len(x.steps) - at - 1)
	x.steps[at].sub = &avroSteps{own: slices.Clone(x.own[own:])}
	if !s.check {
		x.steps[at].zero = nullOpOf(x.steps[at+1].op)
	}
}

func nullOpOf(value stepOp) nullOp {
	switch value {
	case stepInteger:
		return zeroInteger
	case stepDouble:
		return zeroDouble
	case stepText:
		return zeroEnd
	}
	return zeroParts
}

// record unrolls a record into the steps of what it is in.
func (x *avroSteps) record(s avroStep) {
	for k, slot := range s.f.slots {
		var kid *vec.Builder
		if slot >= 0 {
			kid = s.b.Kid(slot)
		}
		x.add(s.f.fields[k], kid, false)
	}
	for k := range s.f.t.Fields {
		if !slices.Contains(s.f.slots, k) {
			x.steps = append(x.steps, avroStep{op: stepAbsent, b: s.b.Kid(k)})
		}
	}
	x.steps = append(x.steps, s)
	x.own = append(x.own, s.b)
}

// step is how a value goes straight into a column of its type.
func (r *avroRead) step() stepOp {
	switch {
	case r.op == avroUnion:
		if len(r.fields) == 2 && !r.spread && (r.fields[0].op == avroNull) != (r.fields[1].op == avroNull) {
			return stepUnion
		}
	case r.op == avroArray && r.t.Kind == types.Array:
		return stepList
	case r.op == avroMap && r.t.Kind == types.Map && plainColumn(r.t.Key):
		return stepList
	case r.op == avroRecord && r.t.Kind == types.Struct:
		return stepEnd
	case r.op == avroText && plainColumn(r.t):
		return stepText
	case r.op == avroDouble && r.t.Kind == types.Double:
		return stepDouble
	case r.op == avroBool && r.t.Kind == types.Boolean:
		return stepBoolean
	case r.op == avroInt && r.integers() > 0:
		return stepInteger
	}
	return stepCell
}

// integers is the unit of a column whose integers are the values' times it; 0
// when the column is none.
func (r *avroRead) integers() int64 {
	switch {
	case r.meaning == instantValue && r.t.Kind == types.Timestamp:
		return r.unit
	case r.meaning == plainValue && (r.t.Kind == types.BigInt || r.t.Kind == types.Int):
		return 1
	}
	return 0
}

// bounds says which integers the column holds.
func (s *avroStep) bounds() {
	s.low, s.high, s.unit = math.MinInt64, math.MaxInt64, s.f.integers()
	switch s.f.t.Kind {
	case types.Int:
		s.low, s.high = math.MinInt32, math.MaxInt32
	case types.Timestamp:
		s.low, s.high = -maxInstant/s.unit, maxInstant/s.unit
	}
}
