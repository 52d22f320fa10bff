package pgwire

import (
	"errors"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// extended ends a message of the extended protocol: an error is answered and
// everything up to Sync is skipped (W3).
func (c *conn) extended(err error) error {
	if err == nil || errors.Is(err, errGone) {
		return err
	}
	c.skip = true
	return c.fail(err)
}

// sync ends a run of messages. Portals live as long as the transaction, so
// outside one they die here, suspended ones too.
func (c *conn) sync() error {
	c.skip = false
	status := c.session.TxStatus()
	if status == 'I' {
		c.closePortals()
	}
	err := c.out.ready(status)
	c.session.Answered()
	return err
}

func (c *conn) parse(body []byte) error {
	var m pgproto3.Parse
	if err := m.Decode(body); err != nil {
		return protocolError("invalid Parse message")
	}
	c.text = m.Query
	if m.Name != "" && c.stmts[m.Name] != nil {
		return sqlerr.New(sqlerr.DuplicatePrepared, "prepared statement %q already exists", m.Name)
	}
	delete(c.stmts, "")
	if err := checkText([]byte(m.Query)); err != nil {
		return err
	}
	if m.Name != "" && len(c.stmts) >= c.srv.cfg.MaxPrepared {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "too many prepared statements, %d are open", len(c.stmts)).
			WithHint("Close some, or DEALLOCATE ALL.")
	}
	ctx, done := c.begin()
	defer done()
	p, err := c.session.Prepare(ctx, m.Query, m.ParameterOIDs)
	if err != nil {
		return contextual(ctx, err)
	}
	c.stmts[m.Name] = &statement{p, m.ParameterOIDs}
	return c.out.send(&pgproto3.ParseComplete{})
}

func (c *conn) statement(name string) (*statement, error) {
	if s := c.stmts[name]; s != nil {
		return s, nil
	}
	if name == "" {
		return nil, sqlerr.New(sqlerr.InvalidStatementName, "unnamed prepared statement does not exist")
	}
	return nil, sqlerr.New(sqlerr.InvalidStatementName, "prepared statement %q does not exist", name)
}

func (c *conn) bind(body []byte) error {
	var m pgproto3.Bind
	if err := m.Decode(body); err != nil {
		return protocolError("invalid Bind message")
	}
	s, err := c.statement(m.PreparedStatement)
	if err != nil {
		c.text = ""
		return err
	}
	c.text = s.Text
	if m.DestinationPortal != "" && c.portals[m.DestinationPortal] != nil {
		return sqlerr.New(sqlerr.DuplicateCursor, "cursor %q already exists", m.DestinationPortal)
	}
	c.dropPortal("")
	if m.DestinationPortal != "" && len(c.portals) >= c.srv.cfg.MaxPrepared {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "too many portals, %d are open", len(c.portals))
	}
	args, err := s.arguments(m.PreparedStatement, m.DestinationPortal, m.ParameterFormatCodes, m.Parameters, c.session.Style())
	if err != nil {
		return err
	}
	if s.Columns != nil {
		if _, err := spread(m.ResultFormatCodes, len(s.Columns)); err != nil {
			return err
		}
	}
	c.portals[m.DestinationPortal] = &portal{stmt: s, args: args, formats: m.ResultFormatCodes}
	return c.out.send(&pgproto3.BindComplete{})
}

// paramOIDs is what ParameterDescription tells: what the client declared, or
// what was inferred.
func (s *statement) paramOIDs() []uint32 {
	out := make([]uint32, len(s.Params))
	for i, t := range s.Params {
		if out[i] = t.OID(); i < len(s.oids) && s.oids[i] != 0 && s.oids[i] != oidUnknown {
			out[i] = s.oids[i]
		}
	}
	return out
}

// oidUnknown is the type of a parameter that a client leaves open in so many
// words (pg8000).
const oidUnknown = 705

