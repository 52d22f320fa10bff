package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/server/auth"
)

func TestInitAndAudit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	code, out, errs := run(t, nil, "init", "--data", dir, "--superuser", "boss")
	password := ""
	for line := range strings.Lines(out) {
		if p, ok := strings.CutPrefix(line, "password "); ok {
			password = strings.TrimSpace(p)
		}
	}
	if code != exitOK || len(password) < 20 {
		t.Fatalf("code %d, %q, %q", code, out, errs)
	}
	if code, _, errs = run(t, nil, "init", "--data", dir, "--superuser", "boss"); code != exitFailed || !strings.Contains(errs, "exists") {
		t.Errorf("again: code %d, %q", code, errs)
	}
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = dir, "", ""
	srv, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	// The password is the role's: only then is the role that exists left alone.
	r := srv.Guard()
	rules, err := auth.ParseRules("all all all all scram")
	if err != nil {
		t.Fatal(err)
	}
	r.SetRules(rules)
	knock := auth.Knock{Listener: auth.ListenerHTTP, Database: "leat", Role: "boss", From: auth.Address("10.0.0.1:1")}
	if pass, err := r.Password(knock, password); err != nil || !pass.Superuser {
		t.Errorf("the printed password: %+v, %v", pass, err)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out, errs = run(t, nil, "audit", "--data", dir); code != exitOK || !strings.Contains(out, "lines, whole") {
		t.Errorf("audit: code %d, %q, %q", code, out, errs)
	}
	file := filepath.Join(dir, "audit", "audit-000001.jsonl")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), "CREATE", "create", 1)+string(b)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = run(t, nil, "audit", "--data", dir); code != exitFailed || !strings.Contains(errs, "audit-000001.jsonl, line 2") {
		t.Errorf("audit of a changed log: code %d, %q", code, errs)
	}
}

func TestPasswordOfTheFirstSuperuser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(k string) string { return map[string]string{"LEAT_PASSWORD": "from env"}[k] }
	for _, c := range []struct {
		file string
		env  func(string) string
		want string
		bad  bool
	}{
		{"", func(string) string { return "" }, "", false}, {"", env, "from env", false}, {file, env, "from file", false},
		{os.DevNull, env, "", true}, {file + "x", env, "", true},
	} {
		got, err := settings{PasswordFile: c.file}.password(c.env)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%s: %q, %v", c.file, got, err)
		}
	}
}

func TestAccessOfSettings(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte("# mine\nall all all all scram\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*settings)
		says   string
	}{
		{func(*settings) {}, ""}, {func(s *settings) { s.Auth = "@" + rules }, ""}, {func(s *settings) { s.Auth = "@" + rules + "x" }, "authentication rules"},
		{func(s *settings) { s.Auth = "all" }, "five words"}, {func(s *settings) { s.TLSKey = "x" }, "go together"}, {func(s *settings) { s.TLSClientCA = "x" }, "--tls-cert"},
		{func(s *settings) { s.TLSCert, s.TLSKey = "x", "y" }, "load TLS certificate"}, {func(s *settings) { s.TLSCert, s.TLSKey, s.TLS = "x", "y", "maybe" }, "none of off, on, required"},
		{func(s *settings) { s.TLSCert, s.TLSKey, s.TLS = "x", "y", "off" }, ""}, {func(s *settings) { s.Insecure = "perhaps" }, "neither true nor false"},
		{func(s *settings) { s.PG = "0.0.0.0:1" }, "--tls-cert"}, {func(s *settings) { s.PG, s.Insecure = "0.0.0.0:1", "true" }, ""}, {func(s *settings) { s.MaxConnections = "0" }, "no number"},
	} {
		s := defaultSettings()
		c.change(&s)
		cfg := server.DefaultConfig()
		cfg.PGAddr, cfg.HTTPAddr = s.PG, s.HTTP
		err := s.lock(&cfg)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", s, err, c.says)
		}
	}
}
