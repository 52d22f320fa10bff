package schema

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// Node is one value of a JSON Schema's text with its members in their order,
// which says the order of columns. It is immutable.
type Node struct {
	Kind    NodeKind
	Text    string // of a string, number or word
	Members []Member
	Items   []*Node
	root    *Root
}

// Root is what $ref is resolved in.
type Root struct {
	doc  *Node
	deps map[string]*Node
}

// Member is one member of an object.
type Member struct {
	Name  string
	Value *Node
}

// NodeKind is the kind of JSON value.
type NodeKind uint8

// The kinds.
const (
	NullNode NodeKind = iota
	BoolNode
	NumberNode
	StringNode
	ArrayNode
	ObjectNode
)

// parseNode reads JSON text; of equal names the last one counts.
func parseNode(text string) (*Node, error) {
	if err := shallow(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return n, nil
}

func readNode(d *json.Decoder) (*Node, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case nil:
		return &Node{Kind: NullNode, Text: "null"}, nil
	case bool:
		n := &Node{Kind: BoolNode, Text: "false"}
		if v {
			n.Text = "true"
		}
		return n, nil
	case json.Number:
		return &Node{Kind: NumberNode, Text: v.String()}, nil
	case string:
		return &Node{Kind: StringNode, Text: v}, nil
	case json.Delim:
		if v == '[' {
			return readArray(d)
		}
		return readObject(d)
	}
	return nil, errors.New("malformed JSON")
}

func readArray(d *json.Decoder) (*Node, error) {
	n := &Node{Kind: ArrayNode}
	for d.More() {
		e, err := readNode(d)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, e)
	}
	_, err := d.Token()
	return n, err
}

func readObject(d *json.Decoder) (*Node, error) {
	n := &Node{Kind: ObjectNode}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := tok.(string)
		v, err := readNode(d)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(n.Members, func(m Member) bool { return m.Name == name }); i >= 0 {
			n.Members[i].Value = v
		} else {
			n.Members = append(n.Members, Member{name, v})
		}
	}
	_, err := d.Token()
	return n, err
}

// Get finds a member, nil when there is none.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}

// Str is the text of a string member, "" when it is missing or something else.
func (n *Node) Str(name string) string {
	if m := n.Get(name); m != nil && m.Kind == StringNode {
		return m.Text
	}
	return ""
}

// is tells whether n is the word true or false.
func (n *Node) is(word string) bool { return n != nil && n.Kind == BoolNode && n.Text == word }

// Equal compares values; the order of members does not matter, numbers are
// compared as written.
func (n *Node) Equal(o *Node) bool {
	if n == nil || o == nil {
		return n == o
	}
	if n.Kind != o.Kind || n.Text != o.Text || len(n.Items) != len(o.Items) || len(n.Members) != len(o.Members) {
		return false
	}
	for i := range n.Items {
		if !n.Items[i].Equal(o.Items[i]) {
			return false
		}
	}
	for _, m := range n.Members {
		if other := o.Get(m.Name); other == nil || !m.Value.Equal(other) {
			return false
		}
	}
	return true
}

// bind tells every node of the tree where its references lead.
func (n *Node) bind(r *Root) {
	n.root = r
	for i := range n.Members {
		n.Members[i].Value.bind(r)
	}
	for _, e := range n.Items {
		e.bind(r)
	}
}

// Deref follows $ref, at most maxDepth times; an unknown one gives n itself.
func (n *Node) Deref() *Node {
	for range maxDepth {
		ref := n.Str("$ref")
		if ref == "" || n.root == nil {
			return n
		}
		to := n.root.find(ref)
		if to == nil {
			return n
		}
		n = to
	}
	return n
}

// find resolves "#", "#/a/b", "name" and "name#/a/b".
func (r *Root) find(ref string) *Node {
	doc, pointer, _ := strings.Cut(ref, "#")
	at := r.doc
	if doc != "" {
		at = r.deps[doc]
	}
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if at == nil || step == "" {
			continue
		}
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		at = at.step(step)
	}
	return at
}

func (n *Node) step(name string) *Node {
	if n.Kind != ArrayNode {
		return n.Get(name)
	}
	i := 0
	for _, c := range name {
		if c < '0' || c > '9' || i > len(n.Items) {
			return nil
		}
		i = i*10 + int(c-'0')
	}
	if i >= len(n.Items) {
		return nil
	}
	return n.Items[i]
}
