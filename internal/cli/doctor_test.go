package cli

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leatdb/leat/server"
)

// diagnose runs leat doctor and gives its findings as "verdict detail" by check.
func diagnose(t *testing.T, args ...string) (code int, findings map[string][]string) {
	t.Helper()
	code, out, errs := run(t, nil, append([]string{"doctor", "--json", "--http", ""}, args...)...)
	var list []finding
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	findings = map[string][]string{}
	for _, f := range list {
		findings[f.Check] = append(findings[f.Check], f.Verdict+" "+f.Detail)
	}
	return code, findings
}

// dataDirectory is one with a stream of some rows and a query over it, closed.
func dataDirectory(t *testing.T) string {
	t.Helper()
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = filepath.Join(t.TempDir(), "data"), "", ""
	srv, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ss, err := srv.NewSession("me", "leat", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE STREAM s (k TEXT KEY, v INT)", "CREATE TABLE t AS SELECT k, count(*) AS n FROM s GROUP BY k",
		"INSERT INTO s SELECT 'k' || i, i FROM generate_series(1, 500) AS g(i)", "CHECKPOINT",
	} {
		p, err := ss.Prepare(t.Context(), sql, nil)
		if err == nil {
			_, err = ss.Execute(t.Context(), p, nil)
		}
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := srv.WaitIdle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg.DataDir
}

// The doctor finds a whole directory whole, and tells of a flipped bit in a
// segment, a cut checkpoint, a port that is taken and settings that are wrong.
func TestDoctor(t *testing.T) {
	dir := dataDirectory(t)
	code, got := diagnose(t, "--data", dir, "--pg", "127.0.0.1:0")
	if code != exitOK {
		t.Errorf("a whole directory: %v", got)
	}
	for _, check := range []string{"version", "settings", "open files", "clock", "data directory", "disk space", "sync time", "port pg", "port http", "log", "checkpoints"} {
		if len(got[check]) == 0 {
			t.Errorf("no check of %s in %v", check, got)
		}
	}
	for _, check := range []string{"log", "checkpoints", "data directory"} {
		if len(got[check]) != 1 || !strings.HasPrefix(got[check][0], "ok") {
			t.Errorf("%s: %v", check, got[check])
		}
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if code, got := diagnose(t, "--data", dir, "--pg", l.Addr().String()); code != exitFailed || !strings.HasPrefix(got["port pg"][0], "fail") {
		t.Errorf("a port that is taken: %d %v", code, got["port pg"])
	}
	if code, got := diagnose(t, "--data", dir, "--pg", "127.0.0.1:0", "--tls-cert", "only.pem"); code != exitFailed || !strings.HasPrefix(got["settings"][0], "fail") {
		t.Errorf("wrong settings: %d %v", code, got["settings"])
	}
	if code, got := diagnose(t, "--data", filepath.Join(dir, "nothing"), "--pg", "127.0.0.1:0"); code != exitOK || !strings.Contains(got["data directory"][0], "not there yet") {
		t.Errorf("no directory: %d %v", code, got)
	}

	damage(t, filepath.Join(dir, "checkpoints", "*", "*.ckpt"))
	if code, got := diagnose(t, "--data", dir, "--pg", "127.0.0.1:0"); code != exitOK || !strings.HasPrefix(got["checkpoints"][0], "warn") {
		t.Errorf("a damaged checkpoint: %d %v", code, got["checkpoints"])
	}
	damage(t, filepath.Join(dir, "log", "g1", "data", "t*-p0", "*.seg"))
	if code, got := diagnose(t, "--data", dir, "--pg", "127.0.0.1:0"); code != exitFailed || !strings.HasPrefix(got["log"][0], "fail corrupt data") {
		t.Errorf("a damaged segment: %d %v", code, got["log"])
	}
}

// damage flips a bit in the largest file of a pattern.
func damage(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var largest []byte
	at := ""
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > len(largest) {
			largest, at = b, name
		}
	}
	if at == "" {
		t.Fatalf("nothing like %s", pattern)
	}
	largest[len(largest)/2] ^= 4
	if err := os.WriteFile(at, largest, 0o600); err != nil {
		t.Fatal(err)
	}
}
