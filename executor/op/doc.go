// Package op holds the streaming operators: each turns input batches into
// output batches, keeping the order of rows.
//
//	op.go   Operator, Ctx, Failure
package op
