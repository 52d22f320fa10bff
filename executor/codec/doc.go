// Package codec turns record bytes into columns and columns into record bytes.
// It is the one home of the rules about what a record may hold: tasks, scans,
// INSERT and COPY all decode and encode through it.
//
//	layout.go      which column lives in the key and which in the value
//	decoder.go     Decoder: records in, one vec.Batch and its bad records out; needs.go which columns
//	event_time.go  the timestamp column of a relation; pattern.go text by a pattern
//	fill.go        defaults of columns that are newer than a record
//	encoder.go     Encoder: rows in, key, value and timestamp out
//	insert.go      Inserter: boxed rows or batches to placed records
//	lines.go       Lines: the JSON lines of COPY to rows
//	exchange.go    the rows of internal topics between the stages of a job
//	cell.go        one decoded value on its way into a column
//	convert.go     number, text and boolean to each type; decimal.go the exact ones
//	temporal.go    dates, times and instants to and from text
//	json_scan.go   the JSON grammar: spans of values, never a tree
//	json_object.go fields to columns
//	direct.go      ordinary records straight into the columns, in one walk, undone when
//	               they are not: direct_json.go, direct_avro.go by avro_steps.go,
//	               avro_quick.go (avro_wide_*.go by 32 bytes at once) and avro_text.go;
//	               direct_proto.go by proto_steps.go
//	names.go       the names of members, with what follows what
//	marks.go       where texts end, of a whole record at once: marks_amd64.go with
//	               marks_amd64.s by 32 bytes, marks_other.go by eight
//	scan_words.go  digits and spans eight bytes at a time, scan_text.go text; fast_scalar.go,
//	               fast_float.go, fives.go  instants and numbers
//	json_value.go  spans to cells, nested types, JSON columns
//	json_encode.go values to JSON
//	json_put.go    rows to JSON objects; fast_text.go the common types; json_picked.go
//	               members that stay the same from record to record
//	registered.go  Schemas; records by the schema they name; registered_out.go the way out
//	avro_plan.go   Avro: a writer's schema against the columns; avro_read.go by such a plan
//	avro_evolve.go older records under the newest schema's aliases and defaults
//	avro_put.go    the columns against a schema; avro_put_steps.go by steps, avro_write.go,
//	               avro_default.go
//	proto_plan.go  Protobuf messages against the columns, proto_read.go and
//	               proto_nested.go in, proto_write.go and proto_write_nested.go out
//	convert_wire.go  values of binary formats to each type
//	outside.go     FromJSON and ToJSON: records without a relation
//	csv.go         DELIMITED; kafka.go Kafka's own serialisers
//
// Invariants:
//
//	C1  A record becomes exactly one physical row; a bad one is outside Sel and listed once.
//	C2  No bytes make a decoder panic, recurse without bound or allocate more than a small multiple of them.
//	C3  What an Encoder writes, a Decoder of the same layout reads back as the same values.
//	C4  Decimals and integers never pass through a float.
//	C5  The direct way gives what the way through the cells gives, or gives up.
//
// It knows no topics, offsets beyond a record's own, tasks or catalog lookups.
package codec
