package schema

import (
	"math"
	"regexp"
	"slices"
	"strconv"
)

// limit is a keyword that bounds values.
type limit struct {
	word  string
	lower bool // a lower bound may fall, an upper one may rise
}

var limits = []limit{
	{"maxLength", false}, {"minLength", true}, {"maximum", false}, {"minimum", true}, {"exclusiveMaximum", false},
	{"exclusiveMinimum", true}, {"maxItems", false}, {"minItems", true}, {"maxProperties", false}, {"minProperties", true},
}

// limits: bounds may be taken away or widened.
func (d *jsonDiff) limits(now, was *Node) {
	for _, l := range limits {
		n, has := numberOf(now.Get(l.word))
		if !has {
			continue
		}
		w, had := numberOf(was.Get(l.word))
		switch {
		case !had && l.lower && n <= 0 && l.word != "minimum" && l.word != "exclusiveMinimum":
		case !had:
			d.say("%s is added", l.word)
		case l.lower && n > w:
			d.say("%s is increased", l.word)
		case !l.lower && n < w:
			d.say("%s is decreased", l.word)
		}
	}
	if p := now.Get("pattern"); p != nil && !p.Equal(was.Get("pattern")) {
		d.say("pattern is added or changed")
	}
	if n, has := numberOf(now.Get("multipleOf")); has {
		w, had := numberOf(was.Get("multipleOf"))
		if !had || n == 0 || math.Mod(w, n) != 0 {
			d.say("multipleOf is added or changed")
		}
	}
}

func numberOf(n *Node) (float64, bool) {
	if n == nil || n.Kind != NumberNode {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	return f, err == nil
}

func (d *jsonDiff) array(now, was *Node) {
	if now.Get("uniqueItems").is("true") && !was.Get("uniqueItems").is("true") {
		d.say("uniqueItems is added")
	}
	n, w := now.Get("items"), was.Get("items")
	nTuple, wTuple := n != nil && n.Kind == ArrayNode, w != nil && w.Kind == ArrayNode
	if !nTuple && !wTuple {
		if n != nil || w != nil {
			d.at("items", n, w)
		}
		return
	}
	if nTuple != wTuple {
		d.say("the items become a tuple or cease to be one")
		return
	}
	for i := range max(len(n.Items), len(w.Items)) {
		var ni, wi *Node
		if ni = now.Get("additionalItems"); i < len(n.Items) {
			ni = n.Items[i]
		}
		if wi = was.Get("additionalItems"); i < len(w.Items) {
			wi = w.Items[i]
		}
		d.at("items/"+strconv.Itoa(i), ni, wi)
	}
	d.at("additionalItems", now.Get("additionalItems"), was.Get("additionalItems"))
}

func (d *jsonDiff) object(now, was *Node) {
	np, wp := now.Get("properties"), was.Get("properties")
	if wp != nil {
		for _, m := range wp.Members {
			if n := np.Get(m.Name); n != nil {
				d.at("properties/"+m.Name, n, m.Value)
			} else {
				d.removed(now, m)
			}
		}
	}
	if np != nil {
		for _, m := range np.Members {
			if wp.Get(m.Name) == nil {
				d.added(now, was, m)
			}
		}
	}
	d.required(now, was)
	d.dependencies(now, was)
	if rest := now.Get("additionalProperties"); rest != nil {
		d.at("additionalProperties", rest, was.Get("additionalProperties"))
	}
}

// content is how a schema treats properties it does not list.
func content(n *Node) (open, closed bool) {
	rest := n.Get("additionalProperties")
	if n.Get("patternProperties") != nil {
		return false, false
	}
	return takesAll(rest), rest.is("false")
}

// cover is the schema that holds for an unlisted property; nil for none.
func cover(n *Node, name string) *Node {
	if p := n.Get("patternProperties"); p != nil {
		for _, m := range p.Members {
			if re, err := regexp.Compile(m.Name); err == nil && re.MatchString(name) {
				return m.Value
			}
		}
	}
	return n.Get("additionalProperties")
}

func (d *jsonDiff) removed(now *Node, m Member) {
	open, closed := content(now)
	switch {
	case open || m.Value.is("false"):
	case closed:
		d.say("property %q is removed from a closed content model", m.Name)
	default:
		d.at("properties/"+m.Name, cover(now, m.Name), m.Value)
	}
}

func (d *jsonDiff) added(now, was *Node, m Member) {
	open, closed := content(was)
	switch {
	case takesAll(m.Value.Deref()):
	case closed:
	case open:
		d.say("property %q is added to an open content model", m.Name)
		return
	default:
		d.at("properties/"+m.Name, m.Value, cover(was, m.Name))
	}
	if isRequired(now, m.Name) && m.Value.Deref().Get("default") == nil {
		d.say("required property %q is added without a default", m.Name)
	}
}

func isRequired(n *Node, name string) bool {
	r := n.Get("required")
	return r != nil && slices.ContainsFunc(r.Items, func(i *Node) bool { return i.Text == name })
}

// required: what was required may cease to be; what becomes so needs a default.
func (d *jsonDiff) required(now, was *Node) {
	r := now.Get("required")
	if r == nil {
		return
	}
	for _, name := range r.Items {
		old := was.Get("properties").Get(name.Text)
		if old == nil || isRequired(was, name.Text) {
			continue
		}
		if p := now.Get("properties").Get(name.Text); p == nil || p.Deref().Get("default") == nil {
			d.say("property %q becomes required without a default", name.Text)
		}
	}
}

func (d *jsonDiff) dependencies(now, was *Node) {
	for _, word := range []string{"dependencies", "dependentRequired", "dependentSchemas"} {
		n, w := now.Get(word), was.Get(word)
		if n == nil {
			continue
		}
		for _, m := range n.Members {
			if !m.Value.Equal(w.Get(m.Name)) {
				d.say("dependency of %q is added or changed", m.Name)
			}
		}
	}
}
