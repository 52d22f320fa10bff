package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
)

// TestFormatsWithSchemas runs the same statements in each format with a schema,
// over a crash.
func TestFormatsWithSchemas(t *testing.T) {
	for _, format := range []string{"AVRO", "PROTOBUF", "PROTOBUF_NOSR", "JSON_SR"} {
		t.Run(format, func(t *testing.T) {
			f := crashable(t)
			f.is(fmt.Sprintf("CREATE STREAM s (k TEXT KEY, v INT, at TIMESTAMP, tags TEXT[]) WITH (format = '%s')", format), "CREATE STREAM")
			f.is("INSERT INTO s VALUES ('a', 1, '2024-01-01 10:00:00.123456Z', '{x,y}'), ('b', 2, NULL, '{}'), ('a', 3, NULL, NULL)", "INSERT 0 3")
			f.is("CREATE TABLE c AS SELECT k, count(*) AS n, sum(v) AS total FROM s GROUP BY k", "CREATE TABLE")
			f.crash()
			f.is("INSERT INTO s VALUES ('b', 5, NULL, NULL)", "INSERT 0 1")
			f.is("SELECT k, n, total FROM c ORDER BY k", "a,2,4; b,2,7; SELECT 2")
			f.is("SELECT v, at, tags FROM s WHERE v = 1", "1,2024-01-01 10:00:00.123456+00,{x,y}; SELECT 1")
			want := "c-value s-key s-value" // the key of c may be NULL, so it is JSON
			if !schema.Registers(format) {
				want = ""
			}
			if got := strings.Join(f.srv.Snapshot().Subjects(), " "); got != want {
				t.Errorf("subjects %q, want %q", got, want)
			}
		})
	}
}

// TestColumnsOfARegisteredSchema: CREATE without columns, and the refusals.
func TestColumnsOfARegisteredSchema(t *testing.T) {
	f := open(t)
	register := func(subject string, lang schema.Language, text string) {
		t.Helper()
		if err := f.srv.RegisterSchema(context.Background(), &catalog.RegisterSchema{Subject: subject, Lang: lang, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	register("orders-value", schema.Avro, `{"type":"record","name":"order","fields":[{"name":"id","type":"long"},{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}},{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}}]}`)
	f.is("CREATE STREAM orders WITH (value_format = 'avro')", "CREATE STREAM")
	f.is("INSERT INTO orders VALUES (1, 12.50, '2024-01-01Z')", "INSERT 0 1")
	f.is("SELECT * FROM orders", "1,12.50,2024-01-01 00:00:00+00; SELECT 1")
	f.is("CREATE STREAM pinned WITH (topic = 'orders', value_format = 'avro', value_schema_id = 1)", "CREATE STREAM")
	f.is("SELECT price FROM pinned", "12.50; SELECT 1")
	f.fails("INSERT INTO orders (id, price) VALUES (2, 1)", "23502")
	f.is("DROP STREAM pinned; DROP STREAM orders; CREATE STREAM orders (id text) WITH (value_format = 'avro')", "DROP STREAM | DROP STREAM | CREATE STREAM")
	f.is("INSERT INTO orders VALUES ('x'); SELECT * FROM orders", "INSERT 0 1 | x; SELECT 1")
	if v := f.srv.Snapshot().SubjectVersions("orders-value"); len(v) != 1 || v[0].Version != 2 {
		t.Errorf("versions %v", v)
	}
	f.fails("CREATE STREAM none WITH (value_format = 'avro')", "42704")
	f.fails("CREATE STREAM none WITH (value_format = 'json', value_schema_id = 1)", "22023")
	f.fails("CREATE STREAM mixed (a int) WITH (value_format = 'avro', value_schema_id = 1)", "22023")
	f.fails("ALTER TABLE orders ADD COLUMN n int NOT NULL", "42P16")
	f.fails("CREATE STREAM d WITH (topic = 'orders') AS SELECT 'x' AS id FROM orders", "42710")
}
