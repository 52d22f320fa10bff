package log

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/hashicorp/raft"
)

// walInPlace is the size from which an entry's data is written from where it lies in memory, not copied before.
const walInPlace = 64 << 10

// walHead is what stands before the data of an entry without extensions.
const walHead = walHeader + walBodyHeader

// walPadding is how many zeros follow an entry's data of n bytes.
func walPadding(n int) int { return -(walHead + n) & (walAlign - 1) }

// placeOf is a place's share of a block, in memory or in a file.
func placeOf(b []byte) int64 {
	return int64(uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (walBlock - 1))
}

// gapBefore is how long a record has to stand before that of l, for its data to have the same place in a block of the
// file as in one of memory; ok is false when it is not to be written from there.
func (o *walOutput) gapBefore(l *raft.Log) (gap int64, ok bool) {
	if len(l.Data) < walInPlace {
		return 0, false
	}
	at := placeOf(l.Data) - walHead - int64(len(l.Extensions))
	if at&(walAlign-1) != 0 {
		return 0, false
	}
	gap = (at - o.at()) & (walBlock - 1)
	if gap > 0 && gap < walHeader {
		gap += walBlock
	}
	return gap, true
}

// gapLocked writes a record of so many bytes that says nothing.
func (w *wal) gapLocked(gap int64) {
	if gap == 0 {
		return
	}
	out := &w.w.out
	out.reserve(int(gap))
	r := walRecord{kind: walGap, mark: w.w.synced, body: zeroBlock[:gap-walHeader]}
	out.buf = appendWALRecord(out.buf, r, w.group, walAt(w.active().generation, out.at()))
}

var zeroBlock [walBlock + walHeader]byte

// placeLocked encodes an entry as putLocked does, but writes the whole blocks of its data from where they are. The
// place is right for that.
func (w *wal) placeLocked(l *raft.Log, at walPos) error {
	out := &w.w.out
	out.reserve(walHead + len(l.Extensions) + walBlock)
	out.buf = w.appendEntryHeadLocked(out.buf, l, at)
	front := -len(out.buf) & (walBlock - 1)
	out.buf = append(out.buf, l.Data[:front]...)
	if err := w.flushLocked(false); err != nil {
		return err
	}
	rest := l.Data[front:]
	if n := -len(rest) & (walAlign - 1); zerosBehind(rest, n) {
		rest = rest[:len(rest)+n] // the padding, which may fill the last block
	}
	whole, filled := len(rest)&^(walBlock-1), false
	all := rest[:whole]
	if n := -len(rest) & (walBlock - 1); zerosBehind(rest, n) { // as walOutput.write pads a block
		all, filled = rest[:len(rest)+n], true
	}
	if _, err := out.file.WriteAt(all, out.start); err != nil {
		return w.failLocked(fmt.Errorf("write %s: %w", w.active().path, err))
	}
	out.start += int64(whole)
	w.wroteLocked(int64(whole))
	out.reserve(walBlock)
	out.buf = append(out.buf, rest[whole:]...)
	out.buf = append(out.buf, padding[:-out.at()&(walAlign-1)]...)
	if filled {
		out.done = len(out.buf)
		w.wroteLocked(int64(out.done))
	}
	return nil
}

// zerosBehind tells whether n zeros, less than a block, stand behind b in its memory.
func zerosBehind(b []byte, n int) bool {
	return cap(b)-len(b) >= n && bytes.Equal(b[len(b):len(b)+n], zeroBlock[:n])
}
