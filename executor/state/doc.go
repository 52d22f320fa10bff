// Package state holds keyed state in memory that the garbage collector need
// not look into: rows of words in pages, bytes in arenas, indexes of integers.
//
//	budget.go      Budget: bytes taken by all state of a task, and its limit
//	arena.go       arena: variable-length bytes with size classes
//	slab.go        Slab: rows of words and blobs by number
//	page.go        the pages of a slab, the spans that views share, what changed
//	key.go         the key of a row, in it or in the arena
//	keys.go        Keys: the encoded keys of a batch with their hashes
//	table.go       Table: key -> row
//	index.go       the extendible hash index of a table
//	table_scan.go  sorted iteration
//	cursor.go      Cursor: the same, some rows at a time
//	view.go        View: a slab or table as of one moment, written while it changes
//	frozen.go      Frozen: all state of an operator as of one moment
//	writer.go      Writer, and the bytes of numbers and strings
//	reader.go      Reader: the same back
//	load.go        Load: rows as a View wrote them, all of them or those that changed
//	spill.go       Spill: rows outside of memory; spill_evict.go, spill_scan.go
//	window.go      WindowStore: a table for each open window
//	heap.go        TimeHeap: rows by time
//	session.go     SessionStore: the sessions of each key; session_spill.go: those outside of memory
//	join.go        JoinBuffer: two time-ordered chains for each key; join_spill.go: the rows outside of memory
//
// Invariants, cited at assertions:
//
//	E1  Rows, bytes and indexes hold no pointers; a row number stays valid until
//	    its Delete.
//	E2  Nothing here iterates in hash order into an answer: Scan sorts by key, a
//	    View is written by row numbers.
//	E3  Load of a whole View, or of one and the changes after it in order, gives a
//	    state that is written as the last one, row numbers included.
//	E4  What a View shares is copied before it is touched, and a table has one View
//	    at a time. A page knows its rows touched since the last freeze but one:
//	    checkpoints alternate between two chains, none of which needs the other's.
//	E5  No insertion, deletion or freeze does work in proportion to what is there,
//	    but for lists of a few bytes a page or chunk.
//
// The package knows neither columns nor time zones: keys and rows are bytes
// that vec encodes. It is used by one goroutine a task and takes no locks;
// a View may be read on another.
package state
