package codec

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leatdb/leat/internal/fuzzing"
)

// checkMarks compares the marks of b, by words and as the machine does, with the
// plain loop, and its check of UTF-8 with the library's.
func checkMarks(t *testing.T, b []byte) {
	t.Helper()
	var m textMarks
	want, valid := make([]uint64, len(b)>>6+1), utf8.Valid(b)
	high := false
	for i, c := range b {
		if c == '"' || c == '\\' || c < ' ' {
			want[i>>6] |= 1 << (i & 63)
		}
		high = high || c >= utf8.RuneSelf
	}
	for name, mark := range map[string]func([]byte, []uint64) bool{"markWords": markWords, "markBytes": markBytes} {
		got := slices.Repeat([]uint64{0x5555}, len(want))
		if odd := mark(b, got); odd != high {
			t.Fatalf("%s of %q: high %v", name, b, odd)
		}
		if got[len(b)>>6] &= 1<<(len(b)&63) - 1; !slices.Equal(got, want) {
			t.Fatalf("%s of %q: %x, want %x", name, b, got, want)
		}
	}
	if got := validText(b); got != valid {
		t.Fatalf("%q is UTF-8: %v", b, got)
	}
	if got := m.take(b); got != valid {
		t.Fatalf("%q is taken as UTF-8: %v", b, got)
	}
	for i := range len(b) + 1 {
		end := i
		for end < len(b) && want[end>>6]>>(end&63)&1 == 0 {
			end++
		}
		if got := m.next(i); got != end {
			t.Fatalf("%q: the mark from %d on is at %d, want %d", b, i, got, end)
		}
	}
}

// TestMarksAreTheBytes takes texts of all lengths around the machine's words,
// right ones and some with a byte changed or the end cut.
func TestMarksAreTheBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	parts := []string{"a", "plain text", "é", "日本", "🌊", `"`, `\`, "\x1f", "\x7f", "\u0800", "\U00010000", "\U0010ffff", "\ud7ff", "\ue000", " "}
	for range 4000 {
		var text strings.Builder
		for range r.IntN(60) {
			text.WriteString(parts[r.IntN(len(parts))])
		}
		b := []byte(text.String())
		if len(b) > 0 && r.IntN(2) == 0 {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		if r.IntN(2) == 0 {
			b = b[:r.IntN(len(b)+1)]
		}
		checkMarks(t, b)
	}
}

// TestEveryPairOfBytesIsJudged puts every two bytes, and every three that begin
// as long characters do, before, on and behind the seams of the wide check.
func TestEveryPairOfBytesIsJudged(t *testing.T) {
	b := []byte(strings.Repeat("x", 100))
	check := func(at int, p ...byte) {
		copy(b[at:], p)
		if got, want := validText(b), utf8.Valid(b); got != want {
			t.Fatalf("% x at %d: %v", p, at, got)
		}
		copy(b[at:], "xxxx")
	}
	for _, at := range []int{0, 30, 31, 63, 96} {
		for x := range 1 << 16 {
			check(at, byte(x>>8), byte(x))
			check(at, byte(x>>8), byte(x), 0x80)
			check(at, byte(x>>8), byte(x), 0x80, 0xbf)
		}
	}
}

func FuzzMarks(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add([]byte(`{"id":1,"title":"caf\u00e9 Grüße \"x\"","body":"日本語 🌊 and more text than sixty four bytes hold"}`))
	f.Add([]byte(strings.Repeat("\xf0\x90\x80", 40)))
	f.Fuzz(func(t *testing.T, b []byte) { checkMarks(t, b) })
}
