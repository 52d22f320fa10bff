package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/fn"
)

// Config is what a Server is opened with. Start from DefaultConfig.
type Config struct {
	// DataDir holds all state; made when absent. Default ./leat-data.
	DataDir string
	// PGAddr is the address of the Postgres wire; "" listens on none. Default 127.0.0.1:7432.
	PGAddr string
	// HTTPAddr is the address of health checks and metrics; "" turns it off. Default 127.0.0.1:8081.
	HTTPAddr string
	// FS holds DataDir. Default: the operating system's.
	FS vfs.FS
	// Clock gives statements and steps their time. Default: the machine's.
	Clock log.Clock
	// Sleep waits d of Clock's time, or gives an error when ctx ends first. Default: the machine's timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Rand gives secrets and seeds. Default: crypto/rand.
	Rand io.Reader
	// Logger receives what nobody awaits. Default: discards.
	Logger *slog.Logger
	// MaxConnections of the Postgres wire. Default 500.
	MaxConnections int
	// ReservedConnections come on top of these, for superusers. Default 5.
	ReservedConnections int
	// SecretKey seals the values of CREATE SECRET; nil: there are none.
	SecretKey []byte
	// Access is who may come in, and how.
	Access Access
	// MaxBatch is the most rows of a task's step; the golden runner varies it. Default 4096.
	MaxBatch int
	// TickEvery is how often tasks hear of the wall clock; 0 only when Tick is
	// called (virtual time). Default 200 ms.
	TickEvery time.Duration
	// MaintainEvery is how often retention and compaction run; 0 never. Default 30 s.
	MaintainEvery time.Duration
	// CheckpointEvery is the time between a task's checkpoints. Default 30 s.
	CheckpointEvery time.Duration
	// MaxClose is how many rows of closed windows come out of one step of a continuous query; a data directory keeps the one it began
	// with. 0: as task.Config says.
	MaxClose int
	// ChangesFrom is the size in bytes of a task's whole checkpoint behind which only what changed is written. Default 64 KiB.
	ChangesFrom int64
	// DrainFor is how long Close lets running statements finish. Default 2 s.
	DrainFor time.Duration
	// Turn orders the steps of tasks (task.Config.Turn); the golden runner sets it.
	Turn func(task string) (done func())
	// Functions are the functions of statements. nil: the built-in ones; runners of
	// test files extend them.
	Functions *fn.Registry
	// MaxState bounds what one task of a continuous query keeps, in bytes; 0 does
	// not. Default 8 GiB.
	MaxState int64
	// MaxPush bounds what a push query keeps. 0: MaxState.
	MaxPush int64
	// SpillFlush is after how many bytes rows beyond MaxState go to a file. 0: as task.Config says.
	SpillFlush int
	// MaxDecoded bounds the decoded rows that wait for other queries which read the same partition, over all of
	// them, in bytes; 0: every query decodes for itself. Default 32 MiB.
	MaxDecoded int64
	// MaxUncommitted bounds the results of continuous queries that wait for the log, over all of them, in bytes: with
	// more, no query begins another step; 0 does not. Default 64 MiB.
	MaxUncommitted int64
	// At is called at each of log.Points and task.Points; campaigns cut the power in it. nil: nothing.
	At func(point string)
	// Fatal is called with the cause when the log can no longer be written or read.
	// It must not return. nil: panics.
	Fatal func(error)
	// TuneLog changes the log's own configuration (tests: small segments); may be nil.
	TuneLog func(*log.Config)
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		DataDir: "./leat-data", PGAddr: "127.0.0.1:7432", HTTPAddr: "127.0.0.1:8081",
		FS: vfs.Default, Clock: log.SystemClock{}, Sleep: sleepFor, Rand: rand.Reader, Logger: slog.New(slog.DiscardHandler),
		MaxConnections: 500, ReservedConnections: 5, Access: DefaultAccess(), MaxBatch: 4096, MaxState: 8 << 30, MaxDecoded: 32 << 20,
		MaxUncommitted: 64 << 20,
		TickEvery:      200 * time.Millisecond, MaintainEvery: 30 * time.Second, CheckpointEvery: 30 * time.Second,
		DrainFor: 2 * time.Second,
	}
}

// Validate reports every fault in one error.
func (c Config) Validate() error {
	var faults []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	must(c.DataDir != "", "no data directory")
	must(c.FS != nil, "no file system")
	must(c.Clock != nil && c.Sleep != nil, "no clock")
	must(c.Rand != nil, "no randomness")
	must(c.Logger != nil, "no logger")
	must(c.MaxConnections > 0 && c.ReservedConnections >= 0, "%d connections, %d reserved", c.MaxConnections, c.ReservedConnections)
	must(len(c.Access.Rules) > 0, "no authentication rules")
	must(slices.Contains([]string{"on", "sync", "off"}, c.Access.Audit), "audit %q is none of on, sync, off", c.Access.Audit)
	must(!c.Access.RequireTLS || c.Access.Certificates != nil, "TLS is required and there are no certificates")
	must(c.MaxBatch > 0, "steps of %d rows", c.MaxBatch)
	must(c.MaxDecoded >= 0, "decoded rows of %d bytes", c.MaxDecoded)
	must(c.MaxUncommitted >= 0, "uncommitted results of %d bytes", c.MaxUncommitted)
	must(c.TickEvery >= 0 && c.MaintainEvery >= 0 && c.CheckpointEvery >= 0, "a negative interval")
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("server configuration: %w", errors.Join(faults...))
}
