package schema

import (
	"sort"
	"strconv"

	"github.com/leatdb/leat/sql/types"
)

// json is the SQL type of a JSON Schema.
func (r reader) json(n *Node, depth int) (types.Type, error) {
	if depth > maxDepth {
		return types.Type{}, errDeep()
	}
	n = n.Deref()
	if t, ok := r.hinted(n.Str(hint)); ok {
		return t, nil
	}
	for _, word := range []string{"oneOf", "anyOf"} {
		if sum := n.Get(word); sum != nil && sum.Kind == ArrayNode {
			return r.jsonSum(sum, depth)
		}
	}
	if all := n.Get("allOf"); all != nil && all.Kind == ArrayNode {
		return r.jsonAll(n, all, depth)
	}
	if n.Get("enum") != nil && n.Get("type") == nil || n.Get("const") != nil && n.Get("type") == nil {
		return types.TString, nil
	}
	word, err := jsonWord(n)
	if err != nil {
		return types.Type{}, err
	}
	switch word {
	case "boolean":
		return types.TBoolean, nil
	case "integer", "number":
		return r.jsonNumber(n, word), nil
	case "string":
		return r.jsonString(n), nil
	case "array":
		e, err := r.json(jsonItems(n), depth+1)
		return types.TArray(e), err
	case "object":
		return r.jsonObject(n, depth)
	}
	return types.Type{}, errNoType("JSON Schema's " + word)
}

// jsonWord is the type of a schema; null beside another type does not count.
func jsonWord(n *Node) (string, error) {
	t := n.Get("type")
	switch {
	case t == nil && (n.Get("properties") != nil || n.Get("additionalProperties") != nil):
		return "object", nil
	case t == nil && n.Get("items") != nil:
		return "array", nil
	case t == nil:
		return "", errNoType("a JSON Schema without a type")
	case t.Kind == StringNode:
		return t.Text, nil
	}
	var words []string
	for _, w := range t.Items {
		if w.Text != "null" {
			words = append(words, w.Text)
		}
	}
	if len(words) != 1 {
		return "", errNoType("a JSON Schema of several types")
	}
	return words[0], nil
}

func jsonItems(n *Node) *Node {
	items := n.Get("items")
	if items != nil && items.Kind == ArrayNode && len(items.Items) > 0 {
		return items.Items[0]
	}
	if items == nil {
		return &Node{Kind: ObjectNode}
	}
	return items
}

// jsonSum is the type of the one branch that is not null, or a STRUCT of them.
func (r reader) jsonSum(sum *Node, depth int) (types.Type, error) {
	var fields []types.Field
	for _, branch := range sum.Items {
		if branch.Deref().Str("type") == "null" {
			continue
		}
		t, err := r.json(branch, depth+1)
		if err != nil {
			return t, err
		}
		name := "connect_union_field_" + strconv.Itoa(len(fields))
		fields = append(fields, types.Field{Name: r.name(name), Type: t})
	}
	switch len(fields) {
	case 0:
		return types.Type{}, errNoType("JSON Schema's null alone")
	case 1:
		return fields[0].Type, nil
	}
	return types.TStruct(fields...), nil
}

// jsonAll is a STRUCT of the fields of all parts, or the one type that a part says.
func (r reader) jsonAll(n, all *Node, depth int) (types.Type, error) {
	parts := append([]*Node{}, all.Items...)
	if n.Get("properties") != nil {
		parts = append(parts, &Node{Kind: ObjectNode, root: n.root, Members: []Member{{"type", &Node{Kind: StringNode, Text: "object"}}, {"properties", n.Get("properties")}}})
	}
	var fields []types.Field
	for _, part := range parts {
		t, err := r.json(part, depth+1)
		if err != nil {
			continue
		}
		if t.Kind != types.Struct {
			return t, nil
		}
		fields = append(fields, t.Fields...)
	}
	if len(fields) == 0 {
		return types.Type{}, errNoType("a JSON Schema without a type")
	}
	return types.TStruct(fields...), nil
}

func (r reader) jsonNumber(n *Node, word string) types.Type {
	switch n.Str("title") {
	case "org.apache.kafka.connect.data.Decimal":
		p, s := jsonDecimal(n)
		return types.TDecimal(p, s)
	case "org.apache.kafka.connect.data.Date":
		return types.TDate
	case "org.apache.kafka.connect.data.Time":
		return types.TTime
	case "org.apache.kafka.connect.data.Timestamp":
		return types.TTimestamp
	}
	switch n.Str("connect.type") {
	case "int8", "int16", "int32":
		return types.TInt
	case "int64":
		return types.TBigInt
	case "bytes":
		p, s := jsonDecimal(n)
		return types.TDecimal(p, s)
	}
	if word == "integer" {
		return types.TBigInt
	}
	return types.TDouble
}

func jsonDecimal(n *Node) (precision, scale int32) {
	params := n.Get("connect.parameters")
	p, _ := strconv.ParseInt(params.Str("connect.decimal.precision"), 10, 32)
	s, _ := strconv.ParseInt(params.Str("scale"), 10, 32)
	if p <= 0 {
		p = 64
	}
	return int32(p), int32(s)
}

func (r reader) jsonString(n *Node) types.Type {
	if n.Str("connect.type") == "bytes" || n.Str("contentEncoding") == "base64" {
		return types.TBytes
	}
	if r.m.Ksql {
		return types.TString
	}
	switch n.Str("format") {
	case "date":
		return types.TDate
	case "time":
		return types.TTime
	case "date-time":
		return types.TTimestamp
	case "uuid":
		return types.TUUID
	case "duration":
		return types.TInterval
	}
	return types.TString
}

func (r reader) jsonObject(n *Node, depth int) (types.Type, error) {
	props, rest := n.Get("properties"), n.Get("additionalProperties")
	if n.Str("connect.type") == "map" || props == nil && rest != nil && rest.Kind == ObjectNode {
		if rest == nil || rest.Kind != ObjectNode {
			return types.Type{}, errNoType("an object of values without a type")
		}
		e, err := r.json(rest, depth+1)
		return types.TMap(types.TString, e), err
	}
	if props == nil || len(props.Members) == 0 {
		return types.Type{}, errNoType("an object without properties")
	}
	members := append([]Member{}, props.Members...)
	sort.SliceStable(members, func(i, j int) bool { return connectIndex(members[i]) < connectIndex(members[j]) })
	fields := make([]types.Field, len(members))
	for i, m := range members {
		t, err := r.json(m.Value, depth+1)
		if err != nil {
			return t, err
		}
		fields[i] = types.Field{Name: r.name(m.Name), Type: t}
	}
	return types.TStruct(fields...), nil
}

// connectIndex is a property's place among the columns: as noted, else last.
func connectIndex(m Member) int {
	if at := m.Value.Get("connect.index"); at != nil {
		if n, err := strconv.Atoi(at.Text); err == nil {
			return n
		}
	}
	return 1 << 30
}
