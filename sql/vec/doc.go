// Package vec holds columns and batches in Arrow's memory layout. Operators
// read and write typed slices; nothing here allocates per row.
//
//	vec.go      Vec and Batch
//	bitmap.go   Bitmap
//	layout.go   which slices a kind uses
//	access.go   boxed values in and out, constants, NULLs
//	shared.go   NULLs and zeros that are never written
//	builder.go  Builder: a vector by appending; builder_text.go text written in place,
//	            builder_undo.go values taken back, builder_warm.go memory of several at
//	            once, and of vectors given back, builder_plain.go text copied by windows
//	select.go   Gather, Slice, Concat of vectors
//	picked.go   Pick: vectors whose values stay where they are, until somebody wants them Whole
//	batch.go    Compact, Slice, ConcatBatches
//	compare.go  CompareAt, EqualAt
//	key.go      the order-preserving key encoding, its hash
//	row.go      the compact row encoding of state and checkpoints
//	arrowio/    Arrow records and IPC; alone imports Arrow
//
// Invariants:
//
//	V1  a vector handed over is immutable and shared
//	V2  a value has the Go type of its kind (types.Value)
//	V3  a decimal is canonical text: what types.AppendDecimal writes
//	V4  a vector's bytes end at 2 GiB; batches are cut before
//	V5  encoded keys are equal exactly when the values are, and ordered as they are
//	V6  a picked vector goes only to who says that it takes some: nothing but Whole and Type, N, Picked works on it
//
// A vector's Off may start above 0 and the unused high bits of a bitmap may be
// set: both come from Slice. The package knows no SQL, no clock and no codec of
// the outside.
package vec
