package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/vec"
)

// distinct remembers which argument values the groups of DISTINCT aggregates
// have had, as keys of a table: aggregate, group, values. It knows no undo and
// no merge: over tables and in sessions fn.NewDistinct wraps the kernel.
type distinct struct {
	set   *state.Table // of the window at work
	buf   []byte
	fresh []state.Row // values that came with the row at work
}

// first tells whether the row's values are new to aggregate call of its group.
func (d *distinct) first(call int, group []byte, args []*vec.Vec, row int) bool {
	d.buf = append(append(d.buf[:0], byte(call), byte(call>>8)), group...)
	d.buf = vec.EncodeKey(d.buf, args, row)
	r, inserted := d.set.UpsertKey(d.buf)
	if inserted {
		d.fresh = append(d.fresh, r)
	}
	return inserted
}

// keep and forget end a row: its values stay, or go again since it failed.
func (d *distinct) keep() { d.fresh = d.fresh[:0] }

func (d *distinct) forget() {
	for _, r := range d.fresh {
		d.set.Delete(r)
	}
	d.fresh = d.fresh[:0]
}
