package server

import (
	"context"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Session is one client's state. It is pgwire's Session, and what the golden
// runner and HTTP use. Its methods are called one at a time, except Close.
type Session struct {
	srv      *Server
	pid      uint32
	client   pgwire.Client
	user     string
	pass     auth.Pass // who came in; user is its role
	database string
	remote   string
	started  time.Time
	settings *settings
	style    types.TextOptions
	tx       transaction
	acked    map[partition]int64 // next offset behind the writes this session was told of
	seen     map[partition]int64 // what its reads have seen, for tokens; nil: not kept
	known    map[string]bool     // names that were roles of the catalog when this session used them
	prepared map[string]*sqlStatement
	cursors  map[string]*sqlCursor
	vars     map[string]string
	seed     uint64
	sticky   uint32                  // chooses the partition of rows without a key
	shapes   map[string]*insertShape // INSERTs of literals that have run, by their text up to VALUES
	literals []sql.Literal           // of the last one; its memory is used again
	step     context.Context         // of the call at work: what pg_sleep waits with
	locked   bool                    // it has taken an advisory lock, once

	wire   bool   // its client calls Answered
	last   bool   // what is appended is the last that the statement does
	untold func() // wakes readers of what was appended; nil: they know

	mu struct { // what other sessions may look at
		sync.Mutex
		query      string
		queryStart time.Time
		busy       bool
		status     byte
		app        string
		closed     bool
		as         string                  // the role of its statements
		asRole     bool                    // it is one of the catalog, and no longer a superuser when it is dropped
		terminated bool                    // by pg_terminate_backend
		cancel     context.CancelCauseFunc // of the step at work
	}
}

// partition names one partition of a topic.
type partition struct {
	topic string
	part  int32
}

// silent is the client of a session that nobody listens to.
type silent struct{}

func (silent) Notice(string, *sqlerr.Error)  {}
func (silent) Parameter(string, string)      {}
func (silent) Notify(uint32, string, string) {}
func (silent) Deallocate(string) bool        { return false }

// NewSession opens a session without the wire and without asking who it is: this
// process's own. client hears notices; it may be nil.
func (s *Server) NewSession(user, database string, params []pgwire.Param, client pgwire.Client) (*Session, error) {
	return s.SessionFor(s.passOf(user), "", database, params, client)
}

// SessionFor opens a session without the wire for who has come in. remote is the
// client's address.
func (s *Server) SessionFor(p auth.Pass, remote, database string, params []pgwire.Param, client pgwire.Client) (*Session, error) {
	if client == nil {
		client = silent{}
	}
	return s.open(p, pgwire.Startup{User: p.Role, Database: database, Params: params, PID: s.ownPID(), Remote: remote}, client)
}

// wirePIDs end where the process ids of other sessions begin.
const wirePIDs = 1 << 20

// ownPID is the process id of a session without the wire.
func (s *Server) ownPID() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.nextPID++
	return wirePIDs + s.mu.nextPID
}

// defaultDatabase is the one database; others by these names are the same.
const defaultDatabase = "leat"

func (s *Server) open(pass auth.Pass, st pgwire.Startup, client pgwire.Client) (*Session, error) {
	switch {
	case !s.isReady():
		return nil, sqlerr.New(sqlerr.CannotConnectNow, "the database system is starting up")
	case st.Database != defaultDatabase && st.Database != "postgres" && st.Database != st.User:
		return nil, sqlerr.New(sqlerr.UndefinedDatabase, "database %q does not exist", st.Database).
			WithHint("The database is called %q.", defaultDatabase)
	}
	ss := &Session{
		srv: s, pid: st.PID, client: client, user: pass.Role, pass: pass, database: st.Database, remote: st.Remote,
		started: s.cfg.Clock.Now(), settings: newSettings(client.Parameter),
		acked: map[partition]int64{}, prepared: map[string]*sqlStatement{}, known: map[string]bool{}, cursors: map[string]*sqlCursor{}, vars: map[string]string{},
	}
	ss.mu.status = 'I'
	ss.tx.status = 'I'
	var seed [8]byte
	if _, err := io.ReadFull(s.cfg.Rand, seed[:]); err != nil {
		return nil, err
	}
	ss.seed = binary.LittleEndian.Uint64(seed[:])
	if err := ss.begin(st.Params); err != nil {
		return nil, err
	}
	return ss, s.keep(ss)
}

