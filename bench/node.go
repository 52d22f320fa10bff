package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/server"
)

// Node is a server in this process on a temporary directory, and one connection
// to it.
type Node struct {
	Dir  string
	srv  *server.Server
	conn *pgconn.PgConn
	stop context.CancelFunc
	done chan error
}

// StartNode opens a server under dir ("": the system's temporary folder). tune
// changes its configuration first.
func StartNode(ctx context.Context, dir string, tune ...func(*server.Config)) (*Node, error) {
	tmp, err := os.MkdirTemp(dir, "leat-bench-")
	if err != nil {
		return nil, fmt.Errorf("make the benchmark's directory: %w", err)
	}
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr, cfg.MaxConnections = filepath.Join(tmp, "data"), "127.0.0.1:0", "", 2100
	for _, f := range tune {
		f(&cfg)
	}
	n := &Node{Dir: tmp, done: make(chan error, 1)}
	if n.srv, err = server.Open(ctx, cfg); err != nil {
		_ = os.RemoveAll(tmp)
		return nil, err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.stop = stop
	go func() { n.done <- n.srv.Run(run) }()
	<-n.srv.Listening()
	if n.conn, err = n.Dial(ctx); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// Close stops the server and removes its directory.
func (n *Node) Close() error {
	if n.conn != nil {
		_ = n.conn.Close(context.Background())
	}
	n.stop()
	err := <-n.done
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(n.Dir))
}

// Dial opens one more connection.
func (n *Node) Dial(ctx context.Context) (*pgconn.PgConn, error) {
	return pgconn.Connect(ctx, fmt.Sprintf("postgres://bench@%s/leat?sslmode=disable", n.srv.PGAddr()))
}

// exec runs statements without looking at rows.
func (n *Node) exec(ctx context.Context, text string) error {
	_, err := n.conn.Exec(ctx, text).ReadAll()
	if err != nil {
		return fmt.Errorf("%w\nin: %s", err, text)
	}
	return nil
}

// row gives the first row of a query, columns joined by " | ".
func (n *Node) row(ctx context.Context, text string) (string, error) {
	res, err := n.conn.Exec(ctx, text).ReadAll()
	if err != nil {
		return "", fmt.Errorf("%w\nin: %s", err, text)
	}
	for _, r := range res {
		for _, row := range r.Rows {
			return string(bytes.Join(row, []byte(" | "))), nil
		}
	}
	return "", fmt.Errorf("no row in: %s", text)
}

// copyIn sends data by COPY and gives the number of rows.
func (n *Node) copyIn(ctx context.Context, statement string, r io.Reader) (int64, error) {
	tag, err := n.conn.CopyFrom(ctx, r, statement)
	if err != nil {
		return 0, fmt.Errorf("%w\nin: %s", err, statement)
	}
	return tag.RowsAffected(), nil
}

// expect runs a query and compares its row.
func (n *Node) expect(ctx context.Context, query, want string) error {
	got, err := n.row(ctx, query)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("wrong answer: %s, want %s\nin: %s", got, want, strings.TrimSpace(query))
	}
	return nil
}
