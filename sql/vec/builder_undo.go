package vec

// Truncate takes values back until n are left, with all that was appended to
// the parts of a nested value that has not been ended; n is at most Len.
func (b *Builder) Truncate(n int) {
	v, parts := &b.v, n
	if !b.cold {
		v.N = n
		v.Valid, v.Bits = v.Valid.cut(n), v.Bits.cut(n)
		switch store(v.Type.Kind) {
		case storeI64:
			v.I64 = v.I64[:n]
		case storeF64:
			v.F64 = v.F64[:n]
		case storeBytes:
			v.Off = v.Off[:n+1]
			v.Data = v.Data[:v.Off[n]]
		case storeFixed:
			v.Data = v.Data[:16*n]
		case storeList:
			v.Off = v.Off[:n+1]
			parts = int(v.Off[n])
		}
	}
	for i := range b.kids {
		b.kids[i].Truncate(parts)
	}
}

// cut keeps the first n bits, those behind them clear; nil stays nil.
func (b Bitmap) cut(n int) Bitmap {
	if b == nil {
		return nil
	}
	b = b[:(n+7)/8]
	if r := n & 7; r != 0 {
		b[n>>3] &= 1<<r - 1
	}
	return b
}

// Lent is the vector as it is so far, until the next call of the builder.
func (b *Builder) Lent() *Vec { return &b.v }
