package fuzzing

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// input is what a target is called with.
type input []reflect.Value

// size is the length of all its texts and bytes.
func (in input) size() int {
	n := 0
	for _, v := range in {
		if k := v.Kind(); k == reflect.Slice || k == reflect.String {
			n += v.Len()
		}
	}
	return n
}

// String is the input as lines of a corpus file.
func (in input) String() string {
	var b strings.Builder
	b.WriteString("go test fuzz v1\n")
	for _, v := range in {
		switch v.Kind() {
		case reflect.Slice:
			fmt.Fprintf(&b, "[]byte(%q)\n", v.Bytes())
		default:
			fmt.Fprintf(&b, "%s(%#v)\n", v.Type(), v)
		}
	}
	return b.String()
}

// block is how many inputs are measured together.
const block = 8

// stuck is how long one input may take, on a machine that does much else.
const stuck = 2 * time.Minute

// run is a target at work.
type run struct {
	f      *F
	target reflect.Value
	corpus []input
	now    atomic.Pointer[input] // that the target works at
	heap   []metrics.Sample
	// most is the greatest allocation of a block, in bytes; together counts blocks that passed the bound though
	// none of their inputs did alone.
	most     uint64
	together int
}

func newRun(f *F, target reflect.Value) *run {
	return &run{f: f, target: target, heap: []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}}
}

// all gives the target its seeds and then n inputs.
func (r *run) all(t *testing.T, n int) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	done := make(chan struct{})
	defer close(done)
	go r.watch(done)
	for _, in := range r.corpus {
		r.one(t, in)
	}
	m := newMutator(rand.New(rand.NewPCG(*seed, 1)), r.corpus)
	var some [block]input
	bytes := 0
	for given := 0; given < n; {
		k := min(block, n-given)
		before := r.allocated()
		size := 0
		for i := range k {
			some[i] = m.next()
			size += some[i].size()
			r.one(t, some[i])
		}
		used := r.allocated() - before
		r.most = max(r.most, used)
		if used > r.bound(size) {
			r.blame(t, some[:k])
		}
		given += k
		bytes += size
	}
	t.Logf("campaign: %s: %d inputs of %d seeds, %d bytes on average, seed %d; %d of them took %d KiB at most, bound %d KiB and %d bytes a byte%s",
		r.f.Name(), n, len(r.corpus), bytes/max(n, 1), *seed, block, r.most>>10, r.f.fixed>>10, r.f.perByte, r.others())
}

func (r *run) bound(size int) uint64 { return uint64(r.f.fixed + r.f.perByte*size) }

// allocated is all that was ever allocated, in bytes, to about a page a size class.
func (r *run) allocated() uint64 {
	metrics.Read(r.heap)
	return r.heap[0].Value.Uint64()
}

// blame finds the inputs of a block that pass the bound on their own.
func (r *run) blame(t *testing.T, some []input) {
	for _, in := range some {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r.one(t, in)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > r.bound(in.size()) {
			t.Fatalf("%d bytes allocated, %d are the bound, for\n%s", used, r.bound(in.size()), in)
		}
	}
	r.together++
}

// others tells of what is not so of every target: inputs of many records, and
// blocks that passed the bound together.
func (r *run) others() string {
	out := ""
	if r.f.records > 1 {
		out = fmt.Sprintf(", some %d records an input", r.f.records)
	}
	if r.together > 0 {
		out += fmt.Sprintf(", which %d times only %d together passed", r.together, block)
	}
	return out
}

// one gives the target an input; when that fails, the input is told.
func (r *run) one(t *testing.T, in input) {
	r.now.Store(&in)
	ok := false
	defer func() {
		if !ok || t.Failed() {
			t.Logf("seed %d, input\n%s", *seed, in)
		}
	}()
	switch f := r.target.Interface().(type) {
	case func(*testing.T, []byte):
		f(t, in[0].Bytes())
	case func(*testing.T, string):
		f(t, in[0].String())
	default:
		r.target.Call(append([]reflect.Value{reflect.ValueOf(t)}, in...))
	}
	ok = true
	if t.Failed() {
		t.FailNow()
	}
}

// watch ends the process, with the input, when the target stands still.
func (r *run) watch(done chan struct{}) {
	tick := time.NewTicker(stuck)
	defer tick.Stop()
	var last *input
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		if now := r.now.Load(); now != last {
			last = now
			continue
		}
		fmt.Fprintf(os.Stderr, "%s stands still, seed %d, input\n%s", r.f.Name(), *seed, *last)
		panic("fuzz target stands still")
	}
}
