package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// process is the program serving in a process of its own, whose memory is its
// alone, and a connection to it.
type process struct {
	exe, dir string
	pg, http string // addresses
	flags    []string
	cmd      *exec.Cmd
	conn     *pgconn.PgConn
}

// startProcess serves a new directory under dir.
func startProcess(ctx context.Context, exe, dir string, flags ...string) (*process, error) {
	tmp, err := os.MkdirTemp(dir, "leat-bench-")
	if err != nil {
		return nil, fmt.Errorf("make the benchmark's directory: %w", err)
	}
	p := &process{exe: exe, dir: tmp, flags: flags}
	for _, addr := range []*string{&p.pg, &p.http} {
		port, err := freePort()
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(tmp))
		}
		*addr = "127.0.0.1:" + strconv.Itoa(port)
	}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	return p, nil
}

func (p *process) start(ctx context.Context) error {
	args := append([]string{"serve", "--data", filepath.Join(p.dir, "data"), "--pg", p.pg, "--http", p.http, "--log-level", "error"}, p.flags...)
	p.cmd = exec.Command(p.exe, args...)
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.exe, err)
	}
	var err error
	if p.conn, err = firstConn(ctx, p.pg, time.Now().Add(20*time.Second)); err != nil {
		return errors.Join(err, p.cmd.Process.Kill())
	}
	for until := time.Now().Add(20 * time.Second); ; {
		resp, err := http.Get("http://" + p.http + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if time.Now().After(until) || ctx.Err() != nil {
			return fmt.Errorf("the server is not ready: %w", errors.Join(err, ctx.Err()))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) close() error {
	_ = p.conn.Close(context.Background())
	p.kill()
	return os.RemoveAll(p.dir)
}

func (p *process) resident() (int64, error) { return residentOf(strconv.Itoa(p.cmd.Process.Pid)) }

func (p *process) exec(ctx context.Context, text string) error {
	if _, err := p.conn.Exec(ctx, text).ReadAll(); err != nil {
		return fmt.Errorf("%w\nin: %s", err, text)
	}
	return nil
}
