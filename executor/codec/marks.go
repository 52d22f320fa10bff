package codec

import (
	"math/bits"
	"unicode/utf8"
)

// textMarks notes where the text of a record's strings may end: a bit for each
// byte that is a quote, a backslash or a control character. One pass over the
// record finds them all, so that the length of a text costs no branch.
type textMarks struct {
	words []uint64 // bit i&63 of word i>>6 is byte i; all of them are set behind the record
}

// take marks the bytes of b; false: b is not UTF-8.
func (m *textMarks) take(b []byte) (valid bool) {
	last := len(b) >> 6
	if last+2 > len(m.words) {
		m.words = make([]uint64, 2*last+8)
	}
	high := markBytes(b, m.words[:last+1])
	m.words[last] |= ^uint64(0) << (len(b) & 63)
	m.words[last+1] = ^uint64(0)
	return !high || validText(b)
}

// from are the marks of the 64 bytes from i on, that of i in the lowest bit.
func (m *textMarks) from(i int) uint64 {
	w := m.words[i>>6:]
	return w[0]>>(i&63) | w[1]<<1<<(^i&63)
}

// next is the first mark from i on, at most the end of the record.
func (m *textMarks) next(i int) int {
	for {
		if w := m.from(i); w != 0 {
			return i + bits.TrailingZeros64(w)
		}
		i += 64
	}
}

// markWords is markBytes eight bytes at a time.
func markWords(b []byte, words []uint64) (high bool) {
	var odd uint64
	for k := range words {
		p, w := b[64*k:], uint64(0)
		for i := 0; i < 64; i += 8 {
			var x uint64
			if len(p) >= 64 {
				x = word(p, i)
			} else if i < len(p) {
				x = wordAt(p, i)
			}
			odd |= x
			low := x & (ones * 0x7f)
			m := ((low^ones*'"')+ones*0x7f)&((low^ones*'\\')+ones*0x7f)&(low+ones*0x60) | x
			w |= ^m & highs * 0x0002040810204081 >> 56 << i
		}
		words[k] = w
	}
	return odd&highs != 0
}

// unmarkedEnd is the end of the plain text that begins at i, where marks are not
// cheap; 0: it is to be found by them.
func unmarkedEnd(b []byte, i int) int {
	if cheapMarks() {
		return 0
	}
	for i+8 <= len(b) {
		if m := stops(word(b, i)); m != 0 {
			if i += bits.TrailingZeros64(m) >> 3; b[i] == '"' {
				return i
			}
			return 0
		}
		i += 8
	}
	for ; i < len(b) && b[i] != '\\' && b[i]-' ' < utf8.RuneSelf-' '; i++ {
		if b[i] == '"' {
			return i
		}
	}
	return 0
}
