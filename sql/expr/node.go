package expr

import (
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// Node is a bound expression: names resolved, types known, meaning explicit.
// It is data: immutable, shared, comparable by Print.
type Node interface {
	Type() types.Type
}

// Logic selects null logic (D14). It is captured in the node.
type Logic uint8

// The logics.
const (
	ThreeValued Logic = iota // PostgreSQL: NULL propagates
	TwoValued                // ksqlDB: a comparison with NULL is false; NULL counts as false in AND/OR/NOT
)

// Arith selects what arithmetic does at its edges (D14).
type Arith uint8

// The arithmetics.
const (
	Checked Arith = iota // PostgreSQL: 22003 on overflow, 22012 on division by zero
	Java                 // ksqlDB: integers wrap, decimals must be exact, int/0 fails, float/0 is ±Inf or NaN
)

// The node kinds.
type (
	// Column reads column Index of the input batch.
	Column struct {
		Index int
		Name  string
		T     types.Type
	}
	// Pseudo reads batch metadata.
	Pseudo struct {
		Kind PseudoKind
		T    types.Type // Timestamp in leat meaning, BigInt (ms) in ksqldb meaning; Int/BigInt for partition/offset; String for rowop
	}
	// Const is a literal. A nil V is NULL of type T.
	Const struct {
		V types.Value
		T types.Type
	}
	// Param is parameter N (from 1) of a prepared statement.
	Param struct {
		N int
		T types.Type
	}
	// Outer reads column Index of the row of the enclosing query Depth levels
	// up (1: the nearest). Only in executor/batch plans.
	Outer struct {
		Depth, Index int
		Name         string
		T            types.Type
	}
	// Call applies a scalar function. Lambda arguments are *Lambda.
	Call struct {
		Fn   *fn.Scalar
		Args []Node
		T    types.Type
		Site uint32
		Pos  int // byte offset in the statement, for run-time errors
	}
	// Lambda is x => body; Params are the parameters' types, Body reads them by LambdaVar.
	Lambda struct {
		Names  []string
		Params []types.Type
		Body   Node
	}
	// LambdaVar reads parameter Index of the lambda Depth levels up (0: innermost).
	LambdaVar struct {
		Depth, Index int
		Name         string
		T            types.Type
	}
	// Cast converts. Ksql says whose rules; with Assign text beyond the length
	// of its target is an error instead of being cut.
	Cast struct {
		X      Node
		To     types.Type
		Ksql   bool
		Assign bool
		Pos    int
	}
	// Binary is arithmetic + - * / % ^ or || over operands of the types the
	// binder arranged; T is the result type. With NullFails a NULL operand is an
	// error of the row (ksqlDB's arithmetic inside lambdas), else it gives NULL.
	Binary struct {
		Op        string
		L, R      Node
		T         types.Type
		Mode      Arith
		NullFails bool
		Pos       int
	}
	// Neg is unary minus. NullFails as for Binary.
	Neg struct {
		X         Node
		Mode      Arith
		NullFails bool
		Pos       int
	}
	// Compare is = <> < <= > >= over operands of one type.
	Compare struct {
		Op    string
		L, R  Node
		Logic Logic
	}
	// Distinct is IS [NOT] DISTINCT FROM.
	Distinct struct {
		L, R Node
		Not  bool // IS NOT DISTINCT FROM
	}
	// And and Or are n-ary, evaluated left to right under a shrinking selection.
	And struct {
		Xs    []Node
		Logic Logic
	}
	// Or is the disjunction.
	Or struct {
		Xs    []Node
		Logic Logic
	}
	// Not negates.
	Not struct {
		X     Node
		Logic Logic
	}
	// IsNull is IS [NOT] NULL.
	IsNull struct {
		X   Node
		Not bool
	}
	// IsBool is IS [NOT] TRUE/FALSE/UNKNOWN.
	IsBool struct {
		X    Node
		Want types.Value // true, false or nil (UNKNOWN)
		Not  bool
	}
	// In is x [NOT] IN (list) over one type.
	In struct {
		X     Node
		List  []Node
		Not   bool
		Logic Logic
	}
	// Like is [NOT] LIKE/ILIKE with an escape character (0: none).
	Like struct {
		X, Pattern Node
		Escape     rune
		Fold       bool // ILIKE
		Not        bool
		Logic      Logic
	}
	// Regex is ~ ~* !~ !~*.
	Regex struct {
		X, Pattern Node
		Fold, Not  bool
	}
	// AnyAll is x op ANY(array) or ALL(array).
	AnyAll struct {
		X, Array Node
		Op       string
		All      bool
	}
	// Case is a searched CASE; branches are evaluated lazily.
	Case struct {
		Whens, Thens []Node
		Else         Node // nil: NULL
		T            types.Type
		Logic        Logic
	}
	// Coalesce is the first non-NULL argument, evaluated lazily.
	Coalesce struct {
		Xs []Node
		T  types.Type
	}
	// Field reads field Index of a STRUCT.
	Field struct {
		X     Node
		Index int
		T     types.Type
	}
	// Subscript is x[i] of an ARRAY (1-based; ksql: negative from the end) or m[k] of a MAP.
	Subscript struct {
		X, I Node
		T    types.Type
		Ksql bool
	}
	// ArrayCtor is ARRAY[...].
	ArrayCtor struct {
		Xs []Node
		T  types.Type
	}
	// MapCtor is MAP(k := v, ...).
	MapCtor struct {
		Keys, Vals []Node
		T          types.Type
	}
	// StructCtor is STRUCT(n := e, ...) or ROW(...).
	StructCtor struct {
		Xs []Node
		T  types.Type
	}
	// Subquery is a query used as an expression; Plan is a planner batch plan,
	// run by executor/batch with the current row as outer row.
	Subquery struct {
		Kind SubqueryKind
		Plan any
		X    Node   // left operand of IN / op ANY / op ALL
		Op   string // "=" for IN
		Not  bool
		T    types.Type
	}
	// TryNull evaluates X; a failing row is NULL and counted (ksqldb meaning).
	TryNull struct {
		X Node
	}
)

// PseudoKind names batch metadata.
type PseudoKind uint8

// The pseudo columns.
const (
	RowTime PseudoKind = iota
	RowPartition
	RowOffset
	WindowStart
	WindowEnd
	RowOp // 'insert', 'update', 'delete'
)

// SubqueryKind says how a subquery's rows become a value.
type SubqueryKind uint8

// The kinds of subquery.
const (
	ScalarQuery SubqueryKind = iota // one column, at most one row
	ExistsQuery
	InQuery    // X Op ANY (rows)
	AllQuery   // X Op ALL (rows)
	ArrayQuery // ARRAY(query)
)

// Type methods.

func (n *Column) Type() types.Type     { return n.T }
func (n *Pseudo) Type() types.Type     { return n.T }
func (n *Const) Type() types.Type      { return n.T }
func (n *Param) Type() types.Type      { return n.T }
func (n *Outer) Type() types.Type      { return n.T }
func (n *Call) Type() types.Type       { return n.T }
func (n *Lambda) Type() types.Type     { return n.Body.Type() }
func (n *LambdaVar) Type() types.Type  { return n.T }
func (n *Cast) Type() types.Type       { return n.To }
func (n *Binary) Type() types.Type     { return n.T }
func (n *Neg) Type() types.Type        { return n.X.Type() }
func (n *Compare) Type() types.Type    { return types.TBoolean }
func (n *Distinct) Type() types.Type   { return types.TBoolean }
func (n *And) Type() types.Type        { return types.TBoolean }
func (n *Or) Type() types.Type         { return types.TBoolean }
func (n *Not) Type() types.Type        { return types.TBoolean }
func (n *IsNull) Type() types.Type     { return types.TBoolean }
func (n *IsBool) Type() types.Type     { return types.TBoolean }
func (n *In) Type() types.Type         { return types.TBoolean }
func (n *Like) Type() types.Type       { return types.TBoolean }
func (n *Regex) Type() types.Type      { return types.TBoolean }
func (n *AnyAll) Type() types.Type     { return types.TBoolean }
func (n *Case) Type() types.Type       { return n.T }
func (n *Coalesce) Type() types.Type   { return n.T }
func (n *Field) Type() types.Type      { return n.T }
func (n *Subscript) Type() types.Type  { return n.T }
func (n *ArrayCtor) Type() types.Type  { return n.T }
func (n *MapCtor) Type() types.Type    { return n.T }
func (n *StructCtor) Type() types.Type { return n.T }
func (n *Subquery) Type() types.Type   { return n.T }
func (n *TryNull) Type() types.Type    { return n.X.Type() }
