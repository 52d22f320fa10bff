package cli

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestConfigPrint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leat.toml")
	if err := os.WriteFile(file, []byte("http = '127.0.0.1:1'\npg = '127.0.0.1:2'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run(t, map[string]string{"LEAT_PG": "127.0.0.1:3"}, "config", "print", "--config", file, "--log-level", "warn", "--json")
	if code != exitOK {
		t.Fatalf("code %d, %s", code, errs)
	}
	var list []printedSetting
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range list {
		got[p.Key] = p.Value + " by " + p.From
	}
	for key, want := range map[string]string{
		"data": "./leat-data by default", "http": "127.0.0.1:1 by file " + file,
		"pg": "127.0.0.1:3 by environment LEAT_PG", "log-level": "warn by flag --log-level",
	} {
		if got[key] != want {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}
	if len(got) != len(settingKeys()) {
		t.Errorf("%d of %d settings", len(got), len(settingKeys()))
	}
	if code, _, errs := run(t, nil, "config"); code != exitUsage || !strings.Contains(errs, "print") {
		t.Errorf("without a subcommand: %d %s", code, errs)
	}
}

// The scripts name every command and flag, and bash completes by its one.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, errs := run(t, nil, "completion", shell)
		if code != exitOK {
			t.Fatalf("%s: %d %s", shell, code, errs)
		}
		for _, c := range commands() {
			if !strings.Contains(out, c.name) {
				t.Errorf("%s does not know %s", shell, c.name)
			}
		}
		for _, key := range settingKeys() {
			if !strings.Contains(out, key) {
				t.Errorf("%s does not know the flag %s", shell, key)
			}
		}
		if p, err := exec.LookPath(shell); err == nil {
			cmd := exec.Command(p, "-n")
			cmd.Stdin = strings.NewReader(out)
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", shell, err, b)
			}
		}
		if shell == "bash" {
			bashCompletes(t, out)
		}
	}
	if code, _, _ := run(t, nil, "completion", "tcsh"); code != exitUsage {
		t.Errorf("an unknown shell: %d", code)
	}
}

func bashCompletes(t *testing.T, script string) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Log("bash is not installed: its completion is not tried")
		return
	}
	for line, want := range map[string]string{
		"leat do": "doctor", "leat doctor --log-f": "--log-format", "leat config pr": "print", "leat completion z": "zsh", "leat bench ne": "nexmark",
	} {
		words := strings.Fields(line)
		ask := script + "\nCOMP_WORDS=(" + line + "); COMP_CWORD=" + string(rune('0'+len(words)-1)) + "; _leat; echo \"${COMPREPLY[*]}\""
		cmd := exec.Command("bash", "--norc", "-c", ask)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s completes to %q, %v; want %q", line, got, err, want)
		}
	}
}

// A supervisor hears that the server is ready, that it lives, and that it stops.
func TestSupervised(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	heard := func() string {
		b := make([]byte, 4096)
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "serve", "--data", t.TempDir(), "--pg", "127.0.0.1:0", "--http", web)
	cmd.Env = append(os.Environ(), asProgram+"=1", "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=100000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if got := heard(); !strings.HasPrefix(got, "READY=1\nSTATUS=listening on 127.0.0.1:") {
		t.Errorf("first %q", got)
	}
	for range 3 {
		if got := heard(); got != "WATCHDOG=1" {
			t.Errorf("then %q", got)
		}
	}
	if code, out, _ := run(t, nil, "doctor", "--ready", "--http", web); code != exitOK || !strings.Contains(out, "group 1 has a leader") {
		t.Errorf("doctor --ready: %d %s", code, out)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	last := heard()
	for last == "WATCHDOG=1" {
		last = heard()
	}
	if !strings.HasPrefix(last, "STOPPING=1") {
		t.Errorf("last %q", last)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if code, out, _ := run(t, nil, "doctor", "--ready", "--http", web); code != exitFailed || !strings.Contains(out, "refused") {
		t.Errorf("doctor --ready without a server: %d %s", code, out)
	}
}

// asProgram makes this test binary behave as leat.
const asProgram = "LEAT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args[1:]))
	}
	os.Exit(m.Run())
}
