//go:build !amd64

package codec

// markBytes marks the quotes, backslashes and control characters of b in words,
// a bit a byte; high tells whether b has bytes above 0x7f.
func markBytes(b []byte, words []uint64) (high bool) { return markWords(b, words) }

// cheapMarks tells whether marking a record costs less than looking at its texts
// one by one.
func cheapMarks() bool { return false }

// validText tells whether b is UTF-8.
func validText(b []byte) bool { return validUTF8(b) }
