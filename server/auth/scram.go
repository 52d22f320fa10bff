package auth

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"strings"

	"github.com/xdg-go/scram"

	"github.com/leatdb/leat/sql/sqlerr"
)

// SASL mechanisms.
const (
	mechanism     = "SCRAM-SHA-256"
	mechanismPlus = "SCRAM-SHA-256-PLUS"
)

// Prover carries a SASL exchange to a client: pgwire's Prover.
type Prover interface {
	// Offer names mechanisms and gives the client's choice and first message.
	Offer(mechanisms []string) (chosen string, first []byte, err error)
	// Challenge sends a message and gives the answer.
	Challenge(data []byte) (answer []byte, err error)
	// Conclude sends the last message.
	Conclude(data []byte) error
}

// serverEndPoint is the channel binding of a server's certificate (RFC 5929);
// false for certificates that have none.
func serverEndPoint(der []byte) (scram.ChannelBinding, bool) {
	var none scram.ChannelBinding
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return none, false
	}
	b := scram.ChannelBinding{Type: scram.ChannelBindingTLSServerEndpoint}
	switch cert.SignatureAlgorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		sum := sha256.Sum256(der)
		b.Data = sum[:]
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		sum := sha512.Sum384(der)
		b.Data = sum[:]
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		sum := sha512.Sum512(der)
		b.Data = sum[:]
	default:
		return none, false
	}
	return b, true
}

func malformed(what string) error {
	return sqlerr.New(sqlerr.ProtocolViolation, "malformed SCRAM message").WithDetail("%s.", what)
}

// converse runs the exchange up to the client's proof. check judges it and has
// to be called once; it gives the server's last message when the proof holds.
func converse(p Prover, v Verifier, certificate []byte) (check func() (final []byte, ok bool), err error) {
	binding, plus := serverEndPoint(certificate)
	offered := []string{mechanism}
	if plus {
		offered = []string{mechanismPlus, mechanism}
	}
	chosen, first, err := p.Offer(offered)
	if err != nil {
		return nil, err
	}
	bound := strings.HasPrefix(string(first), "p=")
	switch {
	case chosen != mechanism && !(plus && chosen == mechanismPlus):
		return nil, sqlerr.New(sqlerr.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	case bound && chosen == mechanism:
		return nil, malformed("The client selected SCRAM-SHA-256 and binds the channel")
	case !bound && chosen == mechanismPlus:
		return nil, malformed("The client selected SCRAM-SHA-256-PLUS and does not bind the channel")
	}
	if first == nil {
		if first, err = p.Challenge(nil); err != nil {
			return nil, err
		}
	}
	c, err := conversation(v, binding)
	if err != nil {
		return nil, err
	}
	challenge, err := c.Step(string(first))
	switch {
	case err != nil && challenge == scram.ErrServerDoesSupportChannelBinding:
		return nil, sqlerr.New(sqlerr.InvalidAuthorization, "SCRAM channel binding negotiation error").
			WithDetail("The client supports SCRAM channel binding but thinks the server does not. However, this server does support channel binding.")
	case err != nil:
		return nil, malformed("The first message is not understood")
	case c.AuthzID() != "":
		return nil, sqlerr.Unsupported("an authorization identity")
	}
	proof, err := p.Challenge([]byte(challenge))
	if err != nil {
		return nil, err
	}
	return func() ([]byte, bool) {
		final, err := c.Step(string(proof))
		return []byte(final), err == nil && c.Valid()
	}, nil
}

func conversation(v Verifier, b scram.ChannelBinding) (*scram.ServerConversation, error) {
	// The role is the startup packet's; the name in the exchange says nothing, as
	// in PostgreSQL.
	s, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) {
		return scram.StoredCredentials{
			KeyFactors: scram.KeyFactors{Salt: string(v.Salt), Iters: v.Iterations}, StoredKey: v.StoredKey, ServerKey: v.ServerKey,
		}, nil
	})
	if err != nil {
		return nil, err
	}
	return s.NewConversationWithChannelBinding(b), nil
}
