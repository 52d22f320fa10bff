package server

import (
	"strings"
	"testing"
)

// inPath tells whether a schema is on the search path in the words of Grafana's
// query builder.
const inPath = `quote_ident(table_schema) IN (
	SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
	FROM generate_series(array_lower(string_to_array(current_setting('search_path'), ','), 1),
		array_upper(string_to_array(current_setting('search_path'), ','), 1)) AS i,
		string_to_array(current_setting('search_path'), ',') s)`

func grafanaColumns(table string) string {
	return strings.NewReplacer("TABLE", "'"+table+"'", "IN_PATH", inPath).Replace(
		`SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns
		WHERE CASE WHEN array_length(parse_ident(TABLE), 1) = 2
			THEN quote_ident(table_schema) = (parse_ident(TABLE))[1] AND quote_ident(table_name) = (parse_ident(TABLE))[2]
			ELSE quote_ident(table_name) = TABLE AND IN_PATH END`)
}

// What Grafana's PostgreSQL data source asks: its version check, its query
// builder's lists of schemas, tables and columns, and what its macros become.
func TestGrafana(t *testing.T) {
	f := open(t)
	f.is(`CREATE STREAM visits (page TEXT KEY, ms INT, at TIMESTAMP) WITH (timestamp = 'at');
		CREATE TABLE per_minute AS SELECT page, window_start AS since, count(*) AS n FROM visits WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY page;
		CREATE VIEW slow AS SELECT page, ms, at FROM visits WHERE ms > 100`, "CREATE STREAM | CREATE TABLE | CREATE VIEW")
	f.is(`INSERT INTO visits VALUES ('/a', 50, '2026-01-01 10:00:05Z'), ('/a', 150, '2026-01-01 10:00:50Z'), ('/b', 250, '2026-01-01 10:02:00Z')`, "INSERT 0 3")

	f.is("SELECT current_setting('server_version_num')::int/100 AS version", "1500; SELECT 1")
	f.is("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", "SELECT 0")
	f.is(`SELECT schema_name AS "name" FROM information_schema.schemata WHERE schema_name NOT IN ('information_schema', 'pg_catalog', 'pg_toast') ORDER BY schema_name`,
		"leat; public; SELECT 2")
	f.is(`SELECT quote_ident(table_name) AS "table" FROM information_schema.tables WHERE quote_ident(table_schema) = 'public' ORDER BY 1`,
		"per_minute; slow; visits; SELECT 3")
	f.is(`SELECT CASE WHEN `+inPath+` THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table"
		FROM information_schema.tables WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog', 'leat')
		ORDER BY CASE WHEN `+inPath+` THEN 0 ELSE 1 END, 1`, "per_minute; slow; visits; SELECT 3")
	for _, name := range []string{"slow", "public.slow"} {
		f.is(grafanaColumns(name), "page,text; ms,integer; at,timestamp with time zone; SELECT 3")
	}

	const from, to = "'2026-01-01T10:00:00Z'", "'2026-01-01T10:01:59.999Z'"
	for _, table := range []string{"visits", "slow"} {
		f.is(`SELECT at AS "time", ms AS value FROM `+table+` WHERE at BETWEEN `+from+` AND `+to+` AND ms > 100 ORDER BY 1`, "2026-01-01 10:00:50+00,150; SELECT 1")
	}
	f.is(`SELECT floor(extract(epoch from at)/60)*60 AS "time", page AS metric, avg(ms) AS value FROM visits
		WHERE at BETWEEN `+from+` AND '2026-01-01T11:00:00Z' GROUP BY floor(extract(epoch from at)/60)*60, 2 ORDER BY 1`,
		"1767261600,/a,100.0000000000000000; 1767261720,/b,250.0000000000000000; SELECT 2")
	f.is(`SELECT floor(extract(epoch from at)/60)*60 AS "time", page AS metric, max(ms) AS "ms" FROM slow GROUP BY 1, 2 ORDER BY 1, 2`,
		"1767261600,/a,150; 1767261720,/b,250; SELECT 2")
	f.is(`SELECT extract(epoch from since) AS "time", n FROM per_minute WHERE extract(epoch from since) >= 1767261600 AND extract(epoch from since) <= 1767261700`,
		"1767261600.000000,2; SELECT 1")
	f.is(`SELECT since AS "time", page AS metric, n AS value FROM per_minute WHERE since BETWEEN `+from+` AND now() + interval '100 years' ORDER BY since LIMIT 100`,
		"2026-01-01 10:00:00+00,/a,2; 2026-01-01 10:02:00+00,/b,1; SELECT 2")
}
