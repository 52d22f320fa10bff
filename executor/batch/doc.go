// Package batch runs pull plans: queries that end, over tables, streams up to
// their end, and virtual tables. It is the only executor of catalog queries.
//
//	run.go        Runtime, Rows, frames, evaluation helpers
//	build.go      plan node -> operator
//	scan.go       relations, virtual tables, VALUES
//	project.go    filter, project, set-returning functions
//	join.go       hash and nested-loop joins, lateral
//	aggregate.go  GROUP BY
//	kernel.go     aggregate kernels for a call
//	window.go     GROUP BY over stream windows
//	over.go       functions OVER a window
//	sort.go       ORDER BY, LIMIT, DISTINCT
//	setop.go      UNION, INTERSECT, EXCEPT
//	with.go       common table expressions, recursive ones too
//	subquery.go   scalar, EXISTS, IN, ARRAY subqueries; correlation
//
// Invariants:
//
//	B1  a batch between operators has no selection and no tombstones
//	B2  a failing expression fails the statement; nothing is skipped
//	B3  operators look at the context at least once a batch
//
// Operators are pull-based and run in the caller's goroutine; memory they hold
// is accounted against Runtime.MaxBytes. The package knows no catalog and no
// sessions: relations and virtual tables come in by interface.
package batch
