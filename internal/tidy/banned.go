package tidy

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// seams are the files and folders where the outside world comes in (D12).
var seams = []string{"main.go", "internal/", "server/", "bench/", "log/clock_system.go", "log/os_", "executor/task/clock_system.go", "pgwire/deadline.go"}

// bannedCalls break determinism: the same input must give the same output.
// A name ending in a dot bans the whole package.
var bannedCalls = map[string]string{
	"time.Now":       "take a Clock in the constructor",
	"time.Since":     "take a Clock in the constructor",
	"time.Sleep":     "wait for a condition",
	"time.After":     "take a Clock in the constructor",
	"time.NewTimer":  "take a Clock in the constructor",
	"time.NewTicker": "take a Clock in the constructor",
	"time.Tick":      "take a Clock in the constructor",
	"os.":            "take a vfs.FS in the constructor",
	"rand.":          "take a seeded source in the constructor",
}

// words that promise later work; finish it or answer 0A000 instead.
var promises = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|XX` + `X)\b`)

// Banned checks calls outside the seams, sleeping and skipping tests, and
// promises in comments.
func Banned(t *Tree) []string {
	var out []string
	for _, f := range t.Files {
		out = append(out, promisesIn(t, f)...)
		imported := importNames(f)
		ast.Inspect(f.AST, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, ok := sel.X.(*ast.Ident)
			if !ok || id.Obj != nil {
				return true
			}
			name := packageName(imported[id.Name])
			if name == "" {
				return true
			}
			if why := ban(f, name, sel.Sel.Name); why != "" {
				out = append(out, fmt.Sprintf("%s: %s.%s: %s", t.Fset.Position(sel.Pos()), name, sel.Sel.Name, why))
			}
			return true
		})
	}
	return out
}

// ban gives the reason a call may not stand in f, or "".
func ban(f *File, pkg, sel string) string {
	full := pkg + "." + sel
	if f.Test {
		if full == "time.Sleep" {
			return "tests wait for conditions, not for time"
		}
		return ""
	}
	if anyPrefix(seams, f.Path) {
		return ""
	}
	if why, ok := bannedCalls[full]; ok {
		return why
	}
	if why, ok := bannedCalls[pkg+"."]; ok && !(pkg == "os" && isOSError(sel)) {
		return why
	}
	return ""
}

// isOSError lets error values and predicates of package os through.
func isOSError(sel string) bool {
	return strings.HasPrefix(sel, "Err") || strings.HasPrefix(sel, "Is") || sel == "PathError"
}

// importNames maps local names to import paths.
func importNames(f *File) map[string]string {
	out := map[string]string{}
	for _, s := range f.AST.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			continue
		}
		name := p[strings.LastIndex(p, "/")+1:]
		if p == "math/rand/v2" {
			name = "rand"
		}
		if s.Name != nil {
			name = s.Name.Name
		}
		out[name] = p
	}
	return out
}

// packageName is the name bans use for an import path.
func packageName(p string) string {
	switch p {
	case "time", "os":
		return p
	case "math/rand", "math/rand/v2":
		return "rand"
	}
	return ""
}

func promisesIn(t *Tree, f *File) []string {
	var out []string
	for _, g := range f.AST.Comments {
		for _, c := range g.List {
			if promises.MatchString(c.Text) {
				out = append(out, fmt.Sprintf("%s: a comment promises later work; do it, or answer 0A000 and say so in docs", t.Fset.Position(c.Pos())))
			}
		}
	}
	return out
}

// docPath finds paths of the repository named in docs as `path`.
var docPath = regexp.MustCompile("`((?:sql|planner|executor|log|server|pgwire|catalog|testdata|internal|bench|docs|examples|\\.ci)/[A-Za-z0-9_./-]*)`")

// machinePath finds places on one machine.
var machinePath = regexp.MustCompile(`(^|[\s"'(])/(work|tmp|root|home)/`)

// DocPaths checks that every path a document names exists, and that none names a
// place on somebody's machine.
func DocPaths(t *Tree) ([]string, error) {
	var out []string
	for _, d := range t.Docs {
		b, err := os.ReadFile(filepath.Join(t.Root, d))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", d, err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, m := range docPath.FindAllStringSubmatch(line, -1) {
				p := strings.TrimSuffix(m[1], "/...")
				if strings.ContainsAny(p, "*") {
					continue
				}
				if _, err := os.Stat(filepath.Join(t.Root, p)); err != nil {
					out = append(out, fmt.Sprintf("%s:%d: names %s, which does not exist", d, i+1, m[1]))
				}
			}
			if machinePath.MatchString(line) && !strings.Contains(line, "/tmp/") {
				out = append(out, fmt.Sprintf("%s:%d: names a path of one machine", d, i+1))
			}
		}
	}
	return out, nil
}
