package sql

// SourceKind is what a statement is about when it can be several things.
type SourceKind string

// The kinds of objects. CREATE SOURCE's are Stream, TableKind, View, MaterializedView.
const (
	Stream           SourceKind = "STREAM"
	TableKind        SourceKind = "TABLE"
	View             SourceKind = "VIEW"
	MaterializedView SourceKind = "MATERIALIZED VIEW"
	TypeKind         SourceKind = "TYPE"
	Connector        SourceKind = "CONNECTOR"
	IndexKind        SourceKind = "INDEX"
	SequenceKind     SourceKind = "SEQUENCE"
	SchemaKind       SourceKind = "SCHEMA"
	DatabaseKind     SourceKind = "DATABASE"
	RoleKind         SourceKind = "ROLE"
	FunctionKind     SourceKind = "FUNCTION"
)

// QueryStmt is SELECT, VALUES, TABLE x or WITH at top level.
type QueryStmt struct {
	Query *Query
	Pos   int
}

// CreateSource is CREATE STREAM, TABLE, VIEW and MATERIALIZED VIEW. As is nil
// for a declaration; a view always has it. With Source the object is read-only.
type CreateSource struct {
	Kind        SourceKind
	OrReplace   bool
	Source      bool // CREATE SOURCE STREAM
	Temporary   bool
	IfNotExists bool
	Name        QName
	Columns     []ColumnDef // for a view: names only
	HasColumns  bool        // "()" was written, maybe empty
	PrimaryKey  []Name      // table constraint PRIMARY KEY (a, b)
	Unique      [][]Name    // table constraints UNIQUE (a, b)
	With        []Property
	As          *Query
	NoData      bool // WITH NO DATA
	Pos         int
}

// ColumnDef is a column of a declaration. Type is nil in a view's column list.
type ColumnDef struct {
	Name       Name
	Type       *TypeName
	Key        bool    // KEY
	PrimaryKey bool    // PRIMARY KEY
	Headers    bool    // HEADERS
	HeaderKey  *string // HEADER('k')
	NotNull    bool
	Unique     bool
	Default    Expr
}

// CreateType is CREATE TYPE name AS type, AS ENUM (..) (Enum not nil) or
// AS (field type, ...) (a STRUCT).
type CreateType struct {
	IfNotExists bool
	Name        QName
	Type        *TypeName
	Enum        []string
	IsEnum      bool
	Pos         int
}

// CreateConnector is CREATE {SOURCE|SINK} CONNECTOR.
type CreateConnector struct {
	Sink        bool
	IfNotExists bool
	Name        QName
	With        []Property
	Pos         int
}

// CreateObject is a CREATE that is parsed so that it can be answered by name:
// DATABASE, SCHEMA, and those the product does not have (Rest is their text).
type CreateObject struct {
	Kind        SourceKind // also "INDEX", "SEQUENCE", "EXTENSION", "FUNCTION", ...
	OrReplace   bool
	IfNotExists bool
	Name        QName
	Rest        string
	Pos         int
}

// Drop is DROP kind names.
type Drop struct {
	Kind        SourceKind
	IfExists    bool
	Names       []QName
	DeleteTopic bool
	Cascade     bool
	Pos         int
}

// AlterSource is ALTER STREAM, TABLE, VIEW or MATERIALIZED VIEW.
type AlterSource struct {
	Kind     SourceKind
	IfExists bool
	Name     QName
	Actions  []AlterAction
	Pos      int
}

// AlterAction is one action. Op: "ADD COLUMN" (Column), "DROP COLUMN" (Name),
// "RENAME COLUMN" (Name, To), "RENAME" (To), "SET" (Options), "OWNER" (To),
// "ALTER TYPE" (Name, Column.Type), "SET DEFAULT" (Name, Column.Default), "DROP DEFAULT",
// "SET NOT NULL", "DROP NOT NULL" (Name), "SET SCHEMA" (To).
type AlterAction struct {
	Op       string
	Column   ColumnDef
	Name     Name
	To       Name
	Options  []Property
	IfExists bool // DROP COLUMN IF EXISTS, ADD COLUMN IF NOT EXISTS
	Cascade  bool
	Pos      int
}

// AlterSystem is ALTER SYSTEM 'k' = 'v', SET k = v, or RESET k (Reset; ALL has
// Name empty).
type AlterSystem struct {
	Name  string
	Value Expr
	Reset bool
	Pos   int
}

