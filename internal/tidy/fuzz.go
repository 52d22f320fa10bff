package tidy

import (
	"fmt"
	"go/ast"
	"strings"
)

// Fuzz checks that every fuzz target begins with fuzzing.On, so that campaigns
// can give it a number of inputs and bound what it allocates.
func Fuzz(t *Tree) []string {
	var out []string
	for _, f := range t.Files {
		if !f.Test || f.Dir == "internal/fuzzing" {
			continue
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz") && !beginsOnFuzzing(fn) {
				out = append(out, fmt.Sprintf("%s: %s(tf *testing.F) does not begin with f := fuzzing.On(tf)", t.Fset.Position(fn.Pos()), fn.Name.Name))
			}
		}
	}
	return out
}

func beginsOnFuzzing(fn *ast.FuncDecl) bool {
	if fn.Body == nil || len(fn.Body.List) == 0 {
		return false
	}
	as, ok := fn.Body.List[0].(*ast.AssignStmt)
	if !ok || len(as.Rhs) != 1 {
		return false
	}
	call, ok := as.Rhs[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "fuzzing" && sel.Sel.Name == "On"
}
