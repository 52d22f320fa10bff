package log

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// machine is what a group's entries act on: a data group's partitions, or group 0's StateMachine.
type machine interface {
	// begin announces an entry of n bytes.
	begin(n int)
	apply(at place, c command) outcome
	// end makes the entry visible; announce wakes those who wait for it.
	end()
	announce()
	capture(now int64) *capture
	restore(manifest []byte) error
}

// fsm is the Raft FSM of a group: it takes entries apart, keeps entry time and makes snapshots. Raft calls it from its
// FSM goroutine, and its main goroutine may have applied an entry before (L10).
type fsm struct {
	machine  machine
	at       func(point string)
	fatal    func(error)
	syncLog  func() error // makes the WAL durable up to here; nil when it always is
	voters   voters
	applied  atomic.Uint64 // the state has every entry up to this index (L10)
	restored error         // why the last restore failed; Raft only says that it did
	mu       struct {
		sync.Mutex         // whoever holds it may change the machine, and applied
		entryTime  int64   // of the last entry
		early      []early // by index: applied early, not handed out
	}
}

// early is the outcomes of an entry that was applied early.
type early struct {
	index    uint64
	outcomes []outcome
}

var _ raft.FSM = (*fsm)(nil)

// Apply applies one entry, unless the state has it, and returns the outcome of each of its commands, []outcome; none
// when they have been handed out.
func (f *fsm) Apply(l *raft.Log) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.Index <= f.applied.Load() {
		return f.takeEarlyLocked(l.Index)
	}
	defer f.machine.announce()
	return f.applyLocked(l)
}

// applyLocked applies an entry and tells nobody.
func (f *fsm) applyLocked(l *raft.Log) []outcome {
	var outcomes []outcome
	f.at(PointApply)
	f.machine.begin(len(l.Data))
	err := decodeEntry(l.Data, func(leaderTime int64, c command) {
		f.mu.entryTime = max(f.mu.entryTime, leaderTime) // L8
		outcomes = append(outcomes, f.machine.apply(place{index: l.Index, term: l.Term, time: f.mu.entryTime}, c))
	})
	f.machine.end()
	f.applied.Store(l.Index)
	f.at(PointApplied)
	if err != nil {
		f.fatal(fmt.Errorf("apply entry %d: %w", l.Index, err))
	}
	return outcomes
}

// applyEarly applies an entry that is committed though Raft does not know it yet, and hands its outcomes out before
// readers wake; those that are not taken wait for Apply. It leaves the entry to Raft when one before it is still on
// its way, and a command of its own is false then.
func (f *fsm) applyEarly(l *raft.Log, quiet bool, handOut func(entry []byte, outcomes []outcome) bool) bool {
	outcomes, ok := f.appliedEarly(l)
	if !ok {
		return false
	}
	taken := handOut(l.Data, outcomes)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !taken {
		f.mu.early = append(f.mu.early, early{l.Index, outcomes})
	}
	if !quiet {
		f.machine.announce()
	}
	return true
}

// tell wakes those who wait for what was applied quietly.
func (f *fsm) tell() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.machine.announce()
}

// appliedEarly tells whether there are outcomes to hand out.
func (f *fsm) appliedEarly(l *raft.Log) ([]outcome, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.applied.Load() != l.Index-1 {
		return nil, false
	}
	switch l.Type {
	case raft.LogCommand:
		return f.applyLocked(l), true
	case raft.LogNoop, raft.LogBarrier: // they do not change the state
		f.applied.Store(l.Index)
	}
	return nil, false
}

// takeEarlyLocked gives the outcomes of an entry that was applied early, if they were not handed out.
func (f *fsm) takeEarlyLocked(index uint64) []outcome {
	for len(f.mu.early) > 0 && f.mu.early[0].index <= index {
		e := f.mu.early[0]
		f.mu.early = f.mu.early[1:]
		if e.index == index {
			return e.outcomes
		}
	}
	return nil
}

// A snapshot's payload: version 2 | entry time | applied index | the machine's manifest.
const payloadVersion = 2

// Snapshot captures the state; syncing and writing happen beside apply. Raft takes the index it has come to for the
// snapshot's; the state may be ahead of it, so that the payload has its own (L10).
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.machine.capture(f.mu.entryTime)
	if c.failed != nil {
		return nil, fmt.Errorf("snapshot: %w", c.failed)
	}
	return &fsmSnapshot{capture: c, entryTime: f.mu.entryTime, applied: f.applied.Load(), syncLog: f.syncLog, at: f.at}, nil
}

// Restore replaces the state by a snapshot's.
func (f *fsm) Restore(r io.ReadCloser) error {
	f.restored = f.restore(r)
	return f.restored
}

func (f *fsm) restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	d := decoder{b: b}
	version, entryTime, applied := d.u8(), d.varint(), d.uvarint()
	if d.bad || version != payloadVersion {
		return fmt.Errorf("snapshot version %d is not known", version)
	}
	f.voters.forget()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.entryTime, f.mu.early = entryTime, nil
	f.applied.Store(applied)
	return f.machine.restore(d.b)
}

type fsmSnapshot struct {
	capture   *capture
	entryTime int64
	applied   uint64
	syncLog   func() error
	at        func(point string)
}

// Persist syncs what the manifest names, makes the manifest durable, then removes what it no longer names (L5).
func (s *fsmSnapshot) Persist(sink raft.SnapshotSink) error {
	if s.syncLog != nil { // the WAL must never end before a snapshot: its next entry would leave a gap
		if err := s.syncLog(); err != nil {
			return err
		}
	}
	if err := s.capture.sync(); err != nil {
		return err
	}
	s.at(PointSnapshot)
	head := binary.AppendUvarint(binary.AppendVarint([]byte{payloadVersion}, s.entryTime), s.applied)
	if _, err := sink.Write(append(head, s.capture.manifest...)); err != nil {
		return err
	}
	if err := sink.Close(); err != nil {
		return err
	}
	s.at(PointInstalled)
	return s.capture.installed()
}

// Release ends the snapshot, written or not.
func (s *fsmSnapshot) Release() { s.capture.release() }
