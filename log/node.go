package log

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// node is one group on this machine: its Raft instance with its stores, and the goroutines that feed it.
type node struct {
	id       uint32
	cfg      Config
	wal      *wal
	snaps    *snapStore
	fsm      *fsm
	early    *earlyStore
	raft     *raft.Raft
	proposer *proposer

	snapshotNow chan struct{}
	quit        chan struct{}
	stopped     sync.WaitGroup
}

// openNode recovers a group in dir: the stores, the newest snapshot into m, then leadership, which applies the rest
// of the WAL. It returns when m is up to date.
func openNode(ctx context.Context, cfg Config, id uint32, dir string, m machine) (*node, error) {
	if id == metaGroupID { // the catalog is small and seldom written
		cfg.WALSegmentBytes, cfg.SnapshotBytes = min(cfg.WALSegmentBytes, 1<<20), min(cfg.SnapshotBytes, 4<<20)
	}
	n := &node{id: id, cfg: cfg, fsm: &fsm{machine: m, at: cfg.At, fatal: cfg.Fatal, voters: voters{me: raft.ServerID(cfg.NodeID)}}, snapshotNow: make(chan struct{}, 1), quit: make(chan struct{})}
	stable, err := n.openStores(dir)
	if err != nil {
		return nil, err
	}
	if err := n.start(ctx, stable); err != nil {
		err = errors.Join(err, n.wal.Close())
		return nil, fmt.Errorf("group %d: %w", id, err)
	}
	perEntry := math.MaxInt
	if id == metaGroupID {
		perEntry = 1 // so that a catalog command has an index of its own
	}
	n.proposer = startProposer(n.raft, cfg, perEntry, &space{cfg: cfg}, n.grown, n.ahead())
	n.wal.sums.Store(new(knownSum(n.proposer.sumOf)))
	if id != metaGroupID { // commands of the catalog are few, and longer
		n.early.open.Store(&earlyWay{leads: n.leads, leadsIn: n.leadsIn, handOut: n.proposer.handOut})
	}
	n.stopped.Go(n.snapshots)
	return n, nil
}

func (n *node) openStores(dir string) (*stableStore, error) {
	fs := n.cfg.FS
	walDir, snapDir := fs.PathJoin(dir, "wal"), fs.PathJoin(dir, "snap")
	for _, d := range []string{dir, walDir, snapDir} {
		if err := makeDir(fs, d); err != nil {
			return nil, err
		}
	}
	stable, err := openStable(fs, fs.PathJoin(dir, "stable"), n.cfg.Fatal)
	if err != nil {
		return nil, err
	}
	if n.snaps, err = openSnapStore(fs, snapDir); err != nil {
		return nil, err
	}
	n.wal, err = openWAL(walConfig{
		at: n.cfg.At,
		fs: fs, dir: walDir, group: n.id, segmentBytes: n.cfg.WALSegmentBytes,
		keepFree: int(n.cfg.SnapshotBytes/n.cfg.WALSegmentBytes) + 2,
		relaxed:  n.cfg.Relaxed, clock: n.cfg.Clock, fatal: n.cfg.Fatal,
	})
	if err != nil {
		return nil, err
	}
	if n.cfg.Relaxed {
		n.fsm.syncLog = n.wal.Sync
	}
	return stable, nil
}

// start brings Raft up and makes this only voter leader.
func (n *node) start(ctx context.Context, stable *stableStore) error {
	transport, starter, err := n.transport()
	if err != nil {
		return err
	}
	if err := n.bootstrap(stable, transport); err != nil {
		return err
	}
	n.early = &earlyStore{wal: n.wal, fsm: n.fsm}
	if n.raft, err = raft.NewRaft(n.raftConfig(), n.fsm, n.early, stable, n.snaps, transport); err != nil {
		return errors.Join(n.fsm.restored, err)
	}
	err = n.reaches()
	if err == nil {
		err = n.lead(ctx, transport, starter)
	}
	if err != nil {
		return errors.Join(err, n.raft.Shutdown().Error())
	}
	return nil
}

// reaches refuses a WAL that ends before what the snapshot's state has: new entries would be taken for applied (L10).
func (n *node) reaches() error {
	if last, applied := n.raft.LastIndex(), n.fsm.applied.Load(); applied > last {
		return fmt.Errorf("%w: the write-ahead log ends at entry %d, the snapshot's state at %d", ErrCorrupt, last, applied)
	}
	return nil
}

// transport is the group's Raft transport, and a second one that can reach it when there is only this voter.
func (n *node) transport() (raft.Transport, *raft.InmemTransport, error) {
	if n.cfg.Transport != nil {
		t, err := n.cfg.Transport(n.id)
		return t, nil, err
	}
	_, t := raft.NewInmemTransport(raft.ServerAddress(n.cfg.NodeID))
	_, starter := raft.NewInmemTransport("starter")
	starter.Connect(t.LocalAddr(), t)
	return t, starter, nil
}

