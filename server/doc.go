// Package server wires the rooms together: it opens the log with the catalog
// as its group-0 state machine, runs jobs, and answers sessions.
//
//	config.go            Config
//	server.go            Server: Open, Run, Close
//	listen.go            Postgres wire and HTTP listeners; web.go: health
//	metrics.go           what is counted for Prometheus; metrics_state.go: what is read when it asks
//	doors.go             Access: who may come in; door_metrics.go; facts.go: limits to SHOW; audit.go: statements in the audit log
//	session.go           Session: one client's state, pgwire's Session
//	statement.go         one statement: dispatch, describe, environment
//	statement_*.go       a kind of statement each
//	activity.go          statements whose rows are still read, as others see them
//	settings.go          a session's parameters; settings_known.go: all there are
//	tx.go                transactions and buffered writes
//	notify.go            LISTEN and NOTIFY; feed.go: of changes of streams and tables
//	names.go             the planner's view of the catalog
//	processing_log.go    ksqlDB's stream of what went wrong in its queries
//	privilege.go         what a statement needs and lacks; privilege_needs.go: by kind of statement; privilege_names.go: what it reads
//	session_role.go      SET ROLE, who may come in; secret.go: values that only the server reads
//	query.go push.go     pull and push results; origin.go: which column of which relation each is; rows.go: fixed results; watch.go: push queries that many read
//	position.go          position tokens: a read sees at least what a write gave
//	ingest.go            rows as JSON, once by an idempotency key; mount.go: the site on the HTTP port, dashboards.go: what it keeps
//	write.go             rows to the log; insert_again.go: an INSERT that differs from one before in literals only
//	ddl.go               the steps of CREATE and DROP
//	beside.go            CREATE OR REPLACE of tables by a query built beside; beside_swap.go: the two change places
//	job.go               persistent queries: plans, start, end, recovery
//	system_tables.go     columns of pg_catalog, information_schema and leat (system_tables.txt)
//	virtual.go           the source of their rows; virtual_*.go: a family each
//	enum.go              enum types: CREATE, who uses them, pg_enum
//	lookups.go           questions of catalog functions; lookups_roles.go: about roles and privileges
//	advisory.go          pg_advisory_lock and its like
//	signal.go            pg_cancel_backend, pg_terminate_backend, pg_sleep
//	upgrade_ksql.go      what ksqlDB does not replace
//	ksql_syntax.go       mistakes of syntax in ksqlDB's words; inspect.go: what runners of test files look at
//	copy_*.go            COPY's formats
//
// Invariants:
//
//	S1  A statement sees one snapshot of the catalog.
//	S2  DDL is an intent in group 0, an activation in the data log, and then visible;
//	    a crash between them is rolled forward or aborted by recovery.
//	S3  COMMIT is one atomic command of the log; until then nothing is written.
//	S4  A pull query waits until what it reads has applied the writes that the
//	    session was told of.
//	S5  No answer depends on the order of a map.
//	S6  What a statement must own or may change is asked in authorize, what it reads in
//	    guarded, as it is bound; nothing else reaches a relation on behalf of a client.
//	    Both ask the snapshot of the statement, so a REVOKE holds from the next one on.
//	    A query that does not end asks again when the catalog has changed.
//
// Lock order: Server.mu, Session's own goroutine; no lock is held over the log.
package server
