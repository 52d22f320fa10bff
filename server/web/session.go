package web

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql/sqlerr"
)

// waitHeader carries the position that a request's reads must see.
const waitHeader = "Leat-Wait-For"

// tokenHeader carries the position that an answer stands for.
const tokenHeader = "Leat-Token"

// note is a notice as clients see it.
type note struct {
	Severity string `json:"severity"`
	problem
}

// ears collects a session's notices.
type ears struct {
	mu struct {
		sync.Mutex
		notes []note
	}
}

// Notice implements pgwire.Client.
func (e *ears) Notice(severity string, n *sqlerr.Error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mu.notes = append(e.mu.notes, note{severity, problemOf(n, "")})
}

// Parameter implements pgwire.Client.
func (e *ears) Parameter(string, string) {}

// Notify implements pgwire.Client.
func (e *ears) Notify(uint32, string, string) {}

// Deallocate implements pgwire.Client.
func (e *ears) Deallocate(string) bool { return false }

func (e *ears) heard() []note {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]note{}, e.mu.notes...)
}

// userOf names who asks.
func userOf(r *http.Request) string { return visitorOf(r).pass.Role }

// open makes the session of one request, which waits for the position that the
// request names.
func (s *Site) open(r *http.Request, settings map[string]string) (*server.Session, *ears, error) {
	params := []pgwire.Param{{Name: "application_name", Value: "http"}}
	for name, value := range settings {
		params = append(params, pgwire.Param{Name: name, Value: value})
	}
	e := &ears{}
	ss, err := s.db.SessionFor(visitorOf(r).pass, r.RemoteAddr, auth.DefaultDatabase, params, e)
	if err != nil {
		return nil, nil, err
	}
	if err := ss.WaitFor(r.Header.Get(waitHeader)); err != nil {
		ss.Close()
		return nil, nil, err
	}
	ss.KeepPositions()
	return ss, e, nil
}

// readBody reads a request's body; too large is 54000.
func readBody(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "body is larger than %d bytes", large.Limit)
	}
	if err != nil {
		return nil, sqlerr.New(sqlerr.ConnectionFailure, "could not read the body").Wrap(err)
	}
	return b, nil
}
