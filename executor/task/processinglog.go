package task

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// The kinds of entries of ksqlDB's processing log.
const (
	logDeserialization = 0
	logRecord          = 1
	logProduction      = 2
	logSerialization   = 3
	logThread          = 4
)

// processingLog writes what went wrong in a query of ksqlDB's meaning: records
// that could not be read, expressions that failed and became NULL, rows that
// could not be written. An entry is a record of the topic that all such queries
// share, in the step's journal entry like every output.
type processingLog struct {
	target
	job  string
	rows bool // entries show the records (ksql.logging.processing.rows.include)
	buf  []byte
}

func newProcessingLog(l Log, spec *JobSpec) (*processingLog, error) {
	if spec.ProcessingLog == "" || spec.reads(spec.ProcessingLog) {
		return nil, nil // a query over the log does not feed it
	}
	to, err := newTarget(l, spec.ProcessingLog)
	if err != nil {
		return nil, err
	}
	return &processingLog{target: to, job: spec.ID, rows: spec.on("ksql.logging.processing.rows.include")}, nil
}

// reads tells whether some stage reads a topic.
func (s *JobSpec) reads(topic string) bool {
	for _, stage := range s.Plan.Stages {
		for _, in := range stage.Inputs {
			if in.Exchange < 0 && in.Topic == topic {
				return true
			}
		}
	}
	return false
}

// entry is one row of KSQL_PROCESSING_LOG before it is JSON.
type entry struct {
	kind   int
	step   string
	target string // key or value, of (de)serialization; the task of a thread's error
	topic  string
	err    *sqlerr.Error
	record []byte // the source record's value; nil is NULL
	at     int64
}

// members are the names of the kinds' structs in message.
var members = [...]string{"deserializationError", "recordProcessingError", "productionError", "serializationError", "kafkaStreamsThreadError"}

// write adds an entry to a step's outputs.
func (w *processingLog) write(o *outputs, e *entry) {
	b := append(w.buf[:0], `{"logger":`...)
	b = codec.AppendJSONString(b, "processing."+w.job+"."+e.step)
	b = append(b, `,"level":"ERROR","time":`...)
	b = strconv.AppendInt(b, e.at, 10)
	b = append(b, `,"message":{"type":`...)
	b = strconv.AppendInt(b, int64(e.kind), 10)
	for kind, name := range members {
		b = append(append(append(b, `,"`...), name...), `":`...)
		if kind != e.kind {
			b = append(b, "null"...)
			continue
		}
		b = w.body(b, e)
	}
	w.buf = append(b, "}}"...)
	o.add(&w.target, 0, batch.Record{Value: w.buf, Timestamp: e.at})
}

func (w *processingLog) body(b []byte, e *entry) []byte {
	b = append(b, '{')
	if e.kind == logThread || e.kind == logProduction {
		b = append(b, `"errorMessage":`...)
		b = codec.AppendJSONString(b, e.err.Message)
		if e.kind == logProduction {
			return append(b, '}')
		}
		b = append(b, `,"threadName":`...)
		b = codec.AppendJSONString(b, e.target)
		b = append(b, `,"cause":[`...)
		if e.err.Detail != "" {
			b = codec.AppendJSONString(b, e.err.Detail)
		}
		return append(b, "]}"...)
	}
	if e.kind != logRecord {
		b = append(b, `"target":`...)
		b = codec.AppendJSONString(b, e.target)
		b = append(b, ',')
	}
	b = append(b, `"errorMessage":`...)
	b = codec.AppendJSONString(b, e.err.Message)
	name := `,"record":`
	if e.kind == logDeserialization {
		name = `,"recordB64":`
	}
	b = append(b, name...)
	switch {
	case !w.rows || e.record == nil:
		b = append(b, "null"...)
	case e.kind == logDeserialization:
		b = codec.AppendJSONString(b, base64.StdEncoding.EncodeToString(e.record))
	default:
		b = codec.AppendJSONString(b, string(e.record))
	}
	b = append(b, `,"cause":[`...)
	if e.err.Detail != "" {
		b = codec.AppendJSONString(b, e.err.Detail)
	}
	b = append(b, ']')
	if e.kind != logRecord {
		b = append(b, `,"topic":`...)
		b = codec.AppendJSONString(b, e.topic)
	}
	return append(b, '}')
}

// unreadable logs a record that could not be decoded.
func (t *task) unreadable(x *badRecord, d *deadLetter) {
	if t.plog == nil {
		return
	}
	e := entry{kind: logDeserialization, step: "KsqlTopic.Source.deserializer", target: "value", topic: d.topic, err: d.err, record: d.value, at: d.at}
	in := t.stage.Inputs[x.input]
	switch i := slices.IndexFunc(in.Schema, func(c types.Column) bool { return c.Name == x.Column }); {
	case x.Column != "" && isTimestamp(in, x.Column):
		e.kind, e.step = logRecord, "KsqlTopic.Source"
	case i >= 0 && in.Schema[i].Key:
		e.target, e.record = "key", d.key
	}
	t.plog.write(&t.out, &e)
}

// failedRow logs a row that an operator or the sink could not take.
func (t *task) failedRow(f *failure, d *deadLetter) {
	if t.plog == nil {
		return
	}
	e := entry{kind: logRecord, step: f.stage, err: d.err, record: d.value, at: d.at}
	if f.stage == "sink" {
		e.kind, e.step, e.target, e.topic = logSerialization, "serializer", "value", t.spec.Plan.Sink.Topic
	}
	t.plog.write(&t.out, &e)
}

// nulled logs the expressions of a step that failed and became NULL.
func (t *task) nulled(ms int64) error {
	if t.plog == nil {
		return nil
	}
	for i := range t.core.nulled {
		f := &t.core.nulled[i]
		d := deadLetter{err: sqlerr.From(f.err), at: ms}
		if t.plog.rows {
			c := &t.core.feeds[f.ref.input].cursor
			var err error
			if _, d.value, err = rawRecord(t.cfg.Log, c.topic, t.part, f.offset, t.cfg.FetchBytes); err != nil {
				return err
			}
		}
		t.failedRow(f, &d)
	}
	return nil
}

// died logs the error that ends the task, in an entry of its own: it has no
// steps, so that a replay passes over it, and its outputs are in no checksum.
func (t *task) died(err error) {
	said, e := (*sqlerr.Error)(nil), entry{kind: logThread, step: "ProcessingThread", target: t.name, at: t.lastTime}
	switch {
	case t.plog == nil || t.stopping():
		return
	case errors.Is(err, log.ErrTooLarge):
		e.kind, e.step, said = logProduction, "Producer", sqlerr.New(sqlerr.ProgramLimitExceeded, "%s", err)
	case !errors.As(err, &said):
		return // a fault of the log or of the engine
	}
	e.err = said
	state, ok := t.cfg.Log.TaskState(t.name)
	if !ok {
		return
	}
	t.out = outputs{limit: t.cfg.OutputBytes}
	t.plog.write(&t.out, &e)
	appends, _ := t.out.finish()
	_, none := t.out.finish()
	t.proposed = max(state.Epoch, t.proposed) + 1
	done := make(chan struct{})
	t.cfg.Log.CommitAsync(log.JournalEntry{
		Task: t.name, PrevEpoch: state.Epoch, Epoch: t.proposed, EngineVersion: t.cfg.EngineVersion, Time: t.lastTime,
		Steps: encodeSteps(nil), Outputs: appends, OutputCRC: none,
	}, func(log.JournalResult, error) { close(done) })
	<-done
}
