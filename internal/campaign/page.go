package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed found.md
var found string

// page is docs/reliability.md.
func page(results []*result, commit string) string {
	var b strings.Builder
	b.WriteString("# Reliability\n\n")
	b.WriteString("How the promises of [guarantees](guarantees.md) are tried. `make campaign` runs everything below at full size and writes\n")
	b.WriteString("this page; `.ci/run` runs it at small size. Every figure is a line that a test printed, with its seed.\n\n")
	fmt.Fprintf(&b, "The last full run was of commit `%s`. A campaign that finds something fails: every line below found nothing.\n", commit)
	for _, r := range results {
		fmt.Fprintf(&b, "\n## %s\n\n", strings.ToUpper(r.name[:1])+r.name[1:])
		fmt.Fprintf(&b, "Holds: %s.\n\n", r.promise)
		for _, line := range r.lines {
			fmt.Fprintf(&b, "- %s\n", line)
		}
		fmt.Fprintf(&b, "\n%s; %s.\n", command(r), r.took.Round(time.Second))
	}
	b.WriteString("\n" + strings.TrimSpace(found) + "\n")
	return b.String()
}

func command(r *result) string {
	if r.pkg == "" {
		return "`go test PACKAGE -fuzz TARGET -fuzztime COUNTx`"
	}
	text := "go test " + r.pkg + " -count=1 -v -run '" + r.run + "'"
	if len(r.full) > 0 {
		text += " -args " + strings.Join(r.full, " ")
	}
	return "`" + text + "`"
}
