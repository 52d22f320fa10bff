package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// HasPsql tells whether psql is installed.
func HasPsql() bool {
	_, err := exec.LookPath("psql")
	return err == nil
}

// PsqlCommand prepares psql against the node, unaligned and without headers.
func (n *Node) PsqlCommand(ctx context.Context, args ...string) *exec.Cmd {
	all := append([]string{"-X", "-q", "-h", "127.0.0.1", "-p", n.Port(), "-U", "e2e", "-d", "leat", "-At", "-F", " ", "-v", "ON_ERROR_STOP=1", "-P", "pager=off"}, args...)
	cmd := exec.CommandContext(ctx, "psql", all...)
	cmd.Env = append(cmd.Environ(), "PGCONNECT_TIMEOUT=10", "PGSSLMODE=disable")
	return cmd
}

// Psql runs psql and gives its output lines.
func (n *Node) Psql(ctx context.Context, args ...string) ([]string, error) {
	cmd := n.PsqlCommand(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("psql %q: %w\n%s", args, err, errs.String())
	}
	text := strings.TrimRight(out.String(), "\n")
	if text == "" {
		return nil, nil
	}
	return strings.Split(text, "\n"), nil
}
