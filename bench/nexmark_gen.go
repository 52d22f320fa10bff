package bench

import (
	"math"
	"math/bits"
)

// The proportions of Nexmark: of 50 events one is a person, three are auctions.
const (
	perEpoch       = 50
	auctionsEach   = 3
	firstID        = 1000
	activePeople   = 1000
	inFlight       = 100
	lead           = 10 // ids not yet made that may be named
	hotStep        = 100
	channels       = 10000
	firstCategory  = 10
	eventBase      = 1436918400000 // 2015-07-15, ms
	defaultRate    = 10_000        // events a second of event time
	extraPerson    = 200
	extraAuction   = 500
	extraBid       = 100
	horizonAuction = inFlight * perEpoch / auctionsEach // events until as many more auctions are there
)

// Person, Auction and Bid are Nexmark's events. Times are ms.
type (
	Person struct {
		ID                                   int64
		Name, Email, Card, City, State, Text string
		At                                   int64
	}
	Auction struct {
		ID                                         int64
		Item, Description                          string
		Initial, Reserve, At, Expires, Seller, Cat int64
		Text                                       string
	}
	Bid struct {
		Auction, Bidder, Price int64
		Channel, URL           string
		At                     int64
		Text                   string
	}
)

// Events is a run of the generator: the same for the same number and seed.
type Events struct {
	People   []Person
	Auctions []Auction
	Bids     []Bid
}

// generator draws events. Its numbers are SplitMix64 of a seed.
type generator struct {
	state uint64
	urls  map[int64]string
	rate  int64
	buf   []byte
}

// Generate makes the first n events.
func Generate(n int, seed uint64) *Events {
	g := &generator{state: seed, urls: map[int64]string{}, rate: defaultRate}
	e := &Events{Bids: make([]Bid, 0, n*46/50+50)}
	for i := int64(0); i < int64(n); i++ {
		at := eventBase + i*1000/g.rate
		switch k := i % perEpoch; {
		case k == 0:
			e.People = append(e.People, g.person(i, at))
		case k <= auctionsEach:
			e.Auctions = append(e.Auctions, g.auction(i, at))
		default:
			e.Bids = append(e.Bids, g.bid(i, at))
		}
	}
	return e
}

func (g *generator) next() uint64 {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (g *generator) below(n int64) int64 {
	hi, _ := bits.Mul64(g.next(), uint64(n))
	return int64(hi)
}

func (g *generator) unit() float64 { return float64(g.next()>>11) / (1 << 53) }

// lastPerson and lastAuction are the newest ids, from 0, at event i.
func lastPerson(i int64) int64 { return i / perEpoch }

func lastAuction(i int64) int64 {
	epoch, k := i/perEpoch, i%perEpoch
	switch {
	case k == 0:
		return epoch*auctionsEach - 1
	case k <= auctionsEach:
		return epoch*auctionsEach + k - 1
	}
	return epoch*auctionsEach + auctionsEach - 1
}

// anyPerson draws uniformly among the active people and those about to come.
func (g *generator) anyPerson(i int64) int64 {
	people := lastPerson(i) + 1
	active := min(people, activePeople)
	return people - active + g.below(active+lead)
}

func (g *generator) price() int64 { return int64(math.Round(math.Pow(10, g.unit()*6) * 100)) }

var (
	firstNames = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames  = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
	cities     = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states     = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	hotNames   = []string{"Google", "Facebook", "Baidu", "Apple"}
)

func (g *generator) person(i, at int64) Person {
	p := Person{ID: firstID + lastPerson(i), At: at}
	p.Name = firstNames[g.below(int64(len(firstNames)))] + " " + lastNames[g.below(int64(len(lastNames)))]
	p.Email = g.text(7) + "@" + g.text(5) + ".com"
	card := make([]byte, 0, 19)
	for q := range 16 {
		if q > 0 && q%4 == 0 {
			card = append(card, ' ')
		}
		card = append(card, byte('0'+g.below(10)))
	}
	p.Card = string(card)
	p.City, p.State = cities[g.below(int64(len(cities)))], states[g.below(int64(len(states)))]
	p.Text = g.pad(extraPerson - 8 - len(p.Name) - len(p.Email) - len(p.Card) - len(p.City) - len(p.State))
	return p
}

func (g *generator) auction(i, at int64) Auction {
	a := Auction{ID: firstID + lastAuction(i), At: at, Cat: firstCategory + g.below(5)}
	if g.below(4) > 0 {
		a.Seller = lastPerson(i) / hotStep * hotStep
	} else {
		a.Seller = g.anyPerson(i)
	}
	a.Seller += firstID
	a.Item, a.Description = g.text(20), g.text(100)
	a.Initial = g.price()
	a.Reserve = a.Initial + g.price()
	horizon := max(int64(1), horizonAuction*1000/g.rate)
	a.Expires = at + 1 + g.below(2*horizon)
	a.Text = g.pad(extraAuction - 48 - len(a.Item) - len(a.Description))
	return a
}

func (g *generator) bid(i, at int64) Bid {
	b := Bid{At: at}
	last := lastAuction(i)
	if g.below(2) > 0 {
		b.Auction = last / hotStep * hotStep
	} else {
		low := max(last-inFlight, 0)
		b.Auction = low + g.below(last-low+1+lead)
	}
	if g.below(4) > 0 {
		b.Bidder = lastPerson(i)/hotStep*hotStep + 1
	} else {
		b.Bidder = g.anyPerson(i)
	}
	b.Auction, b.Bidder, b.Price = b.Auction+firstID, b.Bidder+2*firstID, g.price()
	if g.below(2) > 0 {
		k := g.below(int64(len(hotNames)))
		b.Channel, b.URL = hotNames[k], g.url(-1-k)
	} else {
		k := g.below(channels)
		b.Channel, b.URL = "channel-"+itoa(k), g.url(k)
	}
	b.Text = g.pad(extraBid - 32 - len(b.Channel) - len(b.URL) + 60)
	return b
}

// url is fixed for a channel; nine in ten of the unnamed ones carry their id.
func (g *generator) url(k int64) string {
	if u, ok := g.urls[k]; ok {
		return u
	}
	u := "https://www.nexmark.com/" + g.word() + "/" + g.word() + "/" + g.word() + "/item.htm?query=1"
	if k >= 0 && g.below(10) > 0 {
		id := int64(int32(bits.Reverse32(uint32(k))))
		u += "&channel_id=" + itoa(max(id, -id))
	}
	g.urls[k] = u
	return u
}
