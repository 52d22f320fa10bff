package codec

import (
	"encoding/binary"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Schemas finds registered schemas. *catalog.Catalog is one, and so is a
// *catalog.Snapshot.
type Schemas interface {
	// SchemaByID is the schema that records of this ID were written with.
	SchemaByID(id int32) (*schema.Parsed, bool)
	// LatestSchema is the newest version of a subject.
	LatestSchema(subject string) (p *schema.Parsed, id int32, ok bool)
	// SchemaID is the ID of a schema's text in a subject.
	SchemaID(subject string, lang schema.Language, text string) (int32, bool)
}

// Use lets the decoder find the schemas that records name. Without it every
// record is taken to be written by the schema of the columns.
func (d *Decoder) Use(s Schemas) { d.key.wire.schemas, d.val.wire.schemas = s, s }

// registered is what a side in a format with a schema needs to know of it.
type registered struct {
	lang    schema.Language
	framed  bool // records begin with a 0 byte and the schema's ID
	mapping schema.Mapping
	subject string
	pinned  int32  // the ID to write with, 0 when the columns decide
	header  string // of the record, that may carry the ID instead
}

// names says whose records a layout is of.
type naming struct{ relation, topic string }

func (g *registered) init(f catalog.Format, of naming, n int, key, wrap, ksql bool) bool {
	lang, ok := schema.LanguageOf(f.Name)
	if !ok {
		return false
	}
	*g = registered{lang: lang, framed: schema.Registers(f.Name), pinned: catalog.SchemaIDOf(f), header: "__value_schema_id"}
	g.mapping = catalog.MappingOf(of.relation, f, n, key, wrap, ksql)
	g.subject = catalog.ValueSubject(of.topic)
	if key {
		g.subject, g.header = catalog.KeySubject(of.topic), "__key_schema_id"
	}
	return true
}

// own is the schema that the columns themselves make.
func (s *side) own(cols types.Schema) (*schema.Parsed, error) {
	of := make(types.Schema, len(s.cols))
	for i, c := range s.cols {
		of[i] = cols[c]
	}
	text, err := schema.FromColumns(s.lang, of, s.mapping)
	if err != nil {
		return nil, err
	}
	return schema.Parse(s.lang, text, nil)
}

// wirePlan is how the records of one writer's schema are read.
type wirePlan struct {
	avro    *avroRead
	fill    []avroFill
	direct  *avroSteps // of avro, once it was taken
	proto   *protoPlan
	columns *protoSteps // of proto, once it was taken
	err     error
}

// maxPlans bounds the plans a decoder keeps.
const maxPlans = 256

// wireReader reads one side of records by the schemas they name.
type wireReader struct {
	schemas Schemas
	target  types.Type // STRUCT of the needed columns, or a bare one's type
	cols    []int      // of each field of target
	plans   map[string]*wirePlan
	last    string  // the key of plan
	frame   [5]byte // its bytes, where it has five
	plan    *wirePlan
	carried []byte // ID from a record's headers
	avro    avroReader
	proto   protoReader
	cells   []cell
}

func (w *wireReader) init(l *layout, s *side, need []bool) {
	w.plans = map[string]*wirePlan{}
	w.avro.rules, w.proto.rules = l.rules, l.rules
	if s.bare {
		w.target, w.cols = l.schema[s.cols[0]].Type, s.cols
		return
	}
	var fields []types.Field
	for _, c := range s.cols {
		if need[c] {
			fields = append(fields, types.Field{Name: l.schema[c].Name, Type: l.schema[c].Type})
			w.cols = append(w.cols, c)
		}
	}
	w.target = types.TStruct(fields...)
	w.cells = make([]cell, len(fields))
}

// carry notes the schema ID that a record has in its headers.
func (w *wireReader) carry(s *side, headers []batch.Header) {
	w.carried = nil
	for _, h := range headers {
		if s.framed && h.Key == s.header {
			w.carried = h.Value
		}
	}
}

// unframe takes the head off a record: what names its schema, and the rest.
func (r *sideReader) unframe(p []byte) (head, body []byte, err error) {
	if !r.framed {
		return nil, p, nil
	}
	if r.wire.carried != nil {
		head, body = r.wire.carried, p
		if len(head) > 0 && head[0] == 1 {
			return nil, nil, sqlerr.Unsupported("schema GUIDs in record headers")
		}
	} else if len(p) >= 5 {
		head, body = p[:5], p[5:]
	}
	if len(head) < 5 || head[0] != 0 {
		return nil, nil, errWire("a record of format %s does not begin with a schema ID", r.lang)
	}
	if r.lang != schema.Protobuf {
		return head, body, nil
	}
	if r.wire.carried != nil {
		return head, body, nil
	}
	n, err := indexBytes(body)
	return p[:5+n], body[max(n, 0):], err
}

// indexBytes is how many bytes the message indexes take.
func indexBytes(p []byte) (int, error) {
	a := avroReader{p: p}
	count, err := a.long()
	if err != nil || count < 0 || count > maxNesting {
		return 0, errProto("its message indexes are broken")
	}
	for range count {
		if _, err := a.long(); err != nil {
			return 0, errProto("its message indexes are broken")
		}
	}
	return a.i, nil
}

// planFor gives how records with this head are read.
func (r *sideReader) planFor(l *layout, head []byte) (*wirePlan, error) {
	w := &r.wire
	if w.plan != nil && string(head) == w.last {
		return w.plan, w.plan.err
	}
	p, ok := w.plans[string(head)]
	if !ok {
		p = &wirePlan{}
		if p.err = r.makePlan(l, head, p); sqlerr.Is(p.err, sqlerr.UndefinedObject) {
			return p, p.err // it may be registered later
		}
		if len(w.plans) >= maxPlans {
			clear(w.plans)
		}
		w.plans[string(head)] = p
	}
	w.last, w.plan, w.frame = string(head), p, [5]byte{}
	copy(w.frame[:], head)
	return p, p.err
}

func (r *sideReader) makePlan(l *layout, head []byte, p *wirePlan) error {
	s, err := r.writer(l, head)
	if err != nil {
		return err
	}
	w := &r.wire
	if s.Lang != r.lang {
		return errWire("a record of format %s names a schema of type %s", r.lang, s.Lang)
	}
	if s.Lang == schema.Avro {
		pl := &avroPlanner{skipped: map[avro.NamedSchema]*avroRead{}}
		if p.avro, err = pl.plan(s.Avro, &w.target); err != nil {
			return err
		}
		if rec, ok := s.Avro.(*avro.RecordSchema); ok && !r.bare {
			return r.evolve(l, rec, p)
		}
		return nil
	}
	m, ok := s.Message(r.mapping.Name)
	if len(head) > 5 {
		path := []int{0}
		a := avroReader{p: head, i: 5}
		if n, _ := a.long(); n > 0 {
			path = path[:0]
			for range n {
				i, _ := a.long()
				path = append(path, int(i))
			}
		}
		m, ok = s.MessageAt(path)
	}
	if !ok {
		return errProto("its message is not in its schema")
	}
	p.proto, err = planMessage(m, w.target.Fields, nil)
	return err
}

// writer is the schema that a head names.
func (r *sideReader) writer(l *layout, head []byte) (*schema.Parsed, error) {
	if r.wire.schemas == nil || len(head) == 0 {
		return r.own(l.schema)
	}
	id := int32(binary.BigEndian.Uint32(head[1:]))
	if id == 0 { // no registry was at hand when it was written
		return r.own(l.schema)
	}
	s, ok := r.wire.schemas.SchemaByID(id)
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedObject, "schema with ID %d is not registered", id)
	}
	return s, nil
}

