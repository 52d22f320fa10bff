package op

import "github.com/leatdb/leat/executor/state"

// Freeze adds the rows of both sides, which point at each other by row numbers.
func (j *foreign) Freeze(f *state.Frozen) {
	f.Table(j.lefts)
	f.Table(j.rights)
}

// Load restores what Freeze added.
func (j *foreign) Load(in *state.Reader) {
	j.lefts.Load(in)
	j.rights.Load(in)
}

// Stats implements Operator.
func (j *foreign) Stats() Stats {
	st := j.st
	st.StateRows = int64(j.lefts.Len() + j.rights.Len())
	st.StateBytes = j.lefts.Bytes() + j.rights.Bytes()
	return st
}
