package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// fuzzing is the campaign of all fuzz targets.
const fuzzing = "fuzzing"

// target is a fuzz target.
type target struct{ pkg, name string }

// targets are all fuzz targets of the repository.
func targets(ctx context.Context) ([]target, error) {
	out, err := exec.CommandContext(ctx, "git", "grep", "-oE", `^func Fuzz[A-Za-z0-9_]+`, "--", "*_test.go").Output()
	if err != nil {
		return nil, fmt.Errorf("look for fuzz targets: %w", err)
	}
	var all []target
	for _, line := range strings.Fields(strings.ReplaceAll(string(out), ":func ", ":")) {
		file, name, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		dir := "."
		if i := strings.LastIndexByte(file, '/'); i >= 0 {
			dir = "./" + file[:i]
		}
		if dir != "./internal/fuzzing" {
			all = append(all, target{dir, name})
		}
	}
	return all, nil
}

// title is what -run matches, and what a target's line begins with.
func (t target) title() string { return fuzzing + " " + t.pkg + " " + t.name }

// line is what the page says of the target when it had nothing to say itself.
func (t target) line(figures, commit string, took time.Duration) string {
	return fmt.Sprintf("`%s` %s, in %s at `%s`", t.pkg, figures, took.Round(time.Second), commit)
}

// fuzz gives every target that matches so many inputs; nil when none does.
func fuzz(ctx context.Context, inputs int, which *regexp.Regexp, commit string) (*result, error) {
	all, err := targets(ctx)
	if err != nil {
		return nil, err
	}
	r := &result{campaign: campaign{
		name:    fuzzing,
		promise: "no decoder panics, stands still, breaks its own checks or takes memory out of proportion, whatever the bytes; inputs are made of seeds and kept corpora (`internal/fuzzing`)",
	}}
	begin := time.Now()
	for _, t := range all {
		if !which.MatchString(t.title()) {
			continue
		}
		c := campaign{name: t.title(), pkg: t.pkg, run: "^" + t.name + "$", full: []string{"-fuzzing.inputs", fmt.Sprint(inputs)}}
		one, err := c.execute(ctx, true)
		if err != nil {
			return nil, err
		}
		line := t.line(one.lines[0], commit, one.took)
		fmt.Println("  " + line)
		r.lines = append(r.lines, line)
	}
	r.took = time.Since(begin)
	if len(r.lines) == 0 {
		return nil, nil
	}
	return r, nil
}

// key is what of a line names its target.
func key(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return name
}

// merged are the lines of old, those of new in the place of theirs, and the rest
// of new: targets may run one by one.
func merged(old, new []string) []string {
	var out []string
	used := map[string]bool{}
	for _, line := range old {
		for _, n := range new {
			if key(n) == key(line) {
				line, used[n] = n, true
			}
		}
		out = append(out, line)
	}
	for _, n := range new {
		if !used[n] {
			out = append(out, n)
		}
	}
	return out
}
