package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Build compiles the binary into dir and gives its path. root is the
// repository.
func Build(root, dir string) (string, error) {
	bin := filepath.Join(dir, "leat")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0") // static, as it is shipped
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build leat: %w\n%s", err, out)
	}
	return bin, nil
}

// Node is one running server process.
type Node struct {
	Bin, Dir string
	PG, HTTP string   // addresses
	Args     []string // more flags of leat serve
	Env      []string // more of its environment
	Secure   bool     // HTTP is HTTPS
	cmd      *exec.Cmd
	done     chan struct{}
	mu       struct {
		sync.Mutex
		log []byte
		err error
	}
}

// Start runs the server over dir on free ports and waits until it is ready.
func Start(ctx context.Context, bin, dir string) (*Node, error) {
	n, err := NewNode(bin, dir)
	if err != nil {
		return nil, err
	}
	return n, n.Restart(ctx)
}

// NewNode prepares a server over dir on free ports; Restart runs it.
func NewNode(bin, dir string) (*Node, error) {
	pg, err := freePort()
	if err != nil {
		return nil, err
	}
	web, err := freePort()
	if err != nil {
		return nil, err
	}
	return &Node{Bin: bin, Dir: dir, PG: pg, HTTP: web}, nil
}

// Restart starts the process again on the same ports and directory.
func (n *Node) Restart(ctx context.Context) error {
	args := []string{"serve", "--data", n.Dir, "--pg", n.PG, "--http", n.HTTP, "--log-level", "warn"}
	n.cmd = exec.Command(n.Bin, append(args, n.Args...)...)
	n.cmd.Stderr = n
	n.cmd.Env = append(append(os.Environ(), "GOTRACEBACK=all"), n.Env...)
	if err := n.cmd.Start(); err != nil {
		return fmt.Errorf("start leat: %w", err)
	}
	n.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		err := cmd.Wait()
		n.mu.Lock()
		n.mu.err = err
		n.mu.Unlock()
		close(done)
	}(n.cmd, n.done)
	return n.waitReady(ctx)
}

// logKept is how much of the server's log Log has, in bytes.
const logKept = 1 << 20

// Write collects the server's log, the last of it.
func (n *Node) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.log = append(n.mu.log, p...)
	if over := len(n.mu.log) - logKept; over > 0 {
		n.mu.log = n.mu.log[over:]
	}
	return len(p), nil
}

// Log gives what the server wrote to stderr.
func (n *Node) Log() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return string(n.mu.log)
}

func (n *Node) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-n.done:
			return fmt.Errorf("leat ended while starting:\n%s", n.Log())
		case <-ctx.Done():
			return fmt.Errorf("leat is not ready: %w\n%s", ctx.Err(), n.Log())
		case <-tick.C:
		}
		resp, err := n.Client().Get(n.Base() + "/readyz")
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// Base is the address of HTTP with its scheme.
func (n *Node) Base() string {
	if n.Secure {
		return "https://" + n.HTTP
	}
	return "http://" + n.HTTP
}

// Client sends requests; it takes any certificate.
func (n *Node) Client() *http.Client {
	if !n.Secure {
		return http.DefaultClient
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, DisableKeepAlives: true}}
}

// Signal sends the process a signal.
func (n *Node) Signal(s os.Signal) error { return n.cmd.Process.Signal(s) }

// Kill ends the process at once (SIGKILL) and waits for it.
func (n *Node) Kill() {
	_ = n.cmd.Process.Kill()
	<-n.done
}

// Stop asks the process to drain (SIGTERM) and waits for it.
func (n *Node) Stop() error {
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-n.done:
	case <-time.After(20 * time.Second):
		n.Kill()
		return fmt.Errorf("leat did not stop within 20 s:\n%s", n.Log())
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mu.err
}

// Port is the number of the Postgres port.
func (n *Node) Port() string {
	_, port, _ := net.SplitHostPort(n.PG)
	return port
}

// URL is the connection string for pgx.
func (n *Node) URL() string { return "postgres://e2e@" + n.PG + "/leat?sslmode=disable" }

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
