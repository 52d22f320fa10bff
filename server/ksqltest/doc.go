// Package ksqltest runs the test files of ksqlDB against a node in memory: its
// query validation tests (QTT) and REST query tests (RQTT) as .json, and the
// .sql files of its SQL testing tool. Statements go through sessions in the
// meaning 'ksqldb'; records go through the log.
//
//	suite.go     Files, Run, Options, Summary; report.go what a person and a program read
//	file.go      JSON files to cases, expanded by format and configuration
//	area.go      file -> feature area
//	node.go      a node, its session, records in and out
//	qtt.go       one query validation case
//	rqtt.go      one REST query case: results of statements
//	refusal.go   expected exceptions
//	post.go      sources and topics after a case
//	shape.go     record bytes <-> nodes of JSON, by the formats of a relation
//	registry.go  the schemas of a case's topics
//	compare.go   expected node against actual node
//	sqlfile.go   the SQL testing tool's files; sqlassert.go its ASSERT
//	functions.go, aggregates.go functions that only the cases know
//
// Invariants:
//
//	T1  No outcome depends on a case's name or file.
//	T2  A case is passed only when everything it states has been compared, or
//	    is listed in compare.go or post.go as not stated for this engine.
//	T3  A record is settled before the next one of another topic is written, so
//	    inputs meet in the order of the file.
package ksqltest
