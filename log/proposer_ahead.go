package log

import (
	"fmt"
	"runtime/debug"
	"time"
)

// behindMost is how many entries Raft may not know of: then it is told.
const behindMost = 32

// aheadWay stores and applies an entry, made at a time, and hands its outcomes out; quiet: it does not wake readers. done is false when it has to take the
// way through Raft. An error: nothing was applied, and the entry may be stored or not.
type aheadWay func(entry []byte, made time.Time, quiet bool, handOut func([]outcome)) (done bool, err error)

// flyAhead stores, applies and answers an entry on the caller's goroutine, which makes entries now; Raft is told later.
// false when it has to take the way through Raft.
func (p *proposer) flyAhead(f *flight) bool {
	if p.ahead == nil || len(f.entry) > earlyBytes {
		return false
	}
	p.mu.Lock()
	alone := len(p.mu.flying) == 0
	p.mu.Unlock()
	if !alone {
		return false
	}
	defer outlived()
	proposals := f.proposals
	f.proposals, f.ahead = nil, true
	quiet := len(proposals) == 1 && proposals[0].quiet
	proposals[0].untold = quiet
	stored, err := p.ahead(f.entry, f.made, quiet, func(outcomes []outcome) { p.tell(proposals, outcomes) })
	if err != nil {
		refuse(proposals, proposeError(err))
		return true
	}
	if !stored {
		proposals[0].untold = false
		f.proposals, f.ahead = proposals, false
		return false
	}
	p.mu.Lock()
	p.mu.behind = append(p.mu.behind, f)
	p.mu.Unlock()
	return true
}

// outlived ends the process when its caller panics, for the state may have a part of an entry: further up a session's
// connection would end and the rest go on.
func outlived() {
	if r := recover(); r != nil {
		stack := debug.Stack()
		go func() { panic(fmt.Sprintf("%v, at\n%s", r, stack)) }()
		select {}
	}
}

// catchUp tells Raft of the entries that it does not know if they are so many.
func (p *proposer) catchUp(many int) {
	p.mu.Lock()
	n := len(p.mu.behind)
	p.mu.Unlock()
	if n < many {
		return
	}
	p.order.Lock()
	defer p.order.Unlock()
	p.catchUpLocked()
}

// settle tells Raft of all entries that it does not know, and waits until it has applied them.
func (p *proposer) settle() {
	p.order.Lock()
	landed := p.catchUpLocked()
	p.order.Unlock()
	if landed != nil {
		<-landed
	}
}

// catchUpLocked hands the entries that Raft does not know to it. The channel is closed when it has applied them, nil when
// there are none.
func (p *proposer) catchUpLocked() <-chan struct{} {
	p.mu.Lock()
	behind := p.mu.behind
	p.mu.behind = nil
	p.mu.Unlock()
	if len(behind) == 0 {
		return nil
	}
	last := behind[len(behind)-1]
	last.landed = make(chan struct{})
	for _, f := range behind {
		p.handOverLocked(f)
	}
	return last.landed
}

// handOverLocked gives an entry to Raft, in the order of the entries.
func (p *proposer) handOverLocked(f *flight) {
	f.future = p.raft.Apply(f.entry, 0)
	p.flights <- f
}

// landedBehind notes that Raft has come to an entry that was answered. It cannot refuse one.
func (p *proposer) landedBehind(f *flight, err error) {
	if err != nil {
		p.fatal(fmt.Errorf("raft refuses an entry that was stored and answered: %w", err))
	}
	if f.landed != nil {
		close(f.landed)
	}
}
