package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/vec"
)

// addTexts folds physical row row of in into the texts of a group.
func (f *folder) addTexts(rows groupRows, r state.Row, in *folded, row int) {
	piece, changed := f.texts.Fold(rows.Blob(r, f.textBlob), f.textArgs(in, row), row)
	if changed {
		rows.SetBlob(r, f.textBlob, piece)
	}
}

// textArgs are the columns of the texts that take a row, nil for the others.
func (f *folder) textArgs(in *folded, row int) []*vec.Vec {
	f.taking = f.taking[:0]
	for i := range f.calls {
		switch {
		case f.calls[i].text < 0:
		case in.pass[i] != nil && !in.pass[i].Get(row):
			f.taking = append(f.taking, nil)
		default:
			f.taking = append(f.taking, in.args[i][0])
		}
	}
	return f.taking
}

// textColumns folds the batch into the texts of the groups in a.rows. The values
// of those that do not echo are appended to their builders.
func (a *aggregate) textColumns() {
	in := &a.in
	var told []int // calls
	filtered := false
	for i := range a.calls {
		if a.calls[i].text >= 0 {
			filtered = filtered || in.pass[i] != nil
			if !a.echoes(i) {
				told = append(told, i)
			}
		}
	}
	if !filtered && a.texts.Replaces(a.textArgs(in, 0)) {
		for j, r := range in.rows {
			a.texts.Put(a.tab.Room(a.rows[j], a.textBlob, a.texts.Size(a.taking, int(r))), a.taking, int(r))
		}
		return
	}
	for j, r := range in.rows {
		a.addTexts(a.tab, a.rows[j], in, int(r))
		for _, i := range told {
			a.result(a.tab, a.rows[j], i, nil, a.out.cols[len(in.groups)+i])
		}
	}
}