func (c *conn) describe(body []byte) error {
	var m pgproto3.Describe
	if err := m.Decode(body); err != nil {
		return protocolError("invalid Describe message")
	}
	c.text = ""
	if m.ObjectType == 'S' {
		s, err := c.statement(m.Name)
		if err != nil {
			return err
		}
		if err := c.out.send(&pgproto3.ParameterDescription{ParameterOIDs: s.paramOIDs()}); err != nil {
			return err
		}
		return c.describeColumns(s.Columns, nil)
	}
	if cols, binary, ok := c.session.Cursor(m.Name); ok && c.portals[m.Name] == nil {
		if binary {
			return c.describeColumns(cols, []int16{1})
		}
		return c.describeColumns(cols, nil)
	}
	p, err := c.portal(m.Name)
	if err != nil {
		return err
	}
	return c.describeColumns(p.stmt.Columns, p.formats)
}

func (c *conn) describeColumns(cols []Column, formats []int16) error {
	if cols == nil {
		return c.out.send(&pgproto3.NoData{})
	}
	each, err := spread(formats, len(cols))
	if err != nil {
		return err
	}
	return c.out.send(rowDescription(cols, each))
}

func (c *conn) portal(name string) (*portal, error) {
	if p := c.portals[name]; p != nil {
		return p, nil
	}
	return nil, sqlerr.New(sqlerr.InvalidCursorName, "portal %q does not exist", name)
}

func (c *conn) closeNamed(body []byte) error {
	var m pgproto3.Close
	if err := m.Decode(body); err != nil {
		return protocolError("invalid Close message")
	}
	if m.ObjectType == 'S' {
		delete(c.stmts, m.Name)
	} else {
		c.dropPortal(m.Name)
	}
	return c.out.send(&pgproto3.CloseComplete{})
}

func (c *conn) execute(body []byte) error {
	var m pgproto3.Execute
	if err := m.Decode(body); err != nil {
		return protocolError("invalid Execute message")
	}
	c.text = ""
	p, err := c.portal(m.Portal)
	if err != nil {
		return err
	}
	c.text = p.stmt.Text
	c.session.Answered() // of an Execute before it
	if err := c.run(p, m.Portal, int64(m.MaxRows)); err != nil {
		p.close()
		return err
	}
	return nil
}

// run answers one Execute (W1).
func (c *conn) run(p *portal, name string, limit int64) error {
	ctx, done := c.begin()
	defer done()
	if p.ran && p.cur == nil {
		return sqlerr.New(sqlerr.ObjectNotInState, "portal %q cannot be run", name)
	}
	if !p.ran {
		p.ran = true
		r, err := c.session.Execute(ctx, p.stmt.Prepared, p.args)
		if err != nil {
			return contextual(ctx, err)
		}
		if r.Rows == nil {
			return contextual(ctx, c.result(ctx, r))
		}
		if p.cur, err = newCursor(r.Rows, p.formats, c.session.Style()); err != nil {
			r.Rows.Close()
			return err
		}
		if !sameTypes(p.stmt.Columns, p.cur.cols) {
			return sqlerr.New(sqlerr.FeatureNotSupported, "cached plan must not change result type")
		}
	}
	if p.done {
		return c.complete(p.cur.rows.Tag(0))
	}
	n, suspended, err := c.pump(ctx, p.cur, limit)
	switch {
	case err != nil:
		return contextual(ctx, err)
	case suspended:
		return c.out.send(&pgproto3.PortalSuspended{})
	}
	tag := p.cur.rows.Tag(n)
	p.close()
	return c.complete(tag)
}

// sameTypes tells whether rows fit the description that the client may have
// been given; a statement without one fits anything.
func sameTypes(described, actual []Column) bool {
	if described == nil {
		return true
	}
	if len(described) != len(actual) {
		return false
	}
	for i := range actual {
		if described[i].Type.OID() != actual[i].Type.OID() {
			return false
		}
	}
	return true
}
