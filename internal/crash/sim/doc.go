// Package sim runs a whole node on a disk in memory that loses power, fails and
// fills up, and checks what the node promised against what is there afterwards.
//
//	disk.go      Disk: a crashable file system whose every operation can be counted, cut or failed
//	node.go      Node: a server on it, with a clock of its own
//	book.go      what a writer was told and what it tried; what a subscriber was sent
//	writer.go    statements of all kinds, one after the other
//	reader.go    subscribers, which go on by token in the next life
//	check.go     the node against the books, derived relations against the raw stream
//	queries.go   all queries run; closed windows and late rows
//	life.go      one life: open, check, work until the cut, lose the power
//	report.go    what a campaign counts
//
// The campaigns are tests with flags; Makefile's campaign lane has their full sizes:
//
//	power_test.go    power cuts at random operations of the disk, and at every named point
//	fault_test.go    every operation of the disk fails once; the disk fills up and is emptied
//	damage_test.go   every byte flipped, every file truncated and removed; image_test.go: the directories
//
// Two of three lives have so little memory for the state of queries that it
// goes to files (executor/spill) of a few rows each; the faults meet both kinds.
//
// Invariants that every check asserts:
//
//	C1  A node opens after any cut.
//	C2  What was acknowledged is there once; what was under way is there whole or not at all; nothing else is.
//	C3  A derived relation equals the same query over its sources.
//	C4  A subscriber that goes on by token gets every row once, in order; it was never sent a row that is not there.
//	C5  All queries run, and nothing warns; their counts of late rows and of rows given are right.
//	C6  A writer reads its own writes, in what queries make of them too, without a wait.
//
// It knows no internals of the log: it sees SQL, tokens and the disk.
package sim
