package fuzzing

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

var (
	inputs = flag.Int("fuzzing.inputs", 0, "inputs that each fuzz target is given, made of its seeds and its kept corpus; 0: only these")
	seed   = flag.Uint64("fuzzing.seed", 20261120, "seed of what the inputs are made by")
)

// F is a testing.F whose Fuzz gives -fuzzing.inputs inputs when there are to be any.
type F struct {
	*testing.F
	seeds   int
	fixed   int
	perByte int
	records int
}

// On wraps f.
func On(f *testing.F) *F { return &F{F: f, fixed: 4 << 20, perByte: 1 << 10, records: 1} }

// Bound says what an input may make the target allocate, in bytes: so many
// whatever it is, and so many for each of its bytes.
func (f *F) Bound(fixed, perByte int) { f.fixed, f.perByte = fixed, perByte }

// Records says that an input stands for about n records that are decoded: it
// counts as so many.
func (f *F) Records(n int) { f.records = n }

// Add is testing.F's.
func (f *F) Add(args ...any) {
	f.seeds++
	f.F.Add(args...)
}

// Fuzz is testing.F's; the mutated inputs come behind the seeds and the corpus.
func (f *F) Fuzz(target any) {
	if *inputs == 0 {
		f.F.Fuzz(target)
		return
	}
	kept, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name()))
	if err != nil && !os.IsNotExist(err) {
		f.Fatal(err)
	}
	r := newRun(f, reflect.ValueOf(target))
	all := f.seeds + len(kept)
	// testing.F parses the corpus: it calls the target with each seed, and the last call makes the rest.
	f.F.Fuzz(reflect.MakeFunc(r.target.Type(), func(in []reflect.Value) []reflect.Value {
		t := in[0].Interface().(*testing.T)
		r.corpus = append(r.corpus, input(slices.Clone(in[1:])))
		if len(r.corpus) == all {
			r.all(t, max(1, *inputs/f.records))
		}
		return nil
	}).Interface())
	if len(r.corpus) != all {
		f.Fatalf("%d of %d seeds came", len(r.corpus), all)
	}
}
