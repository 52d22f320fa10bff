package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// Mode says how a query runs.
type Mode uint8

// The modes of a query.
const (
	Pull       Mode = iota // ends: executor/batch
	Push                   // EMIT CHANGES or FINAL at top level: ephemeral tasks
	Persistent             // CREATE ... AS, INSERT INTO ... SELECT: journalled tasks
)

// Plan is what Build gives for a query: data, no behaviour. Exactly one of
// Batch and Stream is set.
type Plan struct {
	Mode   Mode
	Ksql   bool         // compatibility = 'ksqldb' when it was built
	Schema types.Schema // visible result columns, in order
	Params []types.Type // inferred parameter types, $1 first
	Batch  BatchNode
	Stream *StreamPlan
	Reads  []string // names of relations read, sorted
	Limit  int64    // push: rows after which the query ends; -1 none
}

// ResultKind is the kind of changelog a streaming query produces.
type ResultKind uint8

// The kinds.
const (
	StreamResult ResultKind = iota // inserts only
	TableResult                    // upserts and deletes by key
)

// StreamPlan is a streaming query cut into stages at repartitions. A task runs
// one stage over one partition. Stages are in dependency order.
type StreamPlan struct {
	Kind       ResultKind
	Stages     []*Stage
	Start      Start        // default start of every input
	Windowed   *WindowSpec  // the result's window, nil if none
	Schema     types.Schema // result columns of the last stage's root, hidden ones included
	KeyColumns []int        // positions of the result's key in Schema
	Sink       *Sink        // Persistent only
	OnError    string       // 'dlq' | 'skip' | 'stop'
	IdleMs     int64        // silence after which the clock closes windows; 0: as the session says, -1: never
	Hash       string       // hex hash of the canonical physical plan
}

// Stage is one sub-topology.
type Stage struct {
	ID         int
	Partitions int32
	Inputs     []*Input
	Root       Node      // leaves are *InputNode
	Exchange   *Exchange // nil in the last stage
}

// Input is one topic read by a stage; all inputs of a stage have its partition
// count. Its rows enter the operators through InputNode.
type Input struct {
	Relation  string // catalog name; "" for an exchange
	Topic     string
	Kind      ResultKind   // rows of a stream, or changes of a table
	Schema    types.Schema // all columns, keys flagged
	Needed    []bool       // columns the plan reads; others may be left out (all NULL)
	KeyFormat catalog.Format
	ValFormat catalog.Format
	Wrap      bool // a single value column is wrapped in an object
	Timestamp *catalog.TimestampSpec
	Windowed  *catalog.WindowInfo // key bytes carry a window
	Headers   map[int]string      // columns that show record headers: Relation.Headers
	Fills     []catalog.Fill      `json:",omitempty"` // what rows show in columns added behind them
	Ksql      bool                // rendering of the relation's own meaning
	NeedsOld  bool                // table input: operators above need old values
	Changelog bool                // table input, read as a stream of changes: not loaded ahead of other inputs
	Exchange  int                 // stage ID that writes it, -1 for a relation
	Start     Start
}

// Start is a start position.
type Start struct {
	Kind    StartKind
	Time    int64           // ms, for StartTime
	Offsets map[int32]int64 // for StartOffsets
}

// StartKind names start positions.
type StartKind uint8

// The start positions.
const (
	StartDefault StartKind = iota // persistent: earliest; push: latest for streams, current rows for tables
	StartEarliest
	StartLatest
	StartTime
	StartOffsets
)

// Exchange is a repartition: rows of Root go to an internal topic by key.
type Exchange struct {
	Topic      string // internal name, unique per job, set at activation: suffix here
	Keys       []int  // columns of Root's schema whose encoded values decide the partition
	Partitions int32
}

// Sink is where a persistent query writes.
type Sink struct {
	Relation  string
	Topic     string
	Columns   []int // positions in StreamPlan.Schema of the relation's columns, in the relation's order
	Schema    types.Schema
	KeyFormat catalog.Format
	ValFormat catalog.Format
	Wrap      bool
	Windowed  *WindowSpec
	Timestamp *catalog.TimestampSpec // record timestamp from this column
	Ksql      bool
	SourceKey bool // the key is a stream's, untouched: one of NULLs was no key
}

// WindowType is the shape of a window.
type WindowType uint8

// The shapes.
const (
	Tumbling WindowType = iota
	Hopping
	Session
)

// WindowSpec is a window clause with its defaults filled in; all in ms.
type WindowSpec struct {
	Type      WindowType
	Size      int64 // Tumbling, Hopping
	Advance   int64 // Hopping; equal to Size for Tumbling
	Gap       int64 // Session
	Grace     int64
	Retention int64
}

// Node is an operator of a streaming plan. Nodes are data; executor/op builds
// the operator. Out is the node's schema, hidden columns included.
type Node interface {
	Out() types.Schema
	Inputs() []Node
	Kind() ResultKind
	// Keys are the positions in Out of the changelog's unique key; nil for a
	// stream (identity is topic, partition, offset).
	Keys() []int
}

// Base carries what every streaming node has.
type Base struct {
	Schema types.Schema
	Result ResultKind
	Key    []int
	// NeedsOld: this node's consumer needs old values in its output.
	NeedsOld bool
}

// Out gives the schema.
func (b *Base) Out() types.Schema { return b.Schema }

// Kind gives the changelog kind.
func (b *Base) Kind() ResultKind { return b.Result }

// Keys gives the key positions.
func (b *Base) Keys() []int { return b.Key }

