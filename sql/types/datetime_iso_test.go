package types

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The quick parser and the full one agree, in UTC and in a zone whose clock
// changes; broken texts are left to the full one.
func TestISOAgainstFullParser(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	berlin, err := LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	zones := []string{"", "Z", "+02", "-05:30", "+14:00", "+15:59", "+2", "z", "+99:00", " UTC"}
	quick := 0
	for range 20000 {
		s := fmt.Sprintf("%04d-%02d-%02d%c%02d:%02d:%02d", r.IntN(3000), 1+r.IntN(13), 1+r.IntN(31), " T"[r.IntN(2)], r.IntN(25), r.IntN(60), r.IntN(61))
		if r.IntN(2) == 0 {
			s += fmt.Sprintf(".%d", r.IntN(100000000))
		}
		s += zones[r.IntN(len(zones))]
		if r.IntN(20) == 0 {
			i := r.IntN(len(s))
			s = s[:i] + "x" + s[i+1:]
		}
		got, ok := isoTimestamp(s, berlin)
		if !ok {
			continue
		}
		quick++
		if want, err := anyTimestamp(s, berlin); err != nil || got != want {
			t.Fatalf("%q: %d, full parser %d, %v", s, got, want, err)
		}
	}
	if quick < 5000 {
		t.Errorf("only %d of 20000 went the quick way", quick)
	}
}

func BenchmarkParseTimestamp(b *testing.B) {
	for _, s := range []string{"2026-11-20T04:38:16.682764Z", "Nov 20, 2026 4:38 PM"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := ParseTimestamp(s, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
