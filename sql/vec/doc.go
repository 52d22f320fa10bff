// Package vec holds columns and batches in Arrow's memory layout. Operators
// read and write typed slices; nothing here allocates per row.
//
//	vec.go      Vec and Batch
//	bitmap.go   Bitmap
package vec
