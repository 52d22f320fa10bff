package codec

import (
	"slices"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/catalog/schema"
)

// avroFill is a column that records of an older schema do not have: the newest
// schema's default.
type avroFill struct {
	col   int
	plan  *avroRead
	value []byte
}

// newest is the schema that readers of a side go by: the pinned one, else the
// subject's latest; nil when there is none, or the meaning is ksqlDB's, whose
// missing fields are NULL.
func (r *sideReader) newest(l *layout) *avro.RecordSchema {
	w := &r.wire
	if w.schemas == nil || l.rules.ksql {
		return nil
	}
	p, _, ok := w.schemas.LatestSchema(r.subject)
	if r.pinned != 0 {
		p, ok = w.schemas.SchemaByID(r.pinned)
	}
	if !ok || p.Lang != schema.Avro {
		return nil
	}
	rec, _ := p.Avro.(*avro.RecordSchema)
	return rec
}

// evolve resolves a writer's record against the newest schema: fields by their
// aliases, and defaults for what is missing.
func (r *sideReader) evolve(l *layout, writer *avro.RecordSchema, p *wirePlan) error {
	reader := r.newest(l)
	if reader == nil || p.avro.op != avroRecord {
		return nil
	}
	w := &r.wire
	pl := &avroPlanner{skipped: map[avro.NamedSchema]*avroRead{}}
	for slot := range w.target.Fields {
		field := &w.target.Fields[slot]
		at := slices.IndexFunc(reader.Fields(), func(f *avro.Field) bool { return f.Name() == field.Name })
		if slices.Contains(p.avro.slots, slot) || at < 0 {
			continue
		}
		f := reader.Fields()[at]
		if i := slices.IndexFunc(writer.Fields(), func(old *avro.Field) bool { return slices.Contains(f.Aliases(), old.Name()) }); i >= 0 {
			if p.avro.slots[i] < 0 {
				sub, err := pl.plan(writer.Fields()[i].Type(), &field.Type)
				if err != nil {
					return inField(field.Name, err)
				}
				p.avro.fields[i], p.avro.slots[i] = sub, slot
				continue
			}
		}
		value, err := defaultOf(f)
		if err != nil {
			return err
		}
		if value == nil {
			continue
		}
		sub, err := pl.plan(f.Type(), &field.Type)
		if err != nil {
			return inField(field.Name, err)
		}
		p.fill = append(p.fill, avroFill{col: w.cols[slot], plan: sub, value: value})
	}
	return nil
}

// filled puts the defaults of missing columns.
func (d *Decoder) filled(p *wirePlan) (col int, err error) {
	for i := range p.fill {
		f := &p.fill[i]
		a := avroReader{rules: d.rules, p: f.value}
		if err := a.value(f.plan, &d.cells[f.col]); err != nil {
			return f.col, err
		}
	}
	return -1, nil
}
