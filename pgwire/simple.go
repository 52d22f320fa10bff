package pgwire

import (
	"context"

	"github.com/jackc/pgx/v5/pgproto3"
)

// query answers Query: every statement's result, or an error, then
// ReadyForQuery.
func (c *conn) query(body []byte) error {
	var q pgproto3.Query
	if err := q.Decode(body); err != nil {
		return protocolError("invalid Query message")
	}
	delete(c.stmts, "")
	c.dropPortal("")
	c.text = q.String
	if err := c.failed(c.simple(q.String)); err != nil {
		return err
	}
	if c.session.TxStatus() == 'I' {
		c.closePortals()
	}
	err := c.out.ready(c.session.TxStatus())
	c.session.Answered()
	return err
}

// failed is fail for an error that may be nil.
func (c *conn) failed(err error) error {
	if err == nil {
		return nil
	}
	return c.fail(err)
}

func (c *conn) simple(text string) error {
	if err := checkText([]byte(text)); err != nil {
		return err
	}
	ctx, done := c.begin()
	defer done()
	return contextual(ctx, c.session.Simple(ctx, text, func(r *Result) error {
		return c.result(ctx, r)
	}))
}

// result sends one whole result of a simple query.
func (c *conn) result(ctx context.Context, r *Result) error {
	switch {
	case r.Empty:
		return c.out.send(&pgproto3.EmptyQueryResponse{})
	case r.Rows != nil:
		return c.allRows(ctx, r)
	case r.CopyIn != nil:
		return c.copyIn(ctx, r.CopyIn)
	case r.CopyOut != nil:
		return c.copyOut(ctx, r.CopyOut)
	}
	return c.complete(r.Tag)
}

func (c *conn) complete(tag string) error {
	return c.out.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
}

func (c *conn) allRows(ctx context.Context, r *Result) error {
	defer r.Rows.Close()
	var formats []int16
	if r.Binary {
		formats = []int16{pgproto3.BinaryFormat}
	}
	cur, err := newCursor(r.Rows, formats, c.session.Style())
	if err != nil {
		return err
	}
	if err := c.out.send(rowDescription(cur.cols, cur.formats)); err != nil {
		return err
	}
	n, _, err := c.pump(ctx, cur, 0)
	if err != nil {
		return err
	}
	return c.complete(r.Rows.Tag(n))
}

// rowDescription describes columns; formats is one a column.
func rowDescription(cols []Column, formats []int16) *pgproto3.RowDescription {
	m := &pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(cols))}
	for i, col := range cols {
		m.Fields[i] = fieldDescription(col, formats[i])
	}
	return m
}
