package planner

import (
	"errors"
	"flag"
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

var update = flag.Bool("update", false, "rewrite testdata; only commit the changes if you understand what caused them")

// TestGoldens runs testdata/*.txt. A file is blocks parted by blank lines:
//
//	> physical ksql      options, may be absent: logical (default), physical, json, ksql
//	SELECT ...           the statement
//	----
//	the plan, the relation, or ERROR code: message
//
// Lines that start with # are comments. A CREATE is kept for later blocks.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) { runGolden(t, f) })
	}
}

func runGolden(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(raw), "# ") {
		t.Fatal("a golden opens with a comment that says why it exists")
	}
	leat, ksql := testCatalog(), ksqlCatalog()
	var out strings.Builder
	for _, blk := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
		head, want, ok := strings.Cut(blk, "\n----")
		if out.Len() > 0 {
			out.WriteString("\n")
		}
		if !ok {
			out.WriteString(blk + "\n")
			continue
		}
		got := runBlock(head, leat, ksql)
		if want = strings.TrimPrefix(want, "\n"); got != want && !*update {
			t.Errorf("%s\n--- got\n%s\n--- want\n%s", head, got, want)
		}
		out.WriteString(head + "\n----\n" + got + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runBlock(head string, leat, ksql *fakeCatalog) string {
	var options string
	var lines []string
	for _, l := range strings.Split(head, "\n") {
		switch {
		case strings.HasPrefix(l, "> "):
			options = l
		case !strings.HasPrefix(l, "#"):
			lines = append(lines, l)
		}
	}
	text := strings.Join(lines, "\n")
	opt, cat := Options{Text: text}, leat
	if strings.Contains(options, "ksql") {
		opt.Ksql, cat = true, ksql
	}
	got, err := explainStatement(text, options, cat, opt)
	if err != nil {
		return errorText(err, text)
	}
	return got
}

// errorText renders an error with the word of the statement it points at.
func errorText(err error, text string) string {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return "NOT A USER ERROR: " + err.Error()
	}
	out := "ERROR " + e.Code + ": " + e.Message
	if e.Pos > 0 {
		rest := text[min(len(text), e.Pos-1):]
		if i := strings.IndexAny(rest, " ,()\n"); i > 0 {
			rest = rest[:i]
		}
		out += fmt.Sprintf(" (at %d: %s)", e.Pos, rest)
	}
	if e.Detail != "" {
		out += "\nDETAIL: " + e.Detail
	}
	if e.Hint != "" {
		out += "\nHINT: " + e.Hint
	}
	return out
}

func explainStatement(text, options string, cat *fakeCatalog, opt Options) (string, error) {
	stmt, err := sql.ParseOne(text)
	if err != nil {
		return "", err
	}
	switch stmt := stmt.(type) {
	case *sql.QueryStmt:
		p, err := Build(stmt.Query, cat, opt)
		return planText(p, options), err
	case *sql.CreateSource:
		return explainCreate(stmt, options, cat, opt)
	case *sql.Insert:
		return explainInsert(stmt, options, cat, opt)
	case *sql.Update:
		r, err := target(cat, stmt.Name, opt)
		if err != nil {
			return "", err
		}
		p, err := BindUpdate(r, stmt, cat, opt)
		if err != nil {
			return "", err
		}
		return planText(p.Plan, options), nil
	case *sql.Delete:
		r, err := target(cat, stmt.Name, opt)
		if err != nil {
			return "", err
		}
		p, err := BindDelete(r, stmt, cat, opt)
		if err != nil {
			return "", err
		}
		return planText(p.Plan, options), nil
	}
	return "", fmt.Errorf("a golden with %T", stmt)
}

func target(cat *fakeCatalog, q sql.QName, opt Options) (*catalog.Relation, error) {
	r, ok := cat.relations[q.Last().Fold(opt.Ksql)]
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", q.Last().Text)
	}
	return r, nil
}

func explainCreate(stmt *sql.CreateSource, options string, cat *fakeCatalog, opt Options) (string, error) {
	if stmt.As == nil || stmt.Kind == sql.View {
		r, err := BindCreate(stmt, cat, opt)
		if err != nil {
			return "", err
		}
		if stmt.Kind == sql.View {
			r.Query = opt.Text[stmt.As.Pos:]
		}
		cat.relations[r.Name] = r
		return relationText(r), nil
	}
	var cols []sql.Name
	for _, c := range stmt.Columns {
		cols = append(cols, c.Name)
	}
	p, r, err := BuildPersistent(stmt.Kind, stmt.Name.Last().Fold(opt.Ksql), cols, stmt.With, stmt.As, cat, opt)
	if err != nil {
		return "", err
	}
	cat.relations[r.Name] = r
	return relationText(r) + "\n" + planText(p, options), nil
}

func explainInsert(stmt *sql.Insert, options string, cat *fakeCatalog, opt Options) (string, error) {
	r, err := target(cat, stmt.Name, opt)
	if err != nil {
		return "", err
	}
	if stmt.Query != nil && (opt.Ksql || stmt.Query.EmitMode() != sql.EmitNone) {
		if _, values := stmt.Query.Body.(*sql.Values); !values {
			p, err := BuildInsertSelect(r, stmt.Columns, stmt.Query, cat, opt)
			return planText(p, options), err
		}
	}
	p, err := BindInsert(r, stmt, cat, opt)
	if err != nil {
		return "", err
	}
	if p.Query != nil {
		return planText(p.Query, options), nil
	}
	var rows []string
	for _, row := range p.Rows {
		rows = append(rows, "("+showAll(row)+")")
	}
	return strings.Join(rows, "\n"), nil
}

func planText(p *Plan, options string) string {
	switch {
	case p == nil:
		return ""
	case checkPlan(p) != nil:
		return "BROKEN PLAN: " + checkPlan(p).Error()
	case strings.Contains(options, "json"):
		return string(ExplainJSON(p, nil))
	case strings.Contains(options, "physical"):
		return ExplainPhysical(p)
	}
	return ExplainLogical(p)
}

// relationText renders what CREATE gives.
func relationText(r *catalog.Relation) string {
	var sb strings.Builder
	kind := map[catalog.RelationKind]string{catalog.Stream: "stream", catalog.Table: "table", catalog.View: "view"}[r.Kind]
	fmt.Fprintf(&sb, "%s %s (%s)", kind, r.Name, columnsText(r.Schema))
	if r.Kind == catalog.View {
		return sb.String()
	}
	fmt.Fprintf(&sb, " topic %s partitions %d key %s value %s", r.Topic, r.Partitions, formatText(r.KeyFormat), formatText(r.ValueFormat))
	if r.Windowed != nil {
		fmt.Fprintf(&sb, " window %s %d", r.Windowed.Type, r.Windowed.SizeMs)
	}
	if r.Timestamp != nil {
		fmt.Fprintf(&sb, " timestamp %s %s", r.Timestamp.Column, r.Timestamp.Format)
	}
	for i := range r.Schema {
		if d, ok := r.Defaults[i]; ok {
			fmt.Fprintf(&sb, " default %s=%s", r.Schema[i].Name, d)
		}
		if h, ok := r.Headers[i]; ok {
			fmt.Fprintf(&sb, " header %s=%q", r.Schema[i].Name, h)
		}
	}
	return sb.String()
}

func columnsText(s types.Schema) string {
	var parts []string
	for _, c := range s {
		text := c.Name + " " + c.Type.String()
		if c.Key {
			text += " key"
		}
		if c.NotNull {
			text += " not null"
		}
		if c.Hidden {
			text += " hidden"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
