package pgwire

import (
	"context"
	"errors"
	"io"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// portal is a bound statement. It runs at its first Execute and keeps what is
// left for the next ones.
type portal struct {
	stmt    *statement
	args    []types.Value
	formats []int16
	cur     *cursor // set once the statement runs and has rows
	ran     bool
	done    bool // nothing is left: cur's rows are closed
}

// close lets go of what the portal holds.
func (p *portal) close() {
	if p.cur != nil && !p.done {
		p.done = true
		p.cur.rows.Close()
	}
}

func (c *conn) dropPortal(name string) {
	if p := c.portals[name]; p != nil {
		p.close()
		delete(c.portals, name)
	}
}

func (c *conn) closePortals() {
	for name := range c.portals {
		c.dropPortal(name)
	}
}

// cursor is a result being sent: the rows, and where in the current batch it is.
type cursor struct {
	rows    Rows
	cols    []Column
	formats []int16 // one a column
	enc     []columnEncoder
	batch   *vec.Batch
	at      int // next live row of batch
}

func newCursor(rows Rows, formats []int16, style *types.TextOptions) (*cursor, error) {
	cols := rows.Columns()
	each, err := spread(formats, len(cols))
	if err != nil {
		return nil, err
	}
	cur := &cursor{rows: rows, cols: cols, formats: each, enc: make([]columnEncoder, len(cols))}
	for i := range cols {
		cur.enc[i] = encoderOf(cols[i].Type, each[i], style)
	}
	return cur, nil
}

// spread gives each of n columns its format: none means text, one is for all.
func spread(formats []int16, n int) ([]int16, error) {
	out := make([]int16, n)
	switch {
	case len(formats) == 0:
		return out, nil
	case len(formats) == 1:
		for i := range out {
			out[i] = formats[0]
		}
	case len(formats) != n:
		return nil, protocolError("bind message has %d result formats but query has %d columns", len(formats), n)
	default:
		copy(out, formats)
	}
	for _, f := range out {
		if f != 0 && f != 1 {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unsupported format code: %d", f)
		}
	}
	return out, nil
}

// rowsAtOnce is how many rows are encoded before a cancel is looked for.
const rowsAtOnce = 256

// pump sends up to limit rows (0: all), and tells whether it stopped before the
// end. With a limit it stops early once it has sent something and would have to
// wait (W2); without one it flushes before it waits.
func (c *conn) pump(ctx context.Context, cur *cursor, limit int64) (n int64, suspended bool, err error) {
	for {
		if cur.drained() {
			if n > 0 && limit > 0 && !cur.rows.Ready() {
				return n, true, nil
			}
			switch err := c.refill(ctx, cur); {
			case errors.Is(err, io.EOF):
				return n, false, nil
			case err != nil:
				return n, false, err
			}
		}
		if ctx.Err() != nil {
			return n, false, context.Cause(ctx)
		}
		k := min(cur.batch.Len()-cur.at, rowsAtOnce)
		if limit > 0 {
			k = int(min(int64(k), limit-n))
		}
		if err := c.out.raw(func(dst []byte) ([]byte, error) { return cur.append(dst, k) }); err != nil {
			return n, false, err
		}
		c.srv.cfg.Metrics.RowsSent(k)
		n += int64(k)
		if limit > 0 && n == limit {
			return n, true, nil
		}
	}
}

func (cur *cursor) drained() bool { return cur.batch == nil || cur.at >= cur.batch.Len() }

// refill reads the next batch, and lets the client see what there is before it
// waits.
func (c *conn) refill(ctx context.Context, cur *cursor) error {
	cur.batch, cur.at = nil, 0
	if !cur.rows.Ready() {
		if err := c.out.flush(); err != nil {
			return err
		}
	}
	b, err := cur.rows.Next(ctx)
	if err != nil {
		return err
	}
	cur.batch = b
	return nil
}
