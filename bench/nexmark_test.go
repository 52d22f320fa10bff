package bench

import (
	"testing"
)

// TestEventsAreNexmarks holds the proportions and the sizes that the published
// generator has, and that the same seed gives the same events.
func TestEventsAreNexmarks(t *testing.T) {
	const n = 50_000
	e := Generate(n, 1)
	if len(e.People) != n/50 || len(e.Auctions) != 3*n/50 || len(e.Bids) != 46*n/50 {
		t.Fatalf("%d people, %d auctions, %d bids", len(e.People), len(e.Auctions), len(e.Bids))
	}
	var people, auctions, bids line
	hot := 0
	for i := range e.People {
		e.People[i].line(&people)
	}
	for i := range e.Auctions {
		e.Auctions[i].line(&auctions)
	}
	for i := range e.Bids {
		e.Bids[i].line(&bids)
		if (e.Bids[i].Bidder-2*firstID)%hotStep == 1 {
			hot++
		}
	}
	for _, x := range []struct {
		name       string
		size, want int
	}{{"person", len(people.b) / len(e.People), 317}, {"auction", len(auctions.b) / len(e.Auctions), 646}, {"bid", len(bids.b) / len(e.Bids), 258}} {
		if x.size < x.want*4/5 || x.size > x.want*6/5 {
			t.Errorf("a %s has %d bytes of JSON, published are %d", x.name, x.size, x.want)
		}
	}
	if share := float64(hot) / float64(len(e.Bids)); share < .74 || share > .78 {
		t.Errorf("%.2f of the bids are by hot bidders", share)
	}
	again := Generate(n, 1)
	for i := range e.Bids {
		if e.Bids[i] != again.Bids[i] {
			t.Fatalf("bid %d differs from run to run", i)
		}
	}
}

// TestQueriesAnswer runs every query through the product, over events that close one window.
func TestQueriesAnswer(t *testing.T) {
	r, err := Nexmark(t.Context(), NexmarkOptions{Events: 120_000, Rounds: 1, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != len(nexmarkQueries) {
		t.Errorf("%d figures of %d queries", len(r.Rows), len(nexmarkQueries))
	}
}
