// Package task runs streaming plans over the partition log: persistent jobs
// exactly once by a journal, tables by tailing their topics, push queries as
// ephemeral tasks, and scans for pull queries.
//
//	point.go          the points where campaigns cut the power
//	config.go         Config, and what is needed of the log
//	runtime.go        Runtime: jobs by name, Close, WaitApplied, WaitIdle, Tick
//	job.go            JobSpec, names of tasks and topics, Activation, starting and stopping
//	status.go         JobStatus, late rows
//	task.go           one stage x one partition: drain, step, encode, commit
//	task_more.go      steps that go on with closed windows; flight.go: what may wait for the log
//	task_hold.go      steps of a backlog that share an entry
//	task_recover.go   checkpoint, then replay along the journal
//	spill.go          where state goes that memory has no room for
//	task_save.go      ticks and checkpoints; idle.go: windows closed by the clock
//	task_wait.go      sleeping, and waiting for a task
//	core.go, tree.go  the operators of a stage with their inputs, without a journal
//	cursor.go         records of a partition in order
//	feed.go, merge.go decoded inputs and their merged order; again.go: the memory of
//	                  rows used again where no step keeps it
//	tails.go          partitions' newest rows, decoded once for all that read them at the
//	                  same time; tail.go one of them, chunk.go its rows and a reader's view
//	headers.go        headers of records that go on to what is made of them
//	journal.go        the bytes of steps
//	outputs.go        rows to batches for sinks and exchanges; house.go: batches built where their entry will be
//	adopt.go          a table made to hold what another holds, in one entry
//	gate.go           where jobs stop reading, for two to stop at one place
//	deadletter.go     what could not be processed
//	processinglog.go  the same, and what became NULL, as ksqlDB logs it
//	checkpoint.go     the bytes of a checkpoint's file; checkpoints.go: chains of them; checkpoint_write.go
//	inspect.go        their checksums, read only
//	table.go, scan.go materialised tables and scans; scan_stream.go streams
//	subscription.go   push queries; subscription_start.go where they begin, tokens; memlog.go their exchanges
//
// Invariants, cited where they are asserted or tested:
//
//	E1  A task writes only in its journal entries; every consumed offset is in one of them.
//	E2  An entry names the epoch before it; a task whose entry is rejected discards its memory, and proposes no
//	    epoch twice, so that what it left in flight can follow nothing.
//	E3  The order of rows within a step follows from the step's slices alone.
//	E4  Replay runs the recorded steps at the recorded times and must give the recorded output.
//	E5  A checkpoint is written after its epoch has committed; one ahead of the journal is ignored. The journal goes back to the older of two.
//	E6  What readers see has committed: they read the log, never a task's memory.
//	E7  A tail gives a reader the rows, bad records and headers that it would decode, and only what was read from
//	    the log since it came: so no answer and no replay depends on whether rows were shared.
//
// A step takes at most MaxBatch rows, merged from the inputs' heads by
// (timestamp, input, offset). When a task starts, its table inputs are read up
// to their ends of that moment before its other inputs are read, so that a
// stream meets the table that was there.
//
// Checkpoints are what changed since the last but one, in two chains of files
// that have none in common (checkpoints.go). The journal is trimmed to the older
// of the two kept, and so are the pins that keep a task's input readable;
// exchange topics keep a bounded tail behind them. A step is in one entry, which in a
// backlog it shares with others (task_hold.go).
// A step gives at most MaxClose rows of closed windows, and the next ones go on
// with them (task_more.go), where the windows' operator is read by none that
// reads others; a join with a huge output makes a huge entry.
//
// Tasks and push queries share tails. Replays, tables, scans and exchanges decode
// for themselves, and so does a reader that is alone, which costs it nothing: its
// memory is used again only for rows that no tail has had.
//
// Subscriptions work only while they are read, so there is nothing to wait for:
// after WaitIdle, Ready tells whether rows are there.
//
// The package knows no SQL text, sessions or catalog state: the server
// activates topics and tasks in the log and hands plans in.
package task
