package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// errQuit leaves the shell.
var errQuit = errors.New("quit")

// metaHelp is what \? prints.
const metaHelp = `  \d              list streams, tables and views
  \d NAME         columns of NAME
  \dt \dv \dm     tables and streams, views, derived relations
  \df [NAME]      functions
  \dn \l \du      schemas, databases, roles
  \jobs           continuous queries
  \x              one line a column
  \timing         print how long statements take
  \i FILE         run a file
  \conninfo       where this shell is connected
  \q              leave
Ctrl-C ends a push query; the connection stays.
`

// listQuery answers \dX with a query over the catalog.
const relationsQuery = `SELECT n.nspname AS schema, c.relname AS name,
       CASE c.relkind WHEN 'r' THEN 'base' WHEN 'm' THEN 'derived' WHEN 'v' THEN 'view' END AS kind,
       pg_catalog.obj_description(c.oid, 'pg_class') AS description
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'leat') AND c.relkind IN (%s)
ORDER BY 1, 2`

func (s *shell) meta(ctx context.Context, text string) error {
	word, arg, _ := strings.Cut(text, " ")
	arg = strings.TrimRight(strings.TrimSpace(arg), "; ")
	switch word {
	case `\q`, `\quit`, `\exit`:
		return errQuit
	case `\?`, `\h`, `\help`:
		fmt.Fprint(s.env.stdout, metaHelp)
		return nil
	case `\x`:
		s.expanded = !s.expanded
		return nil
	case `\timing`:
		s.timing = !s.timing
		return nil
	case `\i`:
		return s.include(ctx, arg)
	case `\conninfo`:
		fmt.Fprintf(s.env.stdout, "connected to %s, server process %d\n", s.conn.Conn().RemoteAddr(), s.conn.PID())
		return nil
	}
	if q := metaQuery(word, arg); q != "" {
		return s.execute(ctx, q)
	}
	return fmt.Errorf("unknown command %s; \\? lists them", word)
}

// metaQuery is the SQL behind a listing command, "" if there is none.
func metaQuery(word, arg string) string {
	switch word {
	case `\d`:
		if arg != "" {
			return "DESCRIBE " + arg
		}
		return fmt.Sprintf(relationsQuery, "'r', 'm', 'v'")
	case `\dt`:
		return fmt.Sprintf(relationsQuery, "'r', 'm'")
	case `\dv`:
		return fmt.Sprintf(relationsQuery, "'v'")
	case `\dm`:
		return fmt.Sprintf(relationsQuery, "'m'")
	case `\df`:
		if arg != "" {
			return "DESCRIBE FUNCTION " + arg
		}
		return "SHOW FUNCTIONS"
	case `\dn`:
		return "SELECT nspname AS schema FROM pg_catalog.pg_namespace ORDER BY 1"
	case `\l`:
		return "SELECT datname AS database FROM pg_catalog.pg_database ORDER BY 1"
	case `\du`:
		return "SELECT rolname AS role FROM pg_catalog.pg_roles ORDER BY 1"
	case `\jobs`:
		return "SHOW JOBS"
	}
	return ""
}

func (s *shell) include(ctx context.Context, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, part := range s.split(string(b)) {
		if err := s.run(ctx, part); err != nil {
			return err
		}
	}
	return nil
}
