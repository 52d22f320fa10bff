package sql

// Transaction is BEGIN, COMMIT, ROLLBACK and the savepoint statements.
// Verb: "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "ROLLBACK TO",
// "PREPARE", "COMMIT PREPARED", "ROLLBACK PREPARED" (ID text in Name).
// START TRANSACTION is BEGIN, END is COMMIT, ABORT is ROLLBACK.
type Transaction struct {
	Verb  string
	Modes TxModes
	Chain bool
	Name  *Name
	Pos   int
}

// TxModes are transaction modes. Isolation is upper case ("REPEATABLE READ") or "";
// nil pointers mean not given.
type TxModes struct {
	Isolation  string
	ReadOnly   *bool
	Deferrable *bool
}

// SetVar is SET, SET LOCAL, SET 'prop' = 'v', SET TIME ZONE (Name "timezone"), SET
// NAMES (Name "client_encoding"), SET ROLE, SET SESSION AUTHORIZATION. No Values and Default means TO DEFAULT.
// Name is lower case unless it was a quoted string (Property).
type SetVar struct {
	Name     string
	Property bool   // SET 'name' = 'value'
	Scope    string // "", "SESSION", "LOCAL"
	Values   []Expr // String, Number, Bool, ColumnRef (a bare word), TypedLiteral (INTERVAL)
	Default  bool
	Pos      int
}

// ResetVar is RESET name, RESET ALL and UNSET 'prop' (Property).
type ResetVar struct {
	Name     string // "" with All
	Property bool
	All      bool
	Pos      int
}

// ShowVar is SHOW name and SHOW ALL. Name is lower case; two-word forms are
// given by their setting: "timezone", "transaction_isolation".
type ShowVar struct {
	Name string // "" with All
	All  bool
	Pos  int
}

// SetTransaction is SET TRANSACTION, and with Session SET SESSION
// CHARACTERISTICS AS TRANSACTION.
type SetTransaction struct {
	Session bool
	Modes   TxModes
	Pos     int
}

// SetConstraints is SET CONSTRAINTS.
type SetConstraints struct {
	Deferred bool
	Pos      int
}

// ShowObjects is SHOW and LIST of a kind of things. What is upper case:
// "STREAMS", "TABLES", "VIEWS", "TOPICS", "QUERIES", "JOBS", "PROPERTIES", "FUNCTIONS", "TYPES",
// "VARIABLES", "CONNECTORS", "SOURCE CONNECTORS", "SINK CONNECTORS", "CONNECTOR PLUGINS",
// "PARTITIONS", "GROUPS", "TASKS", "LAG", "SETTINGS", "ERRORS", "CHECKPOINTS", "COLUMNS",
// "SOURCES", "MATERIALIZED VIEWS", "SCHEMAS", "DATABASES", "ROLES", "USERS", "CREATE" (Name is the object),
// "SESSIONS", "PROCESSLIST".
type ShowObjects struct {
	What     string
	All      bool // SHOW ALL TOPICS
	Extended bool
	Name     QName // SHOW COLUMNS FROM x, SHOW CREATE STREAM x
	Like     *string
	Pos      int
}

// Define is DEFINE name = 'text'.
type Define struct {
	Name  Name
	Value string
	Pos   int
}

// Undefine is UNDEFINE name.
type Undefine struct {
	Name Name
	Pos  int
}

// RunScript is RUN SCRIPT 'file'.
type RunScript struct {
	File string
	Pos  int
}

// Spool is SPOOL 'file' and SPOOL OFF (File "").
type Spool struct {
	File string
	Pos  int
}

// Prepare is PREPARE name (types) AS statement.
type Prepare struct {
	Name  Name
	Types []*TypeName
	Stmt  Statement
	Pos   int
}

// Execute is EXECUTE name (args).
type Execute struct {
	Name Name
	Args []Expr
	Pos  int
}

// Deallocate is DEALLOCATE name; Name is nil for ALL.
type Deallocate struct {
	Name *Name
	Pos  int
}

// DeclareCursor is DECLARE c CURSOR FOR query. Scroll is nil when not said.
type DeclareCursor struct {
	Name        Name
	Binary      bool
	Insensitive bool
	Scroll      *bool
	Hold        bool
	Query       *Query
	Pos         int
}

// Fetch is FETCH and MOVE. Direction: "NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE",
// "RELATIVE", "FORWARD", "BACKWARD". Count is set for the last four; All for
// FORWARD ALL and BACKWARD ALL. FETCH 5 c is FORWARD 5; FETCH ALL c is FORWARD ALL.
type Fetch struct {
	Move      bool
	Direction string
	Count     int64
	All       bool
	Cursor    Name
	Options   []Property // WITH (timeout = '5s')
	Pos       int
}

// ClosePortal is CLOSE name; Name is nil for ALL.
type ClosePortal struct {
	Name *Name
	Pos  int
}

// Listen is LISTEN channel.
type Listen struct {
	Channel Name
	Pos     int
}

// Unlisten is UNLISTEN; Channel is nil for *.
type Unlisten struct {
	Channel *Name
	Pos     int
}

// Notify is NOTIFY channel [, 'payload'].
type Notify struct {
	Channel Name
	Payload string
	Pos     int
}

// Discard is DISCARD. What: "ALL", "PLANS", "SEQUENCES", "TEMP".
type Discard struct {
	What string
	Pos  int
}

// Comment is COMMENT ON kind name IS 'text'; Text is nil for NULL.
type Comment struct {
	Kind string // "TABLE", "COLUMN", "STREAM", "DATABASE", ...
	Name QName
	Text *string
	Pos  int
}

// Relation is the relation that the comment is of or in, and the column, nil when
// it is of none. A column without a relation has an empty one.
func (n *Comment) Relation() (relation QName, column *Name) {
	if n.Kind != "COLUMN" {
		return n.Name, nil
	}
	last := n.Name.Last()
	return n.Name[:len(n.Name)-1], &last
}

// Maintenance is ANALYZE, VACUUM, CHECKPOINT, REINDEX, CLUSTER and REFRESH
// MATERIALIZED VIEW.
type Maintenance struct {
	Verb  string
	Names []QName
	Pos   int
}

// LockTable is LOCK TABLE. Mode is upper case, "" when not given.
type LockTable struct {
	Names  []QName
	Mode   string
	NoWait bool
	Pos    int
}

// CallStmt is CALL f(..).
type CallStmt struct {
	Call *Call
	Pos  int
}

// DoBlock is DO 'code'.
type DoBlock struct {
	Code string
	Pos  int
}
