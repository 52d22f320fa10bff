package task

import (
	"context"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
)

// Log is what tasks need of the partition log; *log.Log is one, and the tests
// have a deterministic one in memory.
type Log interface {
	Topic(name string) (log.TopicConfig, bool)
	Fetch(topic string, partition int32, offset int64, maxBytes int) (log.Fetched, error)
	Offsets(topic string, partition int32) (start, end int64, err error)
	OffsetForTime(topic string, partition int32, ms int64) (int64, error)
	// Wait gives a channel that is closed once the partition's end is above offset.
	Wait(topic string, partition int32, offset int64) <-chan struct{}
	TaskState(task string) (log.TaskState, bool)
	CommitAsync(e log.JournalEntry, done func(log.JournalResult, error))
	JournalRead(task string, fromEpoch uint64, fn func(log.JournalEntry) error) error
	TrimJournal(ctx context.Context, task string, upToEpoch uint64, checkpointInputs []log.InputPos) error
}

// CurrentEngine is the version of what operators do with the same rows: state and
// journals of another one are not replayed.
const CurrentEngine uint32 = 8

// Config is what a Runtime is made with. Zero fields take their defaults.
type Config struct {
	// Log holds topics and journals. No default.
	Log Log
	// FS and Dir are where checkpoints live; Dir is made when absent. No defaults.
	FS  vfs.FS
	Dir string
	// Schemas finds the registered schemas that records name. Default: none, records are of their columns' schema.
	Schemas codec.Schemas
	// Clock gives steps their time. No default.
	Clock log.Clock
	// Logger hears of what nobody awaits. Default: discards.
	Logger *slog.Logger
	// MaxBatch is the most rows of a step, over all inputs. Small: slow; large: coarse entries. Default 4096.
	MaxBatch int
	// FetchBytes is what one read of a partition asks for. Small: calls; large: memory a task, and more than a core caches. Default 256 KiB.
	FetchBytes int
	// OutputBytes is the size at which the batches of an entry are cut. Default 512 KiB.
	OutputBytes int
	// CheckpointEvery is the time between a task's checkpoints, acted upon at a Tick. Short: disk writes; long:
	// long recoveries and pinned input. Default 30 s.
	CheckpointEvery time.Duration
	// ChangesFrom is the size of a whole checkpoint behind which only what changed is written, up to half of it.
	// Small: many files for little state; large: all of the state each time. Default 64 KiB.
	ChangesFrom int64
	// InFlight is how many journal entries of a task may wait for their commit. Default 4.
	InFlight int
	// MaxClose is how many rows of closed windows come out of one step; the next ones go on with the others. A
	// journal is replayed with the one it was written with. Small: many entries; large: large ones. Default 16384.
	MaxClose int
	// LateKept is how many late rows a task remembers. Default 1000.
	LateKept int
	// MaxState bounds the state of one task in bytes; 0 does not.
	MaxState int64
	// MaxPush bounds that of a push query, which has no files to go on in. Default MaxState.
	MaxPush int64
	// SpillFlush is after how many bytes rows beyond MaxState go from memory to a file. Small: many files for
	// little state; large: memory beside MaxState. Default: by MaxState, 2 to 32 MiB.
	SpillFlush int
	// MaxDecoded bounds the decoded rows that wait for others that read the same partition, over all of them, in
	// bytes; 0: readers decode for themselves.
	MaxDecoded int64
	// MaxUncommitted is the bytes of entries, over all tasks, with which no task begins another step until some
	// are committed; 0 does not bound them. Small: tasks wait for the disk with nothing prepared; large: memory when
	// many tasks write much. Default 0.
	MaxUncommitted int64
	// EngineVersion is written into every entry; only the same version replays. Default CurrentEngine.
	EngineVersion uint32
	// At is called at each of Points, on the goroutine that got there; campaigns cut the power in it. Default: nothing.
	At func(point string)
	// Turn, when set, is asked before each step and told after it: how many
	// tasks compute at a time, and which goes next. Default: all, as they come.
	Turn func(task string) (done func())

	build  buildFunc // tests
	tails  *tails    // of the runtime; nil: nothing is shared
	flight *flight   // of the runtime
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	set := func(p *int, to int) {
		if *p <= 0 {
			*p = to
		}
	}
	set(&c.MaxBatch, 4096)
	set(&c.FetchBytes, 256<<10)
	set(&c.OutputBytes, 512<<10)
	set(&c.InFlight, 4)
	set(&c.LateKept, 1000)
	if c.MaxClose <= 0 {
		c.MaxClose = 16 << 10
	}
	if c.ChangesFrom <= 0 {
		c.ChangesFrom = changesFrom
	}
	if c.CheckpointEvery <= 0 {
		c.CheckpointEvery = 30 * time.Second
	}
	if c.EngineVersion == 0 {
		c.EngineVersion = CurrentEngine
	}
	if c.At == nil {
		c.At = func(string) {}
	}
	if c.build == nil {
		c.build = buildTree
	}
	if c.flight == nil {
		c.flight = newFlight(c.MaxUncommitted)
	}
	return c
}
