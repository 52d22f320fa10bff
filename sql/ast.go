package sql

import "strings"

// Node is anything in the tree. Position is the byte offset of the token that
// names the node best (an operator for Binary, a function's name for Call), or
// -1 when the node has no text of its own.
type Node interface{ Position() int }

// Statement is one parsed statement.
type Statement interface {
	Node
	statement()
}

// Name is an identifier as written, not folded. The binder folds it.
type Name struct {
	Text   string
	Quoted bool
	Pos    int
}

// Position is the byte offset of the identifier.
func (n Name) Position() int { return n.Pos }

// Fold gives the name's meaning: quoted text as it is, otherwise upper case
// (ksqldb mode) or lower case (the default).
func (n Name) Fold(upper bool) string {
	switch {
	case n.Quoted:
		return n.Text
	case upper:
		return strings.ToUpper(n.Text)
	default:
		return strings.ToLower(n.Text)
	}
}

// Is tells whether the name is the given lower-case word (unquoted: in any
// case; quoted: exactly).
func (n Name) Is(lower string) bool { return n.Fold(false) == lower }

// QName is a name with optional qualifiers: [name], [schema name], ...
// An optional QName is nil when absent.
type QName []Name

// Position is the byte offset of the first part, or -1.
func (q QName) Position() int {
	if len(q) == 0 {
		return -1
	}
	return q[0].Pos
}

// Last is the unqualified name; q must not be empty.
func (q QName) Last() Name { return q[len(q)-1] }

// Fold folds every part.
func (q QName) Fold(upper bool) []string {
	out := make([]string, len(q))
	for i, n := range q {
		out[i] = n.Fold(upper)
	}
	return out
}

// String is the name as SQL text, quoted where needed.
func (q QName) String() string { return printQName(q) }

// Property is one entry of WITH (...), COPY options and the like. Value is
// nil for a bare word (HEADER). Values are literals; a bare word value is a
// ColumnRef, a parenthesised list of columns a Row, `*` a Star.
type Property struct {
	Name  Name // 'quoted keys' have Quoted set
	Value Expr
}

// Query is a query expression with its tail. A parenthesised query with a tail
// of its own nests as an operand of SetOp, never as the Body of another Query.
type Query struct {
	With    *With
	Body    Body
	OrderBy []OrderItem
	Limit   Expr // nil: none or LIMIT ALL
	Offset  Expr
	Options []Property // trailing WITH (start = 'earliest', ...)
	Lock    *Lock      // FOR UPDATE ...
	Pos     int
}

// Body is *Select, *SetOp, *Values, or below SetOp *Query.
type Body interface {
	Node
	body()
}

// With is a list of common table expressions.
type With struct {
	Recursive bool
	CTEs      []CTE
	Pos       int
}

// CTE is one named query of WITH.
type CTE struct {
	Name         Name
	Columns      []Name
	Materialized string // "", "MATERIALIZED", "NOT MATERIALIZED"
	Query        *Query
}

// Lock is a locking clause.
type Lock struct {
	Mode string // "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"
	Of   []QName
	Wait string // "", "NOWAIT", "SKIP LOCKED"
	Pos  int
}

// EmitMode says what a query sends.
type EmitMode int

// The EMIT clauses. EmitNone is a query without EMIT.
const (
	EmitNone EmitMode = iota
	EmitChanges
	EmitFinal
)

// Select is one SELECT block. Implicit rows in GROUP BY and PARTITION BY are
// already spread: GROUP BY (a, b) has two expressions.
type Select struct {
	Distinct    bool
	DistinctOn  []Expr
	Items       []SelectItem
	From        TableExpr // nil: no FROM. A comma is a cross join
	Window      *WindowSpec
	Where       Expr
	GroupBy     []Expr
	PartitionBy []Expr
	Having      Expr
	Windows     []NamedWindow
	Emit        EmitMode
	Pos         int
}

// SelectItem is an output column. Expr may be *Star or *StarOf.
type SelectItem struct {
	Expr  Expr
	Alias *Name
}

