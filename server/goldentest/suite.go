package goldentest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Options say how a suite is run.
type Options struct {
	Modes  []Mode // nil: all
	Update bool   // write the expectations that all modes agree on
	Run    *regexp.Regexp
	Shared string // folder of the shared data, "" when absent
	Seed   uint64
	Out    io.Writer     // the report; nil: none
	Limit  time.Duration // of one file in one mode; 0: a minute
}

// Summary counts runs: a file in a mode.
type Summary struct {
	Passed, Failed, Skipped int
	Reasons                 []string // of what was skipped
}

// String is the closing line.
func (s Summary) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", s.Passed, s.Failed, s.Skipped)
}

// Files lists the .slt files under paths, sorted.
func Files(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !d.IsDir() && (strings.HasSuffix(name, ".slt") || name == p) {
				out = append(out, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sort.Strings(out)
	return out, nil
}

// Run runs files in modes.
func Run(ctx context.Context, files []string, opt Options) (Summary, error) {
	var sum Summary
	if opt.Out == nil {
		opt.Out = io.Discard
	}
	if opt.Modes == nil {
		opt.Modes = modes
	}
	if opt.Limit == 0 {
		opt.Limit = time.Minute
	}
	for _, name := range files {
		if opt.Run != nil && !opt.Run.MatchString(name) {
			continue
		}
		if err := opt.runOne(ctx, name, &sum); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func (opt *Options) runOne(ctx context.Context, name string, sum *Summary) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, err := parseFile(name, string(text), func(p string) (string, error) {
		b, err := os.ReadFile(p)
		return string(b), err
	})
	if err != nil {
		sum.Failed++
		fmt.Fprintf(opt.Out, "FAIL %v\n", err)
		return nil
	}
	var first *runner
	agree := true
	for _, mode := range opt.Modes {
		r, skip, err := opt.runMode(ctx, f, mode)
		if err != nil {
			return err
		}
		if skip != "" {
			sum.Skipped++
			sum.Reasons = append(sum.Reasons, fmt.Sprintf("%s [%s]: %s", name, mode.Name, skip))
			continue
		}
		bad := opt.report(f, mode, r, first)
		if bad {
			sum.Failed++
		} else {
			sum.Passed++
		}
		agree = agree && len(r.failed) == 0 && (first == nil || same(f, first, r) < 0)
		if first == nil {
			first = r
		}
	}
	if opt.Update && first != nil {
		return opt.update(f, first, agree)
	}
	return nil
}

func (opt *Options) runMode(ctx context.Context, f *file, mode Mode) (r *runner, skip string, err error) {
	if reason, left := f.modes[mode.Name]; left {
		return nil, reason, nil
	}
	limited, cancel := context.WithTimeout(ctx, opt.Limit)
	defer cancel()
	r, err = runFile(limited, f, mode, opt.Seed, opt.Shared)
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	var s errSkip
	if errors.As(err, &s) {
		return nil, s.reason, nil
	}
	if err != nil && r == nil {
		return nil, "", fmt.Errorf("%s [%s]: %w", f.name, mode.Name, err)
	}
	if err != nil {
		r.failed = append(r.failed, failure{0, err.Error()})
	}
	return r, "", nil
}

// report prints what is wrong with a run; in an update only what an update
// cannot mend.
func (opt *Options) report(f *file, mode Mode, r, first *runner) (bad bool) {
	for _, fl := range r.failed {
		bad = true
		fmt.Fprintf(opt.Out, "FAIL %s:%d [%s] %s\n", f.name, fl.line, mode.Name, fl.text)
	}
	for _, b := range f.blocks {
		got, ok := r.got[b.line]
		if !b.has || !ok {
			continue
		}
		want, what := b.expect, "want"
		if opt.Update {
			if first == nil {
				continue
			}
			want, what = first.got[b.line], "the first mode gave"
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			bad = true
			fmt.Fprintf(opt.Out, "FAIL %s:%d [%s] %s %s\n%s", f.name, b.line, mode.Name, b.verb, b.rest, diff(want, got, what))
		}
	}
	return bad
}

// same gives the line of the first block on which two runs differ, or -1.
func same(f *file, a, b *runner) int {
	for _, bl := range f.blocks {
		if strings.Join(a.got[bl.line], "\n") != strings.Join(b.got[bl.line], "\n") {
			return bl.line
		}
	}
	return -1
}

// update writes the expectations of the first mode, unless modes disagree.
func (opt *Options) update(f *file, r *runner, agree bool) error {
	if !agree {
		fmt.Fprintf(opt.Out, "not updated: %s: its modes disagree, or a statement failed\n", f.name)
		return nil
	}
	text := f.withExpectations(r.got)
	if text == strings.Join(f.lines, "\n")+"\n" {
		return nil
	}
	fmt.Fprintf(opt.Out, "updated %s; read the diff before you commit it\n", f.name)
	return os.WriteFile(f.name, []byte(text), 0o644)
}

// diff shows wanted and given lines that differ.
func diff(want, got []string, what string) string {
	var b strings.Builder
	for i := 0; i < len(want) || i < len(got); i++ {
		switch {
		case i < len(want) && i < len(got) && want[i] == got[i]:
			fmt.Fprintf(&b, "    %s\n", want[i])
		default:
			if i < len(want) {
				fmt.Fprintf(&b, "  - %s   (%s)\n", want[i], what)
			}
			if i < len(got) {
				fmt.Fprintf(&b, "  + %s\n", got[i])
			}
		}
	}
	return b.String()
}
