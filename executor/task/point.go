package task

// Points of a task's life at which Config.At is called: where a campaign cuts the power.
const (
	// PointStepped: a step is computed, its entry is not proposed.
	PointStepped = "task/stepped"
	// PointProposed: the entry is on its way, its outcome is not known.
	PointProposed = "task/proposed"
	// PointCommitted: the entry is committed, nobody is told yet.
	PointCommitted = "task/committed"
	// PointSaving: a checkpoint's bytes are made, nothing is on disk.
	PointSaving = "task/saving"
	// PointSaved: the checkpoint is durable, the journal is not trimmed.
	PointSaved = "task/saved"
	// PointTrimmed: the journal is trimmed to the older checkpoint kept.
	PointTrimmed = "task/trimmed"
	// PointRecovered: a task has replayed its journal and goes on.
	PointRecovered = "task/recovered"
)

// Points are all of them.
var Points = []string{PointStepped, PointProposed, PointCommitted, PointSaving, PointSaved, PointTrimmed, PointRecovered}
