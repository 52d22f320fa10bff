package ksqltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

// caseLimit ends a case that waits for what does not come.
const caseLimit = 10 * time.Second

var errTooLong = errors.New("the case does not end")

// Counts are outcomes.
type Counts struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Count counts results.
func Count(results []Result) Counts {
	var c Counts
	for _, r := range results {
		c.add(r)
	}
	return c
}

func (c *Counts) add(r Result) {
	switch r.Outcome {
	case "passed":
		c.Passed++
	case "skipped":
		c.Skipped++
	default:
		c.Failed++
	}
}

// String is the closing line.
func (c Counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Passed, c.Failed, c.Skipped)
}

// WriteText prints the failures with their differences, then the tables by file
// and by area; brief leaves out files without a failure.
func WriteText(w io.Writer, results []Result) {
	for _, r := range results {
		switch r.Outcome {
		case "failed":
			fmt.Fprintf(w, "FAILED %s [%s]\n  %s\n", r.FullName(), r.Mode, strings.ReplaceAll(r.Text, "\n", "\n  "))
		case "skipped":
			fmt.Fprintf(w, "skipped %s: %s\n", r.FullName(), r.Text)
		}
	}
	countsBy(w, "file", results, func(r Result) string { return r.File })
	countsBy(w, "area", results, func(r Result) string { return r.Area })
}

func countsBy(w io.Writer, title string, results []Result, by func(Result) string) {
	groups := map[string]*Counts{}
	var names []string
	for _, r := range results {
		n := by(r)
		if groups[n] == nil {
			groups[n] = &Counts{}
			names = append(names, n)
		}
		groups[n].add(r)
	}
	sort.Strings(names)
	fmt.Fprintf(w, "\n%-52s %7s %7s %7s\n", "by "+title, "passed", "failed", "skipped")
	for _, n := range names {
		c := groups[n]
		fmt.Fprintf(w, "%-52s %7d %7d %7d\n", n, c.Passed, c.Failed, c.Skipped)
	}
}

// WriteJSON prints one object: counts and all results.
func WriteJSON(w io.Writer, results []Result) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(struct {
		Counts
		Results []Result `json:"results"`
	}{Count(results), results})
}
