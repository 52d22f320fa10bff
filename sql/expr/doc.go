// Package expr holds bound expressions and their evaluation over batches.
//
//	node.go        Node and its kinds: plan data
//	program.go     Context, Program: Compile, Eval, EvalBool, EvalRow, EvalConst
//	compile.go     nodes to ops, one call a kind
//	frame.go       the rows ops run over; selections and validity
//	op_leaf.go     columns, literals, parameters, pseudo columns
//	op_arith.go op_unary.go op_compare.go op_logic.go op_like.go op_list.go
//	op_decimal.go  decimals that fit 64 bits
//	op_cond.go     CASE, COALESCE, TryNull, subqueries
//	op_nested.go   fields, subscripts, constructors
//	op_call.go     function calls and lambdas
//	op_cast.go     casts
//	walk.go        Walk, Rewrite, Columns, Volatile, Immutable, Equal
//	fold.go        constant folding
//	print.go       Print (canonical), Text (for people)
//
// A program is a tree of ops; each evaluates a whole vector a batch, so dispatch
// costs once a batch. A selection is the ascending list of rows to compute; nil
// is all of them.
//
// Invariants:
//
//	E1  a result has as many slots as the batch; only selected ones count
//	E2  a row is evaluated by an operand only if the record-at-a-time engine would
//	    reach it: AND, OR, CASE, COALESCE and IN narrow the selection
//	E3  a failing row is NULL and reported once, with the error that engine meets first
//	E4  vectors are shared, never changed: a column costs no copy
//	E5  a Program is immutable; all that changes is in Context and frame
//
// In a filter AND stops at what is not true; as a value three-valued AND goes on
// after NULL, which a later FALSE may still decide. oracle_test.go holds E2 and
// E3 against an interpreter on random expressions.
//
// The package knows no names, no catalog and no plans: a Subquery's plan is
// opaque and run through Context.RunSubquery.
package expr
