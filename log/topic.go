package log

import "github.com/leatdb/leat/log/batch"

// Cleanup says how a topic sheds old records.
type Cleanup uint8

// The cleanup policies.
const (
	Delete        Cleanup = iota // whole segments go by time and size
	Compact                      // the last record of each key stays; a null value is a tombstone
	CompactDelete                // both
)

// TopicConfig describes a topic. The log stores it; partitions and placement never change.
type TopicConfig struct {
	Name       string
	Partitions int32 // 1 to 65,536
	Cleanup    Cleanup
	// RetentionMs is the age at which segments go, counted from their last append or their greatest record
	// timestamp, whichever is later: old data that is loaded today stays as long as new data. -1 or 0 keeps all.
	RetentionMs int64
	// RetentionBytes is the size a partition is cut back to, in whole segments; -1 or 0 keeps all.
	RetentionBytes int64
	// DeleteRetentionMs is how long a tombstone stays readable after it was first cleaned.
	DeleteRetentionMs int64
	// MaxMessageBytes bounds one batch; 0 takes Config.MaxBatchBytes.
	MaxMessageBytes int
	// Codec is what the log's own writers compress with; batches are stored as they were sent.
	Codec batch.Codec
	// Internal topics are not shown to users.
	Internal bool
	// Placement is the group of each partition; partitions it leaves out take the default.
	Placement []int32
	// SegmentBytes and SegmentMs: 0 takes Config's, fixed when the topic is made.
	SegmentBytes, SegmentMs int64
}
