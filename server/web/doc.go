// Package web is the HTTP side of Leat: push queries as server-sent events,
// NDJSON and WebSocket, statements and inserts as JSON, and the console.
//
//	config.go        Config
//	site.go          Site: New, routes, headers of every answer, Close
//	route.go         the table of routes, which the mux and openapi.go read
//	problem.go       errors as JSON, SQLSTATE to HTTP status
//	login.go         who sends a request; login, logout
//	session.go       one session a request, wait_for
//	lines.go         batches as lines of JSON
//	hub.go           one evaluation a distinct query, found by plan and start
//	evaluation.go    a running query and the ring of its last rows
//	watcher.go       one reader of a ring; latest.go conflates for slow ones
//	stream.go        GET /v1/stream: SSE and NDJSON
//	socket.go        GET /v1/ws: many subscriptions on a WebSocket, with credit
//	statement.go     POST /v1/sql: JSON, NDJSON, Arrow
//	insert.go        POST /v1/insert: webhooks
//	names.go         GET /v1/catalog: names for completion
//	dashboards.go    saved dashboards, settings of the catalog
//	openapi.go       GET /v1/openapi.json
//	assets.go        the console's files, embedded
//	pages.go         GET /docs/: the pages of docs/ as HTML
//
// Invariants:
//
//	H1  Rows are evaluated and encoded once however many clients watch.
//	H2  A client gets what is behind its token, each row once and in order, or an
//	    error that says why not. Rows of one batch travel with one token: all or none.
//	H3  Memory is bounded by ring, not by client: a reader that falls out of the ring is
//	    cut with its token, or conflated; it never slows another one.
//	H4  A write to a client has a deadline.
//
// A query runs as fast as its fastest reader takes rows and no faster than the
// ring holds, so a single slow reader gets all of a long history.
//
// Lock order: hub.mu, evaluation.mu. No lock is held over the database or a
// client. The package knows no wire protocol of PostgreSQL and no SQL text.
package web
