package bench

import (
	"bytes"
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// The hand loop of a query is what a program made for it alone does on one core:
// the JSON lines are in memory, their members in the order in which they were
// written, state is Go's maps, the result JSON in memory. It has no log, no
// types, no NULLs and nothing to recover, so it is a floor and no rival. What
// goes out as it came is copied.

// hand is a run of a hand loop.
type hand struct {
	people, auctions, bids []byte
	out                    line
	written                int
}

// newHand writes the events outside of the heap, so that the collector does not
// take them for the server's. free gives the memory back.
func newHand(e *Events) (h *hand, free func() error, err error) {
	var pages [][]byte
	free = func() error {
		for _, p := range pages {
			if err := syscall.Munmap(p); err != nil {
				return fmt.Errorf("give memory back: %w", err)
			}
		}
		return nil
	}
	keep := func(n int, write func(i int, l *line)) []byte {
		var l line
		for i := range n {
			write(i, &l)
		}
		if err != nil || len(l.b) == 0 {
			return nil
		}
		var p []byte
		if p, err = syscall.Mmap(-1, 0, len(l.b), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE); err != nil {
			err = fmt.Errorf("memory for %d bytes of events: %w", len(l.b), err)
			return nil
		}
		pages = append(pages, p)
		copy(p, l.b)
		return p
	}
	h = &hand{
		people:   keep(len(e.People), func(i int, l *line) { e.People[i].line(l) }),
		auctions: keep(len(e.Auctions), func(i int, l *line) { e.Auctions[i].line(l) }),
		bids:     keep(len(e.Bids), func(i int, l *line) { e.Bids[i].line(l) }),
	}
	return h, free, err
}

// run gives what the loop of a query took, once its answer is right.
func (h *hand) run(q *nexmarkQuery, answer string) (time.Duration, error) {
	h.out.b, h.written = h.out.b[:0], 0
	settleMemory()
	w := startWatch()
	got, err := q.hand(h)
	c := w.spent()
	if err == nil && got != answer {
		err = fmt.Errorf("it gives %s, not %s", got, answer)
	}
	if err != nil {
		return 0, fmt.Errorf("hand loop of %s: %w", q.name, err)
	}
	runtime.KeepAlive(h.out.b)
	return c.cpu, nil
}

// wrote ends a line of the result. What has become long enough for a large
// write is forgotten.
func (h *hand) wrote() {
	h.out.end()
	if len(h.out.b) >= 1<<20 {
		h.written += len(h.out.b)
		h.out.b = h.out.b[:0]
	}
}

// scan walks over JSON lines whose members are known.
type scan struct {
	b   []byte
	at  int
	bad bool
	day struct {
		text [10]byte
		ms   int64
	}
}

func (s *scan) more() bool { return s.at < len(s.b) && !s.bad }

func (s *scan) err() error {
	if s.bad {
		return fmt.Errorf("byte %d of the events is not as it was written", s.at)
	}
	return nil
}

func (s *scan) expect(head string) {
	if end := s.at + len(head); end <= len(s.b) && string(s.b[s.at:end]) == head {
		s.at = end
		return
	}
	s.bad = true
}

func (s *scan) int(head string) (n int64) {
	s.expect(head)
	i := s.at
	for ; i < len(s.b) && s.b[i]-'0' <= 9; i++ {
		n = n*10 + int64(s.b[i]-'0')
	}
	s.bad = s.bad || i == s.at
	s.at = i
	return n
}

// text gives the text behind head, which ends with a quotation mark.
func (s *scan) text(head string) []byte {
	s.expect(head)
	n := bytes.IndexByte(s.b[s.at:], '"')
	if n < 0 {
		s.bad = true
		return nil
	}
	t := s.b[s.at : s.at+n]
	s.at += n + 1
	return t
}

// ms are the milliseconds of a time as Leat writes it; days repeat.
func (s *scan) ms(t []byte) int64 {
	if len(t) != len("2006-01-02T15:04:05.000Z") {
		s.bad = true
		return 0
	}
	if day := [10]byte(t); day != s.day.text {
		at, err := time.Parse(time.DateOnly, string(t[:10]))
		s.bad = s.bad || err != nil
		s.day.text, s.day.ms = day, at.UnixMilli()
	}
	two := func(i int) int64 { return int64(t[i]-'0')*10 + int64(t[i+1]-'0') }
	return s.day.ms + (two(11)*60+two(14))*60_000 + two(17)*1000 + two(20)*10 + int64(t[22]-'0')
}

// handBid, handAuction and handPerson are lines; texts lie in the input.
type (
	handBid struct {
		auction, bidder, price   int64
		channel, url, date, text []byte
	}
	handAuction struct {
		id, initial, reserve, seller, cat      int64
		item, description, date, expires, text []byte
	}
	handPerson struct {
		id                      int64
		name, city, state, date []byte
	}
)

func (s *scan) bid() (b handBid) {
	b.auction, b.bidder, b.price = s.int(`{"auction":`), s.int(`,"bidder":`), s.int(`,"price":`)
	b.channel, b.url = s.text(`,"channel":"`), s.text(`,"url":"`)
	b.date, b.text = s.text(`,"date_time":"`), s.text(`,"extra":"`)
	s.expect("}\n")
	return b
}

func (s *scan) auction() (a handAuction) {
	a.id, a.item, a.description = s.int(`{"id":`), s.text(`,"item_name":"`), s.text(`,"description":"`)
	a.initial, a.reserve = s.int(`,"initial_bid":`), s.int(`,"reserve":`)
	a.date, a.expires = s.text(`,"date_time":"`), s.text(`,"expires":"`)
	a.seller, a.cat, a.text = s.int(`,"seller":`), s.int(`,"category":`), s.text(`,"extra":"`)
	s.expect("}\n")
	return a
}

func (s *scan) person() (p handPerson) {
	p.id, p.name = s.int(`{"id":`), s.text(`,"name":"`)
	s.text(`,"email":"`)
	s.text(`,"credit_card":"`)
	p.city, p.state, p.date = s.text(`,"city":"`), s.text(`,"state":"`), s.text(`,"date_time":"`)
	s.text(`,"extra":"`)
	s.expect("}\n")
	return p
}

func (l *line) raw(name string, v []byte) {
	l.name(name)
	l.b = append(append(append(l.b, '"'), v...), '"')
}
