package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// module is the import path of the repository.
const module = "github.com/leatdb/leat"

// File is one Go file of the repository.
type File struct {
	Path  string // slash-separated, from the root
	Dir   string // package folder, "." for the root
	Test  bool
	Lines int
	AST   *ast.File
}

// Tree is the parsed repository.
type Tree struct {
	Root  string
	Fset  *token.FileSet
	Files []*File
	Docs  []string // *.md, from the root
}

// Load parses every Go file under root.
func Load(root string) (*Tree, error) {
	t := &Tree{Root: root, Fset: token.NewFileSet()}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (strings.HasPrefix(name, ".") && name != ".ci" || name == "bin" || name == "leat-data" || name == "testdata" && filepath.Dir(p) != root) {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch path.Ext(rel) {
		case ".go":
			return t.add(p, rel)
		case ".md":
			t.Docs = append(t.Docs, rel)
		}
		return nil
	})
	return t, err
}

func (t *Tree) add(p, rel string) error {
	src, err := os.ReadFile(p)
	if err != nil {
		return fmt.Errorf("read %s: %w", rel, err)
	}
	f, err := parser.ParseFile(t.Fset, rel, src, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse %s: %w", rel, err)
	}
	t.Files = append(t.Files, &File{
		Path:  rel,
		Dir:   path.Dir(rel),
		Test:  strings.HasSuffix(rel, "_test.go"),
		Lines: strings.Count(string(src), "\n"),
		AST:   f,
	})
	return nil
}

// imports lists the unquoted import paths of a file.
func (f *File) imports() []string {
	out := make([]string, len(f.AST.Imports))
	for i, s := range f.AST.Imports {
		out[i] = strings.Trim(s.Path.Value, `"`)
	}
	return out
}
