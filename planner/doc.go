// Package planner turns a parsed query into a Plan, which is data: names are
// bound, meaning (null logic, overflow, casts) is explicit in nodes, stages are
// cut at repartitions.
//
//	plan.go batch.go          Plan, stages, streaming nodes; nodes of pull plans
//	build.go persistent.go    Build, BuildPersistent, BuildInsertSelect
//	binder.go scope.go        state of one statement; names in reach
//	bind_*.go                 syntax -> bound expressions, one family a file
//	coerce.go arith.go        common types, implicit casts, arithmetic typing
//	tree.go                   generic walks over expressions and batch plans
//	query.go select*.go group.go from*.go setop.go cte.go srf.go over.go   pull plans
//	rule_*.go                 rewrites of pull plans, one a file
//	stream*.go stage.go sink.go   streaming plans
//	create*.go insert.go mutate.go   CREATE, INSERT, UPDATE, DELETE
//	explain*.go               plans as text and JSON
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
