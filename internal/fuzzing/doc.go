// Package fuzzing gives a fuzz target millions of random inputs in one process:
// Go's own fuzzer looks for new paths and is slow, this one counts.
//
//	fuzzing.go  F: a testing.F whose Fuzz gives mutated inputs when asked for a number of them
//	run.go      the inputs one after the other: panics, hangs and memory without bound
//	mutate.go   an input made of others
//
// A target says On(f) first and is otherwise like any other. `go test` runs its
// seeds and its kept corpus, `go test -fuzz` searches by coverage, and
//
//	go test ./log/batch -run '^FuzzBatch$' -v -args -fuzzing.inputs 5000000
//
// runs that many inputs, made of seeds and corpus by a seeded source.
//
// What holds of every input: the target does not panic, fail or stand still, and
// allocates no more than 4 MiB and 1 KiB for each byte of the input, its own
// checks included, unless it says otherwise and why (F.Bound). Eight inputs are
// measured at a time; when they pass the bound together they are given again one
// by one.
//
// It knows nothing of what targets decode.
package fuzzing
