// Package planner turns a parsed query into a Plan, which is data: names are
// bound, meaning (null logic, overflow, casts) is explicit in nodes, stages are
// cut at repartitions.
//
//	plan.go batch.go          Plan, stages, streaming nodes; nodes of pull plans
//	build.go persistent.go    Build, BuildPersistent, BuildInsertSelect
//	binder.go scope.go        state of one statement; names in reach
//	suggest.go show.go        nearest names; expressions as text
//	bind_*.go                 syntax -> bound expressions, one family a file
//	coerce.go coerce_list.go arith.go operators.go   common types, implicit casts, arithmetic, operators that are functions
//	tree.go tree_batch.go     generic walks over expressions and batch plans
//	query.go setop.go         query expressions, set operations, WITH
//	select.go select_list.go group.go over.go   one SELECT block: output, names, GROUP BY, OVER
//	dependent.go      columns that follow from a grouped primary key
//	from.go from_*.go         FROM of pull plans: relations, views, functions, joins
//	rules.go rule_*.go        rewrites of pull plans, one a file
//	window.go idle.go         window clauses and their defaults; windows that the clock closes
//	stream.go stream_*.go     streaming plans: sources, blocks, grouping, joins
//	stream_partition.go       which rows meet in a partition
//	stream_join_condition.go  ON, USING and what WHERE says of a cross join
//	stream_join_pairs.go      tables joined on any condition
//	stream_changes.go         changes(t): a table read as a stream
//	stream_windowed.go        windowed tables as sources
//	stage.go                  stages, exchanges, old values, columns that are read
//	create.go create_*.go     CREATE: columns, WITH properties, formats
//	insert.go insert_ksql.go conflict.go mutate.go   INSERT, what ksqlDB's takes, ON CONFLICT, UPDATE, DELETE
//	infer.go dependent.go     columns from registered schemas; columns that follow from a grouped key
//	explain.go explain_*.go   plans as text, JSON and hash
//	upgrade_ksql.go   what CREATE OR REPLACE may change of a grouped query in ksqlDB
//	pull_ksql.go show_ksql.go ksqlDB's rules on pull queries; its messages' texts and places
//
// Invariants:
//
//	P1  a user error unwinds the binder as a bail, recovered only by exported
//	    functions (catch); any other panic is a bug and passes through
//	P2  a Plan holds no reference to the catalog's mutable state or the syntax tree
//	P3  every table result has key columns in its schema, hidden when not projected
//	P4  no node of a finished plan has type Unknown or is a private placeholder
//	P5  all inputs of a stage have the stage's partition count
//
// The package knows nothing of storage, tasks or the wire, and never reads a
// clock: time comes in by Options.
package planner
