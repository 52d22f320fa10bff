package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/sqlerr"
)

// writers is how many sessions write at a time.
const writers = 2

// errEnded ends a writer whose node has ended.
var errEnded = errors.New("the node has ended")

// unknown tells whether an error leaves the outcome open.
func unknown(err error) bool {
	return errors.Is(err, log.ErrUnknownOutcome) || errors.Is(err, log.ErrClosed) || sqlerr.From(err).Code == "08007"
}

// Sim is a disk, its node's lives and what clients know of them.
type Sim struct {
	seed  uint64
	rng   *rand.Rand
	disk  *Disk
	clock *clock
	book  *book
	lives int
	// tune changes the configuration of every life's log; nil: it stays.
	tune func(*log.Config)
	// memories are the bounds of a task's state that lives draw from (nodeConfig.memory); none: 0.
	memories []int64
	hits     map[string]int // how often points were reached in the lives so far; under an outage's lock
	// Report counts.
	Report Report
}

// New makes a disk on which nothing is.
func New(seed uint64) *Sim {
	return &Sim{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 11)), disk: NewDisk(), clock: newClock(), book: newBook(writers),
		memories: []int64{0, 1, 600}, hits: map[string]int{},
	}
}

// Cut says where a life loses its power.
type Cut struct {
	// Op is the operation that changes the disk before which it happens, from 1; 0 for none.
	Op int
	// Point and Hit are a named point and the how manieth time it is reached by
	// the lives of one disk that name it.
	Point string
	Hit   int
	// Steps is how many statements each writer runs at most.
	Steps int
	// Saves is how many of 100 steps are checkpoints and maintenance.
	Saves int
	// Unsaved says that all of them are maintenance: queries have long journals.
	Unsaved bool
}

// outage takes the disk's and the book's copies at the moment of the cut.
type outage struct {
	sim     *Sim
	cut     Cut
	spilled atomic.Int64 // files of spilled rows
	mu      struct {
		sync.Mutex
		rng  *rand.Rand
		ops  int
		disk *Disk
		book *pages
	}
}

func (o *outage) op(op Op) error {
	if op.Kind == "Create" && strings.HasSuffix(op.Name, ".sst") {
		o.spilled.Add(1)
	}
	if op.Changes {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.mu.ops++; o.mu.ops == o.cut.Op {
			o.loseLocked()
		}
	}
	return nil
}

func (o *outage) at(point string) {
	if point != o.cut.Point {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sim.hits[point]++; o.sim.hits[point] == o.cut.Hit {
		o.loseLocked()
	}
}

func (o *outage) lose() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.loseLocked()
}

func (o *outage) loseLocked() {
	if o.mu.disk != nil {
		return
	}
	// What clients were told up to here is owed: the book first, then the disk.
	o.mu.book = o.sim.book.copy()
	percent := []int{0, 100, o.mu.rng.IntN(101)}[o.mu.rng.IntN(3)]
	o.mu.disk = o.sim.disk.Lose(percent, o.mu.rng)
}

func (o *outage) happened() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mu.disk != nil
}

// Life opens the node, checks it, lets writers and subscribers work until the
// cut or until their steps are done, and loses the power. It tells whether the
// cut happened.
func (s *Sim) Life(ctx context.Context, cut Cut) (bool, error) {
	s.lives++
	o := &outage{sim: s, cut: cut}
	o.mu.rng = rand.New(rand.NewPCG(s.seed, uint64(s.lives)))
	s.disk.Hook(o.op)
	memory := s.memory(o.mu.rng)
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: s.rng.Uint64(), at: o.at, tune: s.tune, memory: memory, complain: s.complain})
	if err != nil {
		return o.happened(), fmt.Errorf("life %d: %w", s.lives, err)
	}
	err = n.unlessDead(func() error { return s.live(ctx, n, cut, o.happened) })
	if n.dead() {
		return o.happened(), fmt.Errorf("life %d: the log gave up on a disk that works: %w", s.lives, n.cause)
	}
	if err == nil && !o.happened() && s.rng.IntN(2) == 0 {
		err = n.srv.Close()
	} else {
		err = errors.Join(err, n.srv.Abandon())
	}
	if err != nil {
		return o.happened(), fmt.Errorf("life %d: %w", s.lives, err)
	}
	s.Report.Lives++
	s.Report.Tight += min(int(memory), 1)
	s.Report.Spilled += int(o.spilled.Load())
	if o.mu.disk == nil {
		return false, nil
	}
	s.Report.Cuts++
	s.disk = o.mu.disk
	s.book.restore(o.mu.book)
	return true, nil
}

