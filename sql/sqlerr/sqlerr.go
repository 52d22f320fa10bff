// Package sqlerr is the one shape of an error a person sees: SQLSTATE, what
// was attempted, detail, hint and the place in the statement.
//
//	sqlerr.go   Error, constructors, Code extraction
//	codes.go    the SQLSTATEs this project raises, by their PostgreSQL names
//
// Messages follow PostgreSQL: the primary message is lower case without a full
// stop; detail and hint are sentences. The package knows no SQL and no wire.
package sqlerr

import (
	"errors"
	"fmt"
)

// Error is a user-visible failure. Pos is the byte offset in the statement
// text plus one (0: no position); the wire layer turns it into characters.
type Error struct {
	Code    string // five-character SQLSTATE
	Message string
	Detail  string
	Hint    string
	Pos     int
	// Kind is a machine-readable refinement within a SQLSTATE, used to map
	// errors to ksqlDB's classes in compatibility mode. It is never shown.
	Kind  string
	Cause error // wrapped, never shown to the client
}

// Error returns the primary message with its code, for logs.
func (e *Error) Error() string {
	s := e.Message + " (SQLSTATE " + e.Code + ")"
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error with a formatted primary message.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// At sets the position from a zero-based byte offset and returns e. An error
// that already has a position keeps it: the innermost place is the sharpest.
func (e *Error) At(off int) *Error {
	if e.Pos == 0 && off >= 0 {
		e.Pos = off + 1
	}
	return e
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithDetail sets the detail and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// Wrap records the cause and returns e.
func (e *Error) Wrap(cause error) *Error {
	e.Cause = cause
	return e
}

// WithKind sets the kind and returns e.
func (e *Error) WithKind(kind string) *Error {
	e.Kind = kind
	return e
}

// From finds the *Error inside err, or makes an internal error (XX000) of it.
// From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: InternalError, Message: err.Error(), Cause: err}
}

// Is tells whether err carries the SQLSTATE code.
func Is(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Unsupported is the 0A000 answer to a recognised form that is not built.
// what names the form: "RETURNING", "WITH TIES".
func Unsupported(format string, args ...any) *Error {
	return New(FeatureNotSupported, "%s is not supported", fmt.Sprintf(format, args...))
}
