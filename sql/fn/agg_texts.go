package fn

import (
	"encoding/binary"
	"math/bits"

	"github.com/leatdb/leat/sql/vec"
)

// Texts keeps what several aggregates of a group hold, one text each, in one
// piece of bytes: for each of them 0 for nothing yet, 1 for a NULL, or 2 and the
// text's length, then the text. No piece is nothing yet for all of them.
type Texts struct {
	holds []*offsetKernel
	buf   []byte
}

// What stands before a text.
const (
	textNone = iota
	textNull
	textSome
)

// Hold takes a kernel in whose state is one text, or bytes, and gives its place;
// false for others. The kernel is then not to be called but for what it tells.
func (t *Texts) Hold(k AggKernel) (place int, ok bool) {
	o, ok := k.(*offsetKernel)
	if !ok || o.list || !vec.InBytes(o.t.Kind) {
		return 0, false
	}
	t.holds = append(t.holds, o)
	return len(t.holds) - 1, true
}

// Len is the number of kernels taken in.
func (t *Texts) Len() int { return len(t.holds) }

// Fold is the piece after a row, lent until the next Fold, and whether it is
// another: args are the columns by place, nil for one that does not take the row.
func (t *Texts) Fold(piece []byte, args []*vec.Vec, row int) (next []byte, changed bool) {
	t.buf = t.buf[:0]
	for i, k := range t.holds {
		var mark int
		var old []byte
		mark, old, piece = nextText(piece)
		v := args[i]
		switch {
		case v == nil || !k.keepNulls && v.Null(row) || !k.latest && mark != textNone:
			t.buf = append(binary.AppendUvarint(t.buf, uint64(mark)), old...)
			continue
		case v.Null(row):
			t.buf = append(t.buf, textNull)
		default:
			s := v.Str(row)
			t.buf = append(binary.AppendUvarint(t.buf, uint64(textSome+len(s))), s...)
		}
		changed = true
	}
	return t.buf, changed
}

// nextText takes one mark with its text off the front of a piece.
func nextText(piece []byte) (mark int, text, rest []byte) {
	x, w := binary.Uvarint(piece)
	if w <= 0 {
		return textNone, nil, nil
	}
	piece = piece[w:]
	if x <= textSome {
		return int(x), nil, piece
	}
	if x-textSome > uint64(len(piece)) {
		return textNone, nil, nil
	}
	return int(x), piece[:x-textSome], piece[x-textSome:]
}

// Result appends what the kernel at a place holds in a piece.
func (t *Texts) Result(piece []byte, place int, out *vec.Builder) {
	for {
		mark, text, rest := nextText(piece)
		switch {
		case place > 0 && len(rest) > 0:
			place, piece = place-1, rest
		case place == 0 && mark >= textSome:
			out.AppendBytes(text)
			return
		default:
			out.AppendNull()
			return
		}
	}
}

// Replaces tells whether any row of args makes a new piece of its own, whatever
// the one before.
func (t *Texts) Replaces(args []*vec.Vec) bool {
	for i, k := range t.holds {
		if !k.latest || args[i] == nil || args[i].NullCount() > 0 {
			return false
		}
	}
	return true
}

// Size is the length of the piece that a row makes, as Replaces tells.
func (t *Texts) Size(args []*vec.Vec, row int) (n int) {
	for _, v := range args {
		k := textSome + int(v.Off[row+1]-v.Off[row])
		n += k - textSome + (bits.Len(uint(k))+6)/7
	}
	return n
}

// Put writes the piece that a row makes to dst, which has its size.
func (t *Texts) Put(dst []byte, args []*vec.Vec, row int) {
	for _, v := range args {
		s := v.Str(row)
		if n := textSome + len(s); n < 0x80 {
			dst[0] = byte(n)
			dst = dst[1:]
		} else {
			dst = dst[binary.PutUvarint(dst, uint64(n)):]
		}
		dst = dst[copy(dst, s):]
	}
}
