// Package op holds the streaming operators: each turns input batches into
// output batches, keeping the order of rows.
//
//	op.go                 Operator, Ctx, Failure, LateRow, Stats
//	build.go, tree.go     Build: a stage's nodes -> Tree: Step, Tick, Freeze, Load, Nodes
//	merge.go              rows of two ports merged by (Seq, port)
//	eval.go               expressions over batches, failed rows
//	rows.go, writer.go    reading changes, building output batches
//	filter.go             WHERE and HAVING, over streams and tables
//	project.go            SELECT list, PARTITION BY
//	explode.go            table functions
//	changes.go            a table's changes as rows of a stream
//	aggregate.go          what all GROUP BYs share: kernels, slots, rollback
//	distinct.go           the value sets of DISTINCT aggregates
//	aggregate_plain.go    GROUP BY without a window, over streams and tables; aggregate_columns.go: column by column, aggregate_texts.go: texts in one piece
//	aggregate_window.go   tumbling and hopping windows
//	aggregate_session.go  session windows
//	close.go              closed windows, given out over several steps: Tree.More, Resume
//	join_side.go          what joins share
//	join_stream_table.go  stream with table; join_condition.go: which rows of it are kept; join_found.go: rows found, each looked up and read once
//	join_streams.go       stream with stream
//	join_tables.go        table with table on their keys
//	join_foreign.go, join_foreign_save.go  table with table on a foreign key
//	join_pairs.go, join_pairs_emit.go  table with table on any condition
//
// Invariants, cited at assertions and in tests:
//
//	E1-E3  those of executor/state.
//	E4  Batches do not show: rows, times, windows, old values, tombstones, late
//	    rows and failures are those of records that go depth first through the
//	    tree one by one (executor/ref), however a step's input is cut.
//	E5  A tree loaded from what Freeze gave goes on as the frozen one does.
//	E6  Output rows are in order of Seq. A change has its key columns filled, also
//	    when it is a tombstone; a tombstone's other columns are not to be read.
//	    OldOK is there for changes of aggregates and joins, so that insert, update
//	    and delete can be told.
//	E7  A row that fails in any part leaves no trace in state but stream time: it
//	    is reported once for each expression list. Over a table it counts as
//	    deleted, so that no stale result stays.
//	E8  Closed stays closed: no row is accepted into a window behind stream time
//	    less grace, whether rows or a tick moved it.
//
// The package knows no topics, offsets, clocks or goroutines; the task drives
// it and journals what it did.
package op
