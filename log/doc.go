// Package log is the replicated partition log: topics cut into partitions, every partition a sequence of Kafka
// RecordBatch v2 bytes kept verbatim, committed through Raft groups whose logs are the only write-ahead log.
//
//	point.go                                  the points where campaigns cut the power
//	config.go, clock.go, clock_system.go     Config, the clock seam and the system clock
//	errors.go, statemachine.go               what can go wrong; what group 0 drives
//	topic.go, task.go, append_types.go       what topics, tasks, appends and fetches are, as data
//	open.go                                  Log, Open, Close, recovery order
//	append.go, commit.go, ddl.go             Append, Commit and the other proposals; reading a journal
//	read.go, pins.go                         Fetch, Offsets, Wait; pins
//	stats.go, stats_read.go                  Stats and its reading
//	proposer.go                              what waits becomes one entry, proposed and answered in order
//	proposer_ahead.go                        an entry that its caller stores, applies and answers; Raft is told later
//	space.go                                 the free disk space that entries may use
//	entry.go, entry_*.go, bytes.go           the bytes of a Raft entry: a versioned list of commands; entry_room.go:
//	                                         made around batches that stay where they were built
//	node.go, fsm.go, raftlog.go              one Raft group on this machine: its Raft, its FSM, its snapshots
//	early.go                                 an only voter's entries, applied as soon as they are stored
//	metagroup.go                             group 0: hands commands to the StateMachine
//	datagroup.go, apply_*.go                 the data group's state machine, a file a family of commands
//	producer.go                              the last five batches of each idempotent producer
//	manifest.go, manifest_restore.go         the snapshot: synced lengths, producers, tasks; capture and restore
//	partition.go, partition_read.go          one partition: segments, tail, wake-ups; its reading
//	segment.go, segment_file.go              one segment and its walk; its file handle
//	segment_index.go                         its sparse index of offset and time
//	maintain.go, compact.go                  retention and physical deletion; compaction
//	inspect.go, inspect_data.go              all checksums of a directory, read only
//	wal.go, wal_*.go                         the LogStore: recycled segments, one write and one fdatasync; wal_ahead.go:
//	                                         entries stored before Raft brings them
//	os_direct_linux.go, os_direct_other.go   writes past the page cache
//	stable.go, snapstore.go, files.go        the synced StableStore and SnapshotStore; durable files
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
//	L10 An entry is applied once, when it is committed: by Raft's FSM goroutine; or early, by who stored it behind the
//	    write, Raft's main goroutine or the proposer (L11), when this node leads, is the only voter of the newest
//	    configuration (so that what it has stored is committed) and has applied all entries before. The state knows
//	    the index it has come to, in snapshots too, and Raft's Apply of an entry that it has changes nothing. An entry
//	    that was applied early is in the WAL before a snapshot names its index; a WAL that ends before is corrupt.
//	L11 An entry that is stored before Raft knows it stands behind the last one, in its term, and Raft brings no other
//	    entry in its place: this node leads in that term, is the only voter, nobody else reaches its Raft, and it gives
//	    Raft such entries in their order before anything else. The WAL checks what Raft brings; an entry other than the one
//	    that it has is fatal, and not stored.
//
// Lock order: Log.maintenance, pins.mu, fsm.mu, dataGroup.mu, partition.mu, segmentIndex.mu, segmentFile.mu; in the WAL w
// before mu; proposer.order before proposer.mu. Who holds fsm.mu is the only one that changes topics, tasks and ends of partitions, so that it
// reads those without locks and locks to publish; maintenance replaces or takes away sealed segments beside it.
//
// It does not know SQL, schemas or the catalog: group 0 carries commands for a StateMachine that it is given.
package log
