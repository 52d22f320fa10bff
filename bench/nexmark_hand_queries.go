package bench

import "fmt"

func handQ0(h *hand) (string, error) {
	var n, auction, bidder, price, extra int64
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		h.out.int("auction", b.auction)
		h.out.int("bidder", b.bidder)
		h.out.int("price", b.price)
		h.out.raw("date_time", b.date)
		h.out.raw("extra", b.text)
		h.wrote()
		n, auction, bidder, price, extra = n+1, auction+b.auction, bidder+b.bidder, price+b.price, extra+int64(len(b.text))
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", n, auction, bidder, price, extra), s.err()
}

func handQ1(h *hand) (string, error) {
	var n, auction, bidder, price, extra int64
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		euros := 908 * b.price // thousandths
		h.out.int("auction", b.auction)
		h.out.int("bidder", b.bidder)
		h.out.int("price", euros/1000)
		h.out.b = append(h.out.b, '.', byte('0'+euros/100%10), byte('0'+euros/10%10), byte('0'+euros%10))
		h.out.raw("date_time", b.date)
		h.out.raw("extra", b.text)
		h.wrote()
		n, auction, bidder, price, extra = n+1, auction+b.auction, bidder+b.bidder, price+euros, extra+int64(len(b.text))
	}
	return fmt.Sprintf("%d | %d | %d | %d.%03d | %d", n, auction, bidder, price/1000, price%1000, extra), s.err()
}

func handQ2(h *hand) (string, error) {
	var n, auction, price int64
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		if b.auction%123 != 0 {
			continue
		}
		h.out.int("auction", b.auction)
		h.out.int("price", b.price)
		h.wrote()
		n, auction, price = n+1, auction+b.auction, price+b.price
	}
	return fmt.Sprintf("%d | %d | %d", n, auction, price), s.err()
}

func handQ3(h *hand) (string, error) {
	type person struct{ name, city, state string }
	people := map[int64]person{}
	s := scan{b: h.people}
	for s.more() {
		p := s.person()
		if state := string(p.state); state == "OR" || state == "ID" || state == "CA" {
			people[p.id] = person{string(p.name), string(p.city), state}
		}
	}
	if err := s.err(); err != nil {
		return "", err
	}
	var n, id, seller, name, city int64
	s = scan{b: h.auctions}
	for s.more() {
		a := s.auction()
		p, ok := people[a.seller]
		if !ok || a.cat != 10 {
			continue
		}
		h.out.int("seller", a.seller)
		h.out.text("name", p.name)
		h.out.text("city", p.city)
		h.out.text("state", p.state)
		h.out.int("id", a.id)
		h.wrote()
		n, id, seller = n+1, id+a.id, seller+a.seller
		name, city = name+int64(len(p.name)), city+int64(len(p.city))
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", n, id, seller, name, city), s.err()
}

// handQ18 keeps each group's texts in one piece.
func handQ18(h *hand) (string, error) {
	type group struct{ bidder, auction int64 }
	type last struct {
		price int64
		extra int // bytes of it in texts
		texts []byte
	}
	rows := map[group]last{}
	s := scan{b: h.bids}
	for s.more() {
		b := s.bid()
		g := group{b.bidder, b.auction}
		r := rows[g]
		r.price, r.extra = b.price, len(b.text)
		r.texts = append(append(append(append(r.texts[:0], b.channel...), b.url...), b.date...), b.text...)
		rows[g] = r
		h.out.int("bidder", b.bidder)
		h.out.int("auction", b.auction)
		h.out.int("price", b.price)
		h.out.raw("channel", b.channel)
		h.out.raw("url", b.url)
		h.out.raw("date_time", b.date)
		h.out.raw("extra", b.text)
		h.wrote()
	}
	var bidder, auction, price, extra int64
	for g, r := range rows {
		bidder, auction, price, extra = bidder+g.bidder, auction+g.auction, price+r.price, extra+int64(r.extra)
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", len(rows), bidder, auction, price, extra), s.err()
}

// handQ20 keeps the auctions of category 10 as the JSON they add to a bid.
func handQ20(h *hand) (string, error) {
	type kept struct {
		json    []byte
		initial int64
		extra   int64
	}
	auctions := map[int64]kept{}
	s := scan{b: h.auctions}
	for s.more() {
		a := s.auction()
		if a.cat != 10 {
			continue
		}
		l := line{b: []byte{' '}} // what follows is no first member
		l.raw("item_name", a.item)
		l.raw("description", a.description)
		l.int("initial_bid", a.initial)
		l.int("reserve", a.reserve)
		l.raw("auction_time", a.date)
		l.raw("expires", a.expires)
		l.int("seller", a.seller)
		l.int("category", a.cat)
		l.raw("auction_extra", a.text)
		auctions[a.id] = kept{l.b[1:], a.initial, int64(len(a.text))}
	}
	if err := s.err(); err != nil {
		return "", err
	}
	var n, auction, price, initial, extra int64
	s = scan{b: h.bids}
	for s.more() {
		b := s.bid()
		a, ok := auctions[b.auction]
		if !ok {
			continue
		}
		h.out.int("auction", b.auction)
		h.out.int("bidder", b.bidder)
		h.out.int("price", b.price)
		h.out.raw("channel", b.channel)
		h.out.raw("url", b.url)
		h.out.raw("bid_time", b.date)
		h.out.raw("bid_extra", b.text)
		h.out.b = append(h.out.b, a.json...)
		h.wrote()
		n, auction, price = n+1, auction+b.auction, price+b.price
		initial, extra = initial+a.initial, extra+a.extra
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", n, auction, price, initial, extra), s.err()
}
