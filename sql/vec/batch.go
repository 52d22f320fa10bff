package vec

// Compact applies the selection: the same live rows in the same order, without
// Sel. An identity Seq is written out, so positions keep their meaning.
func (b *Batch) Compact() *Batch {
	if b.Sel == nil {
		return b
	}
	out := &Batch{
		N: len(b.Sel), Cols: gatherKids(b.Cols, b.Sel), Tomb: b.Tomb.gather(b.Sel), OldOK: b.OldOK.gather(b.Sel),
		Ts: gather(b.Ts, b.Sel), Win: gather(b.Win, b.Sel), WinEnd: gather(b.WinEnd, b.Sel),
		Seq: gather(b.Seq, b.Sel), Part: gather(b.Part, b.Sel), Offset: gather(b.Offset, b.Sel),
	}
	if b.Old != nil {
		out.Old = gatherKids(b.Old, b.Sel)
	}
	if out.Seq == nil {
		out.Seq = append([]int32(nil), b.Sel...)
	}
	return out
}

// Slice is the live rows [from, to), sharing memory. An identity Seq is written
// out when the slice does not begin at row 0.
func (b *Batch) Slice(from, to int) *Batch {
	if b.Sel != nil {
		out := *b
		out.Sel = b.Sel[from:to:to]
		return &out
	}
	if from == 0 && to == b.N {
		return b
	}
	out := &Batch{
		N: to - from, Cols: sliceKids(b.Cols, from, to), Tomb: b.Tomb.Slice(from, to), OldOK: b.OldOK.Slice(from, to),
		Ts: cut(b.Ts, from, to), Win: cut(b.Win, from, to), WinEnd: cut(b.WinEnd, from, to),
		Seq: cut(b.Seq, from, to), Part: cut(b.Part, from, to), Offset: cut(b.Offset, from, to),
	}
	if b.Old != nil {
		out.Old = sliceKids(b.Old, from, to)
	}
	if out.Seq == nil && from > 0 {
		out.Seq = make([]int32, out.N)
		for i := range out.Seq {
			out.Seq[i] = int32(from + i)
		}
	}
	return out
}

func sliceKids(kids []Vec, from, to int) []Vec {
	out := make([]Vec, len(kids))
	for k := range kids {
		out[k] = kids[k].Slice(from, to)
	}
	return out
}

func cut[T any](s []T, from, to int) []T {
	if s == nil {
		return nil
	}
	return s[from:to:to]
}

// ConcatBatches joins the live rows of batches with the same columns, in order.
// Part, Offset, Win, WinEnd and Ts must be there in all or in none. Seq stays
// the identity when it is in all, otherwise it is written out. There must be at
// least one batch.
func ConcatBatches(bs []*Batch) *Batch {
	if len(bs) == 1 {
		return bs[0]
	}
	flat := make([]*Batch, len(bs))
	out := &Batch{}
	var tomb, old, seq bool
	for i, b := range bs {
		flat[i] = b.Compact()
		out.N += flat[i].N
		tomb = tomb || b.Tomb != nil
		old = old || b.Old != nil
		seq = seq || flat[i].Seq != nil
	}
	out.Cols = concatColumns(flat, func(b *Batch) []Vec { return b.Cols })
	if tomb {
		out.Tomb = joinFlags(flat, out.N, func(b *Batch) Bitmap { return b.Tomb })
	}
	if old {
		out.Old = concatColumns(flat, oldOrNull)
		out.OldOK = joinFlags(flat, out.N, func(b *Batch) Bitmap { return b.OldOK })
	}
	for _, b := range flat {
		out.Ts, out.Win = append(out.Ts, b.Ts...), append(out.Win, b.Win...)
		out.WinEnd = append(out.WinEnd, b.WinEnd...)
		out.Part, out.Offset = append(out.Part, b.Part...), append(out.Offset, b.Offset...)
		if seq {
			for i := 0; i < b.N; i++ {
				out.Seq = append(out.Seq, b.SeqAt(i))
			}
		}
	}
	return out
}

// SeqAt is the trigger position of physical row i.
func (b *Batch) SeqAt(i int) int32 {
	if b.Seq == nil {
		return int32(i)
	}
	return b.Seq[i]
}

// oldOrNull is Old, or as many columns of NULLs.
func oldOrNull(b *Batch) []Vec {
	if b.Old != nil {
		return b.Old
	}
	out := make([]Vec, len(b.Cols))
	for k := range b.Cols {
		out[k] = Nulls(b.Cols[k].Type, b.N)
	}
	return out
}

func concatColumns(bs []*Batch, of func(*Batch) []Vec) []Vec {
	out := make([]Vec, len(bs[0].Cols))
	parts := make([]Vec, len(bs))
	for k := range out {
		for i, b := range bs {
			parts[i] = of(b)[k]
		}
		out[k] = Concat(parts)
	}
	return out
}

// joinFlags joins bitmaps in which nil is all clear.
func joinFlags(bs []*Batch, n int, of func(*Batch) Bitmap) Bitmap {
	out := NewBitmap(n)
	at := 0
	for _, b := range bs {
		if m := of(b); m != nil {
			for i := 0; i < b.N; i++ {
				if m.Get(i) {
					out.Set(at + i)
				}
			}
		}
		at += b.N
	}
	return out
}
