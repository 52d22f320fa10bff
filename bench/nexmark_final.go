package bench

import "fmt"

// The queries over windows that are joined with windows. As in Nexmark a window
// counts once it is over: each answer leaves out those that the last event of
// the topic has not closed.

const (
	hotItems = `SELECT auction, count(*) AS num FROM bid WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 2 SECONDS) GROUP BY auction EMIT FINAL`

	createQ5 = `SELECT c.auction AS auction, c.window_start AS since, c.num AS num FROM (` + hotItems + `) c
		JOIN (SELECT window_start, max(num) AS most FROM (` + hotItems + `) n GROUP BY window_start) m
		ON c.window_start = m.window_start AND c.num >= m.most`

	createQ7 = `SELECT b.auction AS auction, b.price AS price, b.bidder AS bidder, b.date_time AS date_time, b.extra AS extra
		FROM (SELECT auction, bidder, price, date_time, extra FROM bid WINDOW TUMBLING (SIZE 10 SECONDS)
			GROUP BY auction, bidder, price, date_time, extra EMIT FINAL) b
		JOIN (SELECT max(price) AS price FROM bid WINDOW TUMBLING (SIZE 10 SECONDS) EMIT FINAL) m
		ON b.window_start = m.window_start AND b.price = m.price`

	createQ8 = `SELECT p.id AS id, p.name AS name, p.window_start AS since
		FROM (SELECT id, latest_by_offset(name) AS name FROM new_person WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY id EMIT FINAL) p
		JOIN (SELECT seller FROM auction WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY seller EMIT FINAL) a
		ON p.id = a.seller AND p.window_start = a.window_start`
)

const hop = 2_000 // ms

// answerQ5 counts the bids of each auction in each window and keeps the greatest.
func answerQ5(e *Events) string {
	type group struct{ start, auction int64 }
	counts, most := map[group]int64{}, map[int64]int64{}
	last := e.Bids[len(e.Bids)-1].At
	for i := range e.Bids {
		b := &e.Bids[i]
		for start := b.At / hop * hop; start > b.At-windowSize; start -= hop {
			if start+windowSize <= last {
				g := group{start, b.Auction}
				counts[g]++
				most[start] = max(most[start], counts[g])
			}
		}
	}
	var n, auction, num int64
	for g, c := range counts {
		if c == most[g.start] {
			n, auction, num = n+1, auction+g.auction, num+c
		}
	}
	return fmt.Sprintf("%d | %d | %d | %d", n, len(most), auction, num)
}

// answerQ7 finds the bids of the highest price of each window.
func answerQ7(e *Events) string {
	last := e.Bids[len(e.Bids)-1].At / windowSize * windowSize
	highest := map[int64]int64{}
	for i := range e.Bids {
		start := e.Bids[i].At / windowSize * windowSize
		highest[start] = max(highest[start], e.Bids[i].Price)
	}
	type same struct {
		auction, bidder, price, at int64
		text                       string
	}
	seen := map[same]bool{}
	var auction, price, bidder, extra int64
	for i := range e.Bids {
		b := &e.Bids[i]
		start := b.At / windowSize * windowSize
		key := same{b.Auction, b.Bidder, b.Price, b.At, b.Text}
		if start == last || b.Price != highest[start] || seen[key] {
			continue
		}
		seen[key] = true
		auction, price, bidder, extra = auction+b.Auction, price+b.Price, bidder+b.Bidder, extra+int64(len(b.Text))
	}
	return fmt.Sprintf("%d | %d | %d | %d | %d", len(seen), auction, price, bidder, extra)
}

// answerQ8 finds the people who opened an auction in the window they came in.
func answerQ8(e *Events) string {
	type came struct{ start, id int64 }
	last := min(e.People[len(e.People)-1].At, e.Auctions[len(e.Auctions)-1].At) / windowSize * windowSize
	people := map[came]*Person{}
	for i := range e.People {
		p := &e.People[i]
		people[came{p.At / windowSize * windowSize, p.ID}] = p
	}
	var n, id, name int64
	for i := range e.Auctions {
		a := &e.Auctions[i]
		key := came{a.At / windowSize * windowSize, a.Seller}
		if p := people[key]; p != nil && key.start < last {
			delete(people, key)
			n, id, name = n+1, id+p.ID, name+int64(len(p.Name))
		}
	}
	return fmt.Sprintf("%d | %d | %d", n, id, name)
}