// The streaming nodes.
type (
	// InputNode is the rows of Stage.Inputs[Index].
	InputNode struct {
		Base
		Index int
	}
	// FilterNode keeps rows for which Cond is true. Over a table, a row that
	// stops passing becomes a tombstone and one that never passed is dropped
	// (state or old values as Stateful says).
	FilterNode struct {
		Base
		In       Node
		Cond     expr.Node
		Having   bool // from HAVING or after an aggregate: same rule, for EXPLAIN
		Stateful bool // the operator remembers which keys passed
	}
	// ProjectNode computes Exprs over the input; the order is Schema's.
	ProjectNode struct {
		Base
		In    Node
		Exprs []expr.Node
		// DropWindow: the result has no window; its bounds are among Exprs.
		DropWindow bool
	}
	// ExplodeNode applies table functions: Out is the input's columns followed
	// by the columns of Funcs; the longest list decides, shorter ones pad NULL.
	ExplodeNode struct {
		Base
		In    Node
		Funcs []TableCall
	}
	// ChangesNode reads the changes of a table as rows of a stream. Out is the
	// columns of the new row (of a deleted one only its key), the kind of change
	// ('insert', 'update', 'delete'), and the columns of the old row (NULL for an
	// insert). A deletion of what was not there gives no row.
	ChangesNode struct {
		Base
		In Node
	}
	// RekeyNode is PARTITION BY: it changes only the key (already computed as
	// columns by a ProjectNode below).
	RekeyNode struct {
		Base
		In Node
		// FromValue lists the key columns computed from value columns: they are
		// NULL where a row of a stream has no value (ksqldb meaning).
		FromValue []int
	}
	// AggregateNode is GROUP BY. Out is the group columns, then one column per
	// aggregate, then WINDOWSTART and WINDOWEND as batch metadata (Win, WinEnd).
	// A table input is undone from its old group first.
	AggregateNode struct {
		Base
		In     Node
		Groups []expr.Node // empty: one global group
		Aggs   []AggCall
		Window *WindowSpec // nil: unwindowed
		Final  bool        // EMIT FINAL
		// DropNullGroups: rows with a NULL group value are ignored (ksqldb meaning).
		DropNullGroups bool
	}
	// StreamTableJoinNode joins a stream (Left) with the current row of a table.
	// Out is Left's columns, then Right's.
	StreamTableJoinNode struct {
		Base
		Left, Right Node
		LeftKey     []expr.Node // over Left, compared with Right's Keys in order
		Outer       bool        // LEFT JOIN
		Residual    expr.Node   // over Out; nil none
	}
	// StreamStreamJoinNode joins two streams within a time distance (ms).
	// A left row at tl matches a right row at tr iff tl-Before <= tr <= tl+After.
	StreamStreamJoinNode struct {
		Base
		Left, Right       Node
		LeftKey, RightKey []expr.Node
		Before, After     int64
		Grace             int64
		Eager             bool // no GRACE given: unmatched rows are emitted at once
		Join              JoinKind
		Residual          expr.Node
	}
	// TableTableJoinNode joins two tables: on their keys; with ForeignKey, an
	// expression of the left with the key of the right; with ByPairs, rows for
	// which LeftOn and RightOn are equal and Residual is true.
	TableTableJoinNode struct {
		Base
		Left, Right Node
		Join        JoinKind
		// ForeignKey, when set, is over Left and compared with Right's key.
		ForeignKey []expr.Node
		// SkipSame: a right row written again as it was gives no output, though many left rows point at it.
		SkipSame bool
		// RightKey, when set, is the order of Right's keys that Left's are compared with.
		RightKey        []int
		ByPairs         bool
		LeftOn, RightOn []expr.Node // over Left and Right; empty: each with each
		Residual        expr.Node   // over Out; nil none
		Pairs           PairKey
	}
)

// RightKeys are Right's key columns in the order of Left's.
func (n *TableTableJoinNode) RightKeys() []int {
	if n.RightKey != nil {
		return n.RightKey
	}
	return n.Right.Keys()
}

// PairKey says what tells the results of a join by pairs apart.
type PairKey uint8

// The keys of pairs.
const (
	PairBoth  PairKey = iota // the keys of both rows
	PairLeft                 // the left row's: it has one partner at most
	PairRight                // the right row's
)

// Inputs methods.

func (n *InputNode) Inputs() []Node            { return nil }
func (n *FilterNode) Inputs() []Node           { return []Node{n.In} }
func (n *ProjectNode) Inputs() []Node          { return []Node{n.In} }
func (n *ExplodeNode) Inputs() []Node          { return []Node{n.In} }
func (n *RekeyNode) Inputs() []Node            { return []Node{n.In} }
func (n *ChangesNode) Inputs() []Node          { return []Node{n.In} }
func (n *AggregateNode) Inputs() []Node        { return []Node{n.In} }
func (n *StreamTableJoinNode) Inputs() []Node  { return []Node{n.Left, n.Right} }
func (n *StreamStreamJoinNode) Inputs() []Node { return []Node{n.Left, n.Right} }
func (n *TableTableJoinNode) Inputs() []Node   { return []Node{n.Left, n.Right} }

// JoinKind is the kind of a join.
type JoinKind uint8

// The join kinds. Semi and Anti exist in batch plans only.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
	SemiJoin
	AntiJoin
)

// AggCall is one aggregate of a GROUP BY, over the input's columns.
type AggCall struct {
	Fn       *fn.Agg
	Args     []expr.Node
	Init     []types.Value // literal trailing arguments
	Distinct bool
	Filter   expr.Node // nil none
	OrderBy  []SortKey // batch plans only
	T        types.Type
	Name     string // printed form, for EXPLAIN
}

// TableCall is one table function call.
type TableCall struct {
	Fn         *fn.TableFunc
	Args       []expr.Node
	Cols       types.Schema
	Ordinality bool
}

// SortKey is one item of ORDER BY.
type SortKey struct {
	X          expr.Node
	Desc       bool
	NullsFirst bool
}
