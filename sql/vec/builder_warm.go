package vec

// Warm takes the memory of builders that Finish has emptied, as much as their
// last vectors needed, in one piece a kind of memory rather than one a column:
// columns of a batch come and go together. nil builders and nested ones are left,
// and so are those that Recycle gave memory.
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
	if ints|floats|offsets == 0 {
		return
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
			b.v.I64, i64 = i64[:n:n], i64[n:]
		case storeF64:
			b.v.F64, f64 = f64[:n:n], f64[n:]
		case storeBytes:
			b.v.Off, off = off[:n+1:n+1], off[n+1:]
			b.v.Data, data = data[:0:b.data], data[b.data:]
		default:
			continue
		}
		b.cold = false
	}
}

func (b *Builder) warmable() bool { return b != nil && b.cold && len(b.kids) == 0 }

// Recycle takes the memory of a vector as Finish gave it, for the values that
// come next, and leaves v empty. Only its one owner may give a vector back: no
// part of it, its text included, is held by anybody else or looked at again. A
// builder that has begun anew lets the vector be.
func (b *Builder) Recycle(v *Vec) {
	kind := store(b.v.Type.Kind)
	if !b.cold || store(v.Type.Kind) != kind || len(v.Kids) != len(b.kids) {
		return
	}
	b.v = Vec{Type: b.v.Type, Data: v.Data[:0]}
	switch kind {
	case storeBits:
		b.v.Bits = v.Bits[:cap(v.Bits)]
	case storeI64:
		b.v.I64 = v.I64[:cap(v.I64)]
	case storeF64:
		b.v.F64 = v.F64[:cap(v.F64)]
	case storeBytes, storeList:
		if cap(v.Off) == 0 {
			return
		}
		b.v.Off = v.Off[:cap(v.Off)]
		b.v.Off[0] = 0
	}
	b.cold, b.spare = false, v.Valid[:0]
	if v.Valid == nil {
		b.spare = nil
	}
	for i := range b.kids {
		b.kids[i].Recycle(&v.Kids[i])
	}
	*v = Vec{Type: v.Type}
}

// Release lets the memory go of a builder without values; as much as the last
// vector needed is taken when the next value comes.
func (b *Builder) Release() {
	if b.n > 0 {
		return
	}
	b.v, b.cold, b.spare = Vec{Type: b.v.Type}, true, nil
	for i := range b.kids {
		b.kids[i].Release()
	}
}
