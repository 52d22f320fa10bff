package tidy

import (
	"fmt"
	"strings"
)

// rooms is the import table of the design: which of our packages a package may
// import. A trailing /... covers everything below. "*" is everything.
var rooms = []struct {
	room  string
	allow []string
}{
	{"sql/sqlerr", nil},
	{"sql/types", []string{"sql/sqlerr"}},
	{"sql/types/typetest", []string{"sql/types"}},
	{"sql/vec/arrowio", []string{"sql/vec", "sql/types", "sql/sqlerr"}},
	{"sql/vec", []string{"sql/types"}},
	{"sql/fn", []string{"sql/vec", "sql/types", "sql/sqlerr"}},
	{"sql/expr", []string{"sql/fn", "sql/vec", "sql/types", "sql/sqlerr"}},
	{"sql", []string{"sql/types", "sql/sqlerr"}},
	{"log/...", []string{"log/..."}},
	{"catalog/...", []string{"catalog/...", "sql/types", "sql/sqlerr"}},
	{"planner", []string{"sql", "sql/expr", "sql/fn", "catalog", "catalog/schema", "sql/types", "sql/sqlerr"}},
	{"executor/...", []string{"executor/...", "planner", "sql/expr", "sql/fn", "sql/vec", "log/...", "catalog", "catalog/schema", "sql/types", "sql/sqlerr"}},
	{"pgwire", []string{"sql/vec", "sql/types", "sql/sqlerr"}},
	{"server/auth", []string{"sql/sqlerr"}},
	{"server/...", []string{"server/...", "pgwire", "executor/...", "planner", "sql/...", "catalog/...", "log/...", "docs"}},
	{"internal/cli", []string{"*"}},
	{"internal/tidy", nil},
	{"internal/campaign", nil},
	{"internal/fuzzing", nil},
	{"internal/oracle", nil},
	{"internal/sse", nil},
	{"internal/pg15", nil},
	{"internal/e2e", nil},
	{"internal/clients", []string{"internal/e2e"}},
	{"internal/clients/golang", nil},
	{"internal/crash", []string{"internal/e2e", "internal/sse"}},
	{"internal/crash/sim", []string{"server", "pgwire", "log", "sql/..."}},
	{"examples", nil},
	{"docs", nil},
	{"bench", []string{"*"}},
	{".", []string{"internal/cli"}},
}

// doors are third-party packages that only the listed files or folders import.
var doors = []struct {
	prefix string
	where  []string
}{
	{"github.com/pingcap/", []string{"sql/tidb.go", "sql/convert.go"}},
	{"github.com/apache/arrow/", []string{"sql/vec/arrowio/"}},
	{"github.com/hashicorp/raft", []string{"log/"}},
	{"github.com/hamba/avro", []string{"catalog/schema/", "executor/codec/", "bench/codec_wire.go"}},
	{"github.com/goccy/go-json", []string{"bench/codec_json.go"}},
	{"github.com/bytedance/sonic", []string{"bench/codec_sonic.go"}},
	{"github.com/bufbuild/protocompile", []string{"catalog/schema/"}},
	{"github.com/santhosh-tekuri/jsonschema", []string{"catalog/schema/"}},
	{"github.com/xdg-go/scram", []string{"server/auth/"}},
	{"github.com/yuin/goldmark", []string{"server/web/"}},
	{"github.com/jackc/pgx/v5/pgproto3", []string{"pgwire/", "server/", "internal/cli/"}},
}

func match(pattern, dir string) bool {
	if p, ok := strings.CutSuffix(pattern, "/..."); ok {
		return dir == p || strings.HasPrefix(dir, p+"/")
	}
	return pattern == "*" || pattern == dir
}

// Imports checks the import table and the doors. Tests of a room may import
// what they like of ours below the server, since they build its surroundings.
func Imports(t *Tree) []string {
	var out []string
	for _, f := range t.Files {
		allow, known := allowed(f.Dir)
		if !known {
			out = append(out, fmt.Sprintf("%s: folder %q is in no room of the import table", f.Path, f.Dir))
			continue
		}
		for _, imp := range f.imports() {
			if ours, ok := strings.CutPrefix(imp, module+"/"); ok && !f.Test && ours != f.Dir && !anyMatch(allow, ours) {
				out = append(out, fmt.Sprintf("%s: %s may not import %s", f.Path, f.Dir, ours))
			}
			for _, d := range doors {
				if strings.HasPrefix(imp, d.prefix) && !f.Test && !anyPrefix(d.where, f.Path) {
					out = append(out, fmt.Sprintf("%s: only %s may import %s", f.Path, strings.Join(d.where, ", "), imp))
				}
			}
		}
	}
	return out
}

func allowed(dir string) ([]string, bool) {
	for _, r := range rooms {
		if match(r.room, dir) {
			return r.allow, true
		}
	}
	return nil, false
}

func anyMatch(patterns []string, dir string) bool {
	for _, p := range patterns {
		if match(p, dir) {
			return true
		}
	}
	return false
}

func anyPrefix(prefixes []string, p string) bool {
	for _, w := range prefixes {
		if strings.HasPrefix(p, w) {
			return true
		}
	}
	return false
}
