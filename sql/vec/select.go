package vec

// Gather makes a vector of the values at sel, in that order.
func (v *Vec) Gather(sel []int32) Vec {
	out := Vec{Type: v.Type, N: len(sel)}
	if v.Valid != nil {
		out.Valid = v.Valid.gather(sel)
	}
	switch store(v.Type.Kind) {
	case storeBits:
		out.Bits = v.Bits.gather(sel)
	case storeI64:
		out.I64 = gather(v.I64, sel)
	case storeF64:
		out.F64 = gather(v.F64, sel)
	case storeBytes:
		total := 0
		for _, i := range sel {
			total += int(v.Off[i+1] - v.Off[i])
		}
		out.Off = make([]int32, 1, len(sel)+1)
		out.Data = make([]byte, 0, total)
		for _, i := range sel {
			out.Data = append(out.Data, v.Data[v.Off[i]:v.Off[i+1]]...)
			out.Off = append(out.Off, checkOff(len(out.Data)))
		}
		out.Plain = v.Plain
	case storeFixed:
		out.Data = make([]byte, 0, 16*len(sel))
		for _, i := range sel {
			out.Data = append(out.Data, v.Data[16*i:16*i+16]...)
		}
	case storeList:
		var kidSel []int32
		out.Off = make([]int32, 1, len(sel)+1)
		for _, i := range sel {
			for j := v.Off[i]; j < v.Off[i+1]; j++ {
				kidSel = append(kidSel, j)
			}
			out.Off = append(out.Off, checkOff(len(kidSel)))
		}
		out.Kids = gatherKids(v.Kids, kidSel)
	case storeFields:
		out.Kids = gatherKids(v.Kids, sel)
	}
	return out
}

func checkOff(n int) int32 {
	if int(int32(n)) != n {
		panic("BUG: V4: a vector of more than 2 GiB")
	}
	return int32(n)
}

func gatherKids(kids []Vec, sel []int32) []Vec {
	out := make([]Vec, len(kids))
	for k := range kids {
		out[k] = kids[k].Gather(sel)
	}
	return out
}

func gather[T any](src []T, sel []int32) []T {
	if src == nil {
		return nil
	}
	out := make([]T, len(sel))
	for k, i := range sel {
		out[k] = src[i]
	}
	return out
}

func (b Bitmap) gather(sel []int32) Bitmap {
	if b == nil {
		return nil
	}
	out := NewBitmap(len(sel))
	for k, i := range sel {
		if b.Get(int(i)) {
			out.Set(k)
		}
	}
	return out
}

// Slice is the bits [from, to): shared memory when from is a multiple of 8. The
// bits above to may be set.
func (b Bitmap) Slice(from, to int) Bitmap {
	if b == nil {
		return nil
	}
	if from&7 == 0 {
		return b[from>>3 : (to+7)>>3]
	}
	out := NewBitmap(to - from)
	for i := from; i < to; i++ {
		if b.Get(i) {
			out.Set(i - from)
		}
	}
	return out
}

// Slice is the values [from, to), sharing memory. Its Off may start above 0.
func (v *Vec) Slice(from, to int) Vec {
	if from == 0 && to == v.N {
		return *v
	}
	out := Vec{Type: v.Type, N: to - from, Valid: v.Valid.Slice(from, to)}
	switch store(v.Type.Kind) {
	case storeBits:
		out.Bits = v.Bits.Slice(from, to)
	case storeI64:
		out.I64 = v.I64[from:to:to]
	case storeF64:
		out.F64 = v.F64[from:to:to]
	case storeBytes:
		out.Off, out.Data, out.Plain = v.Off[from:to+1:to+1], v.Data, v.Plain
	case storeFixed:
		out.Data = v.Data[16*from : 16*to : 16*to]
	case storeList:
		out.Off, out.Kids = v.Off[from:to+1:to+1], v.Kids
	case storeFields:
		out.Kids = make([]Vec, len(v.Kids))
		for k := range v.Kids {
			out.Kids[k] = v.Kids[k].Slice(from, to)
		}
	}
	return out
}

// Concat joins vectors of one type, in order. There must be at least one.
func Concat(vs []Vec) Vec {
	if len(vs) == 1 {
		return vs[0]
	}
	out := Vec{Type: vs[0].Type}
	nulls := false
	for i := range vs {
		out.N += vs[i].N
		nulls = nulls || vs[i].Valid != nil
	}
	if nulls {
		out.Valid = concatBits(vs, out.N, func(v *Vec) Bitmap { return v.Valid })
	}
	switch store(out.Type.Kind) {
	case storeBits:
		out.Bits = concatBits(vs, out.N, func(v *Vec) Bitmap { return v.Bits })
	case storeI64:
		out.I64 = make([]int64, 0, out.N)
		for i := range vs {
			out.I64 = append(out.I64, vs[i].I64...)
		}
	case storeF64:
		out.F64 = make([]float64, 0, out.N)
		for i := range vs {
			out.F64 = append(out.F64, vs[i].F64...)
		}
	case storeFixed:
		out.Data = make([]byte, 0, 16*out.N)
		for i := range vs {
			out.Data = append(out.Data, vs[i].Data...)
		}
	case storeBytes:
		concatOff(&out, vs)
		for i := range vs {
			if n := vs[i].N; n > 0 {
				out.Data = append(out.Data, vs[i].Data[vs[i].Off[0]:vs[i].Off[n]]...)
			}
		}
	case storeList:
		concatOff(&out, vs)
		concatKids(&out, vs, true)
	case storeFields:
		concatKids(&out, vs, false)
	}
	return out
}

// concatBits joins bitmaps; a nil one is all set.
func concatBits(vs []Vec, n int, of func(*Vec) Bitmap) Bitmap {
	out := NewBitmap(n)
	at := 0
	for i := range vs {
		b := of(&vs[i])
		for j := 0; j < vs[i].N; j++ {
			if b == nil || b.Get(j) {
				out.Set(at + j)
			}
		}
		at += vs[i].N
	}
	return out
}

func concatOff(out *Vec, vs []Vec) {
	out.Off = make([]int32, 1, out.N+1)
	end := 0
	for i := range vs {
		v := &vs[i]
		for j := 0; j < v.N; j++ {
			end += int(v.Off[j+1] - v.Off[j])
			out.Off = append(out.Off, checkOff(end))
		}
	}
}

func concatKids(out *Vec, vs []Vec, list bool) {
	out.Kids = make([]Vec, len(vs[0].Kids))
	for k := range out.Kids {
		parts := make([]Vec, len(vs))
		for i := range vs {
			parts[i] = vs[i].Kids[k]
			if list {
				parts[i] = vs[i].Kids[k].Slice(int(vs[i].Off[0]), int(vs[i].Off[vs[i].N]))
			}
		}
		out.Kids[k] = Concat(parts)
	}
}
