// Package clients runs the client matrix: real PostgreSQL clients, as their
// registries ship them, against the real binary. A client is one small script;
// it speaks to the runner in lines that begin with "@ ".
//
//	matrix.go    the clients, the cells, and the cells that a client cannot do, with the reason
//	install.go   where the installed clients are, and the commands that run the scripts
//	fixture.go   the tables of one client, and the values that make the round trip
//	run.go       one run: the script's lines, its cells
//	tail.go      a push query in the script: rows inserted elsewhere, the clock on the first row and on the cancel
//	page.go      docs/clients.md
//	python/ node/ java/ perl/ golang/   the scripts, and one manifest of pinned versions each
//
// A script says `ok CELL`, `fail CELL TEXT` or `version TEXT`; while it tails it
// says `open HOW`, `row ID WORD`, `cancel`, `stopped CODE` and `again`.
//
// Invariants:
//
//	C1  A cell passes when its script says so and nothing contradicts it: a cell
//	    that is n/a may not be reported, one that is not must be.
//	C2  The runner holds the clock of a tail, and the connection that inserts.
//	C3  What a client wrote is read back by another one, as text, and compared.
//	C4  docs/clients.md is written only from a run of all clients in which all passed.
//
// It knows the server only from outside.
package clients
