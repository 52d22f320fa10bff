package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// BatchNode is an operator of a pull plan, run by executor/batch.
type BatchNode interface {
	Out() types.Schema
	Children() []BatchNode
}

// BatchBase carries a batch node's schema.
type BatchBase struct{ Schema types.Schema }

// Out gives the schema.
func (b *BatchBase) Out() types.Schema { return b.Schema }

// The batch nodes. Expressions are over the child's schema (joins: Left's
// columns, then Right's) and may hold Outer and Subquery nodes.
type (
	// ScanNode reads a relation: a table's current rows, a stream's records up
	// to its end, or a virtual table. Out is the relation's columns in order,
	// then the pseudo columns listed.
	ScanNode struct {
		BatchBase
		Relation *catalog.Relation // nil for a virtual table
		Virtual  string            // "pg_catalog.pg_class"
		Needed   []bool            // columns read; others may be NULL
		Pseudo   []expr.PseudoKind
		// Points, when not nil, are key values to look up instead of scanning
		// (one expression per key column; evaluated once). Windowed tables give
		// all windows of the key that Window admits.
		Points [][]expr.Node
		// Low and High bound the first key column when set (ranges do not scan).
		Low, High           expr.Node
		LowStrict, HighOpen bool // exclusive bounds
		// WindowLow and WindowHigh bound the window start (ms), inclusive, when set.
		WindowLow, WindowHigh expr.Node
	}
	// ValuesNode is literal rows.
	ValuesNode struct {
		BatchBase
		Rows [][]expr.Node
	}
	// BatchFilter keeps rows for which Cond is true.
	BatchFilter struct {
		BatchBase
		In   BatchNode
		Cond expr.Node
	}
	// BatchProject computes expressions.
	BatchProject struct {
		BatchBase
		In    BatchNode
		Exprs []expr.Node
		// Sets marks positions of Exprs that are table functions (select-list
		// SRFs): Exprs[i] is nil there and Sets[i] is the call.
		Sets map[int]*TableCall
	}
	// BatchJoin joins; equality pairs first, then Residual over both.
	BatchJoin struct {
		BatchBase
		Kind              JoinKind
		Left, Right       BatchNode
		LeftKey, RightKey []expr.Node
		Residual          expr.Node
		// Lateral: Right is evaluated per left row, which it sees as Outer depth 1.
		Lateral bool
	}
	// BatchAggregate groups. Out is groups then aggregates.
	BatchAggregate struct {
		BatchBase
		In     BatchNode
		Groups []expr.Node
		Aggs   []AggCall
		// Window assigns rows of a stream to windows before grouping; window
		// start and end (timestamps) are the last two columns of Out.
		Window *WindowSpec
		RowTs  expr.Node // ms, with Window
	}
	// BatchWindow computes OVER functions; Out is the input then one column each.
	BatchWindow struct {
		BatchBase
		In    BatchNode
		Calls []WindowCall
	}
	// BatchSort orders.
	BatchSort struct {
		BatchBase
		In   BatchNode
		Keys []SortKey
	}
	// BatchLimit skips and stops. nil expressions: none.
	BatchLimit struct {
		BatchBase
		In            BatchNode
		Limit, Offset expr.Node
	}
	// BatchDistinct drops duplicates, keeping the first; On (if any) is DISTINCT ON.
	BatchDistinct struct {
		BatchBase
		In BatchNode
		On []expr.Node
	}
	// BatchSetOp is UNION, INTERSECT or EXCEPT.
	BatchSetOp struct {
		BatchBase
		Op          string
		All         bool
		Left, Right BatchNode
	}
	// BatchTableFunc is table functions in FROM (ROWS FROM when several).
	BatchTableFunc struct {
		BatchBase
		Calls []TableCall
	}
	// BatchWith materialises CTEs once, then runs Body.
	BatchWith struct {
		BatchBase
		CTEs []CTE
		Body BatchNode
	}
	// BatchCTERef reads a CTE of an enclosing BatchWith.
	BatchCTERef struct {
		BatchBase
		ID int
	}
)

// CTE is one WITH item. Recursive ones have a base and a step that reads the ID.
type CTE struct {
	ID        int
	Name      string
	Plan      BatchNode
	Recursive bool
	Step      BatchNode
	UnionAll  bool
}

// WindowCall is one function over a window.
type WindowCall struct {
	Name      string // row_number, rank, dense_rank, lag, lead, first_value, last_value, ntile, or an aggregate
	Agg       *AggCall
	Args      []expr.Node
	Partition []expr.Node
	Order     []SortKey
	T         types.Type
}

// Children methods.

func (n *ScanNode) Children() []BatchNode       { return nil }
func (n *ValuesNode) Children() []BatchNode     { return nil }
func (n *BatchFilter) Children() []BatchNode    { return []BatchNode{n.In} }
func (n *BatchProject) Children() []BatchNode   { return []BatchNode{n.In} }
func (n *BatchJoin) Children() []BatchNode      { return []BatchNode{n.Left, n.Right} }
func (n *BatchAggregate) Children() []BatchNode { return []BatchNode{n.In} }
func (n *BatchWindow) Children() []BatchNode    { return []BatchNode{n.In} }
func (n *BatchSort) Children() []BatchNode      { return []BatchNode{n.In} }
func (n *BatchLimit) Children() []BatchNode     { return []BatchNode{n.In} }
func (n *BatchDistinct) Children() []BatchNode  { return []BatchNode{n.In} }
func (n *BatchSetOp) Children() []BatchNode     { return []BatchNode{n.Left, n.Right} }
func (n *BatchTableFunc) Children() []BatchNode { return nil }
func (n *BatchWith) Children() []BatchNode      { return []BatchNode{n.Body} }
func (n *BatchCTERef) Children() []BatchNode    { return nil }
