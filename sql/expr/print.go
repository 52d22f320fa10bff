package expr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// Print renders n canonically: equal strings mean the same computation. Columns
// are by position (#0), literals carry their type, so plan hashes and GROUP BY
// matching do not depend on names or positions in the text.
func Print(n Node) string {
	var p printer
	p.node(n)
	return p.b.String()
}

// Text renders n for people (EXPLAIN): columns by name, literals bare.
func Text(n Node) string {
	p := printer{human: true}
	p.node(n)
	return p.b.String()
}

type printer struct {
	b     strings.Builder
	human bool
}

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// call writes name(xs...).
func (p *printer) call(name string, xs ...Node) {
	p.text(name, "(")
	p.list(xs)
	p.text(")")
}

func (p *printer) list(xs []Node) {
	for i, x := range xs {
		if i > 0 {
			p.text(", ")
		}
		p.node(x)
	}
}

// join writes (a op b op c).
func (p *printer) join(op string, xs ...Node) {
	p.text("(")
	for i, x := range xs {
		if i > 0 {
			p.text(" ", op, " ")
		}
		p.node(x)
	}
	p.text(")")
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case nil:
		p.text("-")
	case *Column:
		p.named(n.Name, "#"+strconv.Itoa(n.Index))
	case *Pseudo:
		p.text(pseudoNames[n.Kind])
		p.typed(n.T)
	case *Const:
		p.literal(n)
	case *Param:
		p.text("$", strconv.Itoa(n.N))
		p.typed(n.T)
	case *Outer:
		p.named(n.Name, fmt.Sprintf("outer%d#%d", n.Depth, n.Index))
	case *LambdaVar:
		p.named(n.Name, fmt.Sprintf("var%d#%d", n.Depth, n.Index))
	case *Call:
		p.call(n.Fn.Name, n.Args...)
		p.typed(n.T)
	case *Lambda:
		p.text("\\", strconv.Itoa(len(n.Params)), " => ")
		p.node(n.Body)
	case *Cast:
		p.text("cast(")
		p.node(n.X)
		p.text(" as ", n.To.String(), onlyIf(n.Ksql && !p.human, " ksql"), onlyIf(n.Assign && !p.human, " assign"), ")")
	case *Subquery:
		p.subquery(n)
	case *TryNull:
		p.call("try", n.X)
	default:
		p.operator(n)
	}
}

// subquery prints the plan by its String method if it has one: only then is the
// text stable from run to run.
func (p *printer) subquery(n *Subquery) {
	plan := fmt.Sprintf("%p", n)
	if s, ok := n.Plan.(fmt.Stringer); ok {
		plan = s.String()
	}
	p.text("subquery", strconv.Itoa(int(n.Kind)), onlyIf(n.Not, " not"), n.Op, "(")
	if n.X != nil {
		p.node(n.X)
		p.text(", ")
	}
	p.text(plan, ")")
	p.typed(n.T)
}

var pseudoNames = [...]string{"rowtime", "rowpartition", "rowoffset", "windowstart", "windowend", "rowop"}

func (p *printer) named(name, canonical string) {
	if p.human && name != "" {
		p.text(types.QuoteIdent(name))
		return
	}
	p.text(canonical)
}

func (p *printer) typed(t types.Type) {
	if !p.human {
		p.text(":", t.String())
	}
}

func (p *printer) literal(n *Const) {
	switch v := n.V.(type) {
	case nil:
		p.text("NULL")
	case bool:
		p.text(strconv.FormatBool(v))
	case int64, float64, types.Dec:
		s := string(types.AppendText(nil, n.T, v, nil))
		p.text(onlyIf(!n.T.IsNumeric(), "'"), s, onlyIf(!n.T.IsNumeric(), "'"))
	default:
		p.text("'", strings.ReplaceAll(string(types.AppendText(nil, n.T, v, nil)), "'", "''"), "'")
	}
	p.typed(n.T)
}

func onlyIf(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

// mode marks ksqlDB's meanings in the canonical form.
func (p *printer) mode(two bool) string { return onlyIf(two && !p.human, "~") }

func (p *printer) operator(n Node) {
	switch n := n.(type) {
	case *Binary:
		p.join(n.Op+p.mode(n.Mode == Java)+onlyIf(n.NullFails && !p.human, "!"), n.L, n.R)
		p.typed(n.T)
	case *Neg:
		p.call("-"+p.mode(n.Mode == Java)+onlyIf(n.NullFails && !p.human, "!"), n.X)
	case *Compare:
		p.join(n.Op+p.mode(n.Logic == TwoValued), n.L, n.R)
	case *Distinct:
		p.join("is "+onlyIf(n.Not, "not ")+"distinct from", n.L, n.R)
	case *And:
		p.join("and"+p.mode(n.Logic == TwoValued), n.Xs...)
	case *Or:
		p.join("or"+p.mode(n.Logic == TwoValued), n.Xs...)
	case *Not:
		p.call("not"+p.mode(n.Logic == TwoValued), n.X)
	case *IsNull:
		p.text("(")
		p.node(n.X)
		p.text(" is ", onlyIf(n.Not, "not "), "null)")
	case *IsBool:
		p.text("(")
		p.node(n.X)
		p.text(fmt.Sprintf(" is %s%v)", onlyIf(n.Not, "not "), n.Want))
	case *In:
		p.text("(")
		p.node(n.X)
		p.text(onlyIf(n.Not, " not"), " in", p.mode(n.Logic == TwoValued), " ")
		p.call("", n.List...)
		p.text(")")
	case *Like:
		p.join(onlyIf(n.Not, "not ")+onlyIf(n.Fold, "i")+"like"+p.mode(n.Logic == TwoValued)+
			onlyIf(n.Escape != 0 && !p.human, strconv.QuoteRune(n.Escape)), n.X, n.Pattern)
	case *Regex:
		p.join(onlyIf(n.Not, "!")+"~"+onlyIf(n.Fold, "*"), n.X, n.Pattern)
	case *AnyAll:
		p.join(n.Op+onlyIf(n.All, " all")+onlyIf(!n.All, " any"), n.X, n.Array)
	default:
		p.composite(n)
	}
}

func (p *printer) composite(n Node) {
	switch n := n.(type) {
	case *Case:
		p.text("case", p.mode(n.Logic == TwoValued))
		for i := range n.Whens {
			p.text(" when ")
			p.node(n.Whens[i])
			p.text(" then ")
			p.node(n.Thens[i])
		}
		if n.Else != nil {
			p.text(" else ")
			p.node(n.Else)
		}
		p.text(" end")
		p.typed(n.T)
	case *Coalesce:
		p.call("coalesce", n.Xs...)
	case *Field:
		p.node(n.X)
		if st := n.X.Type(); n.Index < len(st.Fields) && p.human {
			p.text("->", types.QuoteIdent(st.Fields[n.Index].Name))
			return
		}
		p.text("->", strconv.Itoa(n.Index))
	case *Subscript:
		p.node(n.X)
		p.text("[")
		p.node(n.I)
		p.text("]", p.mode(n.Ksql))
	case *ArrayCtor:
		p.call("array", n.Xs...)
		p.typed(n.T)
	case *MapCtor:
		p.call("map", append(append([]Node(nil), n.Keys...), n.Vals...)...)
		p.typed(n.T)
	case *StructCtor:
		p.call("struct", n.Xs...)
		p.typed(n.T)
	default:
		panic(fmt.Sprintf("BUG: a node that cannot be printed: %T", n))
	}
}
