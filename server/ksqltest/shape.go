package ksqltest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// encodingOf says how a side's nodes stand in the files: as the bytes' own JSON
// or text, or as JSON that has to go through the columns.
func raw(f catalog.Format) bool {
	return f.Name == "JSON" || f.Name == "DELIMITED" || f.Name == "NONE" || f.Name == ""
}

// encode makes the record of an input node.
func encode(rel *catalog.Relation, in record) (batch.Record, error) {
	out := batch.Record{}
	if in.Timestamp != nil {
		out.Timestamp = *in.Timestamp
	}
	for _, h := range in.Headers {
		kept := batch.Header{Key: h.Key}
		if h.Value != nil {
			b, err := base64.StdEncoding.DecodeString(*h.Value)
			if err != nil {
				return out, fmt.Errorf("header %s: %w", h.Key, err)
			}
			kept.Value = append([]byte{}, b...)
		}
		out.Headers = append(out.Headers, kept)
	}
	var err error
	if rel == nil {
		rel = &catalog.Relation{KeyFormat: catalog.Format{Name: "JSON"}, ValueFormat: catalog.Format{Name: "JSON"}}
	}
	if out.Key, err = encodeSide(rel, true, in.Key); err != nil {
		return out, fmt.Errorf("key: %w", err)
	}
	if out.Value, err = encodeSide(rel, false, in.Value); err != nil {
		return out, fmt.Errorf("value: %w", err)
	}
	if in.Window != nil && out.Key != nil {
		out.Key = appendWindow(out.Key, rel, *in.Window)
	}
	return out, nil
}

func appendWindow(key []byte, rel *catalog.Relation, w window) []byte {
	if strings.EqualFold(w.Type, "session") || rel.Windowed != nil && rel.Windowed.Type == "SESSION" {
		key = binary.BigEndian.AppendUint64(key, uint64(w.End))
	}
	return binary.BigEndian.AppendUint64(key, uint64(w.Start))
}

func isNull(n json.RawMessage) bool { return len(n) == 0 || string(n) == "null" }

func encodeSide(rel *catalog.Relation, key bool, n json.RawMessage) ([]byte, error) {
	if isNull(n) {
		return nil, nil
	}
	f := rel.ValueFormat
	if key {
		f = rel.KeyFormat
	}
	side := sideOf(rel, key)
	switch {
	case f.Name == "DELIMITED" || len(side.Schema) == 0 && f.Name != "JSON":
		return []byte(plainText(n)), nil
	case raw(f):
		var b bytes.Buffer
		if err := json.Compact(&b, n); err != nil {
			return nil, err
		}
		return b.Bytes(), nil
	}
	row, err := decodeSide(side, jsonFormat, wrapNode(side, n))
	if err != nil {
		return nil, err
	}
	e, err := codec.NewRelationEncoder(side)
	if err != nil {
		return nil, err
	}
	rec, err := e.Encode(row, 0)
	return bytes.Clone(rec.Value), err
}

var jsonFormat = catalog.Format{Name: "JSON"}

// sideOf is a stream with only the key's or only the value's columns, all of
// them in the value.
func sideOf(rel *catalog.Relation, key bool) *catalog.Relation {
	out := &catalog.Relation{Name: rel.Name, Meaning: "ksqldb", Partitions: 1, Topic: rel.Topic, ValueFormat: rel.ValueFormat, WrapSingle: rel.WrapSingle}
	if key {
		out.ValueFormat, out.WrapSingle = rel.KeyFormat, strings.HasPrefix(rel.KeyFormat.Name, "PROTOBUF")
	}
	for i, c := range rel.Schema {
		if _, isHeader := rel.Headers[i]; c.Key == key && !isHeader {
			c.Key, c.NotNull = false, false
			out.Schema = append(out.Schema, c)
		}
	}
	out.KeyFormat = catalog.Format{Name: "NONE"}
	return out
}

// wrapNode is the node as an object by column.
func wrapNode(side *catalog.Relation, n json.RawMessage) json.RawMessage {
	if len(side.Schema) != 1 {
		return n
	}
	name, col := side.Schema[0].Name, side.Schema[0].Type.Kind
	if n[0] == '{' && (side.WrapSingle || col != types.Map && col != types.Struct) {
		return n
	}
	quoted, err := json.Marshal(name)
	if err != nil {
		return n
	}
	return json.RawMessage("{" + string(quoted) + ":" + string(n) + "}")
}

