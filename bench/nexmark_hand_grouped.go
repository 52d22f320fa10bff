package bench

import "fmt"

// handQ12 writes each window's counts when it is over.
func handQ12(h *hand) (string, error) {
	var n, bidder, bids, start int64
	counts := map[int64]int64{}
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		if at := s.ms(b.date) / windowSize * windowSize; at != start {
			for who, c := range counts {
				h.out.int("bidder", who)
				h.out.int("window_start", start)
				h.out.int("bids", c)
				h.wrote()
				n, bidder, bids = n+1, bidder+who, bids+c
			}
			clear(counts)
			start = at
		}
		counts[b.bidder]++
	}
	return fmt.Sprintf("%d | %d | %d", n, bidder, bids), s.err()
}

// handQ12Changes writes the count after each bid.
func handQ12Changes(h *hand) (string, error) {
	type group struct{ start, bidder int64 }
	var bidder, bids int64
	counts := map[group]int64{}
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		g := group{s.ms(b.date) / windowSize * windowSize, b.bidder}
		c := counts[g] + 1
		counts[g] = c
		if c == 1 {
			bidder += b.bidder
		}
		bids++
		h.out.int("bidder", b.bidder)
		h.out.int("window_start", g.start)
		h.out.int("bids", c)
		h.wrote()
	}
	return fmt.Sprintf("%d | %d | %d", len(counts), bidder, bids), s.err()
}

// handQ5 counts panes of two seconds; a window that is over is five of them.
func handQ5(h *hand) (string, error) {
	const panes = windowSize / hop
	var (
		ring                    [panes]map[int64]int64
		window                  = map[int64]int64{}
		n, starts, auction, num int64
		newest                  int64
	)
	for i := range ring {
		ring[i] = map[int64]int64{}
	}
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		pane := s.ms(b.date) / hop
		for newest != 0 && newest < pane { // the window that ends with the newest pane is over
			clear(window)
			var most int64
			for _, p := range ring {
				for a, c := range p {
					window[a] += c
					most = max(most, window[a])
				}
			}
			for a, c := range window {
				if c == most {
					h.out.int("auction", a)
					h.out.int("since", (newest-panes+1)*hop)
					h.out.int("num", c)
					h.wrote()
					n, auction, num = n+1, auction+a, num+c
				}
			}
			starts += min(most, 1)
			newest++
			clear(ring[newest%panes])
		}
		newest = pane
		ring[pane%panes][b.auction]++
	}
	return fmt.Sprintf("%d | %d | %d | %d", n, starts, auction, num), s.err()
}

// handQ7 keeps the bids of the highest price of the window.
func handQ7(h *hand) (string, error) {
	var n, auction, price, bidder, extra, start, highest int64
	var best []handBid
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		if at := s.ms(b.date) / windowSize * windowSize; at != start {
			for _, x := range best {
				h.out.int("auction", x.auction)
				h.out.int("price", x.price)
				h.out.int("bidder", x.bidder)
				h.out.raw("date_time", x.date)
				h.out.raw("extra", x.text)
				h.wrote()
				n, auction, price, bidder, extra = n+1, auction+x.auction, price+x.price, bidder+x.bidder, extra+int64(len(x.text))
			}
			start, highest, best = at, 0, best[:0]
		}
		if b.price > highest {
			highest, best = b.price, best[:0]
		}
		if b.price == highest && !b.among(best) {
			best = append(best, b)
		}
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", n, auction, price, bidder, extra), s.err()
}

// among tells whether a bid that q7 takes for the same is in the list.
func (b *handBid) among(list []handBid) bool {
	for i := range list {
		if x := &list[i]; x.auction == b.auction && x.bidder == b.bidder && string(x.date) == string(b.date) && string(x.text) == string(b.text) {
			return true
		}
	}
	return false
}

// handQ8 joins the people of a window with its sellers.
func handQ8(h *hand) (string, error) {
	type came struct{ start, id int64 }
	var people, auctions = scan{b: h.people}, scan{b: h.auctions}
	names := map[came]string{}
	var lastPerson, lastAuction int64
	for people.more() {
		p := people.person()
		lastPerson = people.ms(p.date) / windowSize * windowSize
		names[came{lastPerson, p.id}] = string(p.name)
	}
	if err := people.err(); err != nil {
		return "", err
	}
	met := map[came]bool{}
	for auctions.more() {
		a := auctions.auction()
		lastAuction = auctions.ms(a.date) / windowSize * windowSize
		key := came{lastAuction, a.seller}
		if _, ok := names[key]; ok {
			met[key] = true
		}
	}
	var n, id, size int64
	for key := range met {
		if key.start >= min(lastPerson, lastAuction) {
			continue
		}
		name := names[key]
		h.out.int("id", key.id)
		h.out.text("name", name)
		h.out.int("since", key.start)
		h.wrote()
		n, id, size = n+1, id+key.id, size+int64(len(name))
	}
	return fmt.Sprintf("%d | %d | %d", n, id, size), auctions.err()
}
