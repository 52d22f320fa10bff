package pgwire

import (
	"crypto/tls"
	"net"

	"github.com/leatdb/leat/sql/sqlerr"
)

// ALPN is the name of this protocol in TLS.
const ALPN = "postgresql"

var (
	errNoTLS = sqlerr.New(sqlerr.InvalidAuthorization, "this server accepts only connections with TLS").
			WithHint("Connect with sslmode=require or better.")
	errInjected = protocolError("received unencrypted data after SSL request").
			WithDetail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.")
)

// tlsConfig is the configuration of the next handshake, nil when there is none.
func (s *Server) tlsConfig() *tls.Config {
	if s.cfg.TLS == nil {
		return nil
	}
	return s.cfg.TLS()
}

// answerSSL answers an SSLRequest; false when the connection is over.
func (c *conn) answerSSL() bool {
	cfg := c.srv.tlsConfig()
	if cfg == nil {
		_, err := c.nc.Write([]byte{'N'})
		return err == nil
	}
	if _, err := c.nc.Write([]byte{'S'}); err != nil {
		return false
	}
	// What came before the handshake was not protected: somebody between the client
	// and us may have put it there to be taken for the client's (W6).
	if len(c.in.rest) > 0 {
		c.refuse(errInjected)
		return false
	}
	return c.handshake(c.nc, cfg, false)
}

// directTLS begins TLS without an SSLRequest; the client has to say by ALPN that
// it means this protocol.
func (c *conn) directTLS() bool {
	cfg := c.srv.tlsConfig()
	if cfg == nil {
		c.srv.cfg.Metrics.ConnRefused(sqlerr.ProtocolViolation)
		return false // a client of TLS reads no text of ours
	}
	return c.handshake(&peeked{c.nc, c.in}, cfg, true)
}

// peeked is a connection whose first bytes are in a buffer.
type peeked struct {
	net.Conn
	in *input
}

func (p *peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

func (c *conn) handshake(nc net.Conn, cfg *tls.Config, direct bool) bool {
	t := tls.Server(nc, cfg)
	err := t.HandshakeContext(c.ctx)
	state := t.ConnectionState()
	if err != nil || direct && state.NegotiatedProtocol != ALPN {
		c.srv.cfg.Logger.Debug("TLS handshake failed", "remote", c.nc.RemoteAddr().String(), "err", err)
		c.srv.cfg.Metrics.ConnRefused(sqlerr.ProtocolViolation)
		return false
	}
	c.nc, c.out.nc = t, t
	c.in = newInput(t)
	c.tls = &state
	if len(cfg.Certificates) > 0 && len(cfg.Certificates[0].Certificate) > 0 {
		c.certificate = cfg.Certificates[0].Certificate[0]
	}
	return true
}