// keep counts a session that is open, within the limit of its role; a superuser
// has none.
func (s *Server) keep(ss *Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit := ss.pass.ConnLimit; limit >= 0 && !ss.pass.Superuser && ss.pid < wirePIDs {
		n := 0
		for _, other := range s.mu.sessions {
			if other.user == ss.user && other.pid < wirePIDs {
				n++
			}
		}
		if n >= limit {
			return sqlerr.New(sqlerr.TooManyConnections, "too many connections for role %q", ss.user)
		}
	}
	s.mu.sessions[ss.pid] = ss
	return nil
}

// begin applies ALTER SYSTEM's settings, then the startup packet's; both are
// what RESET goes back to.
func (ss *Session) begin(params []pgwire.Param) error {
	if err := ss.admit(); err != nil {
		return err
	}
	ss.settings.base["session_authorization"] = ss.user
	set := func(name, value string) error {
		name = strings.ToLower(name)
		switch name {
		case "role":
			if err := ss.checkRole(value); err != nil {
				return err
			}
		case "session_authorization":
			return sqlerr.New(sqlerr.CantChangeParam, "parameter %q cannot be set here", name)
		}
		v, err := checkSetting(name, value)
		if err == nil {
			ss.settings.base[name] = v
		}
		return err
	}
	for _, p := range ss.srv.catalog.Current().Settings() {
		if hiddenSetting(p.Name) {
			continue
		}
		// A setting of an older release is no reason to refuse clients.
		_ = set(p.Name, p.Value)
	}
	if r, ok := ss.srv.catalog.Current().Role(ss.user); ok {
		for _, p := range r.Settings {
			// A setting that no longer fits is no reason to refuse the role.
			_ = set(p.Name, p.Value)
		}
	}
	ss.srv.facts(ss.settings.base)
	if !ss.pass.Superuser {
		ss.settings.base["is_superuser"] = "off"
	}
	for _, p := range params {
		var err error
		switch strings.ToLower(p.Name) {
		case "replication":
			if on, _ := types.ParseBool(strings.ToLower(p.Value)); on || p.Value == "database" {
				return sqlerr.Unsupported("the replication protocol")
			}
		case "options":
			err = eachOption(p.Value, set)
		default:
			err = set(p.Name, p.Value)
		}
		if err != nil {
			return err
		}
	}
	ss.mu.app = ss.settings.get("application_name")
	ss.nowAs()
	ss.settings.reportAll()
	return nil
}

// eachOption reads "-c name=value --name=value" of the startup packet.
func eachOption(text string, set func(name, value string) error) error {
	words := splitOptions(text)
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			w = words[i]
		case strings.HasPrefix(w, "-c"):
			w = w[2:]
		case strings.HasPrefix(w, "--"):
			w = w[2:]
		default:
			return sqlerr.New(sqlerr.SyntaxError, "invalid command-line argument for server process: %s", w)
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return sqlerr.New(sqlerr.SyntaxError, "%s requires a value", w)
		}
		if err := set(strings.ReplaceAll(name, "-", "_"), value); err != nil {
			return err
		}
	}
	return nil
}

// splitOptions splits at blanks that no backslash precedes.
func splitOptions(text string) []string {
	var out []string
	var word strings.Builder
	open := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			open = true
		case c == ' ':
			if open {
				out = append(out, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteByte(c)
			open = true
		}
	}
	if open {
		out = append(out, word.String())
	}
	return out
}

// Close ends the session: its cursors close, an open transaction is dropped.
func (ss *Session) Close() {
	ss.mu.Lock()
	closed := ss.mu.closed
	ss.mu.closed = true
	ss.mu.Unlock()
	if closed {
		return
	}
	ss.closeCursors()
	ss.srv.unlisten(ss, "")
	ss.srv.advisory.endOfSession(ss)
	ss.srv.mu.Lock()
	delete(ss.srv.mu.sessions, ss.pid)
	ss.srv.mu.Unlock()
}

// Answered implements pgwire.Session: readers are told of what was written quietly.
func (ss *Session) Answered() {
	if ss.untold != nil {
		ss.untold()
		ss.untold = nil
	}
}

// Privileged implements pgwire.Session.
func (ss *Session) Privileged() bool { return ss.pass.Superuser }

// TxStatus implements pgwire.Session.
func (ss *Session) TxStatus() byte { return ss.tx.status }

// Failed implements pgwire.Session.
func (ss *Session) Failed() {
	if ss.tx.status == 'T' {
		ss.tx.status = 'E'
	}
}