// Insert is INSERT INTO. Exactly one of Query (VALUES is a Query too) or
// DefaultValues. With holds INSERT INTO s WITH (QUERY_ID = ..).
type Insert struct {
	With          *With // WITH ... INSERT
	Name          QName
	Alias         *Name
	Columns       []Name
	Options       []Property
	Query         *Query
	DefaultValues bool
	OnConflict    *OnConflict
	Returning     []SelectItem
	Pos           int
}

// OnConflict is ON CONFLICT (cols) DO NOTHING, or DO UPDATE when Update is set.
type OnConflict struct {
	Columns    []Name
	Constraint *Name
	Update     bool
	Set        []Assignment
	Where      Expr
	Pos        int
}

// Assignment is col = e, or (a, b) = e with several columns.
type Assignment struct {
	Columns []Name
	Value   Expr
	Pos     int
}

// Update is UPDATE.
type Update struct {
	With      *With
	Name      QName
	Alias     *Name
	Set       []Assignment
	From      TableExpr
	Where     Expr
	Returning []SelectItem
	Pos       int
}

// Delete is DELETE FROM.
type Delete struct {
	With      *With
	Name      QName
	Alias     *Name
	Using     TableExpr
	Where     Expr
	Returning []SelectItem
	Pos       int
}

// Truncate is TRUNCATE.
type Truncate struct {
	Names []QName
	Pos   int
}

// Copy is COPY. Query is set for COPY (query) TO. Option names are lower case;
// the old syntax is translated to the new one's options.
type Copy struct {
	Name     QName
	Columns  []Name
	Query    *Query
	From     bool   // FROM STDIN; otherwise TO STDOUT
	Target   string // "STDIN", "STDOUT", "PROGRAM" or "FILE"
	FileName string // of FILE and PROGRAM
	Options  []CopyOption
	Where    Expr
	Pos      int
}

// CopyOption is one option of COPY: Name lower case. Text is the value as text
// ("" when absent), Columns that of FORCE_NULL (a, b); Star FORCE_NULL *.
type CopyOption struct {
	Name     string
	Text     string
	HasValue bool
	Columns  []Name
	Star     bool
	Pos      int
}

// Explain is EXPLAIN of a statement, or of a running query by id.
type Explain struct {
	Analyze bool
	Verbose bool
	Options []Property // (PARSE), (LOGICAL), (PHYSICAL), (FORMAT JSON), ...
	Stmt    Statement  // nil when QueryID is given
	QueryID *Name
	Pos     int
}

// Describe is DESCRIBE. What is "" (an object by name), "FUNCTION", "CONNECTOR", or
// "STREAMS" and "TABLES" (all of them, Name nil).
type Describe struct {
	What     string
	Name     QName
	Extended bool
	Pos      int
}

// PrintTopic is PRINT topic.
type PrintTopic struct {
	Topic         Name // a quoted or string topic has Quoted set
	FromBeginning bool
	Interval      Expr // INTERVAL n, SAMPLE n
	Limit         Expr
	Pos           int
}

// QueryAction is TERMINATE, PAUSE, RESUME and CANCEL JOB (Verb) by id.
type QueryAction struct {
	Verb string // "TERMINATE", "PAUSE", "RESUME", "CANCEL"
	All  bool
	ID   Name
	Pos  int
}

// WaitForJob is WAIT FOR JOB id [TIMEOUT d].
type WaitForJob struct {
	ID      Name
	Timeout *Duration
	Pos     int
}

// AssertTopic is ASSERT [NOT EXISTS] TOPIC.
type AssertTopic struct {
	NotExists bool
	Topic     Name
	With      []Property
	Timeout   *Duration
	Pos       int
}

// AssertSchema is ASSERT [NOT EXISTS] SCHEMA.
type AssertSchema struct {
	NotExists bool
	Subject   *Name
	ID        *int
	Timeout   *Duration
	Pos       int
}

// AssertValues is ASSERT VALUES and ASSERT NULL VALUES (Null) of the testing tool.
type AssertValues struct {
	Null    bool
	Name    QName
	Columns []Name
	Values  []Expr
	Pos     int
}

// AssertSource is ASSERT STREAM and ASSERT TABLE of the testing tool.
type AssertSource struct {
	Source *CreateSource
	Pos    int
}
