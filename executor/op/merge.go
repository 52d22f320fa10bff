package op

import "github.com/leatdb/leat/sql/vec"

// ports keeps the batches of a two-port operator until the step ends.
type ports struct{ got [2][]*vec.Batch }

func (p *ports) take(port int, b *vec.Batch) { p.got[port] = append(p.got[port], b) }

// run is consecutive rows of one port: the live rows [from, to) of b.
type run struct {
	port     int
	b        *vec.Batch
	from, to int
}

// runs gives the step's rows merged by (Seq, port), as few runs as possible, in
// order, and forgets them.
func (p *ports) runs(do func(r run) error) error {
	var at [2]cursor
	for i := range at {
		at[i].bs = p.got[i]
		at[i].skip()
	}
	defer func() { p.got = [2][]*vec.Batch{} }()
	for {
		side := 0
		switch a, b := at[0].seq(), at[1].seq(); {
		case a == noRow && b == noRow:
			return nil
		case b < a:
			side = 1
		}
		if err := do(at[side].run(side, at[1-side].seq())); err != nil {
			return err
		}
	}
}

// cursor walks the batches of a port.
type cursor struct {
	bs []*vec.Batch
	i  int // next live row of bs[0]
}

func (c *cursor) skip() {
	for len(c.bs) > 0 && c.i >= c.bs[0].Len() {
		c.bs, c.i = c.bs[1:], 0
	}
}

// seq is the position of the next row, noRow at the end.
func (c *cursor) seq() int32 {
	if len(c.bs) == 0 {
		return noRow
	}
	return c.bs[0].SeqAt(c.bs[0].Row(c.i))
}

// run takes the rows of one batch that come before the other port's next row.
func (c *cursor) run(port int, other int32) run {
	b, from := c.bs[0], c.i
	n := b.Len()
	for c.i++; c.i < n; c.i++ {
		s := b.SeqAt(b.Row(c.i))
		if s > other || (s == other && port == 1) {
			break
		}
	}
	r := run{port, b, from, c.i}
	c.skip()
	return r
}
