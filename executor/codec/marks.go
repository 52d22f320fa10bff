package codec

import "math/bits"

// textMarks notes where the text of a record's strings may end: a bit for each
// byte that is a quote, a backslash or a control character. One pass over the
// record finds them all, so that the length of a text costs no branch.
type textMarks struct {
	words []uint64 // bit i&63 of word i>>6 is byte i; all of them are set behind the record
}

// take marks the bytes of b; false: b is not UTF-8.
func (m *textMarks) take(b []byte) (utf8 bool) {
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
	clear(words)
	var odd uint64
	for i := 0; i < len(b); i += 8 {
		x := wordAt(b, i)
		odd |= x
		low := x & (ones * 0x7f)
		quote, slash := low^ones*'"', low^ones*'\\'
		m := ^((quote+ones*0x7f)&(slash+ones*0x7f)&(low+ones*0x60) | x) & highs
		words[i>>6] |= m >> 7 * 0x0102040810204080 >> 56 << (i & 63)
	}
	return odd&highs != 0
}
