package ksqltest

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/types"
)

// post is what a case states about sources and topics after its statements.
type post struct {
	Sources []postSource `json:"sources"`
	Topics  struct {
		Blacklist string      `json:"blacklist"`
		Topics    []postTopic `json:"topics"`
	} `json:"topics"`
}

type postSource struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Schema      string          `json:"schema"`
	KeyFormat   json.RawMessage `json:"keyFormat"`
	ValueFormat json.RawMessage `json:"valueFormat"`
	IsSource    *bool           `json:"isSource"`
}

type postFormat struct {
	Format     string `json:"format"`
	WindowType string `json:"windowType"`
	WindowSize *int64 `json:"windowSize"`
}

type postTopic struct {
	Name        string          `json:"name"`
	KeyFormat   json.RawMessage `json:"keyFormat"`
	ValueFormat json.RawMessage `json:"valueFormat"`
	Partitions  *int32          `json:"partitions"`
}

// internalTopic tells names that Kafka Streams gives to its repartition and
// changelog topics. This engine has none of them, so they are not compared.
func internalTopic(name string) bool { return strings.HasPrefix(name, "_confluent-ksql-") }

// checkPost compares the sources and topics that are listed. Features of serdes
// show in the records and are compared there.
func (n *node) checkPost(c *Case) error {
	p := c.def.Post
	if p == nil {
		return nil
	}
	for _, s := range p.Sources {
		if err := n.checkSource(c, s); err != nil {
			return err
		}
	}
	if p.Topics.Blacklist != "" {
		re, err := regexp.Compile("^(?:" + p.Topics.Blacklist + ")$")
		if err != nil {
			return err
		}
		for _, t := range n.srv.Log().Topics() {
			if re.MatchString(t.Name) {
				return differ("topic %s must not exist", t.Name)
			}
		}
	}
	for _, t := range p.Topics.Topics {
		if internalTopic(t.Name) {
			continue
		}
		if err := n.checkTopicConfig(c, t); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) checkSource(c *Case, s postSource) error {
	rel, ok := n.srv.Snapshot().Relation("", s.Name)
	if !ok {
		return differ("post: source %s does not exist", s.Name)
	}
	if !strings.EqualFold(rel.Kind.String(), s.Type) {
		return differ("post: %s is a %s, not a %s", s.Name, rel.Kind, s.Type)
	}
	if s.IsSource != nil && *s.IsSource != rel.ReadOnly {
		return differ("post: %s: isSource: want %v, got %v", s.Name, *s.IsSource, rel.ReadOnly)
	}
	if s.Schema != "" {
		want, err := canonicalSchema(c.text(s.Schema))
		if err != nil {
			return differ("post: schema %s: %v", s.Schema, err)
		}
		if got := describe(rel.Schema); want != got {
			return differ("post: schema of %s:\n  want %s\n  got  %s", s.Name, want, got)
		}
	}
	if err := n.checkFormat(c, s.Name, "key format", s.KeyFormat, rel.KeyFormat, rel.Windowed, true); err != nil {
		return err
	}
	return n.checkFormat(c, s.Name, "value format", s.ValueFormat, rel.ValueFormat, nil, false)
}

func (n *node) checkFormat(c *Case, name, what string, node json.RawMessage, got catalog.Format, w *catalog.WindowInfo, windows bool) error {
	if isNull(node) {
		return nil
	}
	var want postFormat
	if err := json.Unmarshal([]byte(c.text(string(node))), &want.Format); err != nil {
		if err := json.Unmarshal([]byte(c.text(string(node))), &want); err != nil {
			return err
		}
	}
	if want.Format != "" && !strings.EqualFold(want.Format, got.Name) {
		return differ("post: %s of %s: want %s, got %s", what, name, want.Format, got.Name)
	}
	if !windows || node[0] == '"' {
		return nil
	}
	gotType, gotSize := "", int64(0)
	if w != nil {
		gotType, gotSize = w.Type, w.SizeMs
	}
	if !strings.EqualFold(want.WindowType, gotType) {
		return differ("post: window type of %s: want %q, got %q", name, want.WindowType, gotType)
	}
	if want.WindowSize != nil && *want.WindowSize != gotSize {
		return differ("post: window size of %s: want %d, got %d", name, *want.WindowSize, gotSize)
	}
	return nil
}

func (n *node) checkTopicConfig(c *Case, t postTopic) error {
	name := c.text(t.Name)
	conf, ok := n.srv.Log().Topic(name)
	rel := n.relations[name]
	if !ok || rel == nil {
		return differ("post: topic %s does not exist", name)
	}
	if t.Partitions != nil && *t.Partitions != conf.Partitions {
		return differ("post: topic %s: want %d partitions, got %d", name, *t.Partitions, conf.Partitions)
	}
	if err := n.checkFormat(c, name, "key format", t.KeyFormat, rel.KeyFormat, rel.Windowed, true); err != nil {
		return err
	}
	return n.checkFormat(c, name, "value format", t.ValueFormat, rel.ValueFormat, nil, false)
}

// digitNames are names that begin with a digit, which these schemas do not quote.
var digitNames = regexp.MustCompile(`(^|, )([0-9][0-9A-Z_]*[A-Z_][0-9A-Z_]*)`)

// canonicalSchema reads "`K` INT KEY, V STRING" and prints it as describe does.
func canonicalSchema(text string) (string, error) {
	text = digitNames.ReplaceAllString(strings.ReplaceAll(text, "PRIMARY KEY", "KEY"), "$1`$2`")
	st, err := sql.ParseOne("CREATE STREAM X (" + text + ") WITH (KAFKA_TOPIC='x', FORMAT='JSON')")
	if err != nil {
		return "", err
	}
	var s types.Schema
	for _, col := range st.(*sql.CreateSource).Columns {
		t, err := planner.ResolveTypeIn(col.Type, noCatalog{}, planner.Options{Ksql: true})
		if err != nil {
			return "", err
		}
		s = append(s, types.Column{Name: col.Name.Fold(true), Type: t, Key: col.Key || col.PrimaryKey})
	}
	return describe(s), nil
}

// describe prints a schema, keys first.
func describe(s types.Schema) string {
	var keys, values []string
	for _, c := range s {
		t := "`" + c.Name + "` " + c.Type.KsqlString()
		if c.Key {
			keys = append(keys, t+" KEY")
		} else {
			values = append(values, t)
		}
	}
	return strings.Join(append(keys, values...), ", ")
}

// noCatalog knows no names.
type noCatalog struct{ planner.Catalog }

// CustomType implements planner.Catalog.
func (noCatalog) CustomType(string) (types.Type, bool) { return types.Type{}, false }
