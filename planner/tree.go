package planner

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// placeholder stands in a bound expression for something computed by an
// operator that is placed later (P4).
type placeholder struct {
	kind  placeholderKind
	index int
	t     types.Type
}

type placeholderKind uint8

const (
	aggResult placeholderKind = iota // index into the block's aggregates
	overResult
	setResult
	windowBound // index 0: start, 1: end
)

// Type gives the type of what it stands for.
func (p *placeholder) Type() types.Type { return p.t }

var nodeType = reflect.TypeFor[expr.Node]()

// mapChildren gives n with f applied to its direct operands; n itself when
// nothing changed. A subquery's plan is not entered.
func mapChildren(n expr.Node, f func(expr.Node) expr.Node) expr.Node {
	v := reflect.ValueOf(n).Elem()
	out := v
	change := func(i int) reflect.Value {
		if out == v {
			out = reflect.New(v.Type()).Elem()
			out.Set(v)
		}
		return out.Field(i)
	}
	for i := range v.NumField() {
		field := v.Field(i)
		switch {
		case field.Type() == nodeType && !field.IsNil():
			old := field.Interface().(expr.Node)
			if next := f(old); next != old {
				change(i).Set(reflect.ValueOf(&next).Elem())
			}
		case field.Kind() == reflect.Slice && field.Type().Elem() == nodeType:
			old := field.Interface().([]expr.Node)
			next := make([]expr.Node, len(old))
			changed := false
			for j, c := range old {
				if c != nil {
					next[j] = f(c)
				}
				changed = changed || next[j] != c
			}
			if changed {
				change(i).Set(reflect.ValueOf(next))
			}
		}
	}
	if out == v {
		return n
	}
	return out.Addr().Interface().(expr.Node)
}

// rewrite replaces from the top: where f answers non-nil that is the result,
// elsewhere the operands are rewritten. Subquery plans are not entered.
func rewrite(n expr.Node, f func(expr.Node) expr.Node) expr.Node {
	if n == nil {
		return nil
	}
	if r := f(n); r != nil {
		return r
	}
	return mapChildren(n, func(c expr.Node) expr.Node { return rewrite(c, f) })
}

// rewriteDeep is rewrite that enters subquery plans, in place; depth counts
// the rows between an expression and the row n is evaluated over.
func rewriteDeep(n expr.Node, depth int, f func(n expr.Node, depth int) expr.Node) expr.Node {
	return rewrite(n, func(c expr.Node) expr.Node {
		if r := f(c, depth); r != nil {
			return r
		}
		q, ok := c.(*expr.Subquery)
		if !ok {
			return nil
		}
		mapBatch(q.Plan.(BatchNode), depth+1, f)
		if q.X == nil {
			return q
		}
		next := *q
		next.X = rewriteDeep(q.X, depth, f)
		return &next
	})
}

// visit calls f for n and all below it; f answers false to stay out.
func visit(n expr.Node, f func(expr.Node) bool) {
	rewrite(n, func(c expr.Node) expr.Node {
		if f(c) {
			return nil
		}
		return c
	})
}

// visitDeep is visit that enters subquery plans.
func visitDeep(n expr.Node, depth int, f func(n expr.Node, depth int)) {
	rewriteDeep(n, depth, func(c expr.Node, d int) expr.Node {
		f(c, d)
		return nil
	})
}

// clone copies the top node, so that its place can be noted.
func clone(n expr.Node) expr.Node {
	v := reflect.ValueOf(n).Elem()
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c.Addr().Interface().(expr.Node)
}

// shiftColumns moves column positions by offset.
func shiftColumns(n expr.Node, offset int) expr.Node {
	if offset == 0 {
		return n
	}
	return replaceColumns(n, func(c *expr.Column) expr.Node {
		moved := *c
		moved.Index += offset
		return &moved
	})
}

// replaceColumns replaces the columns of the row n is evaluated over, in
// subqueries (as outer columns) too.
func replaceColumns(n expr.Node, f func(*expr.Column) expr.Node) expr.Node {
	return rewriteDeep(n, 0, func(c expr.Node, depth int) expr.Node {
		switch c := c.(type) {
		case *expr.Column:
			if depth == 0 {
				return f(c)
			}
		case *expr.Outer:
			if depth > 0 && c.Depth == depth {
				r := f(&expr.Column{Index: c.Index, Name: c.Name, T: c.T})
				return outward(r, depth)
			}
		}
		return nil
	})
}

