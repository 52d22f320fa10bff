package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/leatdb/leat/sql/expr"
)

// line is one operator of an explained plan.
type line struct {
	title  string
	facts  []fact
	inputs []line
}

type fact struct{ key, value string }

func (l *line) add(key, value string) {
	if value != "" {
		l.facts = append(l.facts, fact{key, value})
	}
}

// explainer renders expressions; canonical text has positions, not names.
type explainer struct {
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

// ExplainJSON is ExplainPhysical as a JSON array of one object, as PostgreSQL's
// EXPLAIN (FORMAT JSON) has it.
func ExplainJSON(p *Plan) ([]byte, error) {
	var sb strings.Builder
	sb.WriteString(`[{"Plan":`)
	writeJSON(&sb, explainer{physical: true}.plan(p))
	sb.WriteString("}]")
	return []byte(sb.String()), nil
}

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
	sb.WriteString(indent + l.title + "\n")
	for _, f := range l.facts {
		sb.WriteString(inner + "  " + f.key + ": " + f.value + "\n")
	}
	for _, in := range l.inputs {
		writeText(sb, in, depth+1)
	}
}

func writeJSON(sb *strings.Builder, l line) {
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			panic("BUG: a string that JSON cannot hold")
		}
		return string(b)
	}
	sb.WriteString(`{"Node Type":` + quoted(l.title))
	for _, f := range l.facts {
		sb.WriteString("," + quoted(f.key) + ":" + quoted(f.value))
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
