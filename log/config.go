package log

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

// Config is what a Log is opened with. Start from DefaultConfig.
type Config struct {
	// FS holds every file. Default: the operating system's.
	FS vfs.FS
	// Dir is the directory of the log inside FS; made when absent. No default.
	Dir string
	// Clock gives entries their time. Default: SystemClock.
	Clock Clock
	// Rand is reserved for identifiers; the log itself draws nothing at random. May be nil.
	Rand io.Reader
	// Logger receives Raft's messages (at debug) and the log's own. Default: discards.
	Logger *slog.Logger
	// DataGroups is the number of data groups. Only 1 today.
	DataGroups int
	// SegmentBytes is the size at which a partition's segment rolls, fixed for a topic when it is made.
	// Small: many files; large: retention and compaction work in coarse steps. Default 64 MiB.
	SegmentBytes int64
	// SegmentMs is the span of entry time after which a segment rolls. Default 7 days.
	SegmentMs int64
	// IndexInterval is the distance in bytes between entries of the sparse index. Small: memory; large: a
	// read at an offset scans further. Default 32 KiB.
	IndexInterval int
	// TailCacheBytes bounds the batches kept in memory for tailing readers, over all partitions. Default 64 MiB.
	TailCacheBytes int64
	// WALSegmentBytes is the size of a write-ahead segment file, filled when made and recycled for ever.
	// Small: frequent rolls, two syncs each; large: a slow first start. Group 0 takes at most 1 MiB. Default 8 MiB.
	WALSegmentBytes int64
	// SnapshotBytes of write-ahead log cause a snapshot, which syncs segments and frees the log. Small:
	// frequent syncs; large: a long recovery. Group 0 takes at most 4 MiB. Default 64 MiB.
	SnapshotBytes int64
	// EntryBytes is how much of what waits is combined in one entry. Default 1 MiB.
	EntryBytes int
	// MaxBatchBytes bounds a batch when its topic sets no limit. Default 16 MiB.
	MaxBatchBytes int
	// MinDirtyRatio is the uncleaned share of a compacted partition's sealed bytes that starts a cleaning.
	// 0 cleans whenever something is uncleaned. Default 0.5.
	MinDirtyRatio float64
	// ReserveBytes of free disk are kept from ordinary appends; journal entries may use all but a quarter of
	// them. Default 64 MiB; 0 turns the check off.
	ReserveBytes uint64
	// Relaxed acknowledges before fsync: a power cut may lose acknowledged rows. Default off.
	Relaxed bool
	// Fatal is called with the cause when the WAL, the stable store or a segment cannot be written. It should
	// not return; the log stays unusable when it does. Default: panics with FATAL:.
	Fatal func(error)
	// At is called at each of Points, on the goroutine that got there, which may hold locks of the log; campaigns cut the
	// power in it. Default: nothing.
	At func(point string)
	// Transport gives a group its Raft transport. Default: in memory, for one voter.
	Transport func(group uint32) (raft.Transport, error)
	// NodeID is this voter's name in every group. Default "n1".
	NodeID string
}

// DefaultConfig returns the defaults for dir on the operating system's file system.
func DefaultConfig(dir string) Config {
	return Config{
		FS:              vfs.Default,
		Dir:             dir,
		Clock:           SystemClock{},
		Logger:          slog.New(slog.DiscardHandler),
		DataGroups:      1,
		SegmentBytes:    64 << 20,
		SegmentMs:       7 * 24 * 3600 * 1000,
		IndexInterval:   32 << 10,
		TailCacheBytes:  64 << 20,
		WALSegmentBytes: 8 << 20,
		SnapshotBytes:   64 << 20,
		EntryBytes:      1 << 20,
		MaxBatchBytes:   16 << 20,
		MinDirtyRatio:   0.5,
		ReserveBytes:    64 << 20,
		Fatal:           func(err error) { panic("FATAL: " + err.Error()) },
		At:              func(string) {},
		NodeID:          "n1",
	}
}

// Validate reports every fault of the configuration in one error.
func (c Config) Validate() error {
	var faults []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	must(c.FS != nil, "no file system")
	must(c.Dir != "", "no directory")
	must(c.Clock != nil, "no clock")
	must(c.Logger != nil, "no logger")
	must(c.Fatal != nil, "no fatal handler")
	must(c.At != nil, "no hook for points")
	must(c.NodeID != "", "no node id")
	must(c.DataGroups == 1, "data groups must be 1, not %d", c.DataGroups)
	must(c.SegmentBytes >= 1<<10, "segment bytes %d below 1 KiB", c.SegmentBytes)
	must(c.SegmentMs > 0, "segment span %d ms is not positive", c.SegmentMs)
	must(c.IndexInterval >= 64, "index interval %d below 64", c.IndexInterval)
	must(c.TailCacheBytes >= 0, "tail cache of %d bytes", c.TailCacheBytes)
	must(c.WALSegmentBytes >= 4<<10 && c.WALSegmentBytes <= 1<<30, "WAL segment of %d bytes outside 4 KiB..1 GiB", c.WALSegmentBytes)
	must(c.SnapshotBytes >= 4<<10, "snapshot bytes %d below 4 KiB", c.SnapshotBytes)
	must(c.EntryBytes >= 1<<10, "entry bytes %d below 1 KiB", c.EntryBytes)
	must(c.MaxBatchBytes >= 1<<10 && c.MaxBatchBytes <= 256<<20, "batch limit %d outside 1 KiB..256 MiB", c.MaxBatchBytes)
	must(c.MinDirtyRatio >= 0 && c.MinDirtyRatio <= 1, "dirty ratio %v outside 0..1", c.MinDirtyRatio)
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("log configuration: %w", errors.Join(faults...))
}