// outward turns an expression over the row depth levels up into one for here.
func outward(n expr.Node, depth int) expr.Node {
	return rewrite(n, func(c expr.Node) expr.Node {
		if c, ok := c.(*expr.Column); ok {
			return &expr.Outer{Depth: depth, Index: c.Index, Name: c.Name, T: c.T}
		}
		return nil
	})
}

// columnsOf lists the positions an expression reads of its row.
func columnsOf(n expr.Node) map[int]bool {
	out := map[int]bool{}
	if n == nil {
		return out
	}
	visitDeep(n, 0, func(c expr.Node, depth int) {
		switch c := c.(type) {
		case *expr.Column:
			if depth == 0 {
				out[c.Index] = true
			}
		case *expr.Outer:
			if depth > 0 && c.Depth == depth {
				out[c.Index] = true
			}
		}
	})
	return out
}

// fingerprint is equal for expressions that are the same but for names of
// columns and places in the text.
func fingerprint(n expr.Node) string {
	var sb strings.Builder
	printKey(&sb, n)
	return sb.String()
}

func printKey(sb *strings.Builder, n expr.Node) {
	if n == nil {
		sb.WriteString("nil")
		return
	}
	v := reflect.ValueOf(n).Elem()
	sb.WriteString(v.Type().Name())
	sb.WriteByte('(')
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i)
		if name == "Name" || name == "Names" || name == "Pos" || (name == "Site" && !volatile(n)) {
			continue
		}
		printKeyField(sb, field)
		sb.WriteByte(',')
	}
	sb.WriteByte(')')
}

func printKeyField(sb *strings.Builder, field reflect.Value) {
	if !field.CanInterface() {
		fmt.Fprint(sb, field)
		return
	}
	switch x := field.Interface().(type) {
	case expr.Node:
		printKey(sb, x)
	case []expr.Node:
		for _, c := range x {
			printKey(sb, c)
			sb.WriteByte(';')
		}
	case types.Type:
		sb.WriteString(x.String())
	case *fn.Scalar:
		sb.WriteString(x.Name)
		for _, p := range x.Params {
			sb.WriteString("/" + p.Any + p.Type.String())
		}
	case BatchNode:
		fmt.Fprintf(sb, "%p", x)
	default:
		fmt.Fprintf(sb, "%T:%v", x, x)
	}
}

func volatile(n expr.Node) bool {
	c, ok := n.(*expr.Call)
	return ok && c.Fn.Vol == fn.Volatile
}

// callSite numbers a call. In ksqlDB's meaning a call that a clause repeats from
// SELECT is that one, also where its answer may differ from row to row.
func (x *exprBinder) callSite(c *expr.Call) uint32 {
	site := x.b.nextSite()
	if !x.b.ksql || !x.b.streaming || !volatile(c) {
		return site
	}
	if x.b.sites == nil {
		x.b.sites = map[string]uint32{}
	}
	key := fingerprint(c)
	first, seen := x.b.sites[key]
	switch {
	case seen && x.clause != "SELECT":
		return first
	case !seen:
		x.b.sites[key] = site
	}
	return site
}

// same tells whether two expressions are the same computation.
func same(a, b expr.Node) bool { return a == b || fingerprint(a) == fingerprint(b) }

// conjuncts takes an AND apart.
func conjuncts(n expr.Node) []expr.Node {
	if n == nil {
		return nil
	}
	if a, ok := n.(*expr.And); ok {
		var out []expr.Node
		for _, x := range a.Xs {
			out = append(out, conjuncts(x)...)
		}
		return out
	}
	return []expr.Node{n}
}

// allOf joins conditions with AND; nil for none.
func allOf(xs []expr.Node, logic expr.Logic) expr.Node {
	switch len(xs) {
	case 0:
		return nil
	case 1:
		return xs[0]
	}
	return &expr.And{Xs: xs, Logic: logic}
}
