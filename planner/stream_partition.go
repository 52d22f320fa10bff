package planner

import (
	"fmt"

	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// Rows of two inputs meet when equal keys lie in partitions of one number. The
// number is a hash of the key's bytes, and those are the relation's: its
// format, and in JSON the names of the columns. An exchange takes the bytes of a
// relation that its reader reads beside it (executor/task), so that one side in
// an exchange always meets the other; two relations that stand as they are meet
// when their keys are written alike.

// repartitioned places an exchange by xs, no column twice; the answer includes xs
// over it.
func repartitioned(n Node, xs []expr.Node, parts int32) (Node, []expr.Node) {
	node, at := appendColumns(n, xs)
	seen := map[int]bool{}
	for i, k := range at {
		if seen[k] {
			node, at[i] = copyColumn(node, k)
		}
		seen[at[i]] = true
	}
	return exchange(node, at, parts), columnsAt(node, at)
}

// copyColumn gives a column a second place.
func copyColumn(n Node, at int) (Node, int) {
	p := &ProjectNode{In: n}
	p.Schema, p.Result, p.Key = n.Out().Clone(), n.Kind(), n.Keys()
	for i, c := range n.Out() {
		p.Exprs = append(p.Exprs, &expr.Column{Index: i, Name: c.Name, T: c.Type})
	}
	c := n.Out()[at]
	p.Exprs = append(p.Exprs, &expr.Column{Index: at, Name: c.Name, T: c.Type})
	p.Schema = append(p.Schema, types.Column{Name: c.Name, Type: c.Type, Hidden: true})
	return p, len(p.Exprs) - 1
}

// apart tells whether the sides of a join are as their relations are and those
// write their keys differently. ksqlDB's meaning leaves that to the user.
func (x *joining) apart(l, r Node, parts int32) bool {
	if x.b.ksql || parts == 1 {
		return false
	}
	lk, rk := keyLayout(l), keyLayout(r)
	return lk != "" && rk != "" && lk != rk
}

// keyLayout says how the keys of the relations are written that a stage reads
// for n; "" when it reads exchanges alone.
func keyLayout(n Node) string {
	switch n := n.(type) {
	case *exchangeNode:
		return ""
	case *sourceNode:
		in := n.input
		text := fmt.Sprint(in.KeyFormat.Name, in.KeyFormat.Props, in.Ksql)
		switch in.KeyFormat.Name {
		case "JSON", "KAFKA", "DELIMITED":
		default: // the bytes name the topic's schema
			text += " " + in.Topic
		}
		keys := in.Schema.KeyColumns()
		for _, k := range keys {
			text += " " + in.Schema[k].Type.String()
			if len(keys) > 1 {
				text += " " + in.Schema[k].Name
			}
		}
		return text
	}
	for _, in := range n.Inputs() {
		if s := keyLayout(in); s != "" {
			return s
		}
	}
	return ""
}
