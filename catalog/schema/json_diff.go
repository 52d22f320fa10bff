package schema

import (
	"fmt"
	"slices"
)

// jsonDiff compares two JSON Schemas: whatever the old one takes, the new one
// must take.
type jsonDiff struct {
	out  []string
	path string
	seen map[[2]*Node]bool // pairs on the way, which may be recursive
}

// readsJSON finds why reader does not take the documents that writer takes.
func readsJSON(reader, writer *Node) []string {
	d := &jsonDiff{path: "#", seen: map[[2]*Node]bool{}}
	d.compare(reader, writer)
	return d.out
}

func (d *jsonDiff) say(format string, args ...any) {
	d.out = append(d.out, d.path+": "+fmt.Sprintf(format, args...))
}

// at compares a part.
func (d *jsonDiff) at(step string, now, was *Node) {
	path := d.path
	d.path += "/" + step
	d.compare(now, was)
	d.path = path
}

// fits tells whether now takes whatever was takes, saying nothing.
func (d *jsonDiff) fits(now, was *Node) bool {
	inner := &jsonDiff{path: d.path, seen: d.seen}
	inner.compare(now, was)
	return len(inner.out) == 0
}

// takesAll tells whether a schema, or a missing one, takes every value.
func takesAll(n *Node) bool {
	if n == nil || n.is("true") {
		return true
	}
	return n.Kind == ObjectNode && !slices.ContainsFunc(n.Members, func(m Member) bool { return !slices.Contains(annotations, m.Name) })
}

// annotations are keywords that take nothing away.
var annotations = []string{
	"$id", "id", "$schema", "title", "description", "default", "examples", "$comment", "readOnly", "writeOnly", "definitions", "$defs",
	"connect.index", "connect.type", "connect.version", "connect.parameters", "format", "deprecated",
}

func (d *jsonDiff) compare(now, was *Node) {
	if now != nil {
		now = now.Deref()
	}
	if was != nil {
		was = was.Deref()
	}
	switch {
	case takesAll(now) || was.is("false"):
		return
	case now.is("false"):
		d.say("no value is taken any more")
		return
	case takesAll(was):
		d.say("any value was taken and no longer is")
		return
	}
	pair := [2]*Node{now, was}
	if d.seen[pair] {
		return
	}
	d.seen[pair] = true
	defer delete(d.seen, pair)
	if d.combined(now, was) {
		return
	}
	d.types(now, was)
	d.enum(now, was)
	d.negation(now, was)
	d.limits(now, was)
	if includes(now, "array") && includes(was, "array") {
		d.array(now, was)
	}
	if includes(now, "object") && includes(was, "object") {
		d.object(now, was)
	}
}

// branches are the parts of a oneOf or anyOf; nil when there is none.
func branches(n *Node) []*Node {
	for _, word := range []string{"oneOf", "anyOf"} {
		if sum := n.Get(word); sum != nil && sum.Kind == ArrayNode {
			return sum.Items
		}
	}
	return nil
}

func products(n *Node) []*Node {
	if all := n.Get("allOf"); all != nil && all.Kind == ArrayNode {
		return all.Items
	}
	return nil
}

// combined compares sums and products; false when neither side is one.
func (d *jsonDiff) combined(now, was *Node) bool {
	if wasSum := branches(was); wasSum != nil {
		for _, w := range wasSum {
			if !d.anyFits(orItself(branches(now), now), w) {
				d.say("a branch of a sum type is removed or narrowed")
				return true
			}
		}
		return true
	}
	if nowSum := branches(now); nowSum != nil {
		if !d.anyFits(nowSum, was) {
			d.say("no branch of the sum type takes what was taken")
		}
		return true
	}
	nowAll, wasAll := products(now), products(was)
	if nowAll == nil && wasAll == nil {
		return false
	}
	for _, n := range orItself(nowAll, now) {
		found := slices.ContainsFunc(orItself(wasAll, was), func(w *Node) bool { return d.fits(n, w) })
		if !found {
			d.say("a part of a product type is added or narrowed")
			return true
		}
	}
	return true
}

func (d *jsonDiff) anyFits(now []*Node, was *Node) bool {
	return slices.ContainsFunc(now, func(n *Node) bool { return d.fits(n, was) })
}

func orItself(parts []*Node, n *Node) []*Node {
	if parts == nil {
		return []*Node{n}
	}
	return parts
}

// typeWords are the types of a schema; nil is all of them.
func typeWords(n *Node) []string {
	t := n.Get("type")
	switch {
	case t == nil:
		return nil
	case t.Kind == StringNode:
		return []string{t.Text}
	}
	var out []string
	for _, w := range t.Items {
		out = append(out, w.Text)
	}
	return out
}

// includes tells whether a schema takes values of a type.
func includes(n *Node, word string) bool {
	words := typeWords(n)
	return words == nil || slices.Contains(words, word)
}

func (d *jsonDiff) types(now, was *Node) {
	nw, ww := typeWords(now), typeWords(was)
	if nw == nil {
		return
	}
	if ww == nil {
		if values := enumOf(was); values == nil {
			d.say("the type is %v and was any", nw)
		}
		return
	}
	for _, w := range ww {
		if !slices.Contains(nw, w) && !(w == "integer" && slices.Contains(nw, "number")) {
			d.say("type %s is removed", w)
		}
	}
}

// enumOf are the values of enum or const; nil when there is neither.
func enumOf(n *Node) []*Node {
	if e := n.Get("enum"); e != nil && e.Kind == ArrayNode {
		return e.Items
	}
	if c := n.Get("const"); c != nil {
		return []*Node{c}
	}
	return nil
}

func (d *jsonDiff) enum(now, was *Node) {
	nv, wv := enumOf(now), enumOf(was)
	if nv == nil {
		return
	}
	if wv == nil {
		d.say("the values are enumerated and were not")
		return
	}
	for _, w := range wv {
		if !slices.ContainsFunc(nv, w.Equal) {
			d.say("value %s of the enum is removed", w.Text)
		}
	}
}

// negation: what is not taken may only shrink.
func (d *jsonDiff) negation(now, was *Node) {
	n, w := now.Get("not"), was.Get("not")
	switch {
	case n == nil:
	case w == nil:
		d.say("a negation is added")
	case !d.fits(w, n):
		d.say("a negation is extended")
	}
}
