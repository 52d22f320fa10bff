package op

import "github.com/leatdb/leat/executor/state"

// Save appends the left rows with what they point at, then the right rows. The
// chains are made again by Load.
func (j *foreign) Save(dst []byte) ([]byte, error) {
	dst = state.AppendUvarint(dst, uint64(j.lefts.Len()))
	j.lefts.Each(func(l state.Row) {
		words := j.lefts.Words(l)
		dst = state.AppendWord(state.AppendBytes(dst, j.lefts.Key(l)), words[leftTs])
		dst = state.AppendBytes(dst, j.lefts.Blob(l, 0))
		if ref := words[leftRef]; ref != 0 {
			dst = state.AppendUvarint(dst, 1)
			dst = state.AppendBytes(dst, j.rights.Key(state.Row(ref-1)))
		} else {
			dst = state.AppendUvarint(dst, 0)
		}
	})
	n := 0
	j.rights.Each(func(r state.Row) { n += int(j.rights.Words(r)[rightHas]) })
	dst = state.AppendUvarint(dst, uint64(n))
	j.rights.Each(func(r state.Row) {
		if words := j.rights.Words(r); words[rightHas] != 0 {
			dst = state.AppendWord(state.AppendBytes(dst, j.rights.Key(r)), words[rightTs])
			dst = state.AppendBytes(dst, j.rights.Blob(r, 0))
		}
	})
	return dst, nil
}

// Load restores what Save wrote.
func (j *foreign) Load(src []byte) error {
	in := state.NewReader(src)
	for range in.Count() {
		l, _ := j.lefts.UpsertKey(in.Bytes())
		j.lefts.Words(l)[leftTs] = in.Word()
		j.lefts.SetBlob(l, 0, in.Bytes())
		if in.Uvarint() != 0 {
			j.attach(l, in.Bytes())
		}
	}
	for range in.Count() {
		r, _ := j.rights.UpsertKey(in.Bytes())
		words := j.rights.Words(r)
		words[rightHas], words[rightTs] = 1, in.Word()
		j.rights.SetBlob(r, 0, in.Bytes())
	}
	return in.Err()
}

// Stats implements Operator.
func (j *foreign) Stats() Stats {
	st := j.st
	st.StateRows = int64(j.lefts.Len() + j.rights.Len())
	st.StateBytes = j.lefts.Bytes() + j.rights.Bytes()
	return st
}
