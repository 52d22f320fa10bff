package tidy

import (
	"fmt"
	"go/ast"
	"sort"
	"strings"
)

// Comments checks that every package has a comment that godoc can see and that
// it is a map: it names the package's files.
func Comments(t *Tree) []string {
	type pkg struct {
		doc   string
		files []string
	}
	pkgs := map[string]*pkg{}
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		p := pkgs[f.Dir]
		if p == nil {
			p = &pkg{}
			pkgs[f.Dir] = p
		}
		p.files = append(p.files, f.Path[strings.LastIndex(f.Path, "/")+1:])
		if f.AST.Doc != nil {
			p.doc += f.AST.Doc.Text()
		}
	}
	dirs := make([]string, 0, len(pkgs))
	for d := range pkgs {
		dirs = append(dirs, d)
	}
	sort.Strings(dirs)
	var out []string
	for _, d := range dirs {
		p := pkgs[d]
		if p.doc == "" {
			out = append(out, fmt.Sprintf("%s: no package comment", d))
			continue
		}
		if len(p.files) < 3 {
			continue
		}
		for _, name := range p.files {
			if name != "doc.go" && !inMap(p.doc, name) {
				out = append(out, fmt.Sprintf("%s: the package comment does not say what %s is for", d, name))
			}
		}
	}
	return out
}

// inMap tells whether a package comment covers a file: by its name, or by a
// family such as agg_*.go.
func inMap(doc, name string) bool {
	if strings.Contains(doc, name) {
		return true
	}
	stem := strings.TrimSuffix(name, ".go")
	for i := 0; i < len(stem); i++ {
		if stem[i] == '_' && (strings.Contains(doc, stem[:i]+"_*.go") || strings.Contains(doc, stem[:i]+"*.go")) {
			return true
		}
	}
	return false
}

// Exported checks that exported functions and types have a doc comment. Methods
// that satisfy a family (Type, Out, Inputs, ...) on one line are exempt.
func Exported(t *Tree) []string {
	var out []string
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		for _, d := range f.AST.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || !fd.Name.IsExported() || fd.Doc != nil || fd.Recv != nil {
				continue
			}
			out = append(out, fmt.Sprintf("%s: exported %s has no comment", t.Fset.Position(fd.Pos()), fd.Name.Name))
		}
	}
	return out
}
