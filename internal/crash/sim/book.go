package sim

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// state is what a writer's statements lead to, as far as they are its own.
type state struct {
	rows int    // rows 0..rows-1 of the writer are in ev
	kv   string // its row in kv, "-" for none
	x    bool   // the relation x is there; writer 0's alone
	made int    // statements of setup that are done; writer 0's alone
	y, z int    // versions of the relations y and z, which are replaced; 0 for none; writer 0's alone
}

// promise is what a writer was told (acked) and what it has asked for (tried).
// Without a statement under way they are equal.
type promise struct{ acked, tried state }

// heard is what a subscriber was sent.
type heard struct {
	token string
	next  map[string]int             // of ev: by writer, the next row
	got   map[string]map[string]bool // of joined: by writer, the rows
	table map[string]string          // of agg: the rows as they stand
}

func newHeard() *heard {
	return &heard{next: map[string]int{}, got: map[string]map[string]bool{}, table: map[string]string{}}
}

func (h *heard) clone() *heard {
	c := &heard{token: h.token, next: maps.Clone(h.next), got: map[string]map[string]bool{}, table: maps.Clone(h.table)}
	for w, rows := range h.got {
		c.got[w] = maps.Clone(rows)
	}
	return c
}

// pages are a book's contents; a power cut goes back to a copy of them.
type pages struct {
	writers []promise
	readers map[string]*heard
}

func (p *pages) clone() *pages {
	c := &pages{writers: slices.Clone(p.writers), readers: map[string]*heard{}}
	for name, h := range p.readers {
		c.readers[name] = h.clone()
	}
	return c
}

// book is what clients know, kept where no power cut reaches.
type book struct {
	mu struct {
		sync.Mutex
		pages
		faults []string
		losses bool // the end of what was acknowledged may be gone
	}
}

func newBook(writers int) *book {
	b := &book{}
	b.mu.readers = map[string]*heard{}
	for range writers {
		b.mu.writers = append(b.mu.writers, promise{state{kv: "-"}, state{kv: "-"}})
	}
	for _, name := range readerNames {
		b.mu.readers[name] = newHeard()
	}
	return b
}

// try notes what a writer asks for, before it does.
func (b *book) try(w int, change func(*state)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.mu.writers[w].tried)
}

// ack notes that the node said yes.
func (b *book) ack(w int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.writers[w].acked = b.mu.writers[w].tried
}

// refused notes that the node said no, and nothing was done.
func (b *book) refused(w int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.writers[w].tried = b.mu.writers[w].acked
}

func (b *book) of(w int) promise {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.writers[w]
}

// mayLose says whether the end of what was acknowledged may be gone, with what
// subscribers had of it; what is found counts.
func (b *book) mayLose(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.losses = yes
	b.mu.readers = map[string]*heard{}
	for _, name := range readerNames {
		b.mu.readers[name] = newHeard()
	}
}

// settle makes what was found the truth for both sides (C2).
func (b *book) settle(w int, found state) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &b.mu.writers[w]
	if lost := b.mu.losses && found.rows <= p.acked.rows && found.made <= p.acked.made; found != p.acked && found != p.tried && !lost {
		return fmt.Errorf("writer %d finds %+v; it was told %+v and asked for %+v", w, found, p.acked, p.tried)
	}
	p.acked, p.tried = found, found
	return nil
}

// copy is a consistent copy of all pages.
func (b *book) copy() *pages {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.clone()
}

func (b *book) restore(p *pages) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.pages = *p
}

func (b *book) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.faults = append(b.mu.faults, fmt.Sprintf(format, args...))
}

func (b *book) faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mu.faults)
}
