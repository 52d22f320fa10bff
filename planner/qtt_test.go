package planner

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// shared finds a folder of ../shared relative to the repository's root.
func shared(t *testing.T, name string) string {
	root := os.Getenv("LEAT_SHARED")
	if root == "" {
		root = "../../shared"
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is absent", dir)
	}
	return dir
}

type qttCase struct {
	Name       string         `json:"name"`
	Statements []string       `json:"statements"`
	Format     []string       `json:"format"`
	Topics     []qttTopic     `json:"topics"`
	Properties map[string]any `json:"properties"`
	Enabled    *bool          `json:"enabled"`
	Expected   *struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	} `json:"expectedException"`
	Refusal *struct {
		Message string `json:"message"`
	} `json:"expectedError"`
}

// refusal is the fragment a refused case's message has, nil for other cases.
func (c qttCase) refusal() *string {
	switch {
	case c.Expected != nil:
		return &c.Expected.Message
	case c.Refusal != nil:
		m, _, _ := strings.Cut(c.Refusal.Message, "\nStatement:")
		return &m
	}
	return nil
}

// qttResult counts how cases of the ksqlDB query tests are planned.
type qttResult struct {
	planned, plannedOf  int // positive cases without a planning error
	refused, refusedOf  int // negative cases refused at the last statement
	worded              int // of those, with the message fragment
	complaints, unheard []string
}

// TestKsqldbQueryTests plans every statement of ksqlDB's query tests in its
// meaning. The counts may only grow.
func TestKsqldbQueryTests(t *testing.T) {
	runQtt(t, "qtt", qttResult{planned: 1002, refused: 192, worded: 171})
}

// TestKsqldbPullAndPush is the same for its tests of pull and push queries.
func TestKsqldbPullAndPush(t *testing.T) {
	runQtt(t, "rqtt", qttResult{planned: 174, refused: 27, worded: 20})
}

func runQtt(t *testing.T, dir string, least qttResult) {
	files, err := filepath.Glob(filepath.Join(shared(t, dir), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r qttResult
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Tests []qttCase }
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Logf("%s: %v", f, err)
			continue
		}
		for _, c := range doc.Tests {
			if c.Enabled == nil || *c.Enabled {
				r.run(filepath.Base(f), c)
			}
		}
	}
	t.Logf("planned %d of %d, refused %d of %d, worded %d", r.planned, r.plannedOf, r.refused, r.refusedOf, r.worded)
	if r.planned < least.planned || r.refused < least.refused || r.worded < least.worded {
		t.Errorf("fewer cases pass than before: %d planned, %d refused, %d worded", least.planned, least.refused, least.worded)
	}
	if os.Getenv("QTT_VERBOSE") != "" {
		t.Log("\n" + strings.Join(r.complaints, "\n"))
		t.Log("\n" + strings.Join(r.unheard, "\n"))
	}
}

func (r *qttResult) run(file string, c qttCase) {
	formats := c.Format
	if len(formats) == 0 {
		formats = []string{""}
	}
	for _, f := range formats {
		r.runAs(file+" - "+c.Name+" "+f, f, c)
	}
}

func (r *qttResult) runAs(name, format string, c qttCase) {
	cat := &fakeCatalog{relations: map[string]*catalog.Relation{}, custom: map[string]types.Type{}}
	for _, topic := range c.Topics {
		cat.registry.registerTopic(topic)
	}
	var err error
	at := 0
	for i, s := range c.Statements {
		at = i
		if err = planScript(strings.ReplaceAll(s, "{FORMAT}", format), cat, c.Properties); err != nil {
			break
		}
	}
	last := at == len(c.Statements)-1
	if c.refusal() == nil {
		r.plannedOf++
		if err == nil {
			r.planned++
		} else {
			r.complaints = append(r.complaints, fmt.Sprintf("%s: %v\n    %s", name, sqlerr.From(err).Message, c.Statements[at]))
		}
		return
	}
	r.refusedOf++
	switch {
	case err != nil && last:
		r.refused++
		if strings.Contains(sqlerr.From(err).Message, *c.refusal()) {
			r.worded++
		} else {
			r.unheard = append(r.unheard, fmt.Sprintf("%s:\n    got  %s\n    want %s", name, sqlerr.From(err).Message, *c.refusal()))
		}
	default:
		r.unheard = append(r.unheard, fmt.Sprintf("%s: PASSED at %d (%v)\n    want %s\n    %s", name, at, err, *c.refusal(), c.Statements[len(c.Statements)-1]))
	}
}

// planScript plans one statement as a session in ksqlDB's meaning would.
func planScript(text string, cat *fakeCatalog, props map[string]any) error {
	stmts, err := sql.Parse(text)
	if err != nil {
		return err
	}
	opt := Options{Ksql: true, Text: text, Settings: func(name string) (string, bool) {
		v, ok := props[name]
		return fmt.Sprint(v), ok
	}}
	for _, s := range stmts {
		if err := planStatement(s, cat, opt); err != nil {
			return err
		}
	}
	return nil
}

func planStatement(s sql.Statement, cat *fakeCatalog, opt Options) error {
	switch s := s.(type) {
	case *sql.CreateSource:
		var r *catalog.Relation
		var err error
		if s.As == nil {
			r, err = BindCreate(s, cat, opt)
		} else {
			var p *Plan
			p, r, err = BuildPersistent(s.Kind, s.Name.Last().Fold(true), nil, s.With, s.As, cat, opt)
			if err == nil {
				err = checkPlan(p)
			}
		}
		if err == nil {
			cat.relations[r.Name] = r
			cat.registry.registerRelation(r)
		}
		return err
	case *sql.Insert:
		r, ok := cat.relations[s.Name.Last().Fold(true)]
		if !ok {
			return sqlerr.New(sqlerr.UndefinedTable, "Cannot insert values into an unknown stream/table: `%s`", s.Name.Last().Text)
		}
		if _, values := s.Query.Body.(*sql.Values); values {
			_, err := BindInsert(r, s, cat, opt)
			return err
		}
		_, err := BuildInsertSelect(r, s.Columns, s.Query, cat, opt)
		return err
	case *sql.QueryStmt:
		_, err := Build(s.Query, cat, opt)
		return err
	case *sql.CreateType:
		t, err := ResolveTypeIn(s.Type, cat, opt)
		cat.custom[s.Name.Last().Fold(true)] = t
		return err
	}
	return nil
}
