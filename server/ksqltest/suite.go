package ksqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
)

// Mode is one way to run a case. All modes give one answer.
type Mode struct {
	Name     string
	MaxBatch int  // rows of a task's step
	Crash    bool // the node crashes whenever it is settled
}

// Modes that there are; the first is the default.
var allModes = []Mode{{Name: "tasks", MaxBatch: 4096}, {Name: "batch", MaxBatch: 1}, {Name: "crash", MaxBatch: 64, Crash: true}}

// ParseModes reads a comma-separated list; "" is tasks.
func ParseModes(list string) ([]Mode, error) {
	if list == "" {
		return allModes[:1], nil
	}
	if list == "all" {
		return allModes, nil
	}
	var out []Mode
	for _, name := range strings.Split(list, ",") {
		found := false
		for _, m := range allModes {
			if m.Name == name {
				out, found = append(out, m), true
			}
		}
		if !found {
			return nil, fmt.Errorf("unknown mode %q; .json and .sql files have tasks, batch and crash", name)
		}
	}
	return out, nil
}

// Options of Run.
type Options struct {
	Modes []Mode
	Run   *regexp.Regexp // only cases whose full name matches; nil all
	Every int            // only each Every-th case, by name; 0 and 1 all
}

// Result is the outcome of one case in one mode.
type Result struct {
	File    string `json:"file"`
	Area    string `json:"area"`
	Name    string `json:"name"`
	Mode    string `json:"mode"`
	Outcome string `json:"outcome"` // passed, failed, skipped
	Text    string `json:"text,omitempty"`
}

// FullName is what --run matches.
func (r Result) FullName() string { return r.File + " - " + r.Name }

// marks are what test files of an extension hold.
var marks = map[string]string{".json": `"tests"`, ".sql": "--@test"}

// Files lists the test files below paths. In folders, files without tests are
// left out.
func Files(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			mark, ok := marks[filepath.Ext(path)]
			if d.IsDir() || !ok {
				return nil
			}
			raw, err := os.ReadFile(path)
			if err == nil && (path == p || bytes.Contains(raw, []byte(mark))) {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	sort.Strings(out)
	return out, nil
}

// job is one case to run.
type job struct {
	result Result
	run    func(ctx context.Context, mode Mode) error
}

// Run runs the cases of files. An error means that a file cannot be read.
func Run(ctx context.Context, files []string, opt Options) ([]Result, error) {
	if len(opt.Modes) == 0 {
		opt.Modes = allModes[:1]
	}
	var jobs []job
	for _, f := range files {
		more, err := jobsOf(f)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	return runJobs(ctx, selected(jobs, opt), opt.Modes), ctx.Err()
}

func jobsOf(path string) ([]job, error) {
	var out []job
	if filepath.Ext(path) == ".sql" {
		tests, err := readSQL(path)
		if err != nil {
			return nil, err
		}
		for _, t := range tests {
			out = append(out, job{
				result: Result{File: t.file, Area: sqlArea, Name: t.name},
				run:    func(ctx context.Context, mode Mode) error { return runSQL(ctx, t, mode) },
			})
		}
		return out, nil
	}
	cases, err := readFile(path)
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		j := job{result: Result{File: c.File, Area: areaOf(c.File), Name: c.Name}}
		if c.Reason != "" {
			j.result.Outcome, j.result.Text = "skipped", c.Reason
		}
		j.run = func(ctx context.Context, mode Mode) error { return runCase(ctx, &c, mode) }
		out = append(out, j)
	}
	return out, nil
}

func selected(jobs []job, opt Options) []job {
	var out []job
	for i, j := range jobs {
		if opt.Run != nil && !opt.Run.MatchString(j.result.FullName()) {
			continue
		}
		if opt.Every > 1 && i%opt.Every != 0 {
			continue
		}
		out = append(out, j)
	}
	return out
}

// runJobs runs cases side by side; the order of the results is the jobs'.
func runJobs(ctx context.Context, jobs []job, modes []Mode) []Result {
	results := make([]Result, len(jobs)*len(modes))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := range next {
				results[i] = jobs[i/len(modes)].in(ctx, modes[i%len(modes)])
			}
		}()
	}
	for i := range results {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

// in runs a case in a mode.
func (j job) in(ctx context.Context, mode Mode) Result {
	r := j.result
	r.Mode = mode.Name
	if r.Outcome != "" {
		return r
	}
	ctx, cancel := context.WithTimeoutCause(ctx, caseLimit, errTooLong)
	defer cancel()
	err := j.run(ctx, mode)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errTooLong) {
		err = cause
	}
	r.Outcome = "passed"
	if err != nil {
		r.Outcome, r.Text = "failed", err.Error()
	}
	return r
}