// Style implements pgwire.Session.
func (ss *Session) Style() *types.TextOptions {
	lookups := ss.lookups(ss.srv.catalog.Current(), ss.role())
	ss.style = types.TextOptions{Location: ss.settings.location(), RegName: lookups.regName, RegOID: lookups.regOID}
	if d := ss.settings.get("extra_float_digits"); d != "1" {
		ss.style.SetFloatDigits, ss.style.ExtraFloatDigits = true, int(ss.settings.millis("extra_float_digits"))
	}
	return &ss.style
}

// Simple implements pgwire.Session.
func (ss *Session) Simple(ctx context.Context, text string, send func(*pgwire.Result) error) error {
	err := ss.simple(ctx, text, send)
	if err != nil {
		ss.Failed()
	}
	ss.idle()
	return err
}

func (ss *Session) simple(ctx context.Context, text string, send func(*pgwire.Result) error) error {
	ss.busy(text)
	if !strings.Contains(text, "${") {
		return ss.script(ctx, text, send)
	}
	// A statement may use a variable that the one before it defines.
	for _, part := range sql.Split(text) {
		plain, err := ss.substitute(part.Text)
		if err == nil {
			err = ss.script(ctx, plain, send)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noParameters refuses $1 where no values can come with the statement.
func noParameters(rq *request) error {
	if _, prepare := rq.ast.(*sql.Prepare); prepare || !strings.Contains(rq.text, "$") {
		return nil
	}
	var err error
	sql.Walk(rq.ast, func(n sql.Node) bool {
		if p, ok := n.(*sql.Param); ok && err == nil {
			err = sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", p.N).At(p.Pos)
		}
		return err == nil
	})
	return err
}

// script runs all statements of a text without variables.
func (ss *Session) script(ctx context.Context, text string, send func(*pgwire.Result) error) error {
	if again := ss.again(text); again != nil {
		rq := ss.request(again.ast, text)
		rq.simple, rq.again = true, again
		r, err := ss.run(ctx, rq)
		if err != nil {
			return err
		}
		return send(r)
	}
	stmts, err := ss.parse(text)
	if err != nil {
		return err
	}
	if len(stmts) == 0 {
		return send(&pgwire.Result{Empty: true})
	}
	for _, ast := range stmts {
		rq := ss.request(ast, text)
		rq.simple = true
		if err := noParameters(rq); err != nil {
			return err
		}
		r, err := ss.run(ctx, rq)
		if err != nil {
			return err
		}
		if err := send(r); err != nil {
			return err
		}
	}
	return nil
}

// substitute replaces ${name} by what DEFINE said.
func (ss *Session) substitute(text string) (string, error) {
	if len(ss.vars) == 0 || !strings.Contains(text, "${") {
		return text, nil
	}
	return sql.Substitute(text, func(name string) (string, bool) {
		v, ok := ss.vars[strings.ToUpper(name)]
		return v, ok
	})
}

func (ss *Session) busy(text string) {
	now := ss.srv.cfg.Clock.Now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.mu.query, ss.mu.queryStart, ss.mu.busy = public(text), now, true
}

// public is a statement as other sessions may see it: without its literals where
// those may be a password.
func public(text string) string {
	if upper := strings.ToUpper(text); strings.Contains(upper, "PASSWORD") || strings.Contains(upper, "SECRET") {
		return auth.Redact(text, false)
	}
	return text
}

func (ss *Session) idle() {
	if ss.locked && !ss.inTx() {
		ss.srv.advisory.endOfTransaction(ss)
	}
	app := ss.settings.get("application_name")
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.mu.busy, ss.mu.status, ss.mu.app = false, ss.tx.status, app
}

// notice sends a NOTICE.
func (ss *Session) notice(format string, args ...any) {
	ss.tell("NOTICE", sqlerr.New(sqlerr.SuccessfulCompletion, format, args...))
}

// levels of client_min_messages that let a severity pass.
var noticeRank = map[string]int{
	"debug5": 0, "debug4": 0, "debug3": 0, "debug2": 0, "debug1": 0, "debug": 0, "log": 1, "notice": 2, "info": 2, "warning": 3, "error": 4,
}

func (ss *Session) tell(severity string, n *sqlerr.Error) {
	if noticeRank[strings.ToLower(severity)] >= noticeRank[ss.settings.get("client_min_messages")] || severity == "INFO" {
		ss.client.Notice(severity, n)
	}
}
