// Package main is the scripts of the client matrix that are written in Go: one
// client a run, named by the first argument.
//
//	main.go   chooses the client
//	cells.go  the lines it says, its tables, the values of the round trip
//	pgx.go    jackc/pgx: all its query modes, batches, pipelines, COPY
//	tails.go  pgx following a push query
//	libpq.go  lib/pq below database/sql
package main
