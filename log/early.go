package log

import (
	"fmt"
	"sync/atomic"
	"time"

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
	// leadsIn tells whether this node leads in a term, in which no other node can reach it.
	leadsIn func(term uint64) bool
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
			s.fsm.applyEarly(l, false, way.handOut)
		}
	}
	return nil
}

// storeAhead stores an entry that Raft does not know, applies it and hands its outcomes out (L11); quiet: readers are
// left to the caller. done is false when it
// has to take the way through Raft. An error: it was not applied, and may be stored or not.
func (s *earlyStore) storeAhead(entry []byte, made time.Time, quiet bool, handOut func([]outcome)) (done bool, err error) {
	way := s.open.Load()
	if way == nil {
		return false, nil
	}
	l, err := s.wal.storeNext(entry, made, func(index, term uint64) bool {
		return s.fsm.voters.onlyMe() && way.leadsIn(term) && s.fsm.applied.Load() == index-1
	})
	if l == nil {
		return false, err
	}
	done = s.fsm.applyEarly(l, quiet, func(_ []byte, outcomes []outcome) bool {
		handOut(outcomes)
		return true
	})
	if !done {
		panic(fmt.Sprintf("BUG: entry %d is stored ahead of Raft behind one that is not applied", l.Index))
	}
	return true, nil
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
