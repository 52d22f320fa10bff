package cli

import (
	"bytes"
	"context"
	_ "embed" // the scripts
	"fmt"
	"io"
	"strings"
	"text/template"
)

//go:embed completion.txt
var completionText string

var completions = template.Must(template.New("completion").Funcs(template.FuncMap{
	"join":  func(words []string) string { return strings.Join(words, " ") },
	"quote": func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" },
}).Parse(completionText))

// completed is a command as a shell completes it.
type completed struct {
	Name, Short string
	Words       []string // subcommands
	Flags       []completedFlag
}

type completedFlag struct{ Name, Help string }

// AllFlags are a command's flags with their dashes.
func (c completed) AllFlags() []string {
	out := make([]string, len(c.Flags))
	for i, f := range c.Flags {
		out[i] = "--" + f.Name
	}
	return out
}

// runCompletion prints a shell's completion script.
func runCompletion(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	if code, done := env.parse(fs, args); done {
		return code
	}
	shell := fs.Arg(0)
	if t := completions.Lookup(shell); fs.NArg() != 1 || t == nil || shell == "completion" {
		fmt.Fprintln(env.stderr, "leat completion: name one shell: bash, zsh or fish")
		return exitUsage
	}
	if err := completions.ExecuteTemplate(env.stdout, shell, completedCommands(ctx)); err != nil {
		return env.fail(err)
	}
	return exitOK
}

// flagOf reads a flag as help prints it: name and value in a column, then what it
// is for.
func flagOf(line string) completedFlag {
	head, help := line, ""
	if len(line) > helpColumn {
		head, help = line[:helpColumn], line[helpColumn:]
	}
	name, _, _ := strings.Cut(head, " ")
	return completedFlag{name, strings.TrimSpace(help)}
}

// completedCommands takes flags from each command's own help, which cannot be
// behind.
func completedCommands(ctx context.Context) []completed {
	var out []completed
	for _, c := range commands() {
		one := completed{Name: c.name, Short: c.short}
		switch c.name {
		case "config":
			one.Words = []string{"print"}
		case "completion":
			one.Words = []string{"bash", "zsh", "fish"}
		case "bench":
			for part := range strings.SplitSeq(c.usage, " | ") {
				one.Words = append(one.Words, strings.Fields(part)[0])
			}
		}
		var help bytes.Buffer
		c.run(ctx, &environment{stdout: &help, stderr: io.Discard, getenv: func(string) string { return "" }, cmd: c}, []string{"--help"})
		for line := range strings.Lines(help.String()) {
			if flag, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "  --"); ok {
				one.Flags = append(one.Flags, flagOf(flag))
			}
		}
		one.Flags = append(one.Flags, completedFlag{"help", "what the command does"})
		out = append(out, one)
	}
	return out
}
