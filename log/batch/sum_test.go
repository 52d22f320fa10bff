package batch

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// TestSumsAreThoseOfTheLibrary compares sums of all lengths about a step, at all places of memory about a vector, with
// those of hash/crc32.
func TestSumsAreThoseOfTheLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 70<<10)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	for n := range 3*wideStep + wideFrom {
		from := n % 67
		checkSum(t, rng.Uint32(), b[from:from+n])
	}
	for range 1000 {
		from, n := rng.IntN(1<<10), rng.IntN(69<<10)
		checkSum(t, rng.Uint32(), b[from:from+n])
	}
	clear(b)
	for i := range 2048 { // every bit of a step by itself
		b[i/8] = 1 << (i % 8)
		checkSum(t, 0, b[:4096])
		b[i/8] = 0
	}
}

func checkSum(t *testing.T, crc uint32, b []byte) {
	t.Helper()
	if got, want := UpdateSum(crc, b), crc32.Update(crc, castagnoli, b); got != want {
		t.Fatalf("%d bytes behind %08x: %08x, want %08x", len(b), crc, got, want)
	}
}

// BenchmarkSum shows what a sum costs beside that of the library.
func BenchmarkSum(b *testing.B) {
	for _, n := range []int{1 << 10, 4 << 10, 64 << 10, 512 << 10} {
		p := make([]byte, n)
		for name, sum := range map[string]func(uint32, []byte) uint32{
			"own": UpdateSum, "library": func(crc uint32, p []byte) uint32 { return crc32.Update(crc, castagnoli, p) },
		} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				b.SetBytes(int64(n))
				for b.Loop() {
					sum(0, p)
				}
			})
		}
	}
}
