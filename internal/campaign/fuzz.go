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
		all = append(all, target{dir, name})
	}
	return all, nil
}

// execs finds the last count of inputs in a fuzzer's output.
var execs = regexp.MustCompile(`execs: (\d+)`)

// fuzz gives every target so many inputs.
func fuzz(ctx context.Context, inputs int) (*result, error) {
	all, err := targets(ctx)
	if err != nil {
		return nil, err
	}
	r := &result{campaign: campaign{
		name:    fuzzing,
		promise: "no decoder panics, hangs or takes memory without bound, whatever the bytes",
	}}
	begin := time.Now()
	for _, t := range all {
		cmd := exec.CommandContext(ctx, "go", "test", t.pkg, "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", fmt.Sprintf("%dx", inputs), "-parallel", "2")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w\n%s", t.pkg, t.name, err, tail(out, 40))
		}
		found := execs.FindAllStringSubmatch(string(out), -1)
		if len(found) == 0 {
			return nil, fmt.Errorf("%s %s: the fuzzer ran nothing:\n%s", t.pkg, t.name, tail(out, 10))
		}
		r.lines = append(r.lines, fmt.Sprintf("%s %s: %s inputs", t.pkg, t.name, found[len(found)-1][1]))
		fmt.Println("  " + r.lines[len(r.lines)-1])
	}
	r.took = time.Since(begin)
	return r, nil
}
