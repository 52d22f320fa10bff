package log

import (
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// earlyBytes bounds what is applied early of one write to the WAL: larger entries are applied by Raft's other
// goroutine, beside the next sync.
const earlyBytes = 64 << 10

// earlyStore is the LogStore that Raft is given: the WAL, and the short way behind it. When this node is the only
// voter, an entry of its own is committed once it is stored; it is applied and answered there and then, on Raft's
// main goroutine, and Raft's own Apply finds it done (L10).
type earlyStore struct {
	*wal
	fsm  *fsm
	open atomic.Pointer[earlyWay] // nil until this node leads and has applied what was there
}

// earlyWay is what the short way asks.
type earlyWay struct {
	leads func() bool // exact on Raft's main goroutine
	// handOut gives outcomes to those who wait; false: entries before theirs are not answered.
	handOut func(entry []byte, outcomes []outcome) bool
}

var (
	_ raft.LogStore          = (*earlyStore)(nil)
	_ raft.MonotonicLogStore = (*earlyStore)(nil)
)

// StoreLog stores one entry.
func (s *earlyStore) StoreLog(l *raft.Log) error { return s.StoreLogs([]*raft.Log{l}) }

// StoreLogs stores all entries, and applies those that are committed by it.
func (s *earlyStore) StoreLogs(logs []*raft.Log) error {
	size := 0
	for _, l := range logs {
		size += len(l.Data)
		if l.Type == raft.LogConfiguration {
			s.fsm.voters.doubt()
		}
	}
	if err := s.wal.StoreLogs(logs); err != nil {
		return err
	}
	for _, l := range logs {
		if l.Type == raft.LogConfiguration {
			s.fsm.voters.follow(l.Data)
		} else if way := s.open.Load(); way != nil && size <= earlyBytes && s.fsm.voters.onlyMe() && way.leads() {
			s.fsm.applyEarly(l, way.handOut)
		}
	}
	return nil
}

// DeleteRange removes entries; with the last ones a configuration may go.
func (s *earlyStore) DeleteRange(min, max uint64) error {
	first, err := s.FirstIndex()
	if err != nil {
		return err
	}
	if min > first {
		s.fsm.voters.doubt()
	}
	return s.wal.DeleteRange(min, max)
}

// voters knows whether this node is the only voter of its group in the newest configuration, committed or not.
type voters struct {
	me    raft.ServerID
	state atomic.Int32
}

// What is known of the voters.
const (
	votersUnknown int32 = iota // no configuration was seen
	votersMe                   // only this node
	votersDoubted              // others, or a configuration that was not seen may be in force
)

// onlyMe tells whether nobody else has a vote.
func (v *voters) onlyMe() bool { return v.state.Load() == votersMe }

// doubt holds until the next configuration.
func (v *voters) doubt() { v.state.Store(votersDoubted) }

// forget doubts what is known: a snapshot of another node was installed. At the start nothing is known.
func (v *voters) forget() { v.state.CompareAndSwap(votersMe, votersDoubted) }

// begin tells the configuration in force at the start, unless a newer one was seen.
func (v *voters) begin(c raft.Configuration) {
	if v.mine(c) {
		v.state.CompareAndSwap(votersUnknown, votersMe)
	}
}

// follow takes an encoded configuration that was stored.
func (v *voters) follow(encoded []byte) {
	c, err := decodeConfiguration(encoded)
	if err == nil && v.mine(c) {
		v.state.Store(votersMe)
	} else {
		v.state.Store(votersDoubted)
	}
}

// mine tells whether a configuration has this node as its only voter.
func (v *voters) mine(c raft.Configuration) bool {
	n, me := 0, false
	for _, s := range c.Servers {
		if s.Suffrage == raft.Voter {
			n++
			me = me || s.ID == v.me
		}
	}
	return n == 1 && me
}
