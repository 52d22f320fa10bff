package log

import (
	"unsafe"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// walBlock is the unit in which a segment is written: a multiple of every disk's sector.
const walBlock = 4 << 10

// walOutput is the end of the active segment. It is written in whole blocks from memory that begins at one, so that
// writes may go past the page cache: the last block, not yet full, stays in memory and is written again with what
// follows, its first bytes as they were.
type walOutput struct {
	file  vfs.File
	start int64  // place of buf in the file, a multiple of walBlock
	buf   []byte // of memory that begins at a multiple of walBlock
	done  int    // bytes of buf that have been written
}

// at is the place of the next record.
func (o *walOutput) at() int64 { return o.start + int64(len(o.buf)) }

// unwritten is how many bytes wait.
func (o *walOutput) unwritten() int { return len(o.buf) - o.done }

// reserve makes room for n bytes, so that appending them does not move buf.
func (o *walOutput) reserve(n int) {
	need := blocks(len(o.buf) + n)
	if cap(o.buf) >= need {
		return
	}
	room := make([]byte, max(need, 2*cap(o.buf), 16*walBlock)+walBlock)
	skip := -int(uintptr(unsafe.Pointer(&room[0]))) & (walBlock - 1)
	o.buf = append(room[skip:skip:len(room)-walBlock+skip], o.buf...)
}

// blocks rounds up.
func blocks(n int) int { return (n + walBlock - 1) &^ (walBlock - 1) }

// begin turns to a place in a file; head is what the file has between the block's start and there.
func (o *walOutput) begin(f vfs.File, at int64, head []byte) {
	o.file, o.start, o.buf = f, at-int64(len(head)), o.buf[:0]
	o.reserve(len(head))
	o.buf = append(o.buf, head...)
	o.done = len(head)
}

// write writes what waits, zeros behind it to the end of the block, and keeps what does not fill one.
func (o *walOutput) write() error {
	n := len(o.buf)
	padded := o.buf[:blocks(n)]
	clear(padded[n:])
	if _, err := o.file.WriteAt(padded, o.start); err != nil {
		return err
	}
	full := n &^ (walBlock - 1)
	o.buf = o.buf[:copy(o.buf, o.buf[full:])]
	o.start += int64(full)
	o.done = len(o.buf)
	return nil
}

// direct makes writes go past the page cache where that works, which saves a small append a fifth of its time; it
// writes zeros over the first block to see.
func (o *walOutput) direct() {
	if !setDirect(o.file, true) {
		return
	}
	o.reserve(walBlock)
	if _, err := o.file.WriteAt(o.buf[:walBlock], o.start); err != nil {
		setDirect(o.file, false)
	}
}
