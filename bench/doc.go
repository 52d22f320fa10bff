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
//	nexmark_answers.go  the answers, by plain Go over the events
//	log.go              durable appends to the log itself; disk.go a bare fdatasync
//	latency.go          INSERT acknowledged, INSERT to push
//	pull.go             pull queries by key
//	copy.go             COPY
//	many.go             1 to 1,000 queries on one stream
//	state.go            many keys: bytes, the stall of a checkpoint
//	start.go            the program from exec to its first answer
//
// It knows no internals: but for the log, what it cannot say in SQL it does not
// measure.
package bench
