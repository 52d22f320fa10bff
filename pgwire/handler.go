package pgwire

import (
	"context"
	"crypto/tls"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Handler opens sessions. It is called from many goroutines.
type Handler interface {
	// Startup authenticates and opens a session. An error is sent as FATAL and
	// ends the connection.
	Startup(ctx context.Context, s Startup, c Client) (Session, error)
}

// Startup is how a client introduces itself.
type Startup struct {
	User     string
	Database string  // the user's name when the client names none
	Params   []Param // the others, in the order sent
	Remote   string  // address, for logs and pg_stat_activity
	PID      uint32  // the process id that the client knows this connection by
	// TLS is the state of the encryption, nil without.
	TLS *tls.ConnectionState
	// Certificate is the server's own in this connection (DER), nil without TLS: what
	// channel binding is about.
	Certificate []byte
	// Proof asks the client who it is. It is of use until Startup returns.
	Proof Prover
}

// Prover carries a SASL exchange. The handler decides what it means. Errors are
// protocol violations of the client, or that it is gone.
type Prover interface {
	// Offer names mechanisms, best first, and gives the one that the client chose
	// and its first message, nil when it sent none.
	Offer(mechanisms []string) (chosen string, first []byte, err error)
	// Challenge sends a message of the server and gives the answer.
	Challenge(data []byte) (answer []byte, err error)
	// Conclude sends the server's last message, after a proof that holds.
	Conclude(data []byte) error
}

// Param is one name and value.
type Param struct{ Name, Value string }

// Client is what a session may tell its client besides results. Notify may be
// called from any goroutine, the others only while the session is being called.
type Client interface {
	// Notice sends a NoticeResponse at once. severity is WARNING, NOTICE, INFO,
	// LOG or DEBUG.
	Notice(severity string, n *sqlerr.Error)
	// Parameter reports a setting by ParameterStatus before the next ReadyForQuery.
	Parameter(name, value string)
	// Notify delivers a NotificationResponse between statements.
	Notify(pid uint32, channel, payload string)
	// Deallocate forgets a statement prepared by message; "" forgets all. It
	// tells whether there was one.
	Deallocate(name string) bool
}

// Session is one client's state. Calls come one at a time. The context of a
// call covers that call only: a Rows that outlives it gets another one with
// each Next. A call that waits must return soon after its context ends.
type Session interface {
	// Simple runs all statements of text and hands each result to send, which
	// returns when it has been sent whole. An error of send is returned as it is.
	// Positions in errors count in text.
	Simple(ctx context.Context, text string, send func(*Result) error) error
	// Prepare analyses one statement. oids are the declared parameter types, 0
	// where the client leaves it to the server; it may be shorter than the list
	// of parameters.
	Prepare(ctx context.Context, text string, oids []uint32) (*Prepared, error)
	// Execute starts a prepared statement. args are given.
	Execute(ctx context.Context, p *Prepared, args []types.Value) (*Result, error)
	// Failed tells the session that an error was sent, whoever raised it: an open
	// transaction fails.
	Failed()
	// TxStatus is 'I' outside a transaction, 'T' inside, 'E' in a failed one.
	TxStatus() byte
	// Style is how values look as text now; shared until the next call.
	Style() *types.TextOptions
	// Privileged tells whether the session may take one of the reserved connections.
	Privileged() bool
	// Cursor is the columns of a cursor that DECLARE made: PostgreSQL's are
	// portals, and psycopg describes them by message. Binary: its format.
	Cursor(name string) (cols []Column, binary, ok bool)
	// Answered is called when the client has been sent its answers, before the
	// connection waits for it, and at the end: what was put off is due.
	Answered()
	Close()
}

// Prepared is an analysed statement. It is shared by its portals and immutable.
type Prepared struct {
	Text   string
	Params []types.Type // every parameter, declared or inferred
	// Columns is the result; nil for a statement without rows.
	Columns []Column
	// Stmt belongs to the session.
	Stmt any
}

// Column describes a result column.
type Column struct {
	Name  string
	Type  types.Type
	Table uint32 // OID of the relation it comes from, 0 for none
	Attr  uint16 // its number there, from 1
}

// Result is what one statement gives. At most one of Rows, CopyIn and CopyOut
// is set; otherwise Tag is the command tag, or Empty is set.
type Result struct {
	Rows    Rows
	CopyIn  CopyIn
	CopyOut CopyOut
	Tag     string
	// Empty is the result of a query string without a statement.
	Empty bool
	// Binary sends a simple query's rows in binary (a binary cursor).
	Binary bool
}

// Rows is a result set being read. It is used by one goroutine and closed once.
type Rows interface {
	Columns() []Column
	// Next gives the next rows, shared, at least one; it waits for them. Columns
	// of the batch beyond Columns are ignored. io.EOF ends the result.
	Next(ctx context.Context) (*vec.Batch, error)
	// Ready tells whether Next would return without waiting.
	Ready() bool
	// Tag is the command tag after sent rows were sent.
	Tag(sent int64) string
	Close()
}

// CopyIn receives COPY FROM STDIN.
type CopyIn interface {
	Format() CopyFormat
	// Data takes the next bytes, lent; they may end anywhere.
	Data(ctx context.Context, chunk []byte) error
	// Done ends the copy and gives the command tag.
	Done(ctx context.Context) (string, error)
	// Fail abandons the copy; the error, never nil, is sent to the client.
	Fail(ctx context.Context, reason string) error
}

// CopyOut produces COPY TO STDOUT.
type CopyOut interface {
	Format() CopyFormat
	// Next gives the bytes of one or more whole rows, lent until the next call.
	// io.EOF ends the copy.
	Next(ctx context.Context) ([]byte, error)
	// Ready tells whether Next would return without waiting.
	Ready() bool
	Tag() string
	Close()
}

// CopyFormat is the header of a copy.
type CopyFormat struct {
	Binary  bool
	Columns int
}
