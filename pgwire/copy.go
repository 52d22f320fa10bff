package pgwire

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// formats gives the header's fields.
func (f CopyFormat) formats() (overall byte, each []uint16) {
	each = make([]uint16, f.Columns)
	if !f.Binary {
		return 0, each
	}
	for i := range each {
		each[i] = 1
	}
	return 1, each
}

// copyIn receives a COPY FROM STDIN. What arrives after an error is ignored by
// the connection's loop.
func (c *conn) copyIn(ctx context.Context, in CopyIn) error {
	overall, each := in.Format().formats()
	if err := c.out.send(&pgproto3.CopyInResponse{OverallFormat: overall, ColumnFormatCodes: each}); err != nil {
		return err
	}
	if err := c.out.flush(); err != nil {
		return err
	}
	for {
		m, err := c.next(ctx)
		if err != nil {
			_ = in.Fail(context.WithoutCancel(ctx), "connection lost") // err says more
			return err
		}
		switch m.kind {
		case 'd':
			if err := in.Data(ctx, m.body); err != nil {
				return err
			}
		case 'c':
			tag, err := in.Done(ctx)
			if err != nil {
				return err
			}
			return c.complete(tag)
		case 'f':
			var f pgproto3.CopyFail
			if err := f.Decode(m.body); err != nil {
				return protocolError("invalid CopyFail message")
			}
			return in.Fail(ctx, f.Message)
		case 'H', 'S':
			// Harmless inside a copy, says the protocol.
		default:
			_ = in.Fail(ctx, "unexpected message") // the error below says more
			return protocolError("unexpected message type 0x%02X during COPY from stdin", m.kind)
		}
	}
}

// copyOut sends a COPY TO STDOUT, one CopyData a chunk, flushed before every
// wait.
func (c *conn) copyOut(ctx context.Context, out CopyOut) error {
	defer out.Close()
	overall, each := out.Format().formats()
	if err := c.out.send(&pgproto3.CopyOutResponse{OverallFormat: overall, ColumnFormatCodes: each}); err != nil {
		return err
	}
	for {
		if !out.Ready() {
			if err := c.out.flush(); err != nil {
				return err
			}
		}
		chunk, err := out.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := c.out.send(&pgproto3.CopyData{Data: chunk}); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if err := c.out.send(&pgproto3.CopyDone{}); err != nil {
		return err
	}
	return c.complete(out.Tag())
}
