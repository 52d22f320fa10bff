package sql

// statements maps the first word of a statement to its reader. The cursor is
// still at that word.
var statements map[string]func(*cursor) Statement

func init() {
	statements = map[string]func(*cursor) Statement{
		"SELECT": (*cursor).queryStmt, "VALUES": (*cursor).queryStmt, "TABLE": (*cursor).queryStmt,
		"CREATE": (*cursor).create, "DROP": (*cursor).drop, "ALTER": (*cursor).alter,
		"WITH": (*cursor).withStmt, "INSERT": (*cursor).insertStmt, "UPDATE": (*cursor).updateStmt, "DELETE": (*cursor).deleteStmt,
		"TRUNCATE": (*cursor).truncate, "COPY": (*cursor).copyStmt,
		"EXPLAIN": (*cursor).explain, "DESCRIBE": (*cursor).describe, "DESC": (*cursor).describe, "PRINT": (*cursor).print,
		"TERMINATE": (*cursor).queryAction, "PAUSE": (*cursor).queryAction, "RESUME": (*cursor).queryAction, "CANCEL": (*cursor).queryAction,
		"WAIT": (*cursor).waitForJob, "ASSERT": (*cursor).assert,
		"BEGIN": (*cursor).begin, "START": (*cursor).begin, "COMMIT": (*cursor).commit, "END": (*cursor).commit,
		"ROLLBACK": (*cursor).rollback, "ABORT": (*cursor).rollback, "SAVEPOINT": (*cursor).savepoint, "RELEASE": (*cursor).savepoint,
		"SET": (*cursor).set, "RESET": (*cursor).reset, "UNSET": (*cursor).reset, "SHOW": (*cursor).show, "LIST": (*cursor).show,
		"DEFINE": (*cursor).define, "UNDEFINE": (*cursor).undefine, "RUN": (*cursor).runScript, "SPOOL": (*cursor).spool,
		"PREPARE": (*cursor).prepare, "EXECUTE": (*cursor).execute, "DEALLOCATE": (*cursor).deallocate,
		"DECLARE": (*cursor).declareCursor, "FETCH": (*cursor).fetch, "MOVE": (*cursor).fetch, "CLOSE": (*cursor).closePortal,
		"LISTEN": (*cursor).listen, "UNLISTEN": (*cursor).listen, "NOTIFY": (*cursor).notify, "DISCARD": (*cursor).discard,
		"GRANT": (*cursor).grant, "REVOKE": (*cursor).grant, "REASSIGN": (*cursor).reassign, "COMMENT": (*cursor).comment,
		"ANALYZE": (*cursor).maintenance, "ANALYSE": (*cursor).maintenance, "VACUUM": (*cursor).maintenance, "CHECKPOINT": (*cursor).maintenance,
		"REINDEX": (*cursor).maintenance, "CLUSTER": (*cursor).maintenance, "REFRESH": (*cursor).maintenance,
		"LOCK": (*cursor).lockTable, "MERGE": (*cursor).merge, "CALL": (*cursor).callStmt, "DO": (*cursor).doBlock,
	}
}

// statementWords are the starts offered when a statement begins with something
// else, likelier ones first.
var statementWords = []string{
	"SELECT", "INSERT", "CREATE", "DROP", "SHOW", "UPDATE", "DELETE", "ALTER", "DESCRIBE", "EXPLAIN", "COPY", "WITH", "VALUES", "SET", "BEGIN",
	"COMMIT", "ROLLBACK", "TERMINATE", "PAUSE", "RESUME", "PRINT", "LIST", "ASSERT", "DEFINE", "UNDEFINE", "UNSET", "RESET", "TRUNCATE",
	"DECLARE", "FETCH", "CLOSE", "PREPARE", "EXECUTE", "DEALLOCATE", "LISTEN", "NOTIFY", "DISCARD", "GRANT", "REVOKE", "COMMENT", "ANALYZE",
	"VACUUM", "CANCEL", "REASSIGN", "SAVEPOINT", "RELEASE", "TABLE",
}

// statement reads one statement.
func (c *cursor) statement() Statement {
	c.enter()
	defer c.leave()
	t := c.peek()
	if t.up == "(" {
		return c.queryStmt()
	}
	read, ok := statements[t.up]
	if !ok {
		if t.kind == tokIdent {
			if w := closest(t.up, statementWords); w != "" {
				c.fail("Did you mean %s?", w)
			}
			c.fail("No statement starts with this word.")
		}
		c.fail("")
	}
	return read(c)
}

func (c *cursor) queryStmt() Statement {
	pos := c.peek().pos
	return &QueryStmt{Query: c.queryNow(), Pos: pos}
}

// withStmt reads WITH .. SELECT, or WITH .. INSERT, UPDATE and DELETE.
func (c *cursor) withStmt() Statement {
	pos := c.peek().pos
	if w := c.mainWord(); w != "INSERT" && w != "UPDATE" && w != "DELETE" {
		return c.queryStmt()
	}
	with := c.withNow()
	switch c.peek().up {
	case "INSERT":
		s := c.insertStmt().(*Insert)
		s.With, s.Pos = with, pos
		return s
	case "UPDATE":
		s := c.updateStmt().(*Update)
		s.With, s.Pos = with, pos
		return s
	case "DELETE":
		s := c.deleteStmt().(*Delete)
		s.With, s.Pos = with, pos
		return s
	}
	c.failExpecting("SELECT", "INSERT", "UPDATE", "DELETE")
	return nil
}

// mainWord looks past WITH's parentheses for the word that begins the main statement.
func (c *cursor) mainWord() string {
	level := 0
	for n := 1; ; n++ {
		switch t := c.ahead(n); {
		case t.kind == tokEOF:
			return ""
		case t.up == "(":
			level++
		case t.up == ")":
			level--
		case level == 0:
			switch t.up {
			case "SELECT", "INSERT", "UPDATE", "DELETE", "VALUES", "TABLE", ";":
				return t.up
			}
		}
	}
}
