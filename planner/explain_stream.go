package planner

import (
	"strconv"
	"strings"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

func millis(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

// windowText renders a window: "TUMBLING 1m0s, grace 23h59m0s, retention 24h0m0s".
func windowText(w *WindowSpec) string {
	if w == nil {
		return ""
	}
	out := windowNames[w.Type]
	switch w.Type {
	case Session:
		out += " gap " + millis(w.Gap)
	case Hopping:
		out += " " + millis(w.Size) + " every " + millis(w.Advance)
	default:
		out += " " + millis(w.Size)
	}
	return out + ", grace " + millis(w.Grace) + ", retention " + millis(w.Retention)
}

// stream renders a streaming plan: stages when physical, else one tree.
func (x explainer) stream(p *Plan) line {
	sp := p.Stream
	top := line{title: "Push Query"}
	if sp.Sink != nil {
		top.title = "Sink to " + sp.Sink.Relation
	}
	top.add("Result", resultText(sp.Kind)+keyText(sp.Schema, sp.KeyColumns, sp.Kind))
	top.add("Window", windowText(sp.Windowed))
	if p.Limit >= 0 {
		top.add("Limit", strconv.FormatInt(p.Limit, 10))
	}
	if !x.physical {
		top.inputs = append(top.inputs, x.node(sp, sp.Stages[len(sp.Stages)-1], sp.Stages[len(sp.Stages)-1].Root))
		return top
	}
	x.sink(&top, sp)
	for _, st := range sp.Stages {
		l := line{title: "Stage " + itoa(st.ID)}
		l.add("Partitions", itoa(int(st.Partitions)))
		if st.Exchange != nil {
			var by []string
			for _, k := range st.Exchange.Keys {
				by = append(by, st.Root.Out()[k].Name)
			}
			l.add("Exchange", st.Exchange.Topic+" by ("+strings.Join(by, ", ")+") into "+itoa(int(st.Exchange.Partitions)))
		}
		l.inputs = append(l.inputs, x.node(sp, st, st.Root))
		top.inputs = append(top.inputs, l)
	}
	return top
}

func (x explainer) sink(top *line, sp *StreamPlan) {
	top.add("Start", startText(sp.Start))
	top.add("On Error", sp.OnError)
	if sp.IdleMs > 0 {
		top.add("Idle Timeout", itoa(int(sp.IdleMs))+"ms")
	}
	s := sp.Sink
	if s == nil {
		return
	}
	top.add("Topic", s.Topic)
	top.add("Formats", "key "+formatText(s.KeyFormat)+", value "+formatText(s.ValFormat))
	var cols []string
	for _, c := range s.Schema {
		cols = append(cols, c.Name+" "+c.Type.String())
	}
	top.add("Columns", strings.Join(cols, ", "))
	if s.Timestamp != nil {
		top.add("Timestamp", s.Timestamp.Column)
	}
}

func formatText(f catalog.Format) string {
	out := f.Name
	for _, p := range f.Props {
		out += " " + p.Name + "=" + strconv.Quote(p.Value)
	}
	return out
}

func startText(s Start) string {
	switch s.Kind {
	case StartEarliest:
		return "earliest"
	case StartLatest:
		return "latest"
	case StartTime:
		return "time " + strconv.FormatInt(s.Time, 10)
	case StartOffsets:
		var parts []string
		for p := int32(0); len(parts) < len(s.Offsets); p++ {
			if o, ok := s.Offsets[p]; ok {
				parts = append(parts, itoa(int(p))+":"+strconv.FormatInt(o, 10))
			}
		}
		return "offsets " + strings.Join(parts, ",")
	}
	return ""
}

func resultText(k ResultKind) string {
	if k == TableResult {
		return "table"
	}
	return "stream"
}

// keyText names the key of a changelog, hidden columns marked.
func keyText(s types.Schema, keys []int, kind ResultKind) string {
	if len(keys) == 0 {
		if kind == TableResult {
			return ", one row"
		}
		return ""
	}
	var parts []string
	for _, k := range keys {
		name := s[k].Name
		if s[k].Hidden {
			name += " (hidden)"
		}
		parts = append(parts, name)
	}
	return ", key " + strings.Join(parts, ", ")
}

// node renders an operator of a streaming plan with its inputs.
func (x explainer) node(sp *StreamPlan, st *Stage, n Node) line {
	l := x.streamNode(sp, st, n)
	if x.physical {
		l.add("Changelog", resultText(n.Kind())+keyText(n.Out(), n.Keys(), n.Kind()))
		if baseOf(n).NeedsOld {
			l.add("Old Values", "yes")
		}
	}
	for _, in := range n.Inputs() {
		l.inputs = append(l.inputs, x.node(sp, st, in))
	}
	return l
}

func (x explainer) streamNode(sp *StreamPlan, st *Stage, n Node) line {
	var l line
	switch n := n.(type) {
	case *InputNode:
		return x.input(sp, st.Inputs[n.Index])
	case *FilterNode:
		l.title = "Filter"
		if n.Having {
			l.title = "Having"
		}
		l.add("Filter", x.expr(n.Cond))
		if n.Stateful && x.physical {
			l.add("State", "keys that passed, one per key")
		}
	case *ProjectNode:
		l.title = "Project"
		parts := make([]string, len(n.Exprs))
		for i, e := range n.Exprs {
			parts[i] = x.labelled(e, n.Schema[i].Name)
		}
		l.add("Output", strings.Join(parts, ", "))
		if n.DropWindow {
			l.add("Window", "bounds as columns of the key")
		}
	case *ExplodeNode:
		l.title = "Explode"
		var parts []string
		for _, c := range n.Funcs {
			parts = append(parts, c.Fn.Name+"("+x.exprs(c.Args)+")")
		}
		l.add("Call", strings.Join(parts, ", "))
	case *RekeyNode:
		l.title = "Partition By"
	case *ChangesNode:
		l.title = "Changes"
	case *AggregateNode:
		x.aggregateNode(&l, n)
	default:
		return x.joinNode(n)
	}
	return l
}

func (x explainer) aggregateNode(l *line, n *AggregateNode) {
	l.title = "Aggregate"
	if n.Final {
		l.title += " (final)"
	}
	l.add("Group Key", x.exprs(n.Groups))
	l.add("Aggregates", x.aggs(n.Aggs))
	l.add("Window", windowText(n.Window))
	if !x.physical {
		return
	}
	bound := "one row per group"
	if n.Window != nil {
		bound = "one row per group and window, kept " + millis(n.Window.Retention)
	}
	l.add("State", bound)
	if n.DropNullGroups {
		l.add("NULL Groups", "dropped")
	}
}

func (x explainer) joinNode(n Node) line {
	var l line
	switch n := n.(type) {
	case *StreamTableJoinNode:
		l.title = "Stream-Table Inner Join"
		if n.Outer {
			l.title = "Stream-Table Left Join"
		}
		l.add("Key", x.pairs(n.LeftKey, keyColumns(n.Right)))
		l.add("Join Filter", x.expr(n.Residual))
		if x.physical {
			l.add("State", "the table's rows")
		}
	case *StreamStreamJoinNode:
		l.title = "Stream-Stream " + joinLabels[n.Join] + " Join"
		l.add("Key", x.pairs(n.LeftKey, n.RightKey))
		l.add("Within", millis(n.Before)+" before, "+millis(n.After)+" after, grace "+millis(n.Grace))
		l.add("Join Filter", x.expr(n.Residual))
		if x.physical {
			l.add("State", "rows of both sides, kept "+millis(n.Before+n.After+n.Grace))
		}
	case *TableTableJoinNode:
		l.title = "Table-Table " + joinLabels[n.Join] + " Join"
		if n.ForeignKey != nil {
			l.add("Foreign Key", x.exprs(n.ForeignKey))
		}
		if n.RightKey != nil {
			l.add("Key", x.pairs(keyColumns(n.Left), columnsAt(n.Right, n.RightKey)))
		}
		if n.ByPairs {
			l.add("Key", x.pairs(n.LeftOn, n.RightOn))
			l.add("Join Filter", x.expr(n.Residual))
		}
		if x.physical {
			l.add("State", "rows of both sides")
		}
	}
	return l
}

// input renders a leaf: a relation, or what an exchange brings.
func (x explainer) input(sp *StreamPlan, in *Input) line {
	if in.Exchange >= 0 {
		if !x.physical {
			w := sp.Stages[in.Exchange]
			return x.node(sp, w, w.Root)
		}
		return line{title: "Input from Stage " + itoa(in.Exchange)}
	}
	l := line{title: "Source " + in.Relation}
	if !x.physical {
		return l
	}
	var cols []string
	for i, need := range in.Needed {
		if need {
			cols = append(cols, in.Schema[i].Name)
		}
	}
	l.add("Topic", in.Topic)
	l.add("Columns", strings.Join(cols, ", "))
	if in.NeedsOld {
		l.add("State", "the table's rows")
	}
	return l
}
