package fn

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/types"
)

const functionsDoc = "../../docs/functions.md"

// TestFunctionsDoc holds docs/functions.md to the registry; UPDATE=1 writes it.
func TestFunctionsDoc(t *testing.T) {
	want := renderFunctions(Builtins())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(functionsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(functionsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) == want {
		return
	}
	a, b := strings.Split(string(got), "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("docs/functions.md is stale at line %d\n got %s\nwant %s\nUPDATE=1 go test ./sql/fn -run TestFunctionsDoc writes it", i+1, a[i], b[i])
		}
	}
	t.Fatalf("docs/functions.md has %d lines, the registry makes %d; UPDATE=1 go test ./sql/fn -run TestFunctionsDoc writes it", len(a), len(b))
}

const functionsHead = `# Functions

Written from the function registry by a test: after a change run ` + "`UPDATE=1 go test ./sql/fn -run TestFunctionsDoc`" + `.
In a session the same is ` + "`SHOW FUNCTIONS`, `DESCRIBE FUNCTION name`" + ` and the table ` + "`leat.functions`" + `.

Letters stand for types: ` + "`T`" + ` any type, ` + "`N`" + ` a number, ` + "`A`" + ` an array with elements ` + "`E`, `M`" + ` a map from ` + "`K` to `V`, `S`" + ` a struct;
equal letters of one signature are one type, ` + "`any`" + ` matches each argument alone. ` + "`...`" + ` repeats the last argument. In the column
"in", *leat* and *ksqldb* name the only meaning (` + "`SET compatibility`" + `) that has the function; empty is both. Operators
(` + "`+ || -> ->> @> ~`" + `), CASE, CAST, BETWEEN, LIKE, IN, EXTRACT and AT TIME ZONE are syntax and are not listed.
`

// docCategories are the sections, in the families' order.
func docCategories() []string {
	var out []string
	seen := map[string]bool{"catalog": true}
	for _, f := range families {
		if !seen[f.category] {
			seen[f.category] = true
			out = append(out, f.category)
		}
	}
	return out
}

// docLine is one signature; lines that differ only in the dialect are one.
type docLine struct {
	call, result, doc string
	dialects          map[Dialect]bool
}

func renderFunctions(r *Registry) string {
	var w strings.Builder
	w.WriteString(functionsHead)
	for _, category := range docCategories() {
		lines := docLines(r, category)
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&w, "\n## %s\n\n", strings.ToUpper(category[:1])+category[1:])
		if category == "aggregate" {
			w.WriteString("All take `DISTINCT` and `FILTER (WHERE ...)`. Those marked † cannot be used over a table, whose rows are also undone.\n\n")
		}
		w.WriteString("| function | result | in | what it does |\n|---|---|---|---|\n")
		for _, l := range lines {
			fmt.Fprintf(&w, "| `%s` | %s | %s | %s |\n", l.call, l.result, dialectWord(l.dialects), strings.ReplaceAll(l.doc, "|", "\\|"))
		}
	}
	return w.String()
}

func dialectWord(d map[Dialect]bool) string {
	switch {
	case d[Both] || d[LeatOnly] && d[KsqlOnly]:
		return ""
	case d[LeatOnly]:
		return "leat"
	}
	return "ksqldb"
}

func docLines(r *Registry, category string) []*docLine {
	var out []*docLine
	at := map[string]*docLine{}
	add := func(call, result, doc string, d Dialect) {
		key := call + "\x00" + result + "\x00" + doc
		l, ok := at[key]
		if !ok {
			l = &docLine{call: call, result: result, doc: doc, dialects: map[Dialect]bool{}}
			at[key] = l
			out = append(out, l)
		}
		l.dialects[d] = true
	}
	for _, name := range r.Names() {
		for _, f := range r.Scalars(name) {
			if f.Category == category && !f.Catalog {
				add(docCall(name, f.Params, f.Variadic), docResult(f.Ret == nil, f.RetType), f.Doc, f.Dialect)
			}
		}
		for _, f := range r.Aggs(name) {
			if category == "aggregate" {
				doc := f.Doc
				if !f.Undo && f.NewUndo == nil {
					doc = "† " + doc
				}
				call := docCall(name, f.Params, f.Variadic)
				if f.Ordered {
					call = docCall(name, f.Params[1:], false) + " WITHIN GROUP (ORDER BY " + argumentList(f.Params[:1], false) + ")"
				}
				add(call, docResult(f.Ret == nil, f.RetType), doc, f.Dialect)
			}
		}
		for _, f := range r.Tables(name) {
			if category == "table" && !f.Catalog {
				add(docCall(name, f.Params, false), "rows", f.Doc, f.Dialect)
			}
		}
	}
	return out
}

func docResult(fixed bool, t types.Type) string {
	if !fixed || t.Kind == types.Unknown {
		return ""
	}
	return t.String()
}

func docCall(name string, params []Param, variadic bool) string {
	words := make([]string, len(params))
	for i, p := range params {
		kind := p.Type.String()
		switch {
		case p.Lambda > 0:
			kind = fmt.Sprintf("lambda of %d", p.Lambda)
		case p.Any != "":
			kind = p.Any
		}
		words[i] = strings.TrimSpace(p.Name + " " + kind)
	}
	call := name + "(" + strings.Join(words, ", ")
	if variadic {
		call += ", ..."
	}
	return call + ")"
}
