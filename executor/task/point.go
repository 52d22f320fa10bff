package task

// Points of a task's life at which Config.At is called: where a campaign cuts the power.
const (
	// PointStepped: a step is computed, its entry is not proposed.
	PointStepped = "task/stepped"
	// PointResumed: a step has gone on with closed windows, its entry is not proposed.
	PointResumed = "task/resumed"
	// PointProposed: the entry is on its way, its outcome is not known.
	PointProposed = "task/proposed"
	// PointCommitted: the entry is committed, nobody is told yet.
	PointCommitted = "task/committed"
	// PointSaving: a checkpoint's state is frozen, nothing is on disk.
	PointSaving = "task/saving"
	// PointWritten: a checkpoint's file is there under a name that says that it is not.
	PointWritten = "task/written"
	// PointSaved: the checkpoint is durable, files that it replaces are there, the journal is not trimmed.
	PointSaved = "task/saved"
	// PointSavedChanges: the same, and it is what changed behind other files.
	PointSavedChanges = "task/saved-changes"
	// PointTidied: files that no checkpoint kept goes on from are removed, the journal is not trimmed.
	PointTidied = "task/tidied"
	// PointTrimmed: the journal is trimmed to the older checkpoint kept.
	PointTrimmed = "task/trimmed"
	// PointRecovered: a task has replayed its journal and goes on.
	PointRecovered = "task/recovered"
)

// Points are all of them.
var Points = []string{PointStepped, PointResumed, PointProposed, PointCommitted, PointSaving, PointWritten, PointSaved,
	PointSavedChanges, PointTidied, PointTrimmed, PointRecovered}
