package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// result is what a campaign printed.
type result struct {
	campaign
	size  []string // flags
	lines []string
	took  time.Duration
}

// execute runs a campaign's test and gives its lines.
func (c campaign) execute(ctx context.Context, full bool) (*result, error) {
	args := []string{"test", "-count=1", "-timeout", "6h", "-v", "-run", c.run, c.pkg}
	size := c.small
	if full {
		size = c.full
	}
	if len(size) > 0 {
		args = append(append(args, "-args"), size...)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	r := &result{campaign: c, size: size, took: time.Since(begin)}
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, tail(out, 60))
	}
	sc := bufio.NewScanner(bytes.NewReader(out))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if _, line, ok := strings.Cut(sc.Text(), "campaign: "); ok {
			r.lines = append(r.lines, line)
		}
	}
	if len(r.lines) == 0 {
		return nil, fmt.Errorf("%s: no line of figures:\n%s", strings.Join(cmd.Args, " "), tail(out, 20))
	}
	return r, nil
}

// tail is the last n lines of a text.
func tail(b []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
