package ksqltest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// least is how many cases of the shared part of ksqlDB's suite pass; it only
// grows. docs/compatibility.md tells what the others want.
const least = 1450

// TestKsqldbSuite runs the shared part of ksqlDB's suite; with LEAT_KSQL=all in
// all modes.
func TestKsqldbSuite(t *testing.T) {
	shared := os.Getenv("LEAT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	var folders []string
	for _, name := range []string{"qtt", "rqtt"} {
		dir := filepath.Join(shared, name)
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("%s is absent", dir)
		}
		folders = append(folders, dir)
	}
	files, err := Files(folders)
	if err != nil {
		t.Fatal(err)
	}
	modes := allModes[:1]
	if os.Getenv("LEAT_KSQL") == "all" {
		modes = allModes
	}
	results, err := Run(t.Context(), files, Options{Modes: modes})
	if err != nil {
		t.Fatal(err)
	}
	passed := map[string]int{}
	for _, r := range results {
		if r.Outcome == "passed" {
			passed[r.Mode]++
		}
	}
	t.Log(Count(results))
	if n := passed[modes[0].Name]; n < least {
		t.Errorf("%d cases pass, %d did before; leat test shows which", n, least)
	}
}

const aggregateCase = `// a comment
{"tests": [{ /* another */
  "name": "count",
  "statements": [
    "CREATE STREAM S (K INT KEY, V BIGINT, H BYTES HEADER('h')) WITH (kafka_topic='s', value_format='JSON');",
    "CREATE TABLE T AS SELECT K, SUM(V) AS TOTAL FROM S WINDOW TUMBLING (SIZE 10 MILLISECONDS) GROUP BY K;",
    "CREATE STREAM C AS SELECT K, V FROM S;"
  ],
  "inputs": [
    {"topic": "s", "key": 1, "value": {"V": 5}, "timestamp": 3, "headers": [{"KEY": "h", "VALUE": "AQ=="}]},
    {"topic": "s", "key": 1, "value": {"v": 7}, "timestamp": 4}
  ],
  "outputs": [
    {"topic": "T", "key": 1, "value": {"TOTAL": 5}, "timestamp": 3, "window": {"start": 0, "end": 10, "type": "time"}},
    {"topic": "T", "key": 1, "value": {"TOTAL": 12}, "timestamp": 4, "window": {"start": 0, "end": 10, "type": "time"}},
    {"topic": "C", "key": 1, "value": {"V": 5}, "timestamp": 3, "headers": [{"KEY": "h", "VALUE": "AQ=="}]},
    {"topic": "C", "key": 1, "value": {"V": 7}, "timestamp": 4}
  ],
  "post": {"sources": [{"name": "T", "type": "table", "schema": "K INT KEY, TOTAL BIGINT", "keyFormat": {"format": "KAFKA", "windowType": "TUMBLING", "windowSize": 10}}]}
}]}`

func runText(t *testing.T, text string) error {
	t.Helper()
	cases, err := parseFile("inline", []byte(text))
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	return runCase(t.Context(), &cases[0], allModes[0])
}

// TestCorruptedExpectationFails holds the runner against wrong expectations:
// each replacement makes the case fail.
func TestCorruptedExpectationFails(t *testing.T) {
	if err := runText(t, aggregateCase); err != nil {
		t.Fatalf("the right expectation fails: %v", err)
	}
	for _, c := range []struct{ old, new string }{
		{`{"TOTAL": 12}`, `{"TOTAL": 13}`},
		{`{"TOTAL": 12}`, `{"TOTAL": 12.0}`},
		{`{"TOTAL": 12}`, `{"TOTAL": 12, "MORE": null}`},
		{`{"TOTAL": 5}, "timestamp": 3`, `{"TOTAL": 5}, "timestamp": 2`},
		{`"T", "key": 1, "value": {"TOTAL": 5}`, `"T", "key": "1", "value": {"TOTAL": 5}`},
		{`"end": 10, "type": "time"}},`, `"end": 11, "type": "time"}},`},
		{`{"TOTAL": 12}, "timestamp": 4, "window": {"start": 0, "end": 10, "type": "time"}}`, `{"TOTAL": 12}, "timestamp": 4}`},
		{`{"topic": "C", "key": 1, "value": {"V": 5}, "timestamp": 3, "headers": [{"KEY": "h", "VALUE": "AQ=="}]},`, ``},
		{`{"V": 5}, "timestamp": 3, "headers": [{"KEY": "h", "VALUE": "AQ=="}]},
    {"topic": "C"`, `{"V": 5}, "timestamp": 3},
    {"topic": "C"`},
		{`"value": {"V": 7}, "timestamp": 4}`, `"value": {"V": 7}, "timestamp": 4}, {"topic": "C", "key": 2, "value": null}`},
		{`{"V": 7}, "timestamp": 4}`, `{"V": 7}, "timestamp": 4, "headers": [{"KEY": "h", "VALUE": null}]}`},
		{`TOTAL BIGINT"`, `TOTAL INT"`},
		{`"type": "table"`, `"type": "stream"`},
		{`"windowSize": 10`, `"windowSize": 20`},
		{`"format": "KAFKA"`, `"format": "JSON"`},
		{`"name": "count",`, `"name": "count", "expectedException": {"type": "x.KsqlException", "message": ""},`},
		{`"post"`, `"expectedException": {"type": "x.StreamsException", "message": ""}, "post"`},
	} {
		wrong := strings.Replace(aggregateCase, c.old, c.new, 1)
		if wrong == aggregateCase {
			t.Fatalf("%q is not in the case", c.old)
		}
		if err := runText(t, wrong); err == nil {
			t.Errorf("passes with %q", c.new)
		}
	}
}

