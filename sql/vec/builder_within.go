package vec

import "encoding/binary"

// windowBytes are copied at once.
const windowBytes = 64

// AppendWithin appends the n bytes at i of p, which has them. Short ones cost no
// branch on their length: it reads p behind them too.
func (b *Builder) AppendWithin(p []byte, i, n int) {
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	at := len(b.v.Data)
	if n <= windowBytes && i+windowBytes <= len(p) && cap(b.v.Data)-at >= windowBytes {
		CopyWindow(b.v.Data[at:at+windowBytes], p[i:])
		b.v.Data = b.v.Data[:at+n]
	} else {
		b.v.Data = append(b.v.Data, p[i:i+n]...)
	}
	b.end(len(b.v.Data))
}

// CopyWindow copies the first 64 bytes of src, which both have.
func CopyWindow(dst, src []byte) {
	d, s := dst[:windowBytes:windowBytes], src[:windowBytes:windowBytes]
	w := binary.LittleEndian
	a, b, c, e := w.Uint64(s), w.Uint64(s[8:]), w.Uint64(s[16:]), w.Uint64(s[24:])
	w.PutUint64(d, a)
	w.PutUint64(d[8:], b)
	w.PutUint64(d[16:], c)
	w.PutUint64(d[24:], e)
	a, b, c, e = w.Uint64(s[32:]), w.Uint64(s[40:]), w.Uint64(s[48:]), w.Uint64(s[56:])
	w.PutUint64(d[32:], a)
	w.PutUint64(d[40:], b)
	w.PutUint64(d[48:], c)
	w.PutUint64(d[56:], e)
}
