package pgwire

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// maxProof bounds one message of a client that is not let in yet.
const maxProof = 10000

// sasl is the Prover of a connection that has no session yet.
type sasl struct{ c *conn }

// Offer implements Prover.
func (s sasl) Offer(mechanisms []string) (chosen string, first []byte, err error) {
	if err := s.send(&pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms}); err != nil {
		return "", nil, err
	}
	body, err := s.answer()
	if err != nil {
		return "", nil, err
	}
	name, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(rest) < 4 {
		return "", nil, protocolError("invalid SASL response message")
	}
	n, data := int32(binary.BigEndian.Uint32(rest)), rest[4:]
	switch {
	case n == -1 && len(data) == 0:
		return string(name), nil, nil
	case n < 0 || int(n) != len(data):
		return "", nil, protocolError("invalid SASL response message")
	}
	return string(name), data, nil
}

// Challenge implements Prover.
func (s sasl) Challenge(data []byte) ([]byte, error) {
	if err := s.send(&pgproto3.AuthenticationSASLContinue{Data: data}); err != nil {
		return nil, err
	}
	return s.answer()
}

// Conclude implements Prover.
func (s sasl) Conclude(data []byte) error {
	return s.c.out.send(&pgproto3.AuthenticationSASLFinal{Data: data})
}

func (s sasl) send(m encoder) error {
	if err := s.c.out.send(m); err != nil {
		return err
	}
	return s.c.out.flush()
}

// answer reads one message of type 'p'.
func (s sasl) answer() ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(s.c.in, head[:]); err != nil {
		return nil, errGone
	}
	n := int64(binary.BigEndian.Uint32(head[1:])) - 4
	switch {
	case head[0] == 'X':
		return nil, errGone
	case head[0] != 'p':
		return nil, protocolError("expected SASL response, got message type %d", head[0])
	case n < 0 || n > maxProof:
		return nil, protocolError("invalid length of SASL response message")
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(s.c.in, body); err != nil {
		return nil, errGone
	}
	return body, nil
}
