package vec

// windowBytes are copied at once.
const windowBytes = 64

// AppendPlain appends the n bytes at i of p, which has them: text without a quote,
// a backslash or a control character (Vec.Plain). Short ones cost no branch on
// their length: it reads p behind them too.
func (b *Builder) AppendPlain(p []byte, i, n int) {
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
	dst, src = dst[:windowBytes:windowBytes], src[:windowBytes:windowBytes]
	*(*[16]byte)(dst) = [16]byte(src)
	*(*[16]byte)(dst[16:]) = [16]byte(src[16:])
	*(*[16]byte)(dst[32:]) = [16]byte(src[32:])
	*(*[16]byte)(dst[48:]) = [16]byte(src[48:])
}
