package codec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leatdb/leat/internal/fuzzing"
)

// TestFastFloatIsParseFloat compares with strconv: shortest texts of any bits,
// digits and exponents at random, and numbers half way between two floats.
func TestFastFloatIsParseFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	taken := 0
	check := func(text string) {
		t.Helper()
		if !numeral([]byte(text)) {
			return
		}
		f, end := fastFloat([]byte(text+",more: 1.5e10, and a tail"[:r.IntN(26)]), 0)
		if end == 0 {
			return
		}
		taken++
		if want, err := strconv.ParseFloat(text, 64); err != nil || f != want || end != len(text) || math.Signbit(f) != math.Signbit(want) {
			t.Fatalf("%s: got %v, %d bytes, want %v", text, f, end, want)
		}
	}
	for _, text := range []string{"0", "-0", "0.0", "-0.0e5", "9007199254740993", "9007199254740993e1", "1e23", "8.5e22", "5e-324", "1e64", "1e-64", "1e999", "9999999999999999999", "0.9999999999999999999"} {
		check(text)
	}
	for range 50_000 {
		check(strconv.FormatFloat(math.Float64frombits(r.Uint64()), 'e', -1, 64))
		check(strconv.FormatFloat(r.NormFloat64()*math.Pow(10, float64(r.IntN(40)-20)), 'f', -1, 64))
		check(fmt.Sprintf("%d.%0*de%d", r.Uint64()>>r.IntN(64), 1+r.IntN(9), r.IntN(1000), r.IntN(140)-70))
		half := math.Float64bits(r.Float64() * float64(uint64(1)<<(50+r.IntN(12))))
		lo, hi := math.Float64frombits(half), math.Float64frombits(half+1)
		check(strconv.FormatUint(uint64(lo)/2+uint64(hi)/2, 10))
	}
	if taken < 100_000 {
		t.Errorf("only %d numbers were taken", taken)
	}
}

// FuzzFastNumbers lets the quick readers of numbers judge any text: what they take
// is what the grammar takes, and what strconv makes of it.
func FuzzFastNumbers(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, text := range []string{"0", "-0", "01", "1.", ".5", "-12.5,", "123456.7}", "1234567.8]", "12345678.9", "1.234567", "12.34567 ", "0.000512345678901234567", "99999999999999999999.5", "123456789012345678", "1.5e", "1.5e+3", "-", "1.2.3", "1234567890123456789012", "1.23456789.", "12345.67e-5"} {
		f.Add(text)
		f.Add(text + `,"name":"a text behind it","more":1}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := []byte(text)
		if len(b) == 0 || b[0] != '-' && b[0]-'0' > 9 {
			return
		}
		s := jsonScan{b: b}
		end := s.number(0)
		if v, at := fastFloat(b, 0); at > 0 {
			if want, err := strconv.ParseFloat(text[:at], 64); at != end || err != nil || v != want || math.Signbit(v) != math.Signbit(want) {
				t.Fatalf("%q: got %v, %d bytes, want %v, %d", text, v, at, want, end)
			}
		}
		if v, at := fastInteger(b, 0); at > 0 {
			if want, err := strconv.ParseInt(text[:at], 10, 64); at != end || err != nil || v != want {
				t.Fatalf("%q: got %d, %d bytes, want %d, %d", text, v, at, want, end)
			}
		}
	})
}

// TestWordsAreBytes compares what looks at eight bytes at once with the plain loops.
func TestWordsAreBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	bits := []string{"a", "0", "é", "日本", "🌊", "\x00", "\xff", "\xc3", `\"`, `\\`, `\u00e9`, "long enough for a word", " ", "\x1f", "\x7f", "\x80"}
	for range 60_000 {
		n := r.IntN(6)
		var text strings.Builder
		for range n {
			text.WriteString(bits[r.IntN(len(bits))])
		}
		p := []byte(text.String())
		plain, ascii := true, true
		for _, c := range p {
			plain = plain && c > 0 && c < 0x80
			ascii = ascii && c < 0x80
		}
		if validUTF8(p) != utf8.Valid(p) {
			t.Fatalf("%q: valid %v", p, validUTF8(p))
		}
		if dst := make([]byte, len(p)+atOnce); (copyText(dst, p)&highs == 0) != plain || string(dst[:len(p)]) != string(p) {
			t.Fatalf("%q: copied as %q", p, dst)
		}
		end, odd := stringEnd(append(append([]byte{}, p...), `","more":1}`[:1+r.IntN(11)]...), 0)
		want := 0
		for want < len(p) && p[want] >= ' ' {
			if p[want] == '\\' {
				want++
			}
			want++
		}
		if want != len(p) {
			want = -1
		}
		if end != want || end >= 0 && (odd&^1 == 0) != ascii || end >= 0 && (odd&1 == 1) != strings.Contains(text.String(), `\`) {
			t.Fatalf("%q: ends at %d, odd %x", p, end, odd)
		}
		digits := strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
		u, at := digitsAt([]byte(digits+"x,y:12345"[:r.IntN(9)]), 0, 0)
		if strconv.FormatUint(u, 10) != digits || at != len(digits) {
			t.Fatalf("%s: %d, %d", digits, u, at)
		}
	}
}
