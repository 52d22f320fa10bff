package ksqltest

import "testing"

const headersCase = `{"tests": [{
  "name": "headers go on with records",
  "statements": [
    "CREATE STREAM S (K INT KEY, V INT, H BYTES HEADER('a')) WITH (kafka_topic='s', value_format='JSON');",
    "CREATE STREAM D AS SELECT K, V, H FROM S WHERE V > 1;",
    "CREATE STREAM P AS SELECT V, K FROM S PARTITION BY V;"
  ],
  "inputs": [
    {"topic": "s", "key": 1, "value": {"V": 1}, "headers": [{"KEY": "a", "VALUE": "AQ=="}]},
    {"topic": "s", "key": 2, "value": {"V": 2}, "headers": [{"KEY": "a", "VALUE": "Ag=="}, {"KEY": "b", "VALUE": null}]},
    {"topic": "s", "key": 3, "value": {"V": 3}}
  ],
  "outputs": [
    {"topic": "D", "key": 2, "value": {"V": 2, "H": "Ag=="}, "headers": [{"KEY": "a", "VALUE": "Ag=="}, {"KEY": "b", "VALUE": null}]},
    {"topic": "D", "key": 3, "value": {"V": 3, "H": null}},
    {"topic": "P", "key": 1, "value": {"K": 1}, "headers": [{"KEY": "a", "VALUE": "AQ=="}]},
    {"topic": "P", "key": 2, "value": {"K": 2}, "headers": [{"KEY": "a", "VALUE": "Ag=="}, {"KEY": "b", "VALUE": null}]},
    {"topic": "P", "key": 3, "value": {"K": 3}}
  ]
}]}`

// Rows made of one record carry its headers, through filters and repartitions.
func TestHeadersGoOn(t *testing.T) {
	if err := runText(t, headersCase); err != nil {
		t.Fatal(err)
	}
}

const groupCase = `{"tests": [{
  "name": "a call of GROUP BY is the one of SELECT",
  "statements": [
    "CREATE STREAM S (K INT KEY, V STRING) WITH (kafka_topic='s', value_format='JSON');",
    "CREATE TABLE T AS SELECT BAD_UDF(V) AS X, COUNT(*) AS N FROM S GROUP BY BAD_UDF(V);"
  ],
  "inputs": [{"topic": "s", "key": 1, "value": {"V": "a"}}, {"topic": "s", "key": 1, "value": {"V": "a"}}],
  "outputs": [{"topic": "T", "key": "a", "value": {"N": 1}}]
}]}`

// A function that answers NULL and its argument in turn groups every second row.
func TestGroupByCallThatVaries(t *testing.T) {
	if err := runText(t, groupCase); err != nil {
		t.Fatal(err)
	}
}
