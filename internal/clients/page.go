package clients

import (
	"fmt"
	"strings"
)

const pageHead = `# Clients that run against Leat

Real clients, as PyPI, npm, Maven Central and Debian ship them, run by ` + "`make clients`" + ` against the real binary. This page is
written by that run, and only when all of them ran and every cell passed; ` + "`.ci/run`" + ` runs all that can be installed there.
Versions are pinned in ` + "`internal/clients`" + `; the scripts there show how each client is used.

`

// Page is docs/clients.md of a run of all clients.
func Page(reports []*Report) string {
	var b strings.Builder
	b.WriteString(pageHead)
	b.WriteString("| client | version |")
	for _, c := range Cells {
		b.WriteString(" " + c.Name + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(Cells)) + "\n")
	for _, r := range reports {
		fmt.Fprintf(&b, "| %s | %s |", r.Client.Name, r.Version)
		for _, c := range Cells {
			b.WriteString(" " + r.shown(c.Name) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| cell | what is tried |\n|---|---|\n")
	for _, c := range Cells {
		fmt.Fprintf(&b, "| %s | %s |\n", c.Name, c.About)
	}
	b.WriteString("\nNot applicable, and why:\n\n| client | cell | reason |\n|---|---|---|\n")
	for _, r := range reports {
		for _, c := range Cells {
			if why, na := r.Client.NA[c.Name]; na {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Client.Name, c.Name, why)
			}
		}
	}
	b.WriteString(pageTail)
	return b.String()
}

// shown is what a cell of the table says.
func (r *Report) shown(cell string) string {
	o, said := r.Cells[cell]
	switch {
	case !said:
		return "n/a"
	case !o.Passed:
		return "fails"
	case cell == "tail" || cell == "cancel":
		return fmt.Sprintf("%d ms", o.Millis)
	}
	return "yes"
}

const pageTail = `
How to follow a push query (` + "`SELECT ... EMIT CHANGES`" + `), by client:

| client | rows as they come | to stop |
|---|---|---|
| psql | ` + "`COPY (...) TO STDOUT`, `\\set FETCH_COUNT 1`, or DECLARE and FETCH" + ` | Ctrl-C |
| pgcli | DECLARE and FETCH | Ctrl-C |
| psycopg 3 | ` + "`cursor.stream()`, `cursor.copy()`" + `, a named cursor with ` + "`fetchone()`" + ` (iterating one takes a short batch for the end) | ` + "`conn.cancel_safe()`" + ` |
| psycopg2 | a named cursor, ` + "`copy_expert()`" + ` | ` + "`conn.cancel()`" + ` |
| asyncpg | ` + "`conn.cursor()`" + ` in a transaction: iterate, or ` + "`fetchrow()`" + ` (` + "`fetch(n)`" + ` takes a short batch for the end) | cancel the task |
| pg8000 | DECLARE and FETCH | ` + "`pg_cancel_backend`" + ` |
| SQLAlchemy | ` + "`stream_results`, `max_row_buffer=1`, `fetchone()`" + ` | the driver's own cancel |
| psqlODBC | ` + "`UseDeclareFetch=1;Fetch=1`" + ` | ` + "`pg_cancel_backend`; `SQLCancel`" + ` while it waits for the first row |
| pgx, lib/pq | ` + "`Query`" + ` and ` + "`rows.Next()`" + ` | ` + "`CancelRequest`" + `, the context |
| node-postgres | the event ` + "`row`, pg-cursor, pg-query-stream with `batchSize: 1`" + ` | ` + "`pg_cancel_backend`" + ` |
| postgres.js | ` + "`.cursor(n)`, `.forEach()`" + ` | ` + "`query.cancel()`" + ` |
| Sequelize | DECLARE and FETCH in a transaction | ` + "`pg_cancel_backend`" + ` |
| TypeORM, Knex | a stream with ` + "`batchSize: 1`" + ` | ` + "`pg_cancel_backend`" + ` |
| Kysely | ` + "`.stream(1)`" + ` | ` + "`pg_cancel_backend`" + ` |
| DBD::Pg | FETCH with ` + "`pg_async`, `pg_getcopydata`" + ` | ` + "`pg_cancel`" + ` |
| pgjdbc | autocommit off and ` + "`setFetchSize(n)`" + ` | ` + "`PGConnection.cancelQuery()`" + ` |
`
