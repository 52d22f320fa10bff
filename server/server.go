package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server/auth"
)

// Server is an open database.
type Server struct {
	cfg     Config
	catalog *catalog.Catalog
	log     *log.Log
	runtime *task.Runtime
	wire    *pgwire.Server
	web     *http.Server
	pg      net.Listener
	http    net.Listener
	metrics *metrics
	mounted mount
	feeds   feeds
	// replacing are the CREATE OR REPLACEs that build beside (beside.go).
	replacing replacing
	advisory  advisory
	started   time.Time
	guard     *auth.Guard
	audit     auth.Audit
	book      *auth.Book // nil: none is kept

	listening chan struct{}
	stop      context.CancelFunc // of the background goroutines
	running   sync.WaitGroup

	mu struct {
		sync.Mutex
		sessions map[uint32]*Session
		channels map[string][]*Session // LISTEN
		behind   map[string]bool       // jobs made with background_ddl
		nextPID  uint32
		closed   bool
		ready    bool
	}
	// ddl is held by a statement that changes the catalog, from its first look
	// until its job runs: two of them never interleave.
	ddl sync.Mutex
}

// Open opens the data directory, recovers, starts the jobs and binds the
// listeners. Run answers clients; sessions of NewSession work without it.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := cfg.Exposed(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, catalog: catalog.New(), listening: make(chan struct{}), started: cfg.Clock.Now()}
	s.mu.sessions, s.mu.behind = map[uint32]*Session{}, map[string]bool{}
	s.replacing.init()
	s.metrics = newMetrics(s)
	if err := s.bind(); err != nil {
		return nil, err
	}
	if err := s.openLog(ctx); err != nil {
		return nil, errors.Join(err, s.unbind())
	}
	if err := s.openDoors(); err != nil {
		return nil, errors.Join(err, s.log.Close(), s.unbind())
	}
	s.runtime = task.New(task.Config{
		Log: s.log, FS: cfg.FS, Dir: cfg.FS.PathJoin(cfg.DataDir, "checkpoints"), Clock: cfg.Clock, Logger: cfg.Logger,
		Schemas: s.catalog, MaxBatch: cfg.MaxBatch, MaxState: cfg.MaxState, MaxPush: cfg.MaxPush, SpillFlush: cfg.SpillFlush,
		MaxDecoded: cfg.MaxDecoded, MaxUncommitted: cfg.MaxUncommitted, CheckpointEvery: cfg.CheckpointEvery,
		ChangesFrom: cfg.ChangesFrom, MaxClose: cfg.MaxClose, Turn: cfg.Turn, At: cfg.At,
	})
	if err := s.recover(ctx); err != nil {
		return nil, errors.Join(err, s.runtime.Abandon(ctx), s.log.Close(), s.closeBook(), s.unbind())
	}
	s.startBackground()
	s.resumeReplacements()
	s.mu.Lock()
	s.mu.ready = true
	s.mu.Unlock()
	return s, nil
}

func (s *Server) openLog(ctx context.Context) error {
	if err := s.makeDir(); err != nil {
		return fmt.Errorf("make data directory %s: %w", s.cfg.DataDir, err)
	}
	lc := log.DefaultConfig(s.cfg.FS.PathJoin(s.cfg.DataDir, "log"))
	lc.FS, lc.Clock, lc.Logger = s.cfg.FS, s.cfg.Clock, s.cfg.Logger
	if s.cfg.Fatal != nil {
		lc.Fatal = s.cfg.Fatal
	}
	if s.cfg.At != nil {
		lc.At = s.cfg.At
	}
	if s.cfg.TuneLog != nil {
		s.cfg.TuneLog(&lc)
	}
	l, err := log.Open(ctx, lc, s.catalog)
	if err != nil {
		return fmt.Errorf("open log in %s: %w", s.cfg.DataDir, err)
	}
	s.log = l
	return nil
}

