package codec

import "github.com/leatdb/leat/sql/vec"

// pickedRun is members side by side whose values stand in the same rows of other
// vectors, each of which many records show: their text is kept from one record to
// the next.
type pickedRun struct {
	of   *vec.Picked // of the first member's column
	end  int         // behind the last member
	from vec.Batch   // the columns that the values stand in
	text []byte
	at   []textAt // by row of from
}

// textAt is where the members of a row stand in text; end 0: nowhere yet.
type textAt struct{ start, end int32 }

// keptText is how much text is kept for one run.
const keptText = 1 << 20

// pickedMembers gives the text of the members from i on that are picked alike, lent,
// and the last of them.
func (e *Encoder) pickedMembers(o *objectPut, i int, b *vec.Batch, row int) (text []byte, last int) {
	if o.runs == nil {
		o.runs = make([]pickedRun, len(o.members))
	}
	r := &o.runs[i]
	if p := b.Cols[o.members[i].col].Picked; r.of != p {
		r.begin(o, i, b, p)
	}
	k := r.of.At[row]
	known := r.at[k]
	if known.end == 0 {
		if len(r.text) > keptText {
			clear(r.at)
			r.text = r.text[:0]
		}
		known.start = int32(len(r.text))
		r.text = e.appendMembers(r.text, o, i, r.end, &r.from, int(k))
		known.end = int32(len(r.text))
		r.at[k] = known
	}
	return r.text[known.start:known.end], r.end - 1
}

// begin is for the columns of another batch.
func (r *pickedRun) begin(o *objectPut, i int, b *vec.Batch, p *vec.Picked) {
	r.of, r.text, r.end = p, r.text[:0], i
	r.from.Cols = make([]vec.Vec, len(b.Cols))
	for ; r.end < len(o.members); r.end++ {
		c := o.members[r.end].col
		q := b.Cols[c].Picked
		if q == nil || !p.Alike(q) {
			break
		}
		r.from.Cols[c] = *q.From
	}
	r.at = append(r.at[:0], make([]textAt, p.From.N)...)
}

// Forget lets go of the rows whose text was kept.
func (e *Encoder) Forget() {
	for i := range e.valObject.runs {
		r := &e.valObject.runs[i]
		if r.of == nil {
			continue
		}
		r.of, r.from.Cols = nil, nil
		if cap(r.text)+8*cap(r.at) > restText {
			r.text, r.at = nil, nil
		}
	}
}

// restText is how much memory of a run is kept between steps.
const restText = 64 << 10

// TakesPicked tells whether the rows' columns may be picked ones (vec.Picked).
func (e *Encoder) TakesPicked() bool { return e.val.form == formJSON && !e.val.bare }

// Whole gives b with picked columns only where AppendValue takes them.
func (e *Encoder) Whole(b *vec.Batch) *vec.Batch {
	if !e.TakesPicked() {
		return b.Whole()
	}
	out := b
	for _, c := range e.key.cols {
		out = out.WholeAt(e.cols[c : c+1])
	}
	if e.time != nil {
		out = out.WholeAt(e.cols[e.time.col : e.time.col+1])
	}
	return out
}
