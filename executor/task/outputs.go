package task

import (
	"hash/crc32"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// outputs gathers the records of one journal entry into batches.
type outputs struct {
	limit   int          // bytes at which a batch is cut
	open    []*openBatch // in order of first use in this entry: what came before must not show (E4)
	spare   []*openBatch
	done    []log.Append
	names   []string // by done
	records int64
	house   house
}

// openBatch is the batch being built for one partition.
type openBatch struct {
	topic     string
	name      string // of the topic in checksums
	partition int32
	codec     batch.Codec
	builder   batch.Builder
}

func (o *outputs) add(to *target, partition int32, rec batch.Record) {
	b := o.to(to, partition)
	b.builder.Append(rec)
	o.added(b)
}

// to is the batch under way for a partition.
func (o *outputs) to(to *target, partition int32) *openBatch {
	for _, x := range o.open {
		if x.partition == partition && x.topic == to.topic {
			return x
		}
	}
	return o.begin(to, partition)
}

// added counts a record that went into b.
func (o *outputs) added(b *openBatch) {
	o.records++
	if b.builder.Len() >= o.limit {
		o.close(b)
	}
}

func (o *outputs) begin(to *target, partition int32) *openBatch {
	b := &openBatch{}
	if n := len(o.spare); n > 0 {
		b, o.spare = o.spare[n-1], o.spare[:n-1]
	}
	b.topic, b.name, b.partition, b.codec = to.topic, to.name, partition, to.codec
	b.builder.Reset(b.codec, -1, -1, -1)
	o.open = append(o.open, b)
	if len(o.open) == 1 {
		o.house.open(b)
	}
	return b
}

// close ends a batch for another one to follow.
func (o *outputs) close(b *openBatch) {
	o.cut(b)
	o.house.next(b)
}

func (o *outputs) cut(b *openBatch) {
	if b.builder.Count() > 0 {
		made := b.builder.Bytes()
		o.done = append(o.done, log.Append{Topic: b.topic, Partition: b.partition, Batch: made, ExpectedOffset: -1})
		o.names = append(o.names, b.name)
		b.builder.Reset(b.codec, -1, -1, -1)
		o.house.took(b, made)
	}
}

// bytes is the size of the entry's batches so far.
func (o *outputs) bytes() int {
	n := 0
	for i := range o.done {
		n += len(o.done[i].Batch)
	}
	for _, b := range o.open {
		n += b.builder.Len()
	}
	return n
}

func (o *outputs) empty() bool { return o.records == 0 }

// finish gives the batches and their checksum, and begins anew.
func (o *outputs) finish() ([]log.Append, uint32) {
	for _, b := range o.open {
		o.cut(b)
		o.spare = append(o.spare, b)
	}
	o.house.leave(o.bytes(), len(o.open) == 1)
	o.open = o.open[:0]
	var crc uint32
	for i := range o.done {
		a := &o.done[i]
		crc = crc32.Update(crc, castagnoli, []byte(o.names[i]))
		crc = crc32.Update(crc, castagnoli, []byte{0, byte(a.Partition >> 24), byte(a.Partition >> 16), byte(a.Partition >> 8), byte(a.Partition)})
		crc = crc32.Update(crc, castagnoli, a.Batch[:batch.HeaderSize]) // which holds the checksum of the rest
	}
	done := o.done
	o.done, o.names, o.records = nil, o.names[:0], 0
	return done, crc
}

// target is a topic that a task writes to.
type target struct {
	topic      string
	name       string // in checksums: the plan's, wherever the records go
	partitions int32
	codec      batch.Codec
}

func newTarget(l Log, topic string) (target, error) {
	c, ok := l.Topic(topic)
	if !ok {
		return target{}, sqlerr.New(sqlerr.UndefinedObject, "topic \"%s\" does not exist", topic)
	}
	return target{topic: topic, name: topic, partitions: c.Partitions, codec: c.Codec}, nil
}

// sink writes the rows of a stage: to a relation's topic, or to an exchange.
type sink struct {
	target
	own      int32 // partition of the task: rows without a key stay in theirs
	relation *codec.Encoder
	exchange *codec.ExchangeEncoder
	headers  func(seq int32) []batch.Header // of a trigger's record; nil: none has any
}

// newSink makes the sink of a stage in a job's task.
func newSink(cfg *Config, spec *JobSpec, stage *planner.Stage, part int32) (*sink, error) {
	job, p := spec.ID, spec.Plan
	s := &sink{own: part}
	var err error
	if stage.Exchange != nil {
		if s.target, err = newTarget(cfg.Log, ExchangeTopic(job, stage)); err != nil {
			return nil, err
		}
		s.exchange, err = exchangeEncoder(cfg.Schemas, p, stage)
		return s, err
	}
	if p.Sink == nil {
		return nil, sqlerr.New(sqlerr.InternalError, "a persistent plan has no sink")
	}
	topic := p.Sink.Topic
	if spec.SinkTopic != "" {
		topic = spec.SinkTopic
	}
	if s.target, err = newTarget(cfg.Log, topic); err != nil {
		return nil, err
	}
	s.name = p.Sink.Topic
	if s.relation, err = codec.NewSinkEncoder(p.Sink, p.Kind); err != nil || cfg.Schemas == nil {
		return s, err
	}
	return s, s.relation.Use(cfg.Schemas)
}

// exchangeEncoder routes by the key format of a relation that the next stage
// reads beside the exchange, so that equal keys meet in one partition.
func exchangeEncoder(schemas codec.Schemas, p *planner.StreamPlan, stage *planner.Stage) (*codec.ExchangeEncoder, error) {
	var format catalog.Format
	var meets *planner.Input
	ksql := p.Sink != nil && p.Sink.Ksql
	var names []string
	for _, next := range p.Stages {
		reads := false
		for _, in := range next.Inputs {
			reads = reads || in.Exchange == stage.ID
		}
		for _, in := range next.Inputs {
			if reads && in.Exchange < 0 && format.Name == "" && len(in.Schema.KeyColumns()) == len(stage.Exchange.Keys) && len(stage.Exchange.Keys) > 0 {
				format, ksql, meets = in.KeyFormat, in.Ksql, in
				for _, k := range in.Schema.KeyColumns() {
					names = append(names, in.Schema[k].Name)
				}
			}
		}
	}
	e, err := codec.NewExchangeEncoder(stage.Root.Out(), stage.Exchange.Keys, format, names, ksql)
	if err == nil && meets != nil && schemas != nil {
		e.Use(schemas, meets.Topic)
	}
	return e, err
}

// write encodes the live rows of b; a row without a valid timestamp is passed
// to fail by its trigger.
func (s *sink) write(o *outputs, b *vec.Batch, fail func(seq int32, err error)) {
	if s.relation != nil {
		b = s.relation.Whole(b)
		defer s.relation.Forget()
	}
	for i, n := 0, b.Len(); i < n; i++ {
		row := b.Row(i)
		switch {
		case s.exchange != nil:
			for _, part := range s.exchange.Parts(b, row) {
				s.put(o, s.exchange.Encode(b, row, part), b.SeqAt(row))
			}
		case s.headers != nil:
			rec, err := s.relation.Encode(b, row)
			if err != nil {
				fail(b.SeqAt(row), err)
				continue
			}
			s.put(o, rec, b.SeqAt(row))
		default:
			if err := s.encode(o, b, row); err != nil {
				fail(b.SeqAt(row), err)
			}
		}
	}
}

// encode writes a row's record where it stays. Nothing of one that fails shows.
func (s *sink) encode(o *outputs, b *vec.Batch, row int) error {
	var head codec.Encoded
	if err := s.relation.Head(b, row, &head); err != nil {
		return err
	}
	to := o.to(&s.target, s.partition(&head))
	buf, valued, err := s.relation.AppendValue(to.builder.Begin(head.Key, head.Ts), b, row)
	if err != nil {
		return err
	}
	to.builder.End(buf, valued)
	o.added(to)
	return nil
}

// takesPicked tells whether the columns may be picked ones.
func (s *sink) takesPicked() bool { return s.relation != nil && s.relation.TakesPicked() }

// partition places a record by its key; one without stays in the task's partition.
func (s *sink) partition(rec *codec.Encoded) int32 {
	if rec.Route != nil {
		return batch.PartitionFor(rec.Route, s.partitions, 0)
	}
	return s.own % s.partitions
}

func (s *sink) put(o *outputs, rec codec.Encoded, seq int32) {
	out := batch.Record{Key: rec.Key, Value: rec.Value, Timestamp: rec.Ts}
	if s.headers != nil {
		out.Headers = s.headers(seq)
	}
	o.add(&s.target, s.partition(&rec), out)
}
