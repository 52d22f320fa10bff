package log

// Points between an append and its answer at which Config.At is called: where a campaign cuts the power.
const (
	// PointEntry: an entry is made and not yet given to Raft.
	PointEntry = "log/entry"
	// PointWritten: the write-ahead log has the entry's bytes, unsynced.
	PointWritten = "log/written"
	// PointSynced: the entry is durable, nobody knows it yet.
	PointSynced = "log/synced"
	// PointApply: the entry is committed and about to change the state.
	PointApply = "log/apply"
	// PointApplied: the state and segments have the entry, nobody is told yet.
	PointApplied = "log/applied"
	// PointAnswer: the outcomes are about to be handed out.
	PointAnswer = "log/answer"
	// PointSnapshot: a snapshot's files are synced, its manifest is not written.
	PointSnapshot = "log/snapshot"
	// PointInstalled: a snapshot is durable, what it replaces is still there.
	PointInstalled = "log/installed"
)

// Points are all of them, in the order of an entry's way.
var Points = []string{
	PointEntry, PointWritten, PointSynced, PointApply, PointApplied, PointAnswer, PointSnapshot, PointInstalled,
}