func TestRefusalsAreCompared(t *testing.T) {
	text := func(statement, kind, message string) string {
		return `{"tests": [{"name": "refused", "statements": ["` + statement + `"], "expectedException": {"type": "io.` + kind + `", "message": "` + message + `"}}]}`
	}
	bad := "CREATE STREAM S (K INT PRIMARY KEY, V INT) WITH (kafka_topic='s', value_format='JSON');"
	if err := runText(t, text(bad, "KsqlStatementException", "please use 'KEY' for streams")); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{
		text(bad, "KsqlStatementException", "something else"),
		text(bad, "StreamsException", "please use 'KEY' for streams"),
		text("CREATE STREAM S (K INT KEY, V INT) WITH (kafka_topic='s', value_format='JSON');", "KsqlStatementException", ""),
	} {
		if runText(t, wrong) == nil {
			t.Errorf("passes: %s", wrong)
		}
	}
}

const restCase = `{"tests": [{
  "name": "pull",
  "statements": [
    "CREATE TABLE S (K INT PRIMARY KEY, V INT) WITH (kafka_topic='s', value_format='JSON');",
    "CREATE TABLE T AS SELECT * FROM S;",
    "SELECT * FROM T WHERE K = 1;"
  ],
  "inputs": [{"topic": "s", "key": 1, "value": {"V": 5}}, {"topic": "s", "key": 2, "value": {"V": 6}}],
  "responses": [
    {"admin": {"@type": "currentStatus"}}, {"admin": {"@type": "currentStatus"}},
    {"query": [{"header": {"schema": "` + "`K` INTEGER KEY, `V` INTEGER" + `"}}, {"row": {"columns": [1, 5]}}]}
  ]
}]}`

func TestCorruptedResponseFails(t *testing.T) {
	if err := runText(t, restCase); err != nil {
		t.Fatalf("the right responses fail: %v", err)
	}
	for _, c := range []struct{ old, new string }{
		{`[1, 5]`, `[1, 6]`}, {`, {"row": {"columns": [1, 5]}}`, ``}, {`INTEGER KEY`, `INTEGER`},
		{`{"columns": [1, 5]}}`, `{"columns": [1, 5]}}, {"finalMessage": "Limit Reached"}`}, {`[1, 5]}`, `[1, 5], "tombstone": true}`},
	} {
		if err := runText(t, strings.Replace(restCase, c.old, c.new, 1)); err == nil {
			t.Errorf("passes with %q", c.new)
		}
	}
}

const sqlFile = `--@test: rows go through
CREATE STREAM S (K INT KEY, V INT) WITH (kafka_topic='s', value_format='JSON');
CREATE STREAM D AS SELECT K, V * 2 AS W FROM S;
INSERT INTO S (ROWTIME, K, V) VALUES (7, 1, 2);
ASSERT VALUES D (ROWTIME, K, W) VALUES (7, 1, 4);
ASSERT STREAM D (K INT KEY, W INT) WITH (KAFKA_TOPIC='D', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');
--@test: another value is noticed
--@expected.error: java.lang.AssertionError
--@expected.message: Expected record does not match actual
CREATE STREAM S (K INT KEY, V INT) WITH (kafka_topic='s', value_format='JSON');
INSERT INTO S VALUES (1, 2);
ASSERT VALUES S (V) VALUES (3);
--@test: a missing record is noticed
--@expected.error: java.lang.AssertionError
--@expected.message: Expected another record, but all records have already been read
CREATE STREAM S (K INT KEY, V INT) WITH (kafka_topic='s', value_format='JSON');
ASSERT VALUES S (V) VALUES (3);
--@test: deletions
CREATE TABLE S (K INT PRIMARY KEY, V INT) WITH (kafka_topic='s', value_format='JSON');
CREATE TABLE D AS SELECT * FROM S WHERE V > 1;
INSERT INTO S VALUES (1, 2);
INSERT INTO S VALUES (1, 0);
ASSERT VALUES D (K, V) VALUES (1, 2);
ASSERT NULL VALUES D (K) KEY (1);
--@test: a refused statement
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: does not exist
DROP STREAM NOSUCH;
`

func TestSQLFiles(t *testing.T) {
	for _, test := range parseSQL("inline", sqlFile) {
		if err := runSQL(context.Background(), test, allModes[0]); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.expect != nil {
			test.expect.Message += "!"
			if err := runSQL(context.Background(), test, allModes[0]); err == nil {
				t.Errorf("%s: passes with another message", test.name)
			}
		}
	}
}

func TestNumbersAreCompared(t *testing.T) {
	for _, c := range []struct {
		want, got string
		same      bool
	}{
		{"1", "1", true}, {"1", "1.0", false}, {"1.0", "1", false}, {"1.5", "1.50", true}, {"12000000", "1.2E7", true},
		{"1", "2", false}, {`"1.50"`, "1.5", true}, {`"a"`, "1", false}, {"null", "0", false}, {`{"a": 1}`, `{"A": 1}`, true}, {`{"A": 1}`, `{"a": 1}`, false},
		{"[1, 2]", "[2, 1]", false},
	} {
		want, err := parseNode([]byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseNode([]byte(c.got))
		if err != nil {
			t.Fatal(err)
		}
		if same := compareNode("x", want, got, rules{}) == ""; same != c.same {
			t.Errorf("%s and %s: %v", c.want, c.got, same)
		}
	}
}
