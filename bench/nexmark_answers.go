package bench

import "fmt"

func answerQ0(e *Events) string {
	var auction, bidder, price, extra int64
	for i := range e.Bids {
		b := &e.Bids[i]
		auction, bidder, price, extra = auction+b.Auction, bidder+b.Bidder, price+b.Price, extra+int64(len(b.Text))
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", len(e.Bids), auction, bidder, price, extra)
}

func answerQ1(e *Events) string {
	var auction, bidder, price, extra int64
	for i := range e.Bids {
		b := &e.Bids[i]
		auction, bidder, price, extra = auction+b.Auction, bidder+b.Bidder, price+908*b.Price, extra+int64(len(b.Text))
	}
	return fmt.Sprintf("%d | %d | %d | %d.%03d | %d", len(e.Bids), auction, bidder, price/1000, price%1000, extra)
}

func answerQ2(e *Events) string {
	var n, auction, price int64
	for i := range e.Bids {
		if b := &e.Bids[i]; b.Auction%123 == 0 {
			n, auction, price = n+1, auction+b.Auction, price+b.Price
		}
	}
	return fmt.Sprintf("%d | %d | %d", n, auction, price)
}

func answerQ3(e *Events) string {
	people := map[int64]*Person{}
	for i := range e.People {
		if p := &e.People[i]; p.State == "OR" || p.State == "ID" || p.State == "CA" {
			people[p.ID] = p
		}
	}
	var n, id, seller, name, city int64
	for i := range e.Auctions {
		a := &e.Auctions[i]
		if p := people[a.Seller]; p != nil && a.Cat == 10 {
			n, id, seller = n+1, id+a.ID, seller+a.Seller
			name, city = name+int64(len(p.Name)), city+int64(len(p.City))
		}
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", n, id, seller, name, city)
}

// windowSize of q12, ms.
const windowSize = 10_000

// answerQ12 counts the windows that are over when the last bid has come.
func answerQ12(e *Events) string {
	last := e.Bids[len(e.Bids)-1].At / windowSize * windowSize
	return countWindows(e, func(start int64) bool { return start < last })
}

func answerQ12Changes(e *Events) string {
	return countWindows(e, func(int64) bool { return true })
}

func countWindows(e *Events, shown func(start int64) bool) string {
	type group struct{ start, bidder int64 }
	counts := map[group]int64{}
	for i := range e.Bids {
		if start := e.Bids[i].At / windowSize * windowSize; shown(start) {
			counts[group{start, e.Bids[i].Bidder}]++
		}
	}
	var bidder, bids int64
	for g, n := range counts {
		bidder, bids = bidder+g.bidder, bids+n
	}
	return fmt.Sprintf("%d | %d | %d", len(counts), bidder, bids)
}

func answerQ18(e *Events) string {
	type group struct{ bidder, auction int64 }
	last := map[group]*Bid{}
	for i := range e.Bids {
		b := &e.Bids[i]
		last[group{b.Bidder, b.Auction}] = b
	}
	var bidder, auction, price, extra int64
	for _, b := range last {
		bidder, auction, price, extra = bidder+b.Bidder, auction+b.Auction, price+b.Price, extra+int64(len(b.Text))
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", len(last), bidder, auction, price, extra)
}

func answerQ20(e *Events) string {
	auctions := map[int64]*Auction{}
	for i := range e.Auctions {
		if a := &e.Auctions[i]; a.Cat == 10 {
			auctions[a.ID] = a
		}
	}
	var n, auction, price, initial, extra int64
	for i := range e.Bids {
		b := &e.Bids[i]
		if a := auctions[b.Auction]; a != nil {
			n, auction, price = n+1, auction+b.Auction, price+b.Price
			initial, extra = initial+a.Initial, extra+int64(len(a.Text))
		}
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", n, auction, price, initial, extra)
}
