package vec

// Truncate takes values back until n are left, with all that was appended to
// the parts of a nested value that has not been ended; n is at most Len.
func (b *Builder) Truncate(n int) {
	v, parts := &b.v, n
	for i := n; i < min(b.n, 8*len(v.Valid)); i++ {
		v.Valid.Set(i)
	}
	b.n = n
	if !b.cold {
		switch store(v.Type.Kind) {
		case storeBytes:
			if v.Off != nil {
				v.Data = v.Data[:v.Off[n]]
			}
		case storeFixed:
			v.Data = v.Data[:16*n]
		case storeList:
			if v.Off != nil {
				parts = int(v.Off[n])
			}
		}
	}
	for i := range b.kids {
		b.kids[i].Truncate(parts)
	}
}

// Lent is the vector as it is so far, until the next call of the builder; its
// slices go on behind its values.
func (b *Builder) Lent() *Vec {
	b.v.N = b.n
	return &b.v
}

// Extend says that the builder has n values now: those behind Len were put into
// the slices of Lent, and Data set to end with them. What is taken back at once,
// by Truncate, need not all be there.
func (b *Builder) Extend(n int) { b.n, b.rough = n, true }

// Extend is Builder.Extend of several.
func Extend(builders []*Builder, n int) {
	for _, b := range builders {
		b.n, b.rough = n, true
	}
}
