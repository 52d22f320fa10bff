package schema

import (
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const jsonURL = "leat:schema"

func (p *Parsed) parseJSON(text string) error {
	root := &Root{deps: map[string]*Node{}}
	for _, d := range p.Deps {
		n, err := parseNode(d.Text)
		if err != nil {
			return errSchema(JSON, fmt.Errorf("reference %q: %w", d.Name, err))
		}
		root.deps[d.Name] = n
	}
	doc, err := parseNode(text)
	if err != nil {
		return errSchema(JSON, err)
	}
	root.doc = doc
	for _, n := range root.deps {
		n.bind(&Root{doc: n, deps: root.deps})
	}
	doc.bind(root)
	p.JSON, p.Text = doc, compactJSON(text)
	if _, err := p.validator(); err != nil {
		return errSchema(JSON, err)
	}
	return nil
}

// validator compiles the schema; drafts before 2020-12 are named by $schema,
// without which it is draft 7, the registry's own.
func (p *Parsed) validator() (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseLoader(noLoader{})
	for _, d := range p.Deps {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(d.Text))
		if err != nil {
			return nil, err
		}
		if err := c.AddResource(d.Name, doc); err != nil {
			return nil, err
		}
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(p.Text))
	if err != nil {
		return nil, err
	}
	if err := c.AddResource(jsonURL, doc); err != nil {
		return nil, err
	}
	return c.Compile(jsonURL)
}

// noLoader keeps the compiler from opening files and URLs.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, errors.New("the reference " + strings.TrimPrefix(url, "file://") + " is not registered with the schema")
}