// memory draws a bound of a task's state.
func (s *Sim) memory(rng *rand.Rand) int64 {
	if len(s.memories) == 0 {
		return 0
	}
	return s.memories[rng.IntN(len(s.memories))]
}

// live is a life between its opening and its end.
func (s *Sim) live(ctx context.Context, n *Node, cut Cut, over func() bool) error {
	if err := s.check(ctx, n); err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	for _, name := range readerNames {
		if s.book.of(0).acked.made < len(setup) {
			break
		}
		wg.Go(func() {
			if err := read(reading, n, s.book, name); err != nil {
				s.book.fault("%v", err)
			}
		})
	}
	err := s.write(ctx, n, cut, over, false)
	stop()
	wg.Wait()
	if faults := s.book.faults(); err == nil && len(faults) > 0 {
		return errors.New(strings.Join(faults, "; "))
	}
	return err
}

// complain notes what a node logs on a disk that works: there is nothing to
// complain of. A checkpoint that is passed over was not durable when it had to be.
func (s *Sim) complain(text string) { s.book.fault("logged: %s", text) }

// check compares the node with the book and counts what was open.
func (s *Sim) check(ctx context.Context, n *Node) error {
	before := s.book.copy()
	if err := check(ctx, n, s.book); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	s.Report.count(before, s.book.copy())
	return nil
}

// write lets the writers run side by side; tolerant ones take a refusal.
func (s *Sim) write(ctx context.Context, n *Node, cut Cut, over func() bool, tolerant bool) error {
	errs := make(chan error, writers)
	for id := range writers {
		session, err := n.session()
		if err != nil {
			return err
		}
		w := &writer{id: id, node: n, book: s.book, rng: rand.New(rand.NewPCG(s.rng.Uint64(), 1)), s: session, saves: cut.Saves, unsaved: cut.Unsaved, tolerant: tolerant}
		go func() { errs <- w.work(ctx, cut.Steps, over) }()
	}
	var all error
	for range writers {
		select {
		case err := <-errs:
			all = errors.Join(all, err)
		case <-n.fatal: // what it was doing stays undone for ever
			return nil
		}
	}
	return all
}

// Finish opens the node a last time without a cut, lets subscribers read to the
// end and checks that they have everything.
func (s *Sim) Finish(ctx context.Context) error {
	s.disk.Hook(nil)
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: s.rng.Uint64(), tune: s.tune, complain: s.complain})
	if err != nil {
		return err
	}
	return errors.Join(s.finish(ctx, n), n.srv.Close())
}

func (s *Sim) finish(ctx context.Context, n *Node) error {
	if err := s.check(ctx, n); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	if s.book.of(0).acked.made < len(setup) {
		return nil
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	for _, name := range readerNames {
		wg.Go(func() {
			if err := read(reading, n, s.book, name); err != nil {
				s.book.fault("%v", err)
			}
		})
	}
	session, err := n.session()
	if err != nil {
		return err
	}
	defer session.close()
	late, err := lateRows(ctx, session)
	if err != nil {
		return err
	}
	s.Report.Late += late
	err = s.awaitReaders(ctx, session)
	stop()
	wg.Wait()
	if faults := s.book.faults(); err == nil && len(faults) > 0 {
		return errors.New(strings.Join(faults, "; "))
	}
	return err
}

// awaitReaders waits until subscribers have everything, or gives what is missing
// when nothing has come for a while.
func (s *Sim) awaitReaders(ctx context.Context, session *session) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 5000 {
		if err = s.book.complete(ctx, session); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return err
}
