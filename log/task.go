package log

import "github.com/leatdb/leat/log/batch"

// StartKind says where a task begins to read an input.
type StartKind uint8

// The kinds of start.
const (
	Earliest  StartKind = iota // the partition's logical start
	Latest                     // its end at the activation
	Offset                     // StartAt.Offset, moved into what exists
	Timestamp                  // the first record at or after StartAt.Time
)

// StartAt places one input of a task.
type StartAt struct {
	Topic     string
	Partition int32
	Start     StartKind
	Offset    int64 // for Offset
	Time      int64 // for Timestamp, Unix ms
}

// TaskStart begins a task at epoch 0 with its inputs pinned at their starts.
type TaskStart struct {
	Task   string
	Inputs []StartAt
}

// Activation is the place of a DDL statement in the data log: topics made, tasks begun and ended, in one entry.
type Activation struct {
	PlanID string // not empty; a second activation of the same id changes nothing and gives the first result
	Topics []TopicConfig
	Tasks  []TaskStart
	Drop   []string // tasks to end
}

// TaskPositions are the inputs of one task.
type TaskPositions struct {
	Task   string
	Inputs []InputPos
}

// ActivationResult gives the start offsets fixed by Apply, in the order of Activation.Tasks.
type ActivationResult struct {
	Tasks     []TaskPositions
	EntryTime int64 // Unix ms
}

// InputPos is the next offset a task reads of one partition.
type InputPos struct {
	Topic     string
	Partition int32
	Next      int64
}

// JournalEntry is one committed run of steps of one task.
type JournalEntry struct {
	Task string
	// PrevEpoch must be the task's current epoch; Epoch must be greater.
	PrevEpoch, Epoch uint64
	EngineVersion    uint32
	Time             int64      // step time, Unix ms
	Steps            []byte     // the executor's encoding, opaque here
	Inputs           []InputPos // consumed positions after this entry; inputs left out stay where they were
	Outputs          []Append   // given; applied with the entry; not stored in the journal, so JournalRead leaves them nil
	OutputCounts     []int64
	OutputCRC        uint32
	Room             *batch.Room // given, or nil: Outputs were built there, one behind the other
}

// JournalResult is what applying a journal entry gave.
type JournalResult struct {
	Epoch     uint64
	Outputs   []AppendResult
	EntryTime int64 // Unix ms
}

// TaskState is a task as of its last committed entry.
type TaskState struct {
	Epoch  uint64
	Inputs []InputPos // positions as of Epoch
	Start  []InputPos // fixed by the activation
	// TrimEpoch is the epoch of the oldest kept checkpoint; the journal holds the entries after it.
	TrimEpoch uint64
	// Pinned are the input positions kept readable: those of that checkpoint, at first Start.
	Pinned []InputPos
}
