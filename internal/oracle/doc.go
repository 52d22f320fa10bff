// Package oracle makes random queries whose answers another database can check.
//
//	schema.go   the tables and their random rows
//	query.go    queries: joins, groups, set operations, subqueries, windows
//	expr.go     expressions by type
//
// Queries have one answer: every one is ordered by all of its columns, none can
// fail (no division by a column, no overflow), and none asks for what is
// documented to differ from PostgreSQL (the scale of a decimal among decimals of
// other scales; docs/sql.md). The test holds them against a PostgreSQL
// 15 at rest, and continuous ones against the same query at rest.
package oracle
