package pgwire

import (
	"errors"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
)

var (
	errCanceled     = sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
	errShutdown     = sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command")
	errStartingDown = sqlerr.New(sqlerr.CannotConnectNow, "the database system is shutting down")
	errTooMany      = sqlerr.New(sqlerr.TooManyConnections, "sorry, too many clients already")
	errReserved     = sqlerr.New(sqlerr.TooManyConnections, "remaining connection slots are reserved for superusers")
	// errGone ends a connection without an answer: there is nobody to read it.
	errGone = errors.New("client is gone")
)

func protocolError(format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.ProtocolViolation, format, args...)
}

// located is an error with a CONTEXT line (COPY's line and column).
type located interface{ Where() string }

// errorResponse gives the message for err; text is the statement that its
// position counts in.
func errorResponse(severity string, err error, text string) *pgproto3.ErrorResponse {
	e := sqlerr.From(err)
	m := &pgproto3.ErrorResponse{
		Severity: severity, SeverityUnlocalized: severity, Code: e.Code,
		Message: clean(e.Message), Detail: clean(e.Detail), Hint: clean(e.Hint),
		Position: charPosition(text, e.Pos),
	}
	var l located
	if errors.As(err, &l) {
		m.Where = clean(l.Where())
	}
	return m
}

// charPosition turns a byte position from 1 into characters from 1; 0 is none.
func charPosition(text string, pos int) int32 {
	if pos <= 0 || text == "" {
		return 0
	}
	return int32(utf8.RuneCountInString(text[:min(pos-1, len(text))])) + 1
}

// clean replaces what a message string cannot hold: NUL ends it on the wire.
func clean(s string) string {
	for i := range len(s) {
		if s[i] == 0 {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] == 0 {
					b[i] = '?'
				}
			}
			return string(b)
		}
	}
	return s
}

// checkText refuses text that PostgreSQL's UTF8 encoding does: 22021.
func checkText(b []byte) error {
	for i := 0; i < len(b); {
		if b[i] == 0 {
			return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`)
		}
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x%02x`, b[i])
		}
		i += n
	}
	return nil
}
