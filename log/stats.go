package log

import "time"

// Stats is a reading of the whole log, topics by name.
type Stats struct {
	Topics []TopicStats
	Groups []GroupStats
}

// TopicStats is one topic.
type TopicStats struct {
	Name       string
	Internal   bool
	Partitions []PartitionStats
}

// PartitionStats is one partition.
type PartitionStats struct {
	Partition  int32
	Start, End int64
	Bytes      int64
	Segments   int
	// PinnedBytes lie below the logical start but are kept for a pin.
	PinnedBytes int64
}

// GroupStats is one Raft group; group 0 is the catalog's.
type GroupStats struct {
	Group                     uint32
	Term                      uint64
	CommitIndex, AppliedIndex uint64
	WALBytes                  int64
	LastFsync                 time.Duration
	Fsyncs                    int64 // since the start; FsyncTime is what they took together
	FsyncTime                 time.Duration
	Leader                    bool
	Topics, Partitions, Tasks int
	TailBytes                 int64
}
