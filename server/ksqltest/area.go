package ksqltest

import "strings"

// areas sorts the files by what they are about.
var areas = []struct{ area, files string }{
	{"Array & map functions", `array-min-max-sort array-remove array-set-functions arraycontains arrayjoin slice`},
	{"Struct / array / map", `array arrayindex create-struct create-type create_array create_map map more-complex-struct
		simple-struct struct-udfs`},
	{"Keys & projection rules", `as_value elements key-schemas multi-col-keys project-filter select-struct-all select where`},
	{"DDL / DML statements", `asserts drop_source identifiers insert-into quoted-identifiers sink-partitions-replicas
		sink-topic-naming source-stream source-table table`},
	{"Aggregate functions", `attr average-udaf collect-list collect-set correlation-udaf count-distinct
		earliest-offset-udaf histogram latest-offset-udaf standarddeviation topk-distinct udaf`},
	{"GROUP BY / table aggregation", `average count group-by having max-group-by min-group-by sum topk-group-by`},
	{"Format: AVRO", `avro multiple-avro-maps`},
	{"Operators, predicates, NULL", `between binary-arithmetic binary-comparison case-expression cast comparison-expression
		decimal floating-point in like literals null operators udf-implicit-cast`},
	{"String/bytes functions", `bytes-and-strings bytes-lpad-rpad bytes chr concat elt-field encode initcap instr len md5
		regex replace split-to-map split string-lpad-rpad string substring udf url`},
	{"Lambdas", `complex-lambda filter reduce-array reduce-map transform-array transform-map`},
	{"Date/time types & functions", `convert-tz date dateadd datestring datesub format-date format-time from-days from-unixtime
		parse-date parse-time stringdate stringtimestamp time timeadd timestamp-to-string
		timestamp timestampadd timestampsub timesub unix-date unix-timestamp`},
	{"Table functions", `cube explode table-functions`},
	{"Format: DELIMITED/KAFKA/NONE/mixed", `delimited formats kafka none serdes`},
	{"JSON functions", `extract-json-field is_json_string json_array_contains json_array_length json_concat
		json_items json_keys json_records to_json_string`},
	{"Joins: foreign key", `fk-join fk-n-way-join`},
	{"Custom/variadic UDAF (test functions)", `generic-variadic-udaf middle-variadic-udaf multi-arg-udaf obj-var-col-arg-udaf
		test-custom-udaf variadic-udaf`},
	{"Numeric functions", `geodistance greatest least math`},
	{"Event time / pseudo columns", `headers magic-timestamp-conversion row-offset-and-partition system-columns
		timestamp-extractor timestampformat`},
	{"Windows", `hopping-windows session-windows tumbling-windows window-bounds windowed-source`},
	{"Joins: 2-way", `join-with-custom-timestamp joins stream-table-join table-table-join`},
	{"Format: JSON / JSON_SR", `json json_sr`},
	{"Joins: n-way", `multi-joins`},
	{"PARTITION BY / re-key", `partition-by`},
	{"Format: PROTOBUF", `protobuf`},
	{"Windows: EMIT FINAL", `suppress`},
	{"RQTT: INSERT VALUES", `insert-values`},
	{"RQTT: pull on tables", `pull-queries-against-cst-materialized pull-queries-against-ctas-materialized
		pull-queries-against-materialized-aggregates
		pull-queries-against-materialized-table-table-joins pull-queries-complex-lambda
		pull-queries-protobuf pull-queries-with-headers pull-queries-with-limit-clause
		pull-queries-with-predicates pull-queries-with-range-scan pull-queries-with-struct-star`},
	{"RQTT: pull on streams", `pull-queries-against-streams`},
	{"RQTT: push", `push-queries scalable-push-queries`},
}

var areaByFile = func() map[string]string {
	m := map[string]string{}
	for _, a := range areas {
		for _, f := range strings.Fields(a.files) {
			m[f] = a.area
		}
	}
	return m
}()

// areaOf is the feature area of a file, by its name.
func areaOf(file string) string {
	if a, ok := areaByFile[file]; ok {
		return a
	}
	return "other"
}

// sqlArea is the area of all .sql files.
const sqlArea = "SQL testing tool"
