package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/server/auth"
)

// runAudit checks the chain of the audit log.
func runAudit(_ context.Context, env *environment, args []string) int {
	fs := env.flags()
	dir := fs.String("data", defaultSettings().Data, "`DIR` of all state")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(env.stderr, "leat audit: unexpected argument %q\n", fs.Arg(0))
		return exitUsage
	}
	lines, last, err := auth.VerifyBook(vfs.Default, filepath.Join(*dir, "audit"))
	if err != nil {
		return env.fail(err)
	}
	fmt.Fprintf(env.stdout, "%d lines, whole\nlast %s\n", lines, last)
	return exitOK
}
