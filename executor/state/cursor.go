package state

import "errors"

// Cursor goes over a table's rows in key order, some at a time. Between times
// rows may leave memory; none is inserted or deleted.
type Cursor struct {
	t     *Table
	rows  []Row // those in memory when it began, yet to come
	moves int   // the table's then
	begun bool
	last  []byte // key of the row that came last, if came
	came  bool
}

// Cursor begins before the first row.
func (t *Table) Cursor() *Cursor { return &Cursor{t: t} }

// errEnough ends an Ascend.
var errEnough = errors.New("enough rows")

// Next calls fn for the next n rows, as Ascend does, and tells whether there are
// no more.
func (c *Cursor) Next(n int, fn func(t *Table, r Row) error) (done bool, err error) {
	t := c.t
	if !c.begun && !t.spilled() {
		c.rows, c.moves = t.Sorted(nil, nil, nil), t.moves
	}
	if t.spilled() || c.moves != t.moves {
		return c.ascend(n, fn)
	}
	c.begun = true
	for ; n > 0 && len(c.rows) > 0; n-- {
		r := c.rows[0]
		c.rows = c.rows[1:]
		if err := fn(t, r); err != nil {
			return false, err
		}
		if n == 1 {
			c.last, c.came = append(c.last[:0], t.Key(r)...), true
		}
	}
	return len(c.rows) == 0, nil
}

// ascend is Next by keys: row numbers are no longer what they were.
func (c *Cursor) ascend(n int, fn func(t *Table, r Row) error) (done bool, err error) {
	var from []byte
	if c.came {
		from = append(append(from, c.last...), 0)
	}
	c.begun, c.rows = true, nil
	c.moves = -1
	err = c.t.Ascend(from, nil, func(r Row) error {
		if n == 0 {
			return errEnough
		}
		n--
		c.last, c.came = append(c.last[:0], c.t.Key(r)...), true
		return fn(c.t, r)
	})
	if errors.Is(err, errEnough) {
		return false, nil
	}
	return err == nil, err
}
