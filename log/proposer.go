package log

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// entriesInFlight bounds the entries that are proposed but not answered.
const entriesInFlight = 16

// proposal is one command on its way into an entry.
type proposal struct {
	command command
	urgent  bool // may use the reserved disk space
	quiet   bool // its caller can tell readers
	untold  bool // and has to, set before it is answered
	state   atomic.Int32
	done    func(outcome) // called once unless the proposal was withdrawn
}

// A proposal waits until it is taken into an entry or withdrawn.
const (
	waiting = iota
	taken
	withdrawn
)

// proposer makes entries of all that waits, up to a size, and proposes them one after the other: a caller that finds
// nothing waiting and nothing under way does so itself, all else is combined by one goroutine. While Raft syncs an
// entry the next one fills. Outcomes are handed out in the same order, by who applied the entry early or by the
// answering goroutine.
type proposer struct {
	raft       *raft.Raft
	clock      Clock
	at         func(point string)
	entryBytes int
	perEntry   int // commands in one entry
	space      *space
	answered   func()   // called behind every answered entry
	ahead      aheadWay // nil: every entry goes through Raft
	fatal      func(error)
	entry      entryWriter // of whoever is making an entry

	wake    chan struct{}
	flights chan *flight
	stopped sync.WaitGroup
	order   sync.Mutex // who gives entries to Raft; before mu
	mu      struct {
		sync.Mutex
		queue  []*proposal
		making bool      // an entry is being made
		flying []*flight // not answered, oldest first
		behind []*flight // stored, applied and answered; Raft is not told yet (L11)
		closed bool
	}
}

// flight is an entry that has been proposed.
type flight struct {
	entry     []byte // the memory that Raft has it in
	sum       uint32 // its checksum, when it has walInPlace bytes
	made      time.Time
	proposals []*proposal
	future    raft.ApplyFuture // set before it is sent to the answering goroutine
	ahead     bool             // answered before Raft knew
	landed    chan struct{}    // closed when Raft has applied it; may be nil
}

