package e2e

import (
	"fmt"
	"os"
	"strings"
)

// Step is one block of a question file, reduced to what psql needs.
type Step struct {
	Line   int
	Kind   string // "statement", "query", "load"
	SQL    string
	Table  string // load
	Format string // load
	File   string // load, under the shared folder
	Want   []string
}

// ReadSteps reads a golden file that uses only `statement ok`, `query` and
// `load`; another verb is an error, so that nothing is passed over.
func ReadSteps(name string) ([]Step, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []Step
	lines := strings.Split(string(b), "\n")
	for i := 0; i < len(lines); {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "#") {
			i++
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimSpace(lines[end]) != "" {
			end++
		}
		st, err := parseStep(i+1, strings.Fields(line), lines[i+1:end])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		out = append(out, st)
		i = end
	}
	return out, nil
}

func parseStep(line int, head, body []string) (Step, error) {
	st := Step{Line: line, Kind: head[0]}
	switch {
	case head[0] == "load" && len(head) == 4:
		st.Table, st.Format, st.File = head[1], head[2], head[3]
	case head[0] == "statement" && len(head) == 2 && head[1] == "ok":
		st.SQL = strings.Join(body, "\n")
	case head[0] == "query":
		for i, l := range body {
			if l == "----" {
				st.SQL, st.Want = strings.Join(body[:i], "\n"), body[i+1:]
				return st, nil
			}
		}
		return st, fmt.Errorf("query without ----")
	default:
		return st, fmt.Errorf("verb %q is not for question files", strings.Join(head, " "))
	}
	return st, nil
}