// SetOp is UNION, INTERSECT or EXCEPT, with SQL's precedence applied.
type SetOp struct {
	Op   string // "UNION", "INTERSECT", "EXCEPT"
	All  bool
	L, R Body
	Emit EmitMode // only on the outermost
	Pos  int
}

// Values is VALUES (...), (...).
type Values struct {
	Rows [][]Expr
	Pos  int
}

// OrderItem is one sort key.
type OrderItem struct {
	Expr  Expr
	Desc  bool
	Nulls string // "", "FIRST", "LAST"
}

// EmitMode of the query: that of its outermost block.
func (q *Query) EmitMode() EmitMode {
	switch b := q.Body.(type) {
	case *Select:
		return b.Emit
	case *SetOp:
		return b.Emit
	case *Query:
		return b.EmitMode()
	default:
		return EmitNone
	}
}

// Unit is a time unit of windows, WITHIN and TIMEOUT.
type Unit string

// The units, singular and in upper case.
const (
	Millisecond Unit = "MILLISECOND"
	Second      Unit = "SECOND"
	Minute      Unit = "MINUTE"
	Hour        Unit = "HOUR"
	Day         Unit = "DAY"
)

// Duration is N units.
type Duration struct {
	N    int64
	Unit Unit
	Pos  int
}

// Millis is the duration in milliseconds.
func (d *Duration) Millis() int64 {
	switch d.Unit {
	case Second:
		return d.N * 1000
	case Minute:
		return d.N * 60_000
	case Hour:
		return d.N * 3_600_000
	case Day:
		return d.N * 86_400_000
	default:
		return d.N
	}
}

// WindowKind is the shape of a streaming window.
type WindowKind string

// The streaming windows.
const (
	Tumbling WindowKind = "TUMBLING"
	Hopping  WindowKind = "HOPPING"
	Session  WindowKind = "SESSION"
)

// WindowSpec is a streaming window clause. Size and Advance belong to TUMBLING
// and HOPPING, Gap to SESSION; absent parts are nil.
type WindowSpec struct {
	Kind      WindowKind
	Name      *Name // WINDOW name TUMBLING (...)
	Size      *Duration
	Advance   *Duration
	Gap       *Duration
	Retention *Duration
	Grace     *Duration
	Pos       int
}

// TableExpr is *Table, *Derived, *TableFunc or *Join.
type TableExpr interface {
	Node
	tableExpr()
}

// Table is a relation by name.
type Table struct {
	Name       QName
	Only       bool
	ProcTime   bool // FOR SYSTEM_TIME AS OF PROCTIME()
	Alias      *Name
	ColAliases []Name
	Pos        int
}

// Derived is a subquery in FROM.
type Derived struct {
	Lateral    bool
	Query      *Query
	Alias      *Name
	ColAliases []Name
	Pos        int
}

// TableFunc is a function in FROM. ColDefs is the column list of a function
// returning record: f() AS t(a int, b text).
type TableFunc struct {
	Lateral    bool
	Call       *Call
	Ordinality bool
	Alias      *Name
	ColAliases []Name
	ColDefs    []ColumnDef
	Pos        int
}

// JoinKind is the kind of a join.
type JoinKind string

// The join kinds. A comma is JoinCross.
const (
	JoinInner JoinKind = "INNER"
	JoinLeft  JoinKind = "LEFT"
	JoinRight JoinKind = "RIGHT"
	JoinFull  JoinKind = "FULL"
	JoinCross JoinKind = "CROSS"
)

// Join joins two table expressions. Exactly one of On, Using, Natural is given
// unless Kind is JoinCross.
type Join struct {
	Kind    JoinKind
	Natural bool
	L, R    TableExpr
	Within  *Within
	On      Expr
	Using   []Name
	Pos     int
}

// Within bounds a stream-stream join. WITHIN d has Before == After (equal
// values, both set).
type Within struct {
	Before, After Duration
	Grace         *Duration
	Pos           int
}
