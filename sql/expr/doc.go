// Package expr holds bound expressions and their evaluation over batches.
//
//	node.go   Node and its kinds: plan data
package expr
