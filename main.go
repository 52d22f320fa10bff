// Command leat is a SQL-first streaming database: one process that speaks the
// Postgres wire, keeps streams in a replicated log and runs continuous queries.
package main

import (
	"os"

	"github.com/leatdb/leat/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:]))
}
