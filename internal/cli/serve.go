package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/leatdb/leat/server"
)

func runServe(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	addSettingFlags(fs)
	file := fs.String("config", "", "configuration `FILE`; default ./leat.toml if it exists")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(env.stderr, "leat serve: unexpected argument %q\n", fs.Arg(0))
		return exitUsage
	}
	s, err := loadSettings(fs, env.getenv, *file)
	if err != nil {
		return env.fail(err)
	}
	logger := newLogger(env.stderr, s.LogLevel, s.LogJSON)
	slog.SetDefault(logger)
	tuneMemory(env.getenv)
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr, cfg.Logger = s.Data, s.PG, s.HTTP, logger
	if err := s.lock(&cfg); err != nil {
		fmt.Fprintf(env.stderr, "leat serve: %v\n", err)
		return exitUsage
	}
	if cfg.SecretKey, err = s.secretKey(env.getenv); err != nil {
		return env.fail(err)
	}
	private()
	cfg.Fatal = func(err error) {
		logger.Error("the disk failed: the process ends; what was acknowledged is there after a restart", "err", err)
		os.Exit(exitFailed)
	}
	begin := time.Now()
	srv, err := server.Open(ctx, cfg)
	if err != nil {
		return env.fail(busyHint(err))
	}
	if err := errors.Join(ensureSuperuser(ctx, srv, s, env.getenv, logger), mountSite(srv, logger, s.Hosts)); err != nil {
		return env.fail(errors.Join(err, srv.Close()))
	}
	defer startReloads(ctx, srv, s, logger)()
	defer supervise(ctx, srv, newSupervisor(env.getenv), logger)()
	go func() {
		<-srv.Listening()
		logger.Info("ready", "pg", srv.PGAddr(), "http", srv.HTTPAddr(), "data", s.Data, "ms", time.Since(begin).Milliseconds())
	}()
	if err := srv.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return env.fail(busyHint(err))
	}
	logger.Info("stopped")
	return exitOK
}

// busyHint adds to a busy port or directory the flag that chooses another.
func busyHint(err error) error {
	if strings.Contains(err.Error(), "address already in use") {
		return fmt.Errorf("%w; another server is there: stop it, or choose another address with --pg or --http", err)
	}
	if strings.Contains(err.Error(), "resource temporarily unavailable") {
		return fmt.Errorf("%w; another leat process uses this data directory: stop it, or choose another with --data", err)
	}
	return err
}

// newLogger writes text on a terminal and JSON otherwise, unless told.
func newLogger(w io.Writer, level, format string) *slog.Logger {
	var lv slog.Level
	if err := lv.UnmarshalText([]byte(level)); err != nil {
		lv = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: lv}
	f, isFile := w.(*os.File)
	text := format == "text" || format == "" && isFile && term.IsTerminal(int(f.Fd()))
	if text {
		return slog.New(slog.NewTextHandler(w, opt))
	}
	return slog.New(slog.NewJSONHandler(w, opt))
}
