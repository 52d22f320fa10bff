// Package tidy is the style guide as a test: what the house agreed on is checked
// on every run of `go test ./...`.
//
//	tree.go      walks the repository and parses its Go files once
//	imports.go   the import table of the rooms; TiDB and Arrow stay behind one door each
//	sizes.go     file and function lengths, with a ratchet
//	banned.go    calls that break determinism, words that promise later work
//	fuzz.go      fuzz targets that campaigns can count
//	comments.go  package comments, paths named in docs
//	ratchet.txt  today's exceptions; an entry may shrink or go, never grow
//
// A check returns its findings as lines a person can act on; the test prints all
// of them at once.
package tidy
