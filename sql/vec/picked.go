package vec

import "slices"

// Picked says where the values of a vector stand that has none of its own: value
// i is value At[i] of From. Vectors of one batch that are picked alike share At.
type Picked struct {
	From *Vec
	At   []int32
	// Often: many values stand in one place, so that what was made of it is worth keeping.
	Often bool
}

// Pick is Gather that leaves the values where they are: see V6.
func Pick(from *Vec, at []int32, often bool) Vec {
	return Vec{Type: from.Type, N: len(at), Picked: &Picked{From: from, At: at, Often: often}}
}

// Alike tells whether the values stand in the same places as those of q, each in
// its own vector.
func (p *Picked) Alike(q *Picked) bool {
	return q != nil && len(p.At) == len(q.At) && (len(p.At) == 0 || &p.At[0] == &q.At[0]) && p.Often == q.Often
}

// Whole is the vector with values of its own.
func (v *Vec) Whole() Vec {
	if v.Picked == nil {
		return *v
	}
	return v.Picked.From.Gather(v.Picked.At)
}

// Whole is the batch without picked columns.
func (b *Batch) Whole() *Batch {
	for i := range b.Cols {
		if b.Cols[i].Picked != nil {
			out := *b
			out.Cols = make([]Vec, len(b.Cols))
			for k := range b.Cols {
				out.Cols[k] = b.Cols[k].Whole()
			}
			return &out
		}
	}
	return b
}

// WholeAt is the batch without picked columns among those at cols.
func (b *Batch) WholeAt(cols []int) *Batch {
	out := b
	for _, c := range cols {
		if out.Cols[c].Picked == nil {
			continue
		}
		if out == b {
			with := *b
			with.Cols = slices.Clone(b.Cols)
			out = &with
		}
		out.Cols[c] = b.Cols[c].Whole()
	}
	return out
}
