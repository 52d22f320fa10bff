package server

import (
	"strings"
	"testing"
)

func TestShowAndDescribe(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT DEFAULT 3)", "CREATE STREAM")
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n FROM s GROUP BY k", "CREATE TABLE")
	for what := range shows {
		text := "SHOW " + what
		if _, err := f.try(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	f.is("SHOW STREAMS", "s,s,JSON,JSON,f,f; SHOW")
	f.is("LIST TABLES", "c,c,JSON,JSON,f,t; SHOW")
	f.is("DESCRIBE s", "k,text,(key),NULL; v,integer,NULL,3; DESCRIBE")
	f.is("SHOW COLUMNS FROM c", "k,text,(primary key),NULL; n,bigint,NULL,NULL; SHOW")
	got, err := f.try("DESCRIBE EXTENDED s")
	if err != nil {
		got, err = f.try("DESCRIBE s EXTENDED")
	}
	if err != nil || !strings.Contains(got, "# read by,CTAS_c_0,NULL,NULL") {
		t.Errorf("%s, %v", got, err)
	}
	f.is("SHOW JOBS LIKE 'CTAS%'", "CTAS_c_0,CTAS,CREATE TABLE c AS SELECT k, count(*) AS n FROM s GROUP BY k,running,0,0,100,0,NULL,running,NULL; SHOW")
	f.fails("DESCRIBE nope", "42P01")
	f.fails("DESCRIBE FUNCTION nope", "42883")
	f.is("SHOW CREATE STREAM s", "CREATE STREAM s (k TEXT KEY, v INT DEFAULT 3); SHOW")
	f.is("INSERT INTO s VALUES ('a')", "INSERT 0 1")
	f.is("DEFINE x = 'v'; SHOW VARIABLES; SELECT ${x} FROM s; UNDEFINE x", "DEFINE | X,v; SHOW | 3; SELECT 1 | UNDEFINE")
}

func TestExplain(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n FROM s GROUP BY k", "CREATE TABLE")
	for text, want := range map[string]string{
		"EXPLAIN SELECT * FROM c WHERE k = 'a'":                             "c",
		"EXPLAIN (LOGICAL) SELECT k FROM s EMIT CHANGES":                    "s",
		"EXPLAIN (PARSE) SELECT 1":                                          "SELECT 1",
		"EXPLAIN (FORMAT JSON) SELECT k FROM s":                             `"Plan"`,
		"EXPLAIN ANALYZE SELECT count(*) FROM s":                            "Execution Time",
		"EXPLAIN ANALYZE ctas_c_0":                                          "rows in 0",
		"EXPLAIN CREATE TABLE d AS SELECT k, sum(v) AS t FROM s GROUP BY k": "k",
	} {
		got, err := f.try(text)
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%s\n%s\n%v\nlacks %s", text, got, err, want)
		}
	}
}

// TestExplainAnalyze holds the rows of every node, in text and in JSON.
func TestExplainAnalyze(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE a (id INT PRIMARY KEY, v INT); CREATE TABLE b (id INT PRIMARY KEY, w INT)", "CREATE TABLE | CREATE TABLE")
	f.is("INSERT INTO a VALUES (1, 1), (2, 2), (3, 3); INSERT INTO b VALUES (1, 10), (2, 20)", "INSERT 0 3 | INSERT 0 2")
	const query = "SELECT a.id, (SELECT max(w) FROM b WHERE b.id < a.id) FROM a JOIN b ON a.id = b.id WHERE a.v > 1"
	for form, wants := range map[string][]string{
		"EXPLAIN ANALYZE ": {
			"Project (actual rows=1 loops=1)", "Inner Join (actual rows=1 loops=1)", "Filter (actual rows=2 loops=1)",
			"Scan on a (actual rows=3 loops=1)", "Scan on b (actual rows=2 loops=1)", "Key Range on b (actual rows=1 loops=1)",
			"Rows: 1", "Execution Time: ",
		},
		"EXPLAIN (ANALYZE, FORMAT JSON) ": {
			`"Filter":"(v > 1)","Actual Rows":2,"Actual Loops":1`, `"Scan on a","Columns":"id, v","Actual Rows":3,"Actual Loops":1`,
			`"Range":"(-inf, id)","Columns":"id, w","Actual Rows":1,"Actual Loops":1`, `"Rows":1,"Execution Time":`,
		},
	} {
		got, err := f.try(form + query)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s\n%s\nlacks %s", form+query, got, want)
			}
		}
	}
}

func TestPrintAndAssert(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("INSERT INTO s VALUES ('a', 1000), ('b', 2000)", "INSERT 0 2")
	got, err := f.try("PRINT s FROM BEGINNING LIMIT 1")
	if err != nil || !strings.Contains(got, `key: "a", value: {"v":1000}, partition: 0; PRINT 1`) {
		t.Errorf("%s, %v", got, err)
	}
	f.is("ASSERT TOPIC s WITH (PARTITIONS = 1)", "ASSERT TOPIC")
	f.is("ASSERT NOT EXISTS TOPIC nope", "ASSERT TOPIC")
	f.fails("ASSERT TOPIC nope TIMEOUT 10 MILLISECONDS", "55000")
	f.fails("GRANT SELECT ON s TO me", "42704")
}
