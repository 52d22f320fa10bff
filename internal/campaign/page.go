package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed found.md
var found string

//go:embed shown.md
var shown string

const head = `# Reliability

How the promises of [guarantees](guarantees.md) are tried. Each section is what one campaign printed the last time its figures
were written here: its size is in the command, its seeds are in the lines. A campaign that finds something fails; every line
below found nothing. ` + "`make campaign` runs all at full size and rewrites the page, `.ci/run` runs all at small size; a section\nalone is rewritten by `go run ./internal/campaign -full -write -run NAME`.\n"

// page is docs/reliability.md: old with the sections of results in the place of
// theirs.
func page(old string, results []*result, commit string) string {
	sections := map[string]string{}
	for _, part := range strings.Split(old, "\n## ")[1:] {
		name, _, _ := strings.Cut(part, "\n")
		sections[name] = "\n## " + strings.TrimRight(part, "\n") + "\n"
	}
	for _, r := range results {
		if r.name == fuzzing {
			r.lines = merged(bullets(sections[title(fuzzing)]), r.lines)
		}
		sections[title(r.name)] = section(r, commit)
	}
	var b strings.Builder
	b.WriteString(head)
	for _, c := range campaigns {
		b.WriteString(sections[title(c.name)])
	}
	b.WriteString(sections[title(fuzzing)])
	b.WriteString("\n" + strings.TrimSpace(shown) + "\n")
	b.WriteString("\n" + strings.TrimSpace(found) + "\n")
	return b.String()
}

// bullets are the lines of a section's list.
func bullets(section string) []string {
	var out []string
	for _, line := range strings.Split(section, "\n") {
		if text, ok := strings.CutPrefix(line, "- "); ok {
			out = append(out, text)
		}
	}
	return out
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func section(r *result, commit string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\nHolds: %s.\n\n", title(r.name), r.promise)
	for _, line := range r.lines {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	if r.name == fuzzing { // its lines say when and how long
		fmt.Fprintf(&b, "\n%s\n", command(r))
		return b.String()
	}
	fmt.Fprintf(&b, "\n%s at `%s`, %s.\n", command(r), commit, r.took.Round(time.Second))
	return b.String()
}

func command(r *result) string {
	if r.pkg == "" {
		return "`go run ./internal/campaign -full -write -run fuzzing`, or one by one: `-run 'fuzzing ./sql FuzzParse'`."
	}
	text := "go test " + r.pkg + " -count=1 -v -run '" + r.run + "'"
	if len(r.size) > 0 {
		text += " -args " + strings.Join(r.size, " ")
	}
	return "`" + text + "`"
}
