// Package bench measures the product through its own doors: a server in this
// process on a temporary directory, spoken to by SQL over the wire. Every
// measurement checks its answers, and has its limit measured in the same run
// where one can be measured.
//
//	node.go             Node: the server, connections, statements
//	report.go           Report: rows of figures as a table and as JSON
//	measure.go          CPU and wall time, medians and percentiles
//	nexmark_gen.go      Nexmark's events; nexmark_json.go their JSON lines
//	nexmark.go          the queries and how they are run
//	nexmark_final.go    q5, q7 and q8 with their answers
//	nexmark_answers.go  the answers, by plain Go over the events
//	nexmark_hand.go     the same by hand: reading lines; a loop for each query in
//	                    nexmark_hand_queries.go, nexmark_hand_grouped.go
//	log.go              durable appends to the log itself; disk.go a bare fdatasync
//	latency.go          INSERT acknowledged, INSERT to push; stages.go where it was
//	echo.go             a server that does nothing: what any server costs
//	pull.go             pull queries by key
//	copy.go             COPY
//	many.go             1 to 1,000 queries on one stream
//	state.go            many keys: bytes, the stall of a checkpoint
//	spill.go            state larger than memory
//	process.go          process: the server as a process of its own
//	subscribers.go      many readers of push queries; follower.go one of them; slow.go one of a byte a second
//	idle.go             connections that do nothing
//	start.go            the program from exec to its first answer
//	codec.go            decoders and encoders of records beside other libraries, in turns
//	codec_shapes.go     the records; codec_draw.go made ones
//	codec_types.go      a struct as columns, as an Avro schema, as plain Go
//	codec_leat.go       ours
//	codec_json.go       goccy; codec_sonic.go sonic, built in by the tag sonic; codec_nosonic.go without
//	codec_wire.go       hamba and protobuf-go; codec_message.go messages to and from plain Go
//
// It knows no internals: but for the log and the codec, what it cannot say in
// SQL it does not measure.
package bench
