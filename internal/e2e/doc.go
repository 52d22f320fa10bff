// Package e2e starts the real binary and talks to it with real clients: psql
// where it is installed, pgx always. It knows the product only from outside.
//
//	node.go       building and running the binary
//	psql.go       running psql
//	browser.go    a page of a headless Chromium
//	questions.go  reading the golden files of testdata/questions for psql
package e2e
