package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run executes a command line and gives its exit code and output.
func run(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	e := &environment{stdin: null, stdout: &out, stderr: &errs, getenv: func(k string) string { return env[k] }}
	code = dispatch(ctx, e, args)
	return code, out.String(), errs.String()
}

func TestDispatch(t *testing.T) {
	for _, c := range []struct {
		args     []string
		code     int
		out, err string
	}{
		{nil, exitUsage, "", "Usage:"},
		{[]string{"help"}, exitOK, "leat serve", ""},
		{[]string{"nope"}, exitUsage, "", `unknown command "nope"`},
		{[]string{"version"}, exitOK, "leat " + Version, ""},
		{[]string{"version", "--json"}, exitOK, `"version":"` + Version + `"`, ""},
		{[]string{"serve", "--help"}, exitOK, "(default 127.0.0.1:7432)", ""},
		{[]string{"serve", "--nope"}, exitUsage, "", "flag provided but not defined"},
		{[]string{"serve", "extra"}, exitUsage, "", `unexpected argument "extra"`},
		{[]string{"test"}, exitUsage, "", "no PATH"},
		{[]string{"test", "--modes", "nope", "../../testdata/questions"}, exitUsage, "", `unknown mode "nope"`},
		{[]string{"test", "no-such-path"}, exitFailed, "", "no-such-path"},
		{[]string{"sql", "--url", "postgres://127.0.0.1:1/leat?sslmode=disable", "-c", "SELECT 1"}, exitFailed, "", "is `leat serve` running?"},
	} {
		code, out, errs := run(t, nil, c.args...)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.err) {
			t.Errorf("leat %v: code %d, stdout %q, stderr %q; want %d, %q, %q", c.args, code, out, errs, c.code, c.out, c.err)
		}
	}
}

// TestSettings: flag over environment over file over default.
func TestSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leat.toml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(env map[string]string, args ...string) (settings, error) {
		fs := flag.NewFlagSet("x", flag.ContinueOnError)
		addSettingFlags(fs)
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		return loadSettings(fs, func(k string) string { return env[k] }, file)
	}
	write("data = 'from-file'\npg = 'file:1'\nhttp = 'file:2'\n")
	s, err := load(map[string]string{"LEAT_PG": "env:1", "LEAT_HTTP": "env:2"}, "--http", "flag:2")
	if err != nil || s.Data != "from-file" || s.PG != "env:1" || s.HTTP != "flag:2" || s.LogLevel != "info" {
		t.Errorf("settings %+v, %v", s, err)
	}
	for text, want := range map[string]string{
		"dta = 'x'\n": `unknown key "dta"`,
		"pg = 7\n":    `key "pg" must be a string`,
		"pg = [\n":    "read configuration",
	} {
		write(text)
		if _, err := load(nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	file = filepath.Join(t.TempDir(), "absent.toml")
	if _, err := load(nil); err == nil {
		t.Error("a configuration that was named and is absent is no error")
	}
}

// TestDemo is the main job: it answers the checked questions and exits 0.
func TestDemo(t *testing.T) {
	code, out, errs := run(t, nil, "demo", "--exit", "--data", t.TempDir())
	if code != exitOK || !strings.Contains(out, "7 of 7 answers equal the checked ones") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	for _, want := range []string{"live flights_by_state", "live quakes_by_day", "live swarms", "flights.csv", "earthquakes.jsonl"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo did not show %q", want)
		}
	}
}

// TestAnswerCanDiffer: a wrong answer is not ok.
func TestAnswerCanDiffer(t *testing.T) {
	d := newDemoShow(&bytes.Buffer{})
	for _, c := range [][2][]string{{{"1"}, {"2"}}, {nil, nil}, {{"1"}, {"1", "2"}}, {{"1", "2"}, {"1"}}} {
		if d.answer("q", c[0], c[1]) {
			t.Errorf("%v passed for %v", c[0], c[1])
		}
	}
}

func TestCaret(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		want string
	}{
		{"SELECT nope", 8, "LINE 1: SELECT nope\n               ^\n"},
		{"SELECT 1,\n  ä, x", 16, "LINE 2:   ä, x\n             ^\n"},
		{"SELECT", 99, ""},
	} {
		if got := caret(c.text, c.pos); got != c.want {
			t.Errorf("caret(%q, %d):\n%swant:\n%s", c.text, c.pos, got, c.want)
		}
	}
}

func TestSplitScript(t *testing.T) {
	s := &shell{}
	got := s.split("SELECT 1; SELECT ';\n\\d';\n\\d x\nSELECT 2")
	want := []string{"SELECT 1", "SELECT ';\n\\d'", `\d x`, "SELECT 2"}
	if len(got) != len(want) {
		t.Fatalf("split: %q", got)
	}
	for i, w := range want {
		if strings.Trim(got[i], " \n;") != w {
			t.Errorf("part %d is %q, want %q", i, got[i], w)
		}
	}
}
