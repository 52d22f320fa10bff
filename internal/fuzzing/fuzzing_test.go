package fuzzing

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func FuzzItself(tf *testing.F) {
	f := On(tf)
	f.Add([]byte("abc"), "text", uint8(1), true)
	f.Fuzz(func(t *testing.T, b []byte, s string, n uint8, yes bool) {
		if len(b) > longest || len(s) > longest {
			t.Errorf("%d and %d bytes", len(b), len(s))
		}
	})
}

func in(args ...any) input {
	var out input
	for _, a := range args {
		out = append(out, reflect.ValueOf(a))
	}
	return out
}

// TestMutator: the same source makes the same inputs, nearly all of them differ,
// and what they are made of stays as it was.
func TestMutator(t *testing.T) {
	corpus := []input{in([]byte("SELECT 1"), int64(3)), in([]byte{0, 0, 0, 9, 1, 2}, int64(0)), in([]byte(nil), int64(1))}
	before := corpus[0].String() + corpus[1].String() + corpus[2].String()
	a, b := newMutator(rand.New(rand.NewPCG(1, 1)), corpus), newMutator(rand.New(rand.NewPCG(1, 1)), corpus)
	seen := map[string]bool{}
	for range 10_000 {
		x, y := a.next().String(), b.next().String()
		if x != y {
			t.Fatalf("%s and %s", x, y)
		}
		seen[x] = true
	}
	if len(seen) < 7000 {
		t.Errorf("%d different inputs of 10000", len(seen))
	}
	if after := corpus[0].String() + corpus[1].String() + corpus[2].String(); after != before {
		t.Errorf("the corpus became %s", after)
	}
}

func TestInputAsCorpusFile(t *testing.T) {
	got := in([]byte("a\x00"), "b\n", uint8(7), true).String()
	if want := "go test fuzz v1\n[]byte(\"a\\x00\")\nstring(\"b\\n\")\nuint8(0x7)\nbool(true)\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRunBlames: an input that allocates beyond the bound is found.
func TestRunBlames(t *testing.T) {
	var kept []byte
	f := &F{fixed: 1 << 20, perByte: 1 << 10}
	r := newRun(f, reflect.ValueOf(func(_ *testing.T, b []byte) {
		if strings.Contains(string(b), "!") {
			kept = make([]byte, 4<<20)
		}
	}))
	before := r.allocated()
	r.one(t, in([]byte("quiet")))
	if used := r.allocated() - before; used > r.bound(5) {
		t.Errorf("%d bytes for nothing", used)
	}
	before = r.allocated()
	r.one(t, in([]byte("loud!")))
	if used := r.allocated() - before; used <= r.bound(5) || len(kept) == 0 {
		t.Errorf("%d bytes for 4 MiB", used)
	}
}