// makeDir makes the data directory so that a crash does not lose it: every
// directory on the way down is synced.
func (s *Server) makeDir() error {
	fs := s.cfg.FS
	if _, err := fs.Stat(s.cfg.DataDir); err == nil {
		return nil
	}
	if err := fs.MkdirAll(s.cfg.DataDir, 0o700); err != nil {
		return err
	}
	for dir := s.cfg.DataDir; ; {
		parent := fs.PathDir(dir)
		if parent == dir {
			return nil
		}
		d, err := fs.OpenDir(parent)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
		dir = parent
	}
}

// startBackground runs what follows the wall clock.
func (s *Server) startBackground() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	every := func(d time.Duration, f func(now int64)) {
		if d <= 0 {
			return
		}
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			t := time.NewTicker(d)
			defer t.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-t.C:
					f(s.cfg.Clock.Now().UnixMilli())
				}
			}
		}()
	}
	if s.cfg.Access.Insecure {
		s.warnInsecure()
		every(insecureEvery, func(int64) { s.warnInsecure() })
	}
	every(s.cfg.TickEvery, s.Tick)
	every(s.cfg.MaintainEvery, func(now int64) {
		if err := s.log.RunMaintenance(now); err != nil && !errors.Is(err, log.ErrClosed) {
			s.cfg.Logger.Error("maintenance failed", "err", err)
		}
	})
}

// Tick tells the jobs that wall-clock time has passed, and readers of rows whose
// writer's client does not take its answer; now is ms.
func (s *Server) Tick(now int64) {
	s.log.Tell()
	s.runtime.Tick(now)
}

// WaitIdle blocks until all jobs have committed all input there is.
func (s *Server) WaitIdle(ctx context.Context) error {
	for {
		if err := s.runtime.WaitIdle(ctx); err != nil {
			return err
		}
		if waited, err := s.replacing.waitAll(ctx); !waited || err != nil {
			return err
		}
	}
}

// Checkpoint asks every task for a checkpoint.
func (s *Server) Checkpoint() { s.runtime.Checkpoint() }

// Run answers clients until ctx ends, then closes the server. It returns nil
// after an orderly end.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 2)
	s.serve(failed)
	close(s.listening)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, s.Close())
}

// Listening is closed once Run accepts clients.
func (s *Server) Listening() <-chan struct{} { return s.listening }

// Close drains the clients, checkpoints the jobs and closes the log.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.DrainFor)
	defer cancel()
	if !s.beginClose() {
		return nil
	}
	s.wire.Shutdown(ctx)
	err := s.unbind()
	s.mounted.close()
	s.stop()
	s.running.Wait()
	s.replacing.end()
	s.closeSessions()
	// Jobs end by themselves once asked; what they have done is committed.
	err = errors.Join(err, s.runtime.Close(context.Background()))
	return errors.Join(err, s.log.Close(), s.closeBook())
}

// Abandon ends the server as a crash would: nothing more is saved. Tests of
// recovery use it together with a crashable file system.
func (s *Server) Abandon() error {
	if !s.beginClose() {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.wire.Shutdown(ctx)
	err := s.unbind()
	s.mounted.close()
	s.stop()
	s.running.Wait()
	s.replacing.end()
	s.closeSessions()
	err = errors.Join(err, s.runtime.Abandon(context.Background()))
	return errors.Join(err, s.log.Close(), s.closeBook())
}

func (s *Server) beginClose() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.mu.closed
	s.mu.closed, s.mu.ready = true, false
	return first
}

func (s *Server) closeSessions() {
	s.mu.Lock()
	open := make([]*Session, 0, len(s.mu.sessions))
	for _, ss := range s.mu.sessions {
		open = append(open, ss)
	}
	s.mu.Unlock()
	for _, ss := range open {
		ss.Close()
	}
	s.feeds.close()
}

// setBackground marks a job whose CREATE did not wait for the backfill.
func (s *Server) setBackground(job string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.behind[job] = true
}

func (s *Server) inBackground(job string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.behind[job]
}

// isReady tells whether recovery is done and closing has not begun.
func (s *Server) isReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.ready
}
