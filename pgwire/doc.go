// Package pgwire is the server side of PostgreSQL's protocol 3. It owns
// statements, portals, formats, COPY framing, cancellation and errors; it knows
// no SQL and reaches the database through Handler and Session.
//
//	config.go    Config, Metrics
//	handler.go   Handler, Session, Client, Prepared, Result: what the server implements
//	server.go    Server: accepts, counts, cancels and drains connections
//	startup.go   the first bytes: SSL, GSSENC, cancel, version, parameters
//	secure.go    TLS, asked for or direct; sasl.go: the messages of a proof
//	conn.go      one connection: its loop over messages
//	reader.go    the goroutine that frames messages and notices a dropped client; input.go: its buffer
//	workers.go   the goroutines that answer, lent to connections that have messages
//	writer.go    the output buffer, ReadyForQuery, notices
//	notifications.go  NotificationResponse, to idle clients too
//	simple.go    Query
//	extended.go  Parse, Bind, Describe, Execute, Close
//	portal.go    a bound statement and its rows in flight
//	copy.go      COPY in both directions
//	encode.go    vectors to DataRow; decode.go: parameters to values
//	deadline.go  deadlines and keep-alive: the package's one look at the clock
//	errors.go    ErrorResponse and positions in characters
//
// Invariants:
//
//	W1  Exactly one terminator (CommandComplete, EmptyQueryResponse,
//	    PortalSuspended or ErrorResponse) answers an Execute.
//	W2  PortalSuspended follows at least one row.
//	W3  After an error in the extended protocol nothing is answered until Sync.
//	W4  One ReadyForQuery answers each Query, FunctionCall and Sync.
//	W5  A suspended portal keeps the rows it has read and not sent.
//	W6  Nothing that came before a TLS handshake is read after it.
//	W7  A client without a session holds none of the places of MaxConnections.
//
// Who may come in is the handler's affair: it asks by Prover what only the right
// client can answer.
//
// A connection has a goroutine that frames messages and watches the socket, and
// a worker that answers while there is something to answer: an idle connection is
// a small stack and a small buffer. Lock order: Server.mu, then conn.mu, then
// workers.mu; conn.out.mu apart.
package pgwire
