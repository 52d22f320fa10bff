package pgwire

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Request codes in place of a version.
const (
	codeCancel = 80877102
	codeSSL    = 80877103
	codeGSSENC = 80877104
	// protocol3 is the only version spoken: 3.0.
	protocol3 = 3 << 16
)

// maxStartup bounds the first packet, as PostgreSQL does.
const maxStartup = 10000

// startup does everything before the first query; false when the connection is
// over.
func (c *conn) startup() bool {
	deadlineIn(c.nc, c.srv.cfg.StartupTimeout)
	version, body, ok := c.hello()
	if !ok {
		return false
	}
	// Before anything else: whoever listens on the wire learns nothing.
	if c.srv.cfg.RequireTLS && c.tls == nil {
		c.refuse(errNoTLS)
		return false
	}
	if version>>16 != 3 {
		c.refuseOldProtocol(version)
		return false
	}
	st, extensions, err := parseStartup(body)
	if err != nil {
		c.refuse(err)
		return false
	}
	if version != protocol3 || len(extensions) > 0 {
		if c.out.send(&pgproto3.NegotiateProtocolVersion{
			NewestMinorProtocol: protocol3, UnrecognizedOptions: extensions,
		}) != nil {
			return false
		}
	}
	if err := c.srv.admit(c); err != nil {
		c.refuse(err)
		return false
	}
	if err := c.open(st); err != nil {
		c.srv.forget(c)
		c.refuse(err)
		return false
	}
	c.srv.cfg.Logger.Debug("connected", "conn", c.pid, "user", st.User, "database", st.Database, "remote", st.Remote)
	if !c.welcome() {
		c.srv.forget(c)
		c.session.Close()
		return false
	}
	deadlineIn(c.nc, 0)
	return true
}

// open lets the handler authenticate the client and open its session.
func (c *conn) open(st Startup) (err error) {
	st.PID, st.Remote = c.pid, c.nc.RemoteAddr().String()
	st.TLS, st.Certificate, st.Proof = c.tls, c.certificate, sasl{c}
	if c.session, err = c.srv.handler.Startup(c.ctx, st, c); err != nil {
		return err
	}
	if err := c.srv.seat(c); err != nil {
		c.session.Close()
		return err
	}
	return nil
}

// welcome sends what a client waits for after its startup packet.
func (c *conn) welcome() bool {
	if c.out.send(&pgproto3.AuthenticationOk{}) != nil {
		return false
	}
	c.out.mu.Lock()
	err := c.out.settingsLocked()
	c.out.mu.Unlock()
	if err != nil || c.out.send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: c.secret[:]}) != nil {
		return false
	}
	c.started = true
	return c.out.ready(c.session.TxStatus()) == nil
}

// recordTLS is the first byte of a TLS handshake, and of no startup packet.
const recordTLS = 0x16

// hello reads packets up to the startup packet; false when there is none (a
// cancel request, a client that left).
func (c *conn) hello() (version uint32, body []byte, ok bool) {
	if first, err := c.in.first(); err == nil && first == recordTLS && !c.directTLS() {
		return 0, nil, false
	}
	asked := map[uint32]bool{}
	for {
		code, body, ok := c.packet()
		if !ok {
			return 0, nil, false
		}
		switch {
		case code == codeCancel:
			c.srv.cancel(body)
			return 0, nil, false
		case code != codeSSL && code != codeGSSENC:
			return code, body, true
		case asked[code] || c.tls != nil:
			c.refuse(protocolError("unexpected encryption request"))
			return 0, nil, false
		}
		asked[code] = true
		if code == codeSSL {
			ok = c.answerSSL()
		} else {
			_, err := c.nc.Write([]byte{'N'})
			ok = err == nil
		}
		if !ok {
			return 0, nil, false
		}
	}
}

// packet reads one packet of the startup phase: a code, which is a version or a
// request, and what follows it.
func (c *conn) packet() (code uint32, body []byte, ok bool) {
	var head [8]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, nil, false
	}
	n, code := binary.BigEndian.Uint32(head[:4]), binary.BigEndian.Uint32(head[4:])
	if n < 8 || n > maxStartup {
		c.refuse(protocolError("invalid length of startup packet"))
		return 0, nil, false
	}
	body = make([]byte, n-8)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return 0, nil, false
	}
	return code, body, true
}

// parseStartup reads the parameters; extensions are the names of protocol
// options (_pq_.x) that this server does not know.
func parseStartup(body []byte) (st Startup, extensions []string, err error) {
	words := strings.Split(string(body), "\x00")
	// The packet ends with an empty name, then nothing.
	if len(words) < 2 || words[len(words)-1] != "" || words[len(words)-2] != "" || len(words)%2 != 0 {
		return st, nil, protocolError("invalid startup packet layout: expected terminator as last byte")
	}
	if err := checkText([]byte(strings.Join(words, ""))); err != nil {
		return st, nil, err
	}
	for i := 0; i+1 < len(words)-1; i += 2 {
		switch name, value := words[i], words[i+1]; {
		case name == "user":
			st.User = value
		case name == "database":
			st.Database = value
		case strings.HasPrefix(name, "_pq_."):
			extensions = append(extensions, name)
		default:
			st.Params = append(st.Params, Param{name, value})
		}
	}
	if st.User == "" {
		return st, nil, sqlerr.New(sqlerr.InvalidAuthorization, "no PostgreSQL user name specified in startup packet")
	}
	if st.Database == "" {
		st.Database = st.User
	}
	return st, extensions, nil
}

// refuse ends a connection that has not begun.
func (c *conn) refuse(err error) {
	if errors.Is(err, errGone) {
		return
	}
	e := sqlerr.From(err)
	c.srv.cfg.Metrics.ConnRefused(e.Code)
	if c.out.send(errorResponse("FATAL", e, "")) == nil {
		_ = c.out.flush()
	}
}

// refuseOldProtocol answers in the form of protocol 2, which has no fields.
func (c *conn) refuseOldProtocol(version uint32) {
	c.srv.cfg.Metrics.ConnRefused(sqlerr.ProtocolViolation)
	e := protocolError("unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", version>>16, version&0xffff)
	// The client may be gone already; either way this is the end.
	_, _ = io.WriteString(c.nc, "EFATAL:  "+e.Message+"\n\x00")
}
