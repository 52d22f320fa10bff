package tidy

import (
	"bufio"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// The walls. Aim well below them.
const (
	maxFileLines = 500
	maxFuncLines = 70
)

// Sizes checks file and function lengths against the walls and the ratchet:
// what is listed may be as long as listed, and no longer; what has shrunk below
// its entry must lower the entry.
func Sizes(t *Tree) ([]string, error) {
	ratchet, err := readRatchet(filepath.Join(t.Root, "internal/tidy/ratchet.txt"))
	if err != nil {
		return nil, err
	}
	found := Oversize(t)
	var out []string
	for _, k := range sortedKeys(found) {
		n, listed := ratchet[k]
		switch {
		case !listed:
			out = append(out, fmt.Sprintf("%s: %d lines is over the wall; split it by noun", k, found[k]))
		case found[k] > n:
			out = append(out, fmt.Sprintf("%s: grew from %d to %d lines; the ratchet only turns one way", k, n, found[k]))
		case found[k] < n:
			out = append(out, fmt.Sprintf("%s: shrank from %d to %d lines; lower its entry in ratchet.txt", k, n, found[k]))
		}
	}
	for _, k := range sortedKeys(ratchet) {
		if _, still := found[k]; !still {
			out = append(out, fmt.Sprintf("%s: is within the wall now; remove it from ratchet.txt", k))
		}
	}
	return out, nil
}

// Oversize lists what is over the walls: "path" for files, "path:Func" for
// functions.
func Oversize(t *Tree) map[string]int {
	found := map[string]int{}
	for _, f := range t.Files {
		if f.Lines > maxFileLines {
			found[f.Path] = f.Lines
		}
		for _, d := range f.AST.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || fd.Body == nil {
				continue
			}
			n := t.Fset.Position(fd.End()).Line - t.Fset.Position(fd.Pos()).Line + 1
			if n > maxFuncLines {
				found[f.Path+":"+funcName(fd)] = n
			}
		}
	}
	return found
}

func funcName(fd *ast.FuncDecl) string {
	if fd.Recv == nil || len(fd.Recv.List) == 0 {
		return fd.Name.Name
	}
	t := fd.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if ix, ok := t.(*ast.IndexExpr); ok {
		t = ix.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "." + fd.Name.Name
	}
	return fd.Name.Name
}

func readRatchet(file string) (map[string]int, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open ratchet: %w", err)
	}
	defer f.Close()
	out := map[string]int{}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, num, ok := strings.Cut(line, " ")
		n, err := strconv.Atoi(strings.TrimSpace(num))
		if !ok || err != nil {
			return nil, fmt.Errorf("ratchet line %q: want \"path lines\"", line)
		}
		out[key] = n
	}
	return out, sc.Err()
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
