package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"time"
)

func main() {
	full := flag.Bool("full", false, "the full sizes, which take hours, rather than those of .ci/run")
	write := flag.Bool("write", false, "write what ran into docs/reliability.md")
	only := flag.String("run", "", "only campaigns whose name matches; of fuzzing, \"fuzzing PACKAGE TARGET\"")
	inputs := flag.Int("inputs", 5_000_000, "inputs of every fuzz target at full size; at small size there is .ci/fuzz")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *full, *write, *only, *inputs); err != nil {
		fmt.Fprintln(os.Stderr, "campaign:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, full, write bool, only string, inputs int) error {
	which, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	head, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return fmt.Errorf("which commit is this: %w", err)
	}
	commit := strings.TrimSpace(string(head))
	var results []*result
	for _, c := range campaigns {
		if !which.MatchString(c.name) {
			continue
		}
		r, err := c.execute(ctx, full)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		report(r)
		results = append(results, r)
	}
	if full {
		r, err := fuzz(ctx, inputs, which, commit)
		if err != nil {
			return err
		}
		if r != nil {
			report(r)
			results = append(results, r)
		}
	}
	if !write {
		return nil
	}
	const path = "docs/reliability.md"
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(page(string(old), results, commit)), 0o644)
}

func report(r *result) {
	fmt.Printf("%s: nothing found, %s\n", r.name, r.took.Round(time.Second))
	if r.pkg == "" {
		return // its lines came as they were
	}
	for _, line := range r.lines {
		fmt.Println("  " + line)
	}
}
