package planner

import (
	"strconv"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// srel is a bound relation of a streaming plan.
type srel struct {
	node   Node
	sc     *scope
	parts  int32
	keyed  bool        // rows are partitioned by their key columns
	window *WindowSpec // the key carries a window
	// sourceWindow: the window comes from a relation, not from this query.
	sourceWindow bool
	first        *catalog.Relation // left-most source
	// same lists, by key position, other columns that always equal it.
	same map[int][]int
	// keyNoun says what the key is, for ksqlDB's messages: "key column",
	// "grouping expression", "join expression", "partitioning expression".
	keyNoun string
}

func (r *srel) out() types.Schema { return r.node.Out() }

// sourceNode is a relation before stages are cut.
type sourceNode struct {
	Base
	input *Input
	parts int32
}

// Inputs gives none.
func (n *sourceNode) Inputs() []Node { return nil }

// exchangeNode is a place to cut.
type exchangeNode struct {
	Base
	In    Node
	By    []int
	Parts int32
}

// Inputs gives the writer's root.
func (n *exchangeNode) Inputs() []Node { return []Node{n.In} }

// pushPlan plans a top-level query with EMIT.
func (b *binder) pushPlan(q *sql.Query, mode sql.EmitMode) *Plan {
	b.streaming = true
	r := b.streamQuery(q, true)
	if b.missing {
		return nil
	}
	p := &Plan{Mode: Push, Limit: b.pushLimit(q)}
	p.Stream = b.streamPlan(r, q)
	p.Stream.OnError = b.onError(q.Options, "dlq")
	p.Schema = p.Stream.Schema.Visible()
	propagateOld(p.Stream, p.Stream.Kind == TableResult)
	seal(p)
	return b.finish(p)
}

func (b *binder) pushLimit(q *sql.Query) int64 {
	if q.Limit == nil {
		return -1
	}
	c, ok := b.rowCount(q.Limit, "LIMIT", sqlerr.InvalidRowCountLimit).(*expr.Const)
	if !ok {
		fail(sqlerr.Unsupported("LIMIT of a streaming query that is not a literal").At(q.Limit.Position()))
	}
	if c.V == nil {
		return -1
	}
	return c.V.(int64)
}

// streamQuery binds a query expression of a streaming plan. top: LIMIT and
// options are the caller's.
func (b *binder) streamQuery(q *sql.Query, top bool) srel {
	b.refuseTail(q, top)
	mark := len(b.streamCTEs)
	if q.With != nil {
		for i := range q.With.CTEs {
			c := &q.With.CTEs[i]
			if q.With.Recursive && refersTo(c.Query.Body, b.fold1(c.Name), b) {
				fail(sqlerr.Unsupported("WITH RECURSIVE in a streaming query").At(q.With.Pos))
			}
			b.streamCTEs = append(b.streamCTEs, streamCTE{b.fold1(c.Name), c, len(b.streamCTEs)})
		}
	}
	var r srel
	switch body := q.Body.(type) {
	case *sql.Select:
		r = b.streamSelect(body)
	case *sql.Query:
		r = b.streamQuery(body, false)
	case *sql.SetOp:
		fail(sqlerr.Unsupported("%s in a streaming query", body.Op).
			WithHint("Create a stream and INSERT INTO it from each SELECT.").At(body.Pos))
	default:
		fail(sqlerr.Unsupported("VALUES in a streaming query").At(body.Position()))
	}
	b.streamCTEs = b.streamCTEs[:mark]
	return r
}

// streamCTE is a WITH item of a streaming query; each use is planned anew and
// sees only the items before it.
type streamCTE struct {
	name string
	cte  *sql.CTE
	mark int
}

// refuseTail names the clauses a query without end cannot have.
func (b *binder) refuseTail(q *sql.Query, top bool) {
	switch {
	case len(q.OrderBy) > 0 && b.ksql:
		fail(b.orderByKsql(q.OrderBy[0].Expr.Position()))
	case len(q.OrderBy) > 0:
		fail(sqlerr.Unsupported("ORDER BY in a streaming query").
			WithHint("A query that never ends cannot be sorted; sort when reading the result with a SELECT without EMIT.").At(q.OrderBy[0].Expr.Position()))
	case q.Offset != nil:
		fail(sqlerr.Unsupported("OFFSET in a streaming query").At(q.Offset.Position()))
	case q.Lock != nil:
		fail(sqlerr.Unsupported("FOR %s", q.Lock.Mode).At(q.Lock.Pos))
	case q.Limit != nil && !top:
		fail(sqlerr.Unsupported("LIMIT inside a streaming query").
			WithHint("LIMIT is allowed at the top level of a push query.").At(q.Limit.Position()))
	case len(q.Options) > 0 && !top:
		fail(sqlerr.Unsupported("WITH (%s) inside a streaming query", q.Options[0].Name.Text).At(q.Options[0].Name.Pos))
	}
}

// streamPlan cuts a bound relation into stages.
func (b *binder) streamPlan(r srel, q *sql.Query) *StreamPlan {
	p := &StreamPlan{
		Kind: r.node.Kind(), Windowed: r.window, Schema: r.out(), KeyColumns: r.node.Keys(),
		Start: b.startOf(q.Options), OnError: "dlq", IdleMs: b.idleTimeout(q.Options),
	}
	p.Stages = cutStages(r, p.Start)
	b.changesStart(p, q.Pos)
	return p
}

// startOf reads WITH (start = ..), or ksqlDB's auto.offset.reset.
func (b *binder) startOf(options []sql.Property) Start {
	start := Start{}
	if b.ksql && !b.persist {
		if v, ok := b.opt.setting("auto.offset.reset"); ok {
			switch lower(v) {
			case "earliest":
				start.Kind = StartEarliest
			case "latest":
				start.Kind = StartLatest
			}
		}
	}
	for _, o := range options {
		switch {
		case o.Name.Is("start"):
			start = b.startValue(o)
		case o.Name.Is("on_error"), o.Name.Is("idle_timeout"):
		default:
			fail(sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized query option %q", o.Name.Text).
				WithHint("The options are start, on_error and idle_timeout.").At(o.Name.Pos))
		}
	}
	return start
}

// startValue reads 'earliest', 'latest', a timestamp, or 'p:offset,..'.
func (b *binder) startValue(o sql.Property) Start {
	switch v := o.Value.(type) {
	case *sql.String:
		switch lower(v.Value) {
		case "earliest", "beginning":
			return Start{Kind: StartEarliest}
		case "latest", "now":
			return Start{Kind: StartLatest}
		}
		if offsets, ok := parseOffsets(v.Value); ok {
			return Start{Kind: StartOffsets, Offsets: offsets}
		}
	case *sql.TypedLiteral:
		if v.Type.Name.Last().Is("offsets") {
			if offsets, ok := parseOffsets(v.Value); ok {
				return Start{Kind: StartOffsets, Offsets: offsets}
			}
			break
		}
		c, ok := b.exprs(&scope{}, "WITH").typedLiteral(v).(*expr.Const)
		if ok && c.T.Kind == types.Timestamp {
			return Start{Kind: StartTime, Time: floorMillis(c.V.(int64))}
		}
	}
	fail(sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for query option \"start\"").
		WithHint("Use 'earliest', 'latest', TIMESTAMP '...', or offsets as 'partition:offset,...'.").At(o.Name.Pos))
	return Start{}
}

func floorMillis(us int64) int64 {
	days, micros := types.SplitMicros(us)
	return days*dayMs + micros/types.MicrosPerMilli
}

func parseOffsets(s string) (map[int32]int64, bool) {
	out := map[int32]int64{}
	for _, part := range splitTrim(s, ",") {
		pair := splitTrim(part, ":")
		if len(pair) != 2 {
			return nil, false
		}
		p, err1 := strconv.ParseInt(pair[0], 10, 32)
		o, err2 := strconv.ParseInt(pair[1], 10, 64)
		if err1 != nil || err2 != nil || p < 0 || o < 0 {
			return nil, false
		}
		out[int32(p)] = o
	}
	return out, len(out) > 0
}

// onError reads the option of the same name.
func (b *binder) onError(options []sql.Property, def string) string {
	for _, o := range options {
		if !o.Name.Is("on_error") {
			continue
		}
		if v, ok := o.Value.(*sql.String); ok {
			switch lower(v.Value) {
			case "dlq", "skip", "stop":
				return lower(v.Value)
			}
		}
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for \"on_error\"").
			WithHint("Use 'dlq', 'skip' or 'stop'.").At(o.Name.Pos))
	}
	return def
}
