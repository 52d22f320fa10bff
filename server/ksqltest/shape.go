package ksqltest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
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
func (n *node) encode(rel *catalog.Relation, in record) (batch.Record, error) {
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
	if out.Key, err = n.encodeSide(rel, true, in.Key); err != nil {
		return out, fmt.Errorf("key: %w", err)
	}
	if out.Value, err = n.encodeSide(rel, false, in.Value); err != nil {
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

// outside says how one side of a relation's records looks to the files.
func outside(rel *catalog.Relation, key bool, schemas codec.Schemas) codec.Outside {
	o := codec.Outside{Format: rel.ValueFormat, Relation: rel.Name, Key: key, Wrap: rel.WrapSingle, Schemas: schemas}
	if key {
		o.Format, o.Wrap = rel.KeyFormat, false
	}
	for i, c := range rel.Schema {
		if _, isHeader := rel.Headers[i]; c.Key == key && !isHeader {
			c.Key, c.NotNull = false, false
			o.Columns = append(o.Columns, c)
		}
	}
	return o
}

func (n *node) encodeSide(rel *catalog.Relation, key bool, in json.RawMessage) ([]byte, error) {
	if isNull(in) {
		return nil, nil
	}
	snap := n.srv.Snapshot()
	o := outside(rel, key, snap)
	switch {
	case o.Format.Name == "DELIMITED" || len(o.Columns) == 0 && o.Format.Name != "JSON" && o.Format.Name != "KAFKA":
		return []byte(plainText(in)), nil
	case raw(o.Format):
		var b bytes.Buffer
		if err := json.Compact(&b, in); err != nil {
			return nil, err
		}
		return b.Bytes(), nil
	}
	if schema.Registers(o.Format.Name) {
		subject := catalog.ValueSubject(rel.Topic)
		if key {
			subject = catalog.KeySubject(rel.Topic)
		}
		if p, id, ok := snap.LatestSchema(subject); ok {
			o.Schema, o.ID = p, id
		}
	}
	return codec.FromJSON(o, in)
}

var jsonFormat = catalog.Format{Name: "JSON"}

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
func (n *node) decode(rel *catalog.Relation, rec batch.Record) (actual, error) {
	out := actual{ts: rec.Timestamp, headers: rec.Headers}
	key := rec.Key
	if rel.Windowed != nil && key != nil {
		var err error
		if key, out.window, err = cutWindow(rel.Windowed, key); err != nil {
			return out, err
		}
	}
	var err error
	if out.key, err = n.decodeNode(rel, true, key); err != nil {
		return out, fmt.Errorf("key: %w", err)
	}
	if out.value, err = n.decodeNode(rel, false, rec.Value); err != nil {
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

func (n *node) decodeNode(rel *catalog.Relation, key bool, p []byte) (any, error) {
	if p == nil {
		return nil, nil
	}
	o := outside(rel, key, n.srv.Snapshot())
	switch {
	case o.Format.Name == "DELIMITED" || len(o.Columns) == 0:
		return text(p), nil
	case raw(o.Format):
		return parseNode(p)
	}
	out, err := codec.ToJSON(o, p)
	if err != nil {
		return nil, err
	}
	node, err := parseNode(out)
	return typed{node}, err
}

// text is a CSV record, compared as text.
type text string

// rowNode renders a row of columns as an object, or a bare column.
func rowNode(cols types.Schema, b *vec.Batch, row int, bare bool) (any, error) {
	rel := &catalog.Relation{
		Schema: cols, Meaning: "ksqldb", ValueFormat: jsonFormat, KeyFormat: catalog.Format{Name: "NONE"}, WrapSingle: !bare, Partitions: 1,
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
