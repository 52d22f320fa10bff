// Package ref holds the twins of the streaming operators: one record at a time,
// boxed values, Go maps, the obvious code. It is the oracle of executor/op's
// tests and never the product.
//
//	tree.go       Rec, Tree: records go depth first through the whole tree
//	eval.go       expressions over one record
//	rows.go       filter, project, explode
//	changes.go    a table's changes as rows of a stream
//	aggregate.go  GROUP BY without a window
//	window.go     tumbling and hopping windows
//	session.go    session windows
//	joins.go      stream-table and table-table joins
//	streams.go    stream-stream join
//	foreign.go    foreign-key join
//	pairs.go      join of tables on any condition
//
// A group here is the list of its rows; its aggregates are folded anew for each
// output, so undo, merge and rollback of op are checked against a plain fold.
package ref
