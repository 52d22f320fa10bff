package codec

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// fill is what rows older than a column show in it.
type fill struct {
	col    int
	value  types.Value
	before []int64 // by partition
}

// useFills takes the fills of the columns that are decoded. A value that is none
// of its column's type any more fills nothing: the type was changed since.
func (d *Decoder) useFills(list []catalog.Fill) {
	for _, f := range list {
		i := d.schema.Index(f.Column)
		if i < 0 || !d.need[i] {
			continue
		}
		if v, err := types.ParseText(d.schema[i].Type, f.Value, nil); err == nil {
			d.fills = append(d.fills, fill{i, v, f.Before})
		}
	}
}

func (f *fill) holds(partition int32, offset int64) bool {
	return int(partition) < len(f.before) && offset < f.before[partition]
}

// older tells whether some column came behind the record at offset.
func (d *Decoder) older(offset int64) bool {
	for i := range d.fills {
		if d.fills[i].holds(d.part, offset) {
			return true
		}
	}
	return false
}

// fillOlder gives the record's cells the values of columns that it could not have.
func (d *Decoder) fillOlder(offset int64) {
	for i := range d.fills {
		f := &d.fills[i]
		if c := &d.cells[f.col]; c.kind == cellNull && f.holds(d.part, offset) {
			c.setBox(f.value)
		}
	}
}
