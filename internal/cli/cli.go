package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/leatdb/leat/sql"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// command is one verb of the command line.
type command struct {
	name    string
	usage   string // arguments after the name
	short   string // one line for the overview
	example string
	run     func(ctx context.Context, env *environment, args []string) int
}

// environment is the process around a command.
type environment struct {
	stdin          *os.File
	stdout, stderr io.Writer
	getenv         func(string) string
	cmd            *command
}

func commands() []*command {
	return []*command{
		{"serve", "[--data DIR] [--pg ADDR] [--http ADDR]", "run the server", "leat serve --data ./leat-data", runServe},
		{"init", "[--data DIR] [--superuser NAME] [--password-file FILE]", "make a data directory with its first superuser", "leat init --data ./leat-data", runInit},
		{"audit", "[--data DIR]", "check that the audit log is whole", "leat audit --data ./leat-data", runAudit},
		{"demo", "[--exit]", "load the example data, run continuous queries, check their answers", "leat demo --exit", runDemo},
		{"sql", "[--url URL] [-c SQL] [-f FILE]", "interactive shell; rows of push queries appear as they come", "leat sql -c 'SELECT 1'", runSQL},
		{"test", "PATH...", "run golden files (.slt)", "leat test testdata", runTest},
		{"bench", "nexmark [QUERY...] | log | latency | pull | copy | many | state [KEYS] | spill | start | codec [FORMAT...] | subscribers | idle", "measure this machine", "leat bench nexmark q0 q1", runBench},
		{"doctor", "[--data DIR] [--pg ADDR] [--http ADDR] [--json]", "check machine, settings and data directory, read only", "leat doctor --data ./leat-data", runDoctor},
		{"config", "print [--json]", "print every setting with its value and where it comes from", "leat config print", runConfig},
		{"completion", "bash | zsh | fish", "print a completion script for a shell", "leat completion bash > /etc/bash_completion.d/leat", runCompletion},
		{"version", "[--json]", "print the version", "leat version", runVersion},
	}
}

// Main runs the command line and gives the exit code.
func Main(args []string) int {
	env := &environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	if err := sql.CheckEnvironment(os.Getenv); err != nil {
		fmt.Fprintf(env.stderr, "leat: %v\n", err)
		return exitFailed
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return dispatch(ctx, env, args)
}

func dispatch(ctx context.Context, env *environment, args []string) int {
	if len(args) == 0 {
		overview(env.stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "--help":
		overview(env.stdout)
		return exitOK
	case "--version":
		args[0] = "version"
	}
	for _, c := range commands() {
		if c.name == args[0] {
			env.cmd = c
			return c.run(ctx, env, args[1:])
		}
	}
	fmt.Fprintf(env.stderr, "leat: unknown command %q\n", args[0])
	overview(env.stderr)
	return exitUsage
}

func overview(w io.Writer) {
	fmt.Fprint(w, "Leat is a SQL-first streaming database.\n\nUsage:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  leat %-10s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\n`leat COMMAND --help` explains a command.\n")
}

// helpColumn is how wide help has a flag and its value.
const helpColumn = 22

// flags makes a command's flag set with its help: examples first.
func (e *environment) flags() *flag.FlagSet {
	fs := flag.NewFlagSet(e.cmd.name, flag.ContinueOnError)
	fs.SetOutput(e.stderr)
	fs.Usage = func() {
		w := fs.Output()
		fmt.Fprintf(w, "%s\n\nExample:\n  %s\n\nUsage:\n  leat %s %s\n", upperFirst(e.cmd.short), e.cmd.example, e.cmd.name, e.cmd.usage)
		fs.VisitAll(func(f *flag.Flag) {
			name, usage := flag.UnquoteUsage(f)
			fmt.Fprintf(w, "  --%-*s %s", helpColumn, strings.TrimSpace(f.Name+" "+name), usage)
			if f.DefValue != "" && f.DefValue != "false" {
				fmt.Fprintf(w, " (default %s)", f.DefValue)
			}
			fmt.Fprintln(w)
		})
	}
	return fs
}

// parse reads flags; done is true when the command should end with code.
func (e *environment) parse(fs *flag.FlagSet, args []string) (code int, done bool) {
	for _, a := range args {
		if a == "--help" || a == "-h" || a == "-help" {
			fs.SetOutput(e.stdout)
		}
	}
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK, true
	case err != nil:
		return exitUsage, true
	}
	return 0, false
}

// fail prints an error and gives the exit code for it.
func (e *environment) fail(err error) int {
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	fmt.Fprintf(e.stderr, "leat %s: %v\n", e.cmd.name, err)
	return exitFailed
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