func (n *node) raftConfig() *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(n.cfg.NodeID)
	c.HeartbeatTimeout, c.ElectionTimeout = time.Second, time.Second
	c.LeaderLeaseTimeout = time.Second
	c.CommitTimeout = 500 * time.Millisecond
	c.MaxAppendEntries = 64
	// Snapshots are taken when the WAL has grown, not by count or clock; with one voter nobody needs what they cover.
	c.SnapshotInterval, c.SnapshotThreshold, c.TrailingLogs = 24*time.Hour, math.MaxUint64, 0
	c.NoLegacyTelemetry = true
	c.Logger = raftLogger(n.cfg.Logger, n.id)
	return c
}

// bootstrap writes the first configuration into an empty group, and refuses a group that has lost entries.
func (n *node) bootstrap(stable *stableStore, t raft.Transport) error {
	snaps, err := n.snaps.List()
	if err != nil {
		return err
	}
	var covered uint64
	if len(snaps) > 0 {
		covered = snaps[0].Index
	}
	first, err := n.wal.FirstIndex()
	if err != nil {
		return err
	}
	if first > covered+1 {
		return fmt.Errorf("%w: the write-ahead log begins at entry %d, the snapshot ends at %d", ErrCorrupt, first, covered)
	}
	if first != 0 || covered != 0 {
		return nil
	}
	term, err := stable.GetUint64([]byte("CurrentTerm"))
	if err != nil {
		return err
	}
	if term > 1 {
		return fmt.Errorf("%w: term %d but neither entries nor a snapshot", ErrCorrupt, term)
	}
	if err := stable.SetUint64([]byte("CurrentTerm"), 1); err != nil {
		return err
	}
	c := raft.Configuration{Servers: []raft.Server{{Suffrage: raft.Voter, ID: raft.ServerID(n.cfg.NodeID), Address: t.LocalAddr()}}}
	if err := n.wal.StoreLog(&raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(c)}); err != nil {
		return err
	}
	return n.wal.Sync() // also under relaxed durability
}

// lead waits until this node leads and has applied everything. An only voter is told to elect itself at once.
func (n *node) lead(ctx context.Context, t raft.Transport, starter *raft.InmemTransport) error {
	leading := n.raft.LeaderCh()
	if starter != nil {
		req := &raft.TimeoutNowRequest{RPCHeader: raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax}}
		if err := starter.TimeoutNow(raft.ServerID(n.cfg.NodeID), t.LocalAddr(), req, &raft.TimeoutNowResponse{}); err != nil {
			return fmt.Errorf("start election: %w", err)
		}
	}
	for {
		select {
		case leader := <-leading:
			if !leader {
				continue
			}
			if err := n.raft.Barrier(0).Error(); err != nil {
				return fmt.Errorf("apply write-ahead log: %w", err)
			}
			return n.learnVoters()
		case <-ctx.Done():
			return fmt.Errorf("wait for leadership: %w", ctx.Err())
		}
	}
}

// learnVoters asks for the configuration in force.
func (n *node) learnVoters() error {
	f := n.raft.GetConfiguration()
	if err := f.Error(); err != nil {
		return fmt.Errorf("ask for the configuration: %w", err)
	}
	n.fsm.voters.begin(f.Configuration())
	return nil
}

// leads tells whether this node leads the group; on Raft's main goroutine that does not change meanwhile.
func (n *node) leads() bool { return n.raft.State() == raft.Leader }

// leadsIn tells whether this node leads in a term.
func (n *node) leadsIn(term uint64) bool { return n.leads() && n.raft.CurrentTerm() == term }

// ahead is the way of entries that Raft is told of later; nil when others can reach this node's Raft, for they could make
// it store other entries (L11), and for group 0.
func (n *node) ahead() aheadWay {
	if n.cfg.Transport != nil || n.id == metaGroupID {
		return nil
	}
	return n.early.storeAhead
}

// grown asks for a snapshot when enough WAL has been written since the last one.
func (n *node) grown() {
	if n.wal.since.Load() < n.cfg.SnapshotBytes {
		return
	}
	select {
	case n.snapshotNow <- struct{}{}:
	default:
	}
}

// snapshots is the goroutine that takes them.
func (n *node) snapshots() {
	for {
		select {
		case <-n.snapshotNow:
		case <-n.quit:
			return
		}
		if n.wal.since.Load() < n.cfg.SnapshotBytes {
			continue
		}
		if err := n.snapshot(); err != nil {
			n.cfg.Logger.Error("snapshot failed", "group", n.id, "error", err)
		}
	}
}

// snapshot makes the state durable, frees the WAL before it and removes obsolete files.
func (n *node) snapshot() error {
	n.wal.since.Store(0)
	n.proposer.settle()
	if err := n.raft.Snapshot().Error(); err != nil && !errors.Is(err, raft.ErrNothingNewToSnapshot) {
		return fmt.Errorf("snapshot of group %d: %w", n.id, err)
	}
	return nil
}

// close stops the group; orderly takes a last snapshot, so that the next start has nothing to apply again.
func (n *node) close(orderly bool) error {
	n.proposer.stop()
	close(n.quit)
	n.stopped.Wait()
	var errs []error
	if orderly {
		errs = append(errs, n.snapshot())
	}
	errs = append(errs, n.raft.Shutdown().Error(), n.wal.Close())
	return errors.Join(errs...)
}
