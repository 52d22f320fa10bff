package log

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hashicorp/raft"
)

// machine is what a group's entries act on: a data group's partitions, or group 0's StateMachine.
type machine interface {
	// begin announces an entry of n bytes.
	begin(n int)
	apply(at place, c command) outcome
	// end announces the entry's end.
	end()
	capture(now int64) *capture
	restore(manifest []byte) error
}

// fsm is the Raft FSM of a group: it takes entries apart, keeps entry time and makes snapshots.
type fsm struct {
	machine   machine
	at        func(point string)
	fatal     func(error)
	syncLog   func() error // makes the WAL durable up to here; nil when it always is
	entryTime int64        // of the last entry; of the apply goroutine alone
	restored  error        // why the last restore failed; Raft only says that it did
}

var _ raft.FSM = (*fsm)(nil)

// Apply applies one entry and returns the outcome of each of its commands, []outcome.
func (f *fsm) Apply(l *raft.Log) any {
	var outcomes []outcome
	f.at(PointApply)
	f.machine.begin(len(l.Data))
	err := decodeEntry(l.Data, func(leaderTime int64, c command) {
		f.entryTime = max(f.entryTime, leaderTime) // L8
		outcomes = append(outcomes, f.machine.apply(place{index: l.Index, term: l.Term, time: f.entryTime}, c))
	})
	f.machine.end()
	f.at(PointApplied)
	if err != nil {
		f.fatal(fmt.Errorf("apply entry %d: %w", l.Index, err))
	}
	return outcomes
}

// A snapshot's payload: version 1 | entry time | the machine's manifest.
const payloadVersion = 1

// Snapshot captures the state; syncing and writing happen beside apply.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	c := f.machine.capture(f.entryTime)
	if c.failed != nil {
		return nil, fmt.Errorf("snapshot: %w", c.failed)
	}
	return &fsmSnapshot{capture: c, entryTime: f.entryTime, syncLog: f.syncLog, at: f.at}, nil
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
	version, entryTime := d.u8(), d.varint()
	if d.bad || version != payloadVersion {
		return fmt.Errorf("snapshot version %d is not known", version)
	}
	f.entryTime = entryTime
	return f.machine.restore(d.b)
}

type fsmSnapshot struct {
	capture   *capture
	entryTime int64
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
	head := binary.AppendVarint([]byte{payloadVersion}, s.entryTime)
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