// registered reads a side in Avro or Protobuf.
func (d *Decoder) registered(r *sideReader, p []byte) (null bool, col int, err error) {
	head, body, err := r.unframe(p)
	if err != nil {
		return false, -1, err
	}
	plan, err := r.planFor(d.layout, head)
	if err != nil {
		return false, -1, err
	}
	w := &r.wire
	if plan.proto != nil {
		for i := range w.cells {
			w.cells[i].setNull()
		}
		if err := w.proto.message(plan.proto, body, w.cells); err != nil {
			return false, -1, err
		}
		for i, c := range w.cols {
			d.cells[c] = w.cells[i]
		}
		return false, -1, nil
	}
	w.avro.p, w.avro.i, w.avro.depth, w.avro.empty = body, 0, 0, 0
	if r.bare {
		c := r.cols[0]
		err = w.avro.value(plan.avro, &d.cells[c])
		null, col = d.cells[c].kind == cellNull, c
	} else {
		null, col, err = d.avroRecord(w, plan.avro)
		if err == nil && plan.fill != nil {
			col, err = d.filled(plan)
		}
	}
	if err == nil && w.avro.i != len(body) {
		return false, -1, errAvro("bytes are left behind the value")
	}
	return null, col, err
}

// avroRecord reads a record, or a union of null and one, into the columns.
func (d *Decoder) avroRecord(w *wireReader, r *avroRead) (null bool, col int, err error) {
	if r.op == avroUnion && !r.spread {
		n, err := w.avro.long()
		if err != nil || n < 0 || n >= int64(len(r.fields)) {
			return false, -1, errAvro("a union's branch is not known")
		}
		if r = r.fields[n]; r.op == avroNull {
			return true, -1, nil
		}
	}
	if r.op != avroRecord {
		return false, -1, errInto("a bare Avro value", &w.target)
	}
	for i, f := range r.fields {
		col, into := -1, (*cell)(nil)
		if r.slots[i] >= 0 {
			col = w.cols[r.slots[i]]
			into = &d.cells[col]
		}
		if err := w.avro.value(f, into); err != nil {
			return false, col, err
		}
	}
	return false, -1, nil
}