func startProposer(r *raft.Raft, cfg Config, perEntry int, space *space, answered func(), ahead aheadWay) *proposer {
	p := &proposer{
		raft: r, clock: cfg.Clock, at: cfg.At, entryBytes: cfg.EntryBytes, perEntry: perEntry, space: space, answered: answered,
		ahead: ahead, fatal: cfg.Fatal,
		wake: make(chan struct{}, 1), flights: make(chan *flight, entriesInFlight),
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

// enqueue puts a proposal in line; done is called with ErrClosed at once when the log is closed. It does not wait for
// Raft.
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

// proposeAlone makes an entry of one proposal on the caller's goroutine, which saves waking another one, and stores and
// applies it there when it may (L11). false when something waits or is under way: then it has to get in line.
func (p *proposer) proposeAlone(q *proposal) bool {
	p.mu.Lock()
	free := !p.mu.making && !p.mu.closed && len(p.mu.queue) == 0 && len(p.mu.flying) == 0
	p.mu.making = p.mu.making || free
	p.mu.Unlock()
	if !free {
		return false
	}
	q.state.Store(taken)
	p.fly([]*proposal{q}, true)
	p.mu.Lock()
	p.mu.making = false
	news := p.mu.closed || len(p.mu.queue) > 0 || len(p.mu.behind) >= behindMost
	p.mu.Unlock()
	if news {
		p.nudge()
	}
	return true
}

// do proposes a command and waits for its outcome. When ctx ends first, the command is withdrawn if it still waits;
// otherwise its outcome is unknown.
func (p *proposer) do(ctx context.Context, c command, urgent bool) (any, error) {
	return p.await(ctx, &proposal{command: c, urgent: urgent})
}

// await is do for a proposal without done.
func (p *proposer) await(ctx context.Context, q *proposal) (any, error) {
	answer := make(chan outcome, 1)
	q.done = func(o outcome) { answer <- o }
	if !p.proposeAlone(q) {
		p.enqueue(q)
	}
	select {
	case o := <-answer: // also when ctx has ended
		return o.value, o.err
	default:
	}
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

// propose is the goroutine that makes entries of what is in line.
func (p *proposer) propose() {
	defer close(p.flights)
	for range p.wake {
		for {
			share, over := p.take()
			if over {
				p.settle()
				return
			}
			if len(share) == 0 {
				p.catchUp(behindMost)
				break
			}
			p.fly(share, false)
			p.mu.Lock()
			p.mu.making = false
			p.mu.Unlock()
		}
	}
}

// take removes the next entry's share from the queue, leaving withdrawn proposals out; none while a caller makes an
// entry, who says when it is made. over: no other entry will be made.
func (p *proposer) take() (share []*proposal, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.making {
		return nil, false
	}
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
	p.mu.making = len(share) > 0
	return share, p.mu.closed && rest == 0 && len(share) == 0
}

// fly proposes one entry. ahead: it may be stored here.
func (p *proposer) fly(share []*proposal, ahead bool) {
	now := p.clock.Now()
	room := p.space.ask(now)
	size := entryHeader
	admitted := share[:0]
	for _, q := range share {
		n := commandHeader + q.command.size()
		if err := room.admit(size+n, q.urgent); err != nil {
			q.done(outcome{err: err})
			continue
		}
		size += n
		admitted = append(admitted, q)
	}
	if len(admitted) == 0 {
		return
	}
	p.space.use(size)
	p.entry.begin(now.UnixMilli())
	for _, q := range admitted {
		p.entry.add(q.command)
	}
	f := &flight{entry: p.entry.join(), made: now, proposals: admitted}
	if len(f.entry) >= walInPlace {
		f.sum = p.entry.sum(f.entry)
	}
	for _, q := range admitted {
		if c, ok := q.command.(journalCommand); ok {
			c.release()
		}
	}
	p.at(PointEntry)
	if ahead && p.flyAhead(f) {
		return
	}
	p.order.Lock()
	defer p.order.Unlock()
	p.catchUpLocked()
	p.mu.Lock()
	p.mu.flying = append(p.mu.flying, f)
	p.mu.Unlock()
	p.handOverLocked(f)
}

// handOut hands out the outcomes of an entry that was applied early; false when entries before it are not answered.
func (p *proposer) handOut(entry []byte, outcomes []outcome) bool {
	p.mu.Lock()
	if len(p.mu.flying) == 0 || &p.mu.flying[0].entry[0] != &entry[0] {
		p.mu.Unlock()
		return false
	}
	f := p.landLocked()
	p.mu.Unlock()
	p.tell(f.proposals, outcomes)
	return true
}

// landLocked takes the oldest flight, whose outcomes are known.
func (p *proposer) landLocked() *flight {
	f := p.mu.flying[0]
	p.mu.flying = slices.Delete(p.mu.flying, 0, 1)
	return f
}

// answer is the goroutine that waits for entries in order and hands out the outcomes of those that still fly.
func (p *proposer) answer() {
	for f := range p.flights {
		err := f.future.Error()
		if f.ahead {
			p.landedBehind(f, err)
			continue
		}
		p.mu.Lock()
		flies := len(p.mu.flying) > 0 && p.mu.flying[0] == f
		p.mu.Unlock()
		if !flies {
			continue
		}
		if err != nil {
			refuse(f.proposals, proposeError(err))
		} else {
			p.tell(f.proposals, f.future.Response().([]outcome))
		}
		p.mu.Lock()
		p.landLocked()
		p.mu.Unlock()
	}
}

// tell hands out the outcomes of an entry.
func (p *proposer) tell(proposals []*proposal, outcomes []outcome) {
	p.at(PointAnswer)
	for i, q := range proposals {
		if i < len(outcomes) {
			q.done(outcomes[i])
		} else { // the entry could not be applied to its end, which was fatal
			q.done(outcome{err: ErrUnknownOutcome})
		}
	}
	p.answered()
}

// refuse answers all proposals with an error.
func refuse(proposals []*proposal, err error) {
	for _, q := range proposals {
		q.done(outcome{err: err})
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
