package codec

import "golang.org/x/sys/cpu"

// wide tells whether the machine works on 32 bytes at once.
var wide = cpu.X86.HasAVX2

// minWide is the bytes that the wide ways want at least: they end with the last
// 64 bytes, whether those were looked at before or not.
const minWide = 64

// markBytes marks the quotes, backslashes and control characters of b in words,
// a bit a byte; high tells whether b has bytes above 0x7f.
func markBytes(b []byte, words []uint64) (high bool) {
	if !wide || len(b) < minWide {
		return markWords(b, words)
	}
	return markWide(&b[0], len(b), &words[0]) != 0
}

// markWide is markBytes of n bytes at p, at least minWide; n>>6+1 words are written.
//
//go:noescape
func markWide(p *byte, n int, words *uint64) (high uint32)

// cheapMarks tells whether marking a record costs less than looking at its texts
// one by one.
func cheapMarks() bool { return wide }

// validText tells whether b is UTF-8.
func validText(b []byte) bool {
	n := len(b)
	if !wide || n < minWide {
		return validUTF8(b)
	}
	return b[n-1] < 0xc0 && b[n-2] < 0xe0 && b[n-3] < 0xf0 && wrongWide(&b[0], n, &pairErrors) == 0
}

// wrongWide tells whether the n bytes at p, at least minWide, are not UTF-8. It
// does not see a character that the end cuts.
//
//go:noescape
func wrongWide(p *byte, n int, errors *[3][16]byte) (wrong uint32)

// What may be wrong with two bytes next to each other, by the method of Keiser
// and Lemire: each table knows what half a byte allows, and what all three do not
// rule out is wrong. Two continuations are right as the third and the fourth byte
// of a character, which is compared after.
const (
	tooShort    = 1 << iota // a lead or ASCII where a continuation has to be
	tooLong                 // a continuation behind ASCII
	overlong3               // e0 80 to e0 9f
	tooLarge                // f4 90 and above, f5 to ff 90 and above
	surrogate               // ed a0 and above
	overlong2               // c0, c1
	overlong4               // f0 80 to f0 8f, f5 to ff 80 to 8f
	twoContinue             // a continuation behind a continuation
	always      = tooShort | tooLong | twoContinue
)

// pairErrors are by the high and the low half of the first byte and by the high
// half of the second.
var pairErrors = [3][16]byte{
	{
		tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong,
		twoContinue, twoContinue, twoContinue, twoContinue,
		tooShort | overlong2, tooShort, tooShort | overlong3 | surrogate, tooShort | tooLarge | overlong4,
	},
	{
		always | overlong2 | overlong3 | overlong4, always | overlong2, always, always, always | tooLarge,
		always | tooLarge | overlong4, always | tooLarge | overlong4, always | tooLarge | overlong4, always | tooLarge | overlong4,
		always | tooLarge | overlong4, always | tooLarge | overlong4, always | tooLarge | overlong4, always | tooLarge | overlong4,
		always | tooLarge | overlong4 | surrogate, always | tooLarge | overlong4, always | tooLarge | overlong4,
	},
	{
		tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
		tooLong | twoContinue | overlong2 | overlong3 | overlong4, tooLong | twoContinue | overlong2 | overlong3 | tooLarge,
		tooLong | twoContinue | overlong2 | surrogate | tooLarge, tooLong | twoContinue | overlong2 | surrogate | tooLarge,
		tooShort, tooShort, tooShort, tooShort,
	},
}
