package ksqltest

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/types"
)

// pseudo columns that an ASSERT may list, under the names of its scratch stream.
var pseudoColumns = map[string]string{"ROWTIME": "ASSERT_TIME", "WINDOWSTART": "ASSERT_START", "WINDOWEND": "ASSERT_END"}

func sortedNames(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// expected evaluates the values of an ASSERT as an INSERT into a scratch stream
// with the same columns would, so that they are converted alike.
func (r *sqlRun) expected(ctx context.Context, rel *catalog.Relation, x *sql.AssertValues) (map[string]any, error) {
	var decl, names, values []string
	for _, c := range rel.Schema {
		decl = append(decl, "`"+c.Name+"` "+c.Type.KsqlString())
	}
	for _, p := range []string{"ROWTIME", "WINDOWSTART", "WINDOWEND"} {
		decl = append(decl, pseudoColumns[p]+" BIGINT")
	}
	for _, c := range x.Columns {
		n := c.Fold(true)
		if p, ok := pseudoColumns[n]; ok {
			n = p
		}
		names = append(names, "`"+n+"`")
	}
	if len(names) == 0 {
		for _, c := range rel.Schema[:min(len(x.Values), len(rel.Schema))] {
			names = append(names, "`"+c.Name+"`")
		}
	}
	for _, v := range x.Values {
		values = append(values, sql.PrintExpr(v))
	}
	r.asked++
	scratch := fmt.Sprintf("ASSERT_%d", r.asked)
	for _, s := range []string{
		fmt.Sprintf("CREATE STREAM %s (%s) WITH (KAFKA_TOPIC='%s', PARTITIONS=1, VALUE_FORMAT='JSON')", scratch, strings.Join(decl, ", "), scratch),
		fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", scratch, strings.Join(names, ", "), strings.Join(values, ", ")),
	} {
		if err := r.exec(ctx, s); err != nil {
			return nil, err
		}
	}
	recs, err := r.records(scratch)
	if err != nil || len(recs) != 1 {
		return nil, fmt.Errorf("values of an ASSERT: %d records: %w", len(recs), err)
	}
	node, err := parseNode(recs[0].Value)
	if err != nil {
		return nil, err
	}
	all, _ := node.(map[string]any)
	out := map[string]any{}
	for _, n := range names {
		out[strings.Trim(n, "`")] = all[strings.Trim(n, "`")]
	}
	return out, r.exec(ctx, "DROP STREAM "+scratch)
}

// columns are the columns of a record, key and value, with its pseudo columns.
func (r *sqlRun) columns(rel *catalog.Relation, rec batch.Record) (map[string]any, error) {
	d, err := codec.NewRelationDecoder(rel, nil)
	if err != nil {
		return nil, err
	}
	d.Begin(0)
	d.Add(&rec)
	b, bad := d.Finish()
	if len(bad) > 0 {
		return nil, bad[0].Err
	}
	schema := make(types.Schema, len(rel.Schema))
	for i, c := range rel.Schema {
		schema[i] = types.Column{Name: c.Name, Type: c.Type}
	}
	node, err := rowNode(schema, b, 0, false)
	if err != nil {
		return nil, err
	}
	out, _ := node.(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	number := func(n int64) json.Number { return json.Number(fmt.Sprint(n)) }
	out["ASSERT_TIME"] = number(rec.Timestamp)
	if b.Win != nil {
		out["ASSERT_START"], out["ASSERT_END"] = number(b.Win[0]), number(b.WinEnd[0])
	}
	return out, nil
}

// assertSource is ASSERT STREAM and ASSERT TABLE: the declaration against what
// is there.
func (r *sqlRun) assertSource(x *sql.AssertSource) error {
	name := x.Source.Name.Last().Fold(true)
	got, ok := r.srv.Snapshot().Relation("", name)
	if !ok {
		return fmt.Errorf("%s does not exist", name)
	}
	want, err := planner.BindCreate(x.Source, noCatalog{}, planner.Options{Ksql: true, Text: "", Settings: r.setting})
	if err != nil {
		return err
	}
	for _, d := range []struct{ what, want, got string }{
		{"type", want.Kind.String(), got.Kind.String()},
		{"schema", describe(want.Schema) + headersText(want), describe(got.Schema) + headersText(got)},
		{"kafka topic", want.Topic, got.Topic},
		{"key format", formatText(want.KeyFormat, want.Windowed), formatText(got.KeyFormat, got.Windowed)},
		{"value format", formatText(want.ValueFormat, nil), formatText(got.ValueFormat, nil)},
		{"value serde features", fmt.Sprint(want.WrapSingle), fmt.Sprint(got.WrapSingle)},
		{"timestamp column", timestampOf(want).Column, timestampOf(got).Column},
		{"timestamp format", timestampOf(want).Format, timestampOf(got).Format},
	} {
		if d.want != d.got {
			return differ("Expected %s does not match actual for source %s.\n  want %s\n  got  %s", d.what, name, d.want, d.got)
		}
	}
	return nil
}

func (r *sqlRun) setting(string) (string, bool) { return "", false }

func formatText(f catalog.Format, w *catalog.WindowInfo) string {
	s := fmt.Sprint(f.Name, f.Props)
	if w != nil {
		s += fmt.Sprint(" ", w.Type, w.SizeMs)
	}
	return s
}

func timestampOf(r *catalog.Relation) catalog.TimestampSpec {
	if r.Timestamp == nil {
		return catalog.TimestampSpec{}
	}
	return *r.Timestamp
}

// headersText tells which columns are of the records' headers.
func headersText(r *catalog.Relation) string {
	s := ""
	for i, c := range r.Schema {
		if key, ok := r.Headers[i]; ok {
			s += fmt.Sprintf(", %s HEADER(%s)", c.Name, key)
		}
	}
	return s
}
