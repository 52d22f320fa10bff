// Package crash kills the real binary with SIGKILL under load, again and again,
// and counts what was lost or doubled.
//
//	campaign.go   cycles: load, kill, restart, check
//	follow.go     push queries over HTTP that go on by token in the next life
//	load.go       writers and subscribers; what was acknowledged, what is unknown
//	check.go      the log against the acknowledgements, derived tables against the log
//
// An unknown outcome (the connection broke before the answer) may be there once
// or not at all; an acknowledged row is there exactly once. Derived relations
// must equal the same query asked of the raw stream.
package crash
