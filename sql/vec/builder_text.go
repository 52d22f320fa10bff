package vec

import "slices"

// Room lends n bytes behind the text appended so far, for EndBytes.
func (b *Builder) Room(n int) []byte {
	if d := b.v.Data; cap(d)-len(d) >= n {
		return d[len(d) : len(d)+n]
	}
	return b.moreRoom(n)
}

func (b *Builder) moreRoom(n int) []byte {
	if b.cold {
		b.grow()
	}
	b.v.Data = slices.Grow(b.v.Data, n)
	at := len(b.v.Data)
	return b.v.Data[at : at+n]
}

// EndBytes appends the first n bytes that were put into the room as a value.
func (b *Builder) EndBytes(n int) {
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	b.rough = b.rough || n > 0
	n += len(b.v.Data)
	b.v.Data = b.v.Data[:n]
	b.end(n)
}
