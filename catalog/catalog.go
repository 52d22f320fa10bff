package catalog

import (
	"encoding/json"
	"sync"
	"sync/atomic"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// snapshotVersion is the first byte of a stored catalog.
const snapshotVersion = 2

// Catalog is the state machine. It is safe for concurrent use: one applies,
// many read. It is package log's StateMachine.
type Catalog struct {
	current atomic.Pointer[Snapshot]
	mu      struct{ sync.Mutex } // held by who replaces current
}

// New makes an empty catalog.
func New() *Catalog {
	c := &Catalog{}
	c.current.Store(&Snapshot{state: newState()})
	return c
}

// Current is the catalog now: shared, immutable.
func (c *Catalog) Current() *Snapshot { return c.current.Load() }

// Result is the answer to a command. With Err nothing has changed (C3).
type Result struct {
	Err     *sqlerr.Error
	Skipped bool   // IF EXISTS, IF NOT EXISTS: nothing to do; Notice says what
	Notice  string // a sentence without full stop, as PostgreSQL's notices
	// Warnings tell what a GRANT or REVOKE did not do; of code 00000 they are notices.
	Warnings []*sqlerr.Error
	OID      uint32 // of the object made or found
	JobID    string // of the job made or changed
	// Replaced is the relation as it was before CREATE OR REPLACE.
	Replaced *Relation
	// Dropped are the relations on their way out, dependents first.
	Dropped []*Relation
	// Ended are the jobs removed, by ID.
	Ended []*Job
	// SchemaID and SchemaVersion are of the schema registered or found.
	SchemaID      int32
	SchemaVersion int
}

// tx is one command's work on a copy of the state.
type tx struct {
	s  state
	ms int64 // the entry's time
}

// Apply runs one command at the log's index; entryTime is the entry's time in
// ms. It returns a Result. It is deterministic (C1).
func (c *Catalog) Apply(index uint64, entryTime int64, cmd []byte) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.current.Load()
	parsed, err := Decode(cmd)
	if err != nil {
		return c.answer(index, now.state, Result{Err: sqlerr.From(err)})
	}
	t := &tx{s: now.state.clone(), ms: entryTime}
	res := parsed.apply(t)
	if res.Err != nil {
		return c.answer(index, now.state, Result{Err: res.Err})
	}
	return c.answer(index, t.s, res)
}

// answer publishes the state after index.
func (c *Catalog) answer(index uint64, s state, res Result) Result {
	c.current.Store(&Snapshot{Version: index, state: s})
	return res
}

// stored is the form of Snapshot and Restore.
type stored struct {
	Version uint64
	State   state
}

// Snapshot gives the whole catalog as bytes: the same state, the same bytes.
func (c *Catalog) Snapshot() ([]byte, error) {
	now := c.Current()
	body, err := json.Marshal(stored{now.Version, now.state})
	if err != nil {
		panic("BUG: the catalog does not marshal: " + err.Error())
	}
	return append([]byte{snapshotVersion}, body...), nil
}

// Restore replaces the catalog by what Snapshot gave. XX001 when it is not one;
// then nothing has changed.
func (c *Catalog) Restore(b []byte) error {
	if len(b) == 0 || b[0] != snapshotVersion {
		return types.Corrupted("catalog snapshot: its version is not known")
	}
	var in stored
	if err := strict(b[1:], &in); err != nil {
		return types.Corrupted("catalog snapshot")
	}
	if err := in.State.check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current.Store(&Snapshot{Version: in.Version, state: in.State})
	return nil
}

// check holds that no map is missing and no object nil.
func (s *state) check() error {
	whole := s.NextOID >= FirstOID && s.Relations != nil && s.Types != nil && s.Jobs != nil &&
		s.Roles != nil && s.ACLs != nil && s.Defaults != nil && s.Owners != nil && s.Secrets != nil && s.Settings != nil && s.Registry.check()
	if !whole || hasNil(s.Relations) || hasNil(s.Types) || hasNil(s.Jobs) || hasNil(s.Roles) || hasNil(s.ACLs) ||
		hasNil(s.Defaults) || hasNil(s.Secrets) {
		return types.Corrupted("catalog snapshot: a part is missing")
	}
	return nil
}

func hasNil[T any](m map[string]*T) bool {
	for _, v := range m {
		if v == nil {
			return true
		}
	}
	return false
}

// oid takes the next identifier (C5).
func (t *tx) oid() uint32 {
	oid := t.s.NextOID
	t.s.NextOID++
	return oid
}

func failed(err *sqlerr.Error) Result { return Result{Err: err} }
