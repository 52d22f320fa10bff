package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/expr"
)

// line is one operator of an explained plan.
type line struct {
	title  string
	facts  []fact
	actual *Actual // nil: not run
	inputs []line
}

type fact struct{ key, value string }

// Actual is what a node of a pull plan did: rows over all its loops.
type Actual struct{ Rows, Loops int64 }

// each are the rows of one loop, which is what PostgreSQL shows.
func (a *Actual) each() int64 {
	return (a.Rows + a.Loops/2) / max(1, a.Loops)
}

// Run is what EXPLAIN ANALYZE of a pull query knows besides the plan.
type Run struct {
	Nodes map[BatchNode]Actual
	Rows  int64 // that the query gave
	Took  time.Duration
}

func (l *line) add(key, value string) {
	if value != "" {
		l.facts = append(l.facts, fact{key, value})
	}
}

// explainer renders expressions; canonical text has positions, not names; run is
// nil of a plan that was not run.
type explainer struct {
	run       *Run
	physical  bool
	canonical bool
}

func (x explainer) expr(n expr.Node) string {
	if n == nil {
		return ""
	}
	n = nameSubplans(n)
	if x.canonical {
		return expr.Print(n)
	}
	return expr.Text(n)
}

// nameSubplans shows a subquery by its kind; its plan stands below.
func nameSubplans(n expr.Node) expr.Node {
	return rewrite(n, func(c expr.Node) expr.Node {
		q, ok := c.(*expr.Subquery)
		if !ok {
			return nil
		}
		label := map[expr.SubqueryKind]string{
			expr.ScalarQuery: "(SubPlan)", expr.ExistsQuery: "EXISTS (SubPlan)", expr.ArrayQuery: "ARRAY (SubPlan)",
			expr.InQuery: " ANY (SubPlan)", expr.AllQuery: " ALL (SubPlan)",
		}[q.Kind]
		if q.X != nil {
			label = expr.Text(nameSubplans(q.X)) + " " + q.Op + label
		}
		if q.Not {
			label = "NOT " + label
		}
		return &expr.Column{Name: label, T: q.T}
	})
}

func (x explainer) exprs(ns []expr.Node) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		parts[i] = x.expr(n)
	}
	return strings.Join(parts, ", ")
}

func (x explainer) keys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = x.expr(k.X)
		if k.Desc {
			parts[i] += " DESC"
		}
		if k.NullsFirst != k.Desc {
			parts[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

// ExplainLogical renders the operators of a plan, one a line, children
// indented: what is computed, without stages, topics or access paths.
func ExplainLogical(p *Plan) string { return explainer{}.text(p) }

// ExplainPhysical renders a plan as it runs: stages, inputs, partitions,
// exchanges, state, look-ups.
func ExplainPhysical(p *Plan) string { return explainer{physical: true}.text(p) }

// ExplainAnalyze is ExplainPhysical of a pull plan that has run, each node with
// the rows it gave.
func ExplainAnalyze(p *Plan, r *Run) string {
	text := explainer{physical: true, run: r}.text(p)
	return fmt.Sprintf("%s\nRows: %d\nExecution Time: %.3f ms", text, r.Rows, milliseconds(r.Took))
}

// ExplainJSON is ExplainPhysical as a JSON array of one object, as PostgreSQL's
// EXPLAIN (FORMAT JSON) has it; with a run also what it did.
func ExplainJSON(p *Plan, r *Run) []byte {
	var sb strings.Builder
	sb.WriteString(`[{"Plan":`)
	writeJSON(&sb, explainer{physical: true, run: r}.plan(p))
	if r != nil {
		fmt.Fprintf(&sb, `,"Rows":%d,"Execution Time":%.3f`, r.Rows, milliseconds(r.Took))
	}
	sb.WriteString("}]")
	return []byte(sb.String())
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (x explainer) text(p *Plan) string {
	var sb strings.Builder
	writeText(&sb, x.plan(p), 0)
	return strings.TrimSuffix(sb.String(), "\n")
}

func (x explainer) plan(p *Plan) line {
	if p.Batch != nil {
		return x.batch(p.Batch)
	}
	return x.stream(p)
}

// writeText writes an operator, its facts below it, then its inputs.
func writeText(sb *strings.Builder, l line, depth int) {
	indent := strings.Repeat("      ", max(0, depth-1))
	inner := indent
	if depth > 0 {
		indent += "  ->  "
		inner += "      "
	}
	sb.WriteString(indent + l.title)
	if l.actual != nil {
		fmt.Fprintf(sb, " (actual rows=%d loops=%d)", l.actual.each(), l.actual.Loops)
	}
	sb.WriteByte('\n')
	for _, f := range l.facts {
		sb.WriteString(inner + "  " + f.key + ": " + f.value + "\n")
	}
	for _, in := range l.inputs {
		writeText(sb, in, depth+1)
	}
}

// quoted is a JSON string, with < and > as they are.
func quoted(s string) string {
	var sb strings.Builder
	e := json.NewEncoder(&sb)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("BUG: a string that JSON cannot hold")
	}
	return strings.TrimSuffix(sb.String(), "\n")
}

func writeJSON(sb *strings.Builder, l line) {
	sb.WriteString(`{"Node Type":` + quoted(l.title))
	for _, f := range l.facts {
		sb.WriteString("," + quoted(f.key) + ":" + quoted(f.value))
	}
	if l.actual != nil {
		fmt.Fprintf(sb, `,"Actual Rows":%d,"Actual Loops":%d`, l.actual.each(), l.actual.Loops)
	}
	if len(l.inputs) > 0 {
		sb.WriteString(`,"Plans":[`)
		for i, in := range l.inputs {
			if i > 0 {
				sb.WriteByte(',')
			}
			writeJSON(sb, in)
		}
		sb.WriteByte(']')
	}
	sb.WriteByte('}')
}

// seal sets the hash of a streaming plan: equal hashes mean that state and
// resume tokens of one can be used by the other.
func seal(p *Plan) {
	sum := sha256.Sum256([]byte(explainer{physical: true, canonical: true}.text(p)))
	p.Stream.Hash = hex.EncodeToString(sum[:16])
}
