package log

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// entriesInFlight bounds the entries that are proposed but not answered.
const entriesInFlight = 16

// proposal is one command on its way into an entry.
type proposal struct {
	command command
	urgent  bool // may use the reserved disk space
	state   atomic.Int32
	done    func(outcome) // called once unless the proposal was withdrawn
}

// A proposal waits until it is taken into an entry or withdrawn.
const (
	waiting = iota
	taken
	withdrawn
)

// proposer makes entries: one goroutine combines all that waits, up to a size, and proposes; another answers in the
// same order. While Raft syncs an entry the next one fills.
type proposer struct {
	raft       *raft.Raft
	clock      Clock
	at         func(point string)
	entryBytes int
	perEntry   int                    // commands in one entry
	space      func() (uint64, error) // free bytes of the disk; asked once an entry
	reserve    uint64
	answered   func()      // called behind every answered entry
	entry      entryWriter // of the proposing goroutine

	wake    chan struct{}
	flights chan flight
	stopped sync.WaitGroup
	mu      struct {
		sync.Mutex
		queue  []*proposal
		closed bool
	}
}

// flight is an entry that has been proposed.
type flight struct {
	future    raft.ApplyFuture
	proposals []*proposal
}

func startProposer(r *raft.Raft, cfg Config, perEntry int, space func() (uint64, error), answered func()) *proposer {
	p := &proposer{
		raft: r, clock: cfg.Clock, at: cfg.At, entryBytes: cfg.EntryBytes, perEntry: perEntry, space: space, reserve: cfg.ReserveBytes, answered: answered,
		wake: make(chan struct{}, 1), flights: make(chan flight, entriesInFlight),
	}
	p.stopped.Go(p.propose)
	p.stopped.Go(p.answer)
	return p
}

// stop lets what waits be proposed and answered, refuses the rest, and waits for both goroutines.
func (p *proposer) stop() {
	p.mu.Lock()
	p.mu.closed = true
	p.mu.Unlock()
	p.nudge()
	p.stopped.Wait()
}

func (p *proposer) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// enqueue puts a proposal in line; done is called with ErrClosed at once when the log is closed.
func (p *proposer) enqueue(q *proposal) {
	p.mu.Lock()
	closed := p.mu.closed
	if !closed {
		p.mu.queue = append(p.mu.queue, q)
	}
	p.mu.Unlock()
	if closed {
		q.done(outcome{err: ErrClosed})
		return
	}
	p.nudge()
}

// do proposes a command and waits for its outcome. When ctx ends first, the command is withdrawn if it still waits;
// otherwise its outcome is unknown.
func (p *proposer) do(ctx context.Context, c command, urgent bool) (any, error) {
	answer := make(chan outcome, 1)
	q := &proposal{command: c, urgent: urgent, done: func(o outcome) { answer <- o }}
	p.enqueue(q)
	select {
	case o := <-answer:
		return o.value, o.err
	case <-ctx.Done():
	}
	if q.state.CompareAndSwap(waiting, withdrawn) {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("%w: %w", ErrUnknownOutcome, ctx.Err())
}

// propose is the goroutine that makes entries.
func (p *proposer) propose() {
	defer close(p.flights)
	for range p.wake {
		for {
			batch, closed := p.take()
			if len(batch) == 0 {
				if closed {
					return
				}
				break
			}
			p.fly(batch)
		}
	}
}

// take removes the next entry's share from the queue, leaving withdrawn proposals out.
func (p *proposer) take() (share []*proposal, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	size, n := 0, 0
	for _, q := range p.mu.queue {
		next := commandHeader + q.command.size()
		if len(share) > 0 && (size+next > p.entryBytes || len(share) == p.perEntry) {
			break
		}
		n++
		if q.state.CompareAndSwap(waiting, taken) {
			share = append(share, q)
			size += next
		}
	}
	rest := copy(p.mu.queue, p.mu.queue[n:])
	clear(p.mu.queue[rest:])
	p.mu.queue = p.mu.queue[:rest]
	return share, p.mu.closed && rest == 0
}

// fly proposes one entry.
func (p *proposer) fly(share []*proposal) {
	free, err := p.space()
	size := entryHeader
	admitted := share[:0]
	for _, q := range share {
		n := commandHeader + q.command.size()
		if err := p.admit(free, err, size+n, q.urgent); err != nil {
			q.done(outcome{err: err})
			continue
		}
		size += n
		admitted = append(admitted, q)
	}
	if len(admitted) == 0 {
		return
	}
	p.entry.begin(p.clock.Now().UnixMilli())
	for _, q := range admitted {
		p.entry.add(q.command)
	}
	entry := p.entry.join()
	for _, q := range admitted {
		if c, ok := q.command.(journalCommand); ok {
			c.release()
		}
	}
	p.at(PointEntry)
	p.flights <- flight{future: p.raft.Apply(entry, 0), proposals: admitted}
}

// admit refuses what the disk may not hold. Bytes are written twice, to the WAL and to segments. The reserve is kept
// from ordinary commands; urgent ones, of journals and DDL, leave a quarter of it.
func (p *proposer) admit(free uint64, err error, size int, urgent bool) error {
	if err != nil {
		return err
	}
	reserve := p.reserve
	if urgent {
		reserve /= 4
	}
	if free < reserve+2*uint64(size) {
		return fmt.Errorf("%w: %d bytes are free", ErrNoSpace, free)
	}
	return nil
}

// answer is the goroutine that waits for entries in order and hands out their outcomes.
func (p *proposer) answer() {
	for f := range p.flights {
		if err := f.future.Error(); err != nil {
			for _, q := range f.proposals {
				q.done(outcome{err: proposeError(err)})
			}
			continue
		}
		outcomes := f.future.Response().([]outcome)
		p.at(PointAnswer)
		for i, q := range f.proposals {
			if i < len(outcomes) {
				q.done(outcomes[i])
			} else { // the entry could not be applied to its end, which was fatal
				q.done(outcome{err: ErrUnknownOutcome})
			}
		}
		p.answered()
	}
}

// proposeError says what Raft's refusal means for the commands: only a node that was no leader to begin with has
// certainly not taken them.
func proposeError(err error) error {
	if errors.Is(err, raft.ErrNotLeader) || errors.Is(err, raft.ErrLeadershipTransferInProgress) {
		return fmt.Errorf("not proposed: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
}
