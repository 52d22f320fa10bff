package vec

// Warm takes the memory of builders that Finish has emptied, as much as their
// last vectors needed, in one piece a kind of memory rather than one a column:
// columns of a batch come and go together. nil builders and nested ones are left.
func Warm(builders []*Builder) {
	var ints, floats, offsets, bytes int
	for _, b := range builders {
		if !b.warmable() {
			continue
		}
		switch store(b.v.Type.Kind) {
		case storeI64:
			ints += b.want
		case storeF64:
			floats += b.want
		case storeBytes:
			offsets, bytes = offsets+b.want+1, bytes+b.data
		}
	}
	i64, f64, off, data := make([]int64, ints), make([]float64, floats), make([]int32, offsets), rawBytes(bytes)
	data = data[:bytes]
	for _, b := range builders {
		if !b.warmable() {
			continue
		}
		n := b.want
		switch store(b.v.Type.Kind) {
		case storeI64:
			b.v.I64, i64 = i64[:0:n], i64[n:]
		case storeF64:
			b.v.F64, f64 = f64[:0:n], f64[n:]
		case storeBytes:
			b.v.Off, off = off[:1:n+1], off[n+1:]
			b.v.Data, data = data[:0:b.data], data[b.data:]
		default:
			continue
		}
		b.cold = false
	}
}

func (b *Builder) warmable() bool { return b != nil && b.cold && len(b.kids) == 0 }
