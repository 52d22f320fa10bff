package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Start measures the program at exe from exec to its first answer, on an empty
// directory and on one that was used, and the memory of the idle server.
func Start(ctx context.Context, exe, dir string, rounds int) (*Report, error) {
	tmp, err := os.MkdirTemp(dir, "leat-bench-")
	if err != nil {
		return nil, fmt.Errorf("make the benchmark's directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	r := &Report{Name: "start"}
	var fresh, again []time.Duration
	var rss []int64
	for i := range rounds {
		data := filepath.Join(tmp, strconv.Itoa(i))
		for _, list := range []*[]time.Duration{&fresh, &again} {
			took, resident, err := startOnce(ctx, exe, data)
			if err != nil {
				return nil, err
			}
			*list, rss = append(*list, took), append(rss, resident)
		}
	}
	for _, x := range []struct {
		name string
		d    []time.Duration
	}{{"empty directory", fresh}, {"used directory", again}} {
		r.add(x.name, Figure{"ready p50", millis(percentile(x.d, .5)), "ms"}, Figure{"ready max", millis(percentile(x.d, 1)), "ms"},
			Figure{"idle resident", float64(median(rss)) / 1e6, "MB"})
	}
	r.note("%d starts each, from exec to the answer of SELECT 1; resident one second later", rounds)
	return r, nil
}

// startOnce starts, asks, waits a second and stops.
func startOnce(ctx context.Context, exe, data string) (ready time.Duration, resident int64, err error) {
	port, err := freePort()
	if err != nil {
		return 0, 0, err
	}
	addr := "127.0.0.1:" + strconv.Itoa(port)
	cmd := exec.CommandContext(ctx, exe, "serve", "--data", data, "--pg", addr, "--http", "127.0.0.1:0")
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, fmt.Errorf("start %s: %w", exe, err)
	}
	defer func() { err = errors.Join(err, stopProcess(cmd)) }()
	conn, err := firstConn(ctx, addr, begin.Add(10*time.Second))
	if err != nil {
		return 0, 0, err
	}
	if _, err := conn.Exec(ctx, "SELECT 1").ReadAll(); err != nil {
		return 0, 0, err
	}
	ready = time.Since(begin)
	_ = conn.Close(ctx)
	time.Sleep(time.Second)
	resident, err = residentOf(strconv.Itoa(cmd.Process.Pid))
	return ready, resident, err
}

// firstConn tries until the server answers.
func firstConn(ctx context.Context, addr string, until time.Time) (*pgconn.PgConn, error) {
	for {
		conn, err := pgconn.Connect(ctx, "postgres://bench@"+addr+"/leat?sslmode=disable")
		if err == nil || time.Now().After(until) || ctx.Err() != nil {
			return conn, err
		}
		time.Sleep(time.Millisecond)
	}
}

func stopProcess(cmd *exec.Cmd) error {
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	_ = cmd.Wait()
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
