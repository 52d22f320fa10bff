// Package spill keeps the rows of states that have outgrown their memory, in a
// Pebble store on disk (executor/state.Cold).
//
//	store.go  Store: rows by region and key; waiting for its writes
//	view.go   View: the rows as of one moment
//	files.go  its files: tables of rows on disk, everything else in memory
//
// Invariants:
//
//	S1  Nothing here outlives the process: a store begins empty, in a directory
//	    that it empties first, and its files go with Close. Nothing is synced.
//	S2  After the first failure of a write every call answers with it: what is in
//	    the store may be less than was put there.
//	S3  Some disk space stays free: a store that would take it fails instead.
//
// The package knows neither tables nor operators: rows are bytes.
package spill
