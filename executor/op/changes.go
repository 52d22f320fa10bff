package op

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// changes turns the changes of a table into rows of a stream: the new row, what
// happened, the old row. Old values are its input's (NeedsOld).
type changes struct {
	stateless
	keys []int
	out  *writer
}

// Kinds of change, as the rows name them.
const (
	changeInsert = "insert"
	changeUpdate = "update"
	changeDelete = "delete"
)

func newChanges(n *planner.ChangesNode) Operator {
	c := &changes{keys: n.In.Keys()}
	c.st.StreamTime = minTime
	c.out = newWriter(n.Schema, false, false, &c.st)
	return c
}

func (c *changes) Process(_ int, b *vec.Batch, emit Emit) error {
	c.st.RowsIn += int64(b.Len())
	width := len(b.Cols)
	fresh, kind, old := c.out.cols[:width], c.out.cols[width], c.out.cols[width+1:]
	key := pick(b.Cols, c.keys)
	for _, row := range rowsOf(b) {
		gone, was := tomb(b, row), hasOld(b, row) && b.Old != nil
		switch {
		case gone && !was:
			continue
		case gone:
			onlyKey(fresh, c.keys, key, row)
			kind.AppendString(changeDelete)
		case was:
			copyRow(fresh, b, row)
			kind.AppendString(changeUpdate)
		default:
			copyRow(fresh, b, row)
			kind.AppendString(changeInsert)
		}
		if was {
			for i := range old {
				old[i].AppendFrom(&b.Old[i], int(row))
			}
		} else {
			appendNulls(old)
		}
		c.end(b, row)
		if err := c.out.full(emit); err != nil {
			return err
		}
	}
	return c.out.flush(emit)
}

// end closes a row under the place, time and window of its change.
func (c *changes) end(b *vec.Batch, row int32) {
	c.out.end(b.SeqAt(int(row)), b.Ts[row])
	if b.Part != nil {
		c.out.part = append(c.out.part, b.Part[row])
	}
	if b.Offset != nil {
		c.out.offset = append(c.out.offset, b.Offset[row])
	}
	if b.Win != nil && b.WinEnd != nil {
		c.out.window(b.Win[row], b.WinEnd[row])
	}
}
