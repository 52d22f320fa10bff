package log

// StateMachine is group 0's user state (the catalog): a pure function of its commands, without clock, files or
// iteration in map order. The log calls it from one goroutine at a time.
type StateMachine interface {
	// Apply executes one command, lent, at its index in group 0 with the entry's time in Unix milliseconds, and
	// returns what ProposeMeta hands to its caller.
	Apply(index uint64, entryTime int64, cmd []byte) any
	// Snapshot encodes the whole state; the bytes are given.
	Snapshot() ([]byte, error)
	// Restore replaces the whole state by what Snapshot encoded; the bytes are lent.
	Restore([]byte) error
}
