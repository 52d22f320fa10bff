package codec

import (
	"slices"

	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// direct reads the values of ordinary records straight into the columns. What
// is out of the ordinary it gives back undone: the way through the cells then
// says what the record is, or what is wrong with it.
type direct struct {
	builders []*vec.Builder // of the value's columns that are needed
	others   []int          // columns that are needed and stand elsewhere
	strict   []int          // of others, those that must not be NULL
	json     *jsonNode      // of records in JSON
	reader   directReader
}

// newDirect is nil where every record goes through the cells.
func newDirect(d *Decoder) *direct {
	s := &d.val
	if !s.any || s.bare || d.window != windowNone || len(d.headers) > 0 || len(s.cols) > maxDirectFields {
		return nil
	}
	x := &direct{reader: directReader{rules: d.rules, cells: &d.json, days: &d.days}}
	for _, c := range d.active {
		if slices.Contains(s.cols, c) {
			x.builders = append(x.builders, d.builders[c])
		} else {
			x.others = append(x.others, c)
			if !d.rules.ksql && d.schema[c].NotNull {
				x.strict = append(x.strict, c)
			}
		}
	}
	switch {
	case s.form == formJSON:
		x.json = d.jsonRoot(s)
	case s.form != formRegistered:
		return nil
	}
	return x
}

// addDirect decodes a record whose row is row; false: nothing has happened.
func (d *Decoder) addDirect(rec *batch.Record, row int) bool {
	if rec.Value == nil || rec.Headers != nil || d.key.wire.carried != nil || d.val.wire.carried != nil ||
		d.table && rec.Key == nil && len(d.key.cols) > 0 {
		return false
	}
	x := d.direct
	for _, c := range x.others {
		d.cells[c].setNull()
	}
	if rec.Key != nil && len(d.key.cols) > 0 {
		if _, _, err := d.side(&d.key, rec.Key); err != nil {
			return false
		}
	}
	ts := rec.Timestamp
	if !d.directValue(rec.Value, row) || x.nullElsewhere(d.cells) || d.time != nil && !d.directTime(row, &ts) {
		for _, b := range x.builders {
			b.Truncate(row)
		}
		return false
	}
	for _, c := range x.others {
		d.cells[c].appendTo(d.builders[c])
	}
	d.ts = append(d.ts, ts)
	d.offsets = append(d.offsets, rec.Offset)
	return true
}

func (d *Decoder) directValue(p []byte, row int) bool {
	if d.direct.json == nil {
		return d.directWire(p, row)
	}
	if d.val.framed {
		var err error
		if _, p, err = d.val.unframe(p); err != nil {
			return false
		}
	}
	s := jsonScan{b: p}
	i := s.space(0)
	if i >= len(p) || p[i] != '{' {
		return false
	}
	d.direct.reader.marked = false
	i = d.direct.reader.object(d.direct.json, &s, i)
	return i >= 0 && s.space(i) == len(p)
}

// nullElsewhere tells whether a column outside the value must not be NULL and is.
func (x *direct) nullElsewhere(cells []cell) bool {
	for _, c := range x.strict {
		if cells[c].kind == cellNull {
			return true
		}
	}
	return false
}

// directTime takes the event time of a row.
func (d *Decoder) directTime(row int, ts *int64) bool {
	c := &d.cells[d.time.col]
	b := d.builders[d.time.col]
	if b.Len() > row {
		v := b.Lent()
		if ms, ok := d.time.usual(v, row); ok {
			*ts = ms
			return true
		}
		switch {
		case v.Null(row):
			c.setNull()
		case v.I64 != nil:
			c.setInt(v.I64[row])
		default:
			c.setBytes(v.Str(row))
		}
	}
	var err error
	*ts, err = d.time.of(c, d.rules.ksql)
	return err == nil
}

// directReader puts values into builders.
type directReader struct {
	rules rules
	cells *jsonReader
	days  *dayCache
	in    cell // of values that have no shorter way

	marks  textMarks
	marked bool // marks are those of this record
}

// text appends the JSON string whose text begins at i; -1 when it is none that
// the column may hold.
func (x *directReader) text(b []byte, i int, out *vec.Builder) int {
	if !x.marked {
		if end := unmarkedEnd(b, i); end > 0 {
			out.AppendPlain(b, i, end-i)
			return end + 1
		}
		if !x.mark(b) {
			return -1
		}
	}
	end := x.marks.next(i)
	if end < len(b) && b[end] == '"' {
		out.AppendPlain(b, i, end-i)
		return end + 1
	}
	dst := out.Room(len(b) - i + textRoom)
	n, end := x.escapedText(dst, b, i)
	if end >= 0 {
		out.EndBytes(n)
	}
	return end
}

// mark takes the marks of a record; false: it is not UTF-8.
func (x *directReader) mark(b []byte) (utf8 bool) {
	x.marked = true
	return x.marks.take(b)
}

// pass steps over a value that no column needs; -1 leaves it.
func (x *directReader) pass(s *jsonScan, i, depth int) int {
	if i < len(s.b) && s.b[i] == '"' && (x.marked || cheapMarks()) {
		if !x.marked && !x.mark(s.b) {
			return -1
		}
		if end := x.marks.next(i + 1); end < len(s.b) && s.b[end] == '"' {
			return end + 1
		}
	}
	return s.pass(i, depth)
}

// maxDirectFields bounds an object's fields by the bits that note them.
const maxDirectFields = 64

// plainColumn tells whether text goes into a column of t as it is.
func plainColumn(t *types.Type) bool { return t.Kind == types.String && t.Precision == 0 }
