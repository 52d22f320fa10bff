// Package pg15 starts a PostgreSQL 15 for tests that compare with it.
//
//	pg15.go   Start
//
// It knows nothing of what is compared.
package pg15

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Start gives the connection string of an empty database of a PostgreSQL 15: the
// one that LEAT_PG15 names, or one started for the test where the program is
// installed, and stopped at the test's end. Otherwise the test is skipped.
func Start(t *testing.T) string {
	t.Helper()
	if url := os.Getenv("LEAT_PG15"); url != "" {
		return url
	}
	bin := "/usr/lib/postgresql/15/bin"
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		t.Skip("PostgreSQL 15 is not installed, and LEAT_PG15 does not name one")
	}
	dir, err := os.MkdirTemp("", "leat-pg15-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := func(args ...string) ([]byte, error) {
		if os.Getuid() == 0 { // it refuses to run as root
			args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	if os.Getuid() == 0 {
		if out, err := exec.Command("chown", "postgres", dir).CombinedOutput(); err != nil {
			t.Skipf("no user postgres to run PostgreSQL 15 as: %v\n%s", err, out)
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := as(filepath.Join(bin, "initdb"), "-D", data, "-U", "me", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	options := "-c listen_addresses= -c fsync=off -c timezone=UTC -c unix_socket_directories=" + dir
	if out, err := as(filepath.Join(bin, "pg_ctl"), "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", options, "start"); err != nil {
		t.Fatalf("pg_ctl start: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := as(filepath.Join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop"); err != nil {
			t.Errorf("pg_ctl stop: %v\n%s", err, strings.TrimSpace(string(out)))
		}
	})
	return "host=" + dir + " user=me dbname=postgres"
}