// decodeSide reads one value in a format into a row of the side's columns.
func decodeSide(side *catalog.Relation, f catalog.Format, value []byte) (*vec.Batch, error) {
	rel := *side
	rel.ValueFormat = f
	if f.Name == "JSON" {
		rel.WrapSingle = true
	}
	d, err := codec.NewRelationDecoder(&rel, nil)
	if err != nil {
		return nil, err
	}
	d.Begin(0)
	d.Add(&batch.Record{Value: value})
	b, bad := d.Finish()
	if len(bad) > 0 {
		return nil, bad[0].Err
	}
	return b, nil
}

// plainText is a node as the text of a CSV record.
func plainText(n json.RawMessage) string {
	var s string
	if json.Unmarshal(n, &s) == nil {
		return s
	}
	return string(n)
}

// actual is one record as nodes.
type actual struct {
	key, value any
	window     *window
	ts         int64
	headers    []batch.Header
}

// decode makes the nodes of an output record.
func decode(rel *catalog.Relation, rec batch.Record) (actual, error) {
	out := actual{ts: rec.Timestamp, headers: rec.Headers}
	key := rec.Key
	if rel.Windowed != nil && key != nil {
		var err error
		if key, out.window, err = cutWindow(rel.Windowed, key); err != nil {
			return out, err
		}
	}
	var err error
	if out.key, err = decodeNode(rel, true, key); err != nil {
		return out, fmt.Errorf("key: %w", err)
	}
	if out.value, err = decodeNode(rel, false, rec.Value); err != nil {
		return out, fmt.Errorf("value: %w", err)
	}
	return out, nil
}

func cutWindow(w *catalog.WindowInfo, key []byte) ([]byte, *window, error) {
	size, kind := 8, "time"
	if w.Type == "SESSION" {
		size, kind = 16, "session"
	}
	if len(key) < size {
		return nil, nil, fmt.Errorf("a windowed key of %d bytes", len(key))
	}
	tail := key[len(key)-size:]
	out := &window{Type: kind, Start: int64(binary.BigEndian.Uint64(tail[size-8:]))}
	out.End = out.Start + w.SizeMs
	if size == 16 {
		out.End = int64(binary.BigEndian.Uint64(tail))
	}
	return key[:len(key)-size], out, nil
}

// typed is a decoded value whose fractions are compared within a tolerance.
type typed struct{ node any }

func decodeNode(rel *catalog.Relation, key bool, p []byte) (any, error) {
	if p == nil {
		return nil, nil
	}
	f := rel.ValueFormat
	if key {
		f = rel.KeyFormat
	}
	side := sideOf(rel, key)
	switch {
	case f.Name == "DELIMITED" || len(side.Schema) == 0:
		return text(p), nil
	case raw(f):
		return parseNode(p)
	}
	b, err := decodeSide(side, f, p)
	if err != nil {
		return nil, err
	}
	bare := len(side.Schema) == 1 && !side.WrapSingle
	n, err := rowNode(side.Schema, b, 0, bare)
	return typed{n}, err
}

// text is a CSV record, compared as text.
type text string

// rowNode renders a row of columns as an object, or a bare column.
func rowNode(schema types.Schema, b *vec.Batch, row int, bare bool) (any, error) {
	rel := &catalog.Relation{
		Schema: schema, Meaning: "ksqldb", ValueFormat: jsonFormat, KeyFormat: catalog.Format{Name: "NONE"}, WrapSingle: !bare, Partitions: 1,
	}
	e, err := codec.NewRelationEncoder(rel)
	if err != nil {
		return nil, err
	}
	one := *b
	if one.Ts == nil {
		one.Ts = make([]int64, b.N)
	}
	one.Tomb = nil
	rec, err := e.Encode(&one, row)
	if err != nil || rec.Value == nil {
		return nil, err
	}
	return parseNode(rec.Value)
}

func parseNode(p []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(p))
	dec.UseNumber()
	var out any
	err := dec.Decode(&out)
	return out, err
}
