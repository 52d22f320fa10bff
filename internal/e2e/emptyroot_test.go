package e2e

import (
	"bytes"
	"context"
	"debug/elf"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The binary needs nothing beside it: no library, no shell, no zone files, no
// certificates, not even /tmp. It runs in an empty root as another user, the way
// examples/docker/Dockerfile has it.
func TestEmptyRoot(t *testing.T) {
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := f.ImportedLibraries()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil || len(libraries) > 0 {
		t.Fatalf("the binary wants libraries %v, %v", libraries, err)
	}
	if os.Getuid() != 0 {
		t.Log("not root: a root of its own is not tried")
		return
	}
	root := t.TempDir()
	if err := errorsOf(os.Chmod(root, 0o755), os.Chmod(filepath.Dir(root), 0o755), copyFile(binary, filepath.Join(root, "leat")),
		os.Mkdir(filepath.Join(root, "data"), 0o700), os.Chown(filepath.Join(root, "data"), 65532, 65532)); err != nil {
		t.Fatal(err)
	}
	web, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command("/leat", args...)
		cmd.Dir, cmd.Env = "/", []string{"LEAT_DATA=/data", "LEAT_PG=127.0.0.1:0", "LEAT_HTTP=" + web}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		return cmd
	}
	var log bytes.Buffer
	srv := run("serve")
	srv.Stderr = &log
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !healthy(ctx, web) {
		if ctx.Err() != nil {
			t.Fatalf("it does not answer\n%s", log.String())
		}
	}
	resp, err := http.Post("http://"+web+"/v1/sql", "text/plain", strings.NewReader("SELECT timestamp '2026-07-01 12:00:00Z' AT TIME ZONE 'Europe/Vienna' AS t"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), "14:00:00") {
		t.Errorf("time zones: %s, %v", body, err)
	}
	_ = resp.Body.Close()
	if out, err := run("doctor", "--ready").CombinedOutput(); err != nil {
		t.Errorf("doctor --ready: %v\n%s", err, out)
	}
	if err := srv.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := srv.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	if out, err := run("doctor").CombinedOutput(); err != nil {
		t.Errorf("doctor: %v\n%s", err, out)
	}
}

func healthy(ctx context.Context, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o755)
}
