// Package examples carries the public-domain data that `leat demo` loads, so
// that the binary needs nothing beside it, and the SQL of the demo.
//
//	examples.go         the embedded files
//	demo.sql            the streams, tables and queries of `leat demo`
//	flights.csv         33,363 flights of two days of January 2001 (US BTS), by reported_at
//	airports.csv        3,376 airports, key iata
//	earthquakes.jsonl   1,707 quakes of one week of 2018 (USGS), by updated_at
package examples

import "embed"

// FS holds the files of this folder.
//
//go:embed *.csv *.jsonl *.sql
var FS embed.FS
