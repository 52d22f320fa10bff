// Package goldentest runs golden files (.slt): SQL with its answers, and
// streaming records with what every watched query emits. The language is
// described in testdata/README.md.
//
//	file.go      text -> blocks, and back with new expectations
//	values.go    times, insert lines, cells
//	mode.go      the ways one file is run; all must give one answer
//	node.go      a server on a crashable file system with a virtual clock
//	turnstile.go which task computes next, by seed
//	conn.go      a session's statements, in process and over the wire
//	watch.go     push queries and what they emitted
//	run.go       one file in one mode: a verb is a method
//	run_data.go  insert, load, late, errors
//	suite.go     files and modes, comparison, --update, summary
//
// Invariants:
//
//	G1  nothing sleeps: the clock is virtual and the node runs to quiescence
//	G2  an expectation is compared in every mode; modes that disagree fail, and
//	    are never written by an update
//	G3  what is not run is counted as skipped, with its reason
package goldentest
