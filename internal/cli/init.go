package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/leatdb/leat/server"
)

// runInit makes a data directory with its first superuser.
func runInit(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	d := defaultSettings()
	dir := fs.String("data", d.Data, "`DIR` of all state")
	name := fs.String("superuser", d.Superuser, "`NAME` of the first superuser")
	file := fs.String("password-file", "", "`FILE` with its password; else LEAT_PASSWORD; else one is drawn and printed")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(env.stderr, "leat init: unexpected argument %q\n", fs.Arg(0))
		return exitUsage
	}
	password, err := settings{PasswordFile: *file}.password(env.getenv)
	if err != nil {
		return env.fail(err)
	}
	drawn := password == ""
	if drawn {
		password = rand.Text()
	}
	private()
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = *dir, "", ""
	srv, err := server.Open(ctx, cfg)
	if err != nil {
		return env.fail(busyHint(err))
	}
	created, err := srv.EnsureSuperuser(ctx, *name, password)
	if err := errors.Join(err, srv.Close()); err != nil {
		return env.fail(err)
	}
	switch {
	case !created:
		return env.fail(fmt.Errorf("role %q exists in %s: nothing was changed", *name, *dir))
	case drawn:
		fmt.Fprintf(env.stdout, "superuser %s in %s\npassword %s\nIt is not kept anywhere: write it down.\n", *name, *dir, password)
	default:
		fmt.Fprintf(env.stdout, "superuser %s in %s\n", *name, *dir)
	}
	return exitOK
}
