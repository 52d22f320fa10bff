// Package log is the replicated partition log: topics cut into partitions, every partition a sequence of Kafka
// RecordBatch v2 bytes kept verbatim, committed through Raft groups whose logs are the only write-ahead log.
//
//	config.go, clock*.go   Config, the clock seam and the system clock
//	open.go, close.go      Open, recovery order, Close
//	topic.go, task.go      what a topic and a task are, as data
//	append.go, commit.go   Append, Commit, NewProducer and the other proposals
//	proposer*.go           what waits becomes one entry; one goroutine proposes, one answers
//	entry*.go              the bytes of a Raft entry: a versioned list of commands
//	group*.go              one Raft group: its node, its state machine, its snapshots
//	apply*.go              the data group's state machine, a file a family of commands
//	manifest*.go           the snapshot: synced lengths, producers, tasks
//	partition*.go          one partition: segments, tail, wake-ups, reads
//	segment*.go            one segment file and its sparse index of offset and time
//	producer.go            the last five batches of each producer
//	maintain*.go           retention, compaction, physical deletion
//	wal*.go                the LogStore: recycled segments, one write and one fdatasync
//	stable.go, snapstore.go  the synced StableStore and SnapshotStore
//
// Invariants, cited where they are asserted:
//
//	L1  An acknowledged command is in the synced WAL of its group.
//	L2  Apply reads only its entry and the state of its group: no clock, no catalog, no free space.
//	L3  A command is applied whole or not at all, and has its own result.
//	L4  Offsets of a partition rise; a batch's base offset is the partition's end when it was applied.
//	L5  Segments are synced before a manifest names their lengths, and a manifest is durable before the WAL
//	    is truncated or a file that an older manifest names is deleted.
//	L6  A bad WAL record below a later valid record's mark is corruption; otherwise it is an unacknowledged
//	    tail and is cut.
//	L7  A task's journal entry applies only on top of the epoch it names.
//	L8  Entry time never goes back within a group.
//	L9  Nothing at or above a pin is deleted or cleaned.
//
// Lock order: group.mu, then partition.mu, then tail.mu. The apply goroutine of a group is the only one that
// changes its state, so it reads without locks and locks to publish.
//
// It does not know SQL, schemas or the catalog: group 0 carries commands for a StateMachine that it is given.
package log
