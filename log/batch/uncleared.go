package batch

import (
	"strings"
	"unsafe"
)

// Uncleared gives n bytes or more that nobody has cleared: what is read of them has to be written before. Only
// strings.Builder gives such memory; its own string of one byte is dropped.
func Uncleared(n int) []byte {
	var s strings.Builder
	s.Grow(n + 1)
	s.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(s.String()), s.Cap())
}
