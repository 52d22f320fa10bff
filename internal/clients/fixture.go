package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// kind is one column of the round trip with its text in each row, as a server
// in UTC prints it; rows 1 to 3, NULL where there is none.
type kind struct {
	column, sql string
	text        [2]string // row 3 is NULL everywhere
}

// kinds are the types that a table can hold. Row 1 is ordinary, row 2 is at the
// edge.
var kinds = []kind{
	{"c_bool", "BOOLEAN", [2]string{"t", "f"}},
	{"c_int2", "SMALLINT", [2]string{"-12345", "32767"}},
	{"c_int4", "INT", [2]string{"2000000000", "-2147483648"}},
	{"c_int8", "BIGINT", [2]string{"9007199254740993", "-9223372036854775808"}},
	{"c_float4", "REAL", [2]string{"0.5", "-1024.25"}},
	{"c_float8", "DOUBLE PRECISION", [2]string{"0.1", "1.7976931348623157e+308"}},
	{"c_numeric", "NUMERIC(20,5)", [2]string{"12345.67890", "-999999999999999.99999"}},
	{"c_text", "TEXT", [2]string{"it's \"ok\" \\n \t 漢字 🚀", ""}},
	{"c_varchar", "VARCHAR(20)", [2]string{"short", "twenty characters ok"}},
	{"c_bytea", "BYTEA", [2]string{`\x00ff10deadbeef5c27`, `\x`}},
	{"c_date", "DATE", [2]string{"2024-02-29", "0044-03-15"}},
	{"c_time", "TIME", [2]string{"13:45:06.789012", "00:00:00"}},
	{"c_timestamptz", "TIMESTAMPTZ", [2]string{"2026-11-20 04:38:16.682764+00", "1901-01-01 00:00:00.000001+00"}},
	{"c_interval", "INTERVAL", [2]string{"3 days 04:05:06.000007", "-2 days"}},
	{"c_jsonb", "JSONB", [2]string{`{"a": [1, 2.5, null], "ключ": "x\"y"}`, `{}`}},
	{"c_uuid", "UUID", [2]string{"6f1c5a2e-0d4b-4c8e-9a57-0f4a3b2c1d0e", "00000000-0000-0000-0000-000000000000"}},
	{"c_bools", "BOOLEAN[]", [2]string{"{t,f,NULL}", "{}"}},
	{"c_ints", "INT[]", [2]string{"{1,-2,NULL,2147483647}", "{}"}},
	{"c_longs", "BIGINT[]", [2]string{"{9007199254740993,NULL}", "{0}"}},
	{"c_floats", "DOUBLE PRECISION[]", [2]string{"{0.1,-2.5,NULL}", "{}"}},
	{"c_numerics", "NUMERIC[]", [2]string{"{1.50,-0.001,NULL}", "{}"}},
	{"c_texts", "TEXT[]", [2]string{`{"a b","c\"d",NULL,"","NULL","e\\f","x,y","{z}"}`, "{}"}},
	{"c_dates", "DATE[]", [2]string{"{2024-02-29,NULL}", "{}"}},
	{"c_stamps", "TIMESTAMPTZ[]", [2]string{`{"2026-11-20 04:38:16.682764+00",NULL}`, "{}"}},
	{"c_uuids", "UUID[]", [2]string{"{6f1c5a2e-0d4b-4c8e-9a57-0f4a3b2c1d0e,NULL}", "{}"}},
}

// kindsJSON is the columns with their texts, for scripts that write text.
func kindsJSON() string {
	out := make([][]string, len(kinds))
	for i, k := range kinds {
		out[i] = []string{k.column, k.text[0], k.text[1]}
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(b)
}

// setUp makes the tables and the stream of one client.
func setUp(ctx context.Context, conn *pgx.Conn, slug string) error {
	var cols strings.Builder
	for _, k := range kinds {
		fmt.Fprintf(&cols, ", %s %s", k.column, k.sql)
	}
	for _, text := range []string{
		"CREATE TABLE kinds_" + slug + " (id INT PRIMARY KEY" + cols.String() + ")",
		"CREATE TABLE items_" + slug + " (id INT PRIMARY KEY, name TEXT, price NUMERIC(12,2), ok BOOLEAN, made TIMESTAMPTZ)",
		"CREATE TABLE pairs_" + slug + " (area TEXT, n INT, note VARCHAR(40), PRIMARY KEY (area, n))",
		"CREATE STREAM tail_" + slug + " (id INT, word TEXT)",
	} {
		if _, err := conn.Exec(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// stored compares rows first, first+1 and first+2 of a client's kinds with what
// they must be (C3), and gives the differences.
func stored(ctx context.Context, conn *pgx.Conn, slug string, first int) []string {
	var out []string
	for r := range 3 {
		row, err := textRow(ctx, conn, fmt.Sprintf("SELECT * FROM kinds_%s WHERE id = %d", slug, first+r))
		if err != nil {
			out = append(out, fmt.Sprintf("row %d: %v", first+r, err))
			continue
		}
		for i, k := range kinds {
			got, want := row[i+1], []byte(nil)
			if r < len(k.text) {
				want = []byte(k.text[r])
			}
			if (got == nil) != (want == nil) || string(got) != string(want) {
				out = append(out, fmt.Sprintf("row %d, %s: stored %s, want %s", first+r, k.column, quoted(got), quoted(want)))
			}
		}
	}
	return out
}

// textRow runs a query that gives one row, by the simple protocol.
func textRow(ctx context.Context, conn *pgx.Conn, q string) ([][]byte, error) {
	results, err := conn.PgConn().Exec(ctx, q).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return nil, fmt.Errorf("%s: want one row", q)
	}
	return results[0].Rows[0], nil
}

func quoted(b []byte) string {
	if b == nil {
		return "NULL"
	}
	return fmt.Sprintf("%q", b)
}
