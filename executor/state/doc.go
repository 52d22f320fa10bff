// Package state holds keyed state in memory that the garbage collector need
// not look into: rows of words in pages, bytes in arenas, indexes of integers.
//
//	budget.go      Budget: bytes taken by all state of a task, and its limit
//	arena.go       arena: variable-length bytes with size classes
//	slab.go        Slab: rows of words and blobs by number
//	key.go         the key of a row, in it or in the arena
//	keys.go        Keys: the encoded keys of a batch with their hashes
//	table.go       Table: key -> row, sharded open addressing
//	table_scan.go  canonical and sorted iteration
//	table_save.go  Save and Load, and the primitives the stores share
//	spill.go       Spill: rows outside of memory; spill_evict.go, spill_scan.go
//	view.go        View and Frozen: state as of one moment, written while it changes
//	window.go      WindowStore: a table for each open window
//	heap.go        TimeHeap: rows by time
//	session.go     SessionStore: the sessions of each key
//	join.go        JoinBuffer: two time-ordered chains for each key
//
// Invariants, cited at assertions:
//
//	E1  Rows, bytes and indexes hold no pointers; a row number stays valid until
//	    its Delete.
//	E2  Nothing here iterates in hash order into an answer: Scan sorts by key;
//	    Save orders by hash and key, so equal states give equal bytes.
//	E3  Load into a fresh value followed by Save gives the bytes that went in.
//	E4  What a View shares is copied before it is touched, and a table has one View
//	    at a time.
//
// The package knows neither columns nor time zones: keys and rows are bytes
// that vec encodes. It is used by one goroutine a task and takes no locks;
// a View may be read on another.
package state
