package task

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// deadLetter is a record that a job could not process.
type deadLetter struct {
	topic      string
	partition  int32
	offset     int64
	key, value []byte
	column     string // "" when not known
	err        *sqlerr.Error
	query      string
	at         int64 // the step's time, ms
}

// appendJSON writes the row of the dead-letter stream: topic, partition,
// offset, key, value, encoding, reason, code, column, query, at. Key and value
// are text when both are, else both base64, as encoding says.
func (d *deadLetter) appendJSON(dst []byte) []byte {
	text := isText(d.key) && isText(d.value)
	dst = append(dst, `{"topic":`...)
	dst = codec.AppendJSONString(dst, d.topic)
	dst = append(dst, `,"partition":`...)
	dst = strconv.AppendInt(dst, int64(d.partition), 10)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, d.offset, 10)
	dst = append(dst, `,"key":`...)
	dst = appendRaw(dst, d.key, text)
	dst = append(dst, `,"value":`...)
	dst = appendRaw(dst, d.value, text)
	if text {
		dst = append(dst, `,"encoding":"text","reason":`...)
	} else {
		dst = append(dst, `,"encoding":"base64","reason":`...)
	}
	reason := d.err.Message
	if d.err.Detail != "" {
		reason += ": " + d.err.Detail
	}
	dst = codec.AppendJSONString(dst, reason)
	dst = append(dst, `,"code":`...)
	dst = codec.AppendJSONString(dst, d.err.Code)
	dst = append(dst, `,"column":`...)
	if d.column == "" {
		dst = append(dst, "null"...)
	} else {
		dst = codec.AppendJSONString(dst, d.column)
	}
	dst = append(dst, `,"query":`...)
	dst = codec.AppendJSONString(dst, d.query)
	dst = append(dst, `,"at":"`...)
	dst = types.AppendTimestampISO(dst, d.at*types.MicrosPerMilli)
	return append(dst, `"}`...)
}

func isText(p []byte) bool { return utf8.Valid(p) && bytes.IndexByte(p, 0) < 0 }

func appendRaw(dst, p []byte, text bool) []byte {
	switch {
	case p == nil:
		return append(dst, "null"...)
	case text:
		return codec.AppendJSONString(dst, string(p))
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, p)
	return append(dst, '"')
}

// deadLetters writes them to a topic, or only counts them.
type deadLetters struct {
	target
	own int32
	buf []byte
}

func (w *deadLetters) write(o *outputs, d *deadLetter) {
	w.buf = d.appendJSON(w.buf[:0])
	o.add(&w.target, w.own%w.partitions, batch.Record{Value: w.buf, Timestamp: d.at})
}

// rawRecord reads the bytes of one record again, given; nil when it is gone.
func rawRecord(l Log, topic string, partition int32, offset int64, bytesMax int) (key, value []byte, err error) {
	c := cursor{log: l, topic: topic, partition: partition, bytes: bytesMax}
	c.seek(offset)
	var rec batch.Record
	ok, err := c.record(&rec, offset+1)
	if !ok || err != nil {
		return nil, nil, err
	}
	return bytes.Clone(rec.Key), bytes.Clone(rec.Value), nil
}
