package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// nexmarkTables are the three topics. Bids have no key, as in Nexmark; people
// and auctions have their id. new_person reads the topic of people as a stream,
// auction_row has the auctions as a table.
const nexmarkTables = `
CREATE TABLE person (id BIGINT PRIMARY KEY, name TEXT, email TEXT, credit_card TEXT, city TEXT, state TEXT,
    date_time TIMESTAMP, extra TEXT) WITH (timestamp = 'date_time');
CREATE STREAM new_person (id BIGINT KEY, name TEXT, email TEXT, credit_card TEXT, city TEXT, state TEXT,
    date_time TIMESTAMP, extra TEXT) WITH (topic = 'person', timestamp = 'date_time');
CREATE STREAM auction (id BIGINT KEY, item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT,
    date_time TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra TEXT) WITH (timestamp = 'date_time');
CREATE TABLE auction_row (id BIGINT PRIMARY KEY, item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT,
    date_time TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra TEXT)
    WITH (timestamp = 'date_time');
CREATE STREAM bid (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT)
    WITH (timestamp = 'date_time');
`

// nexmarkQuery is one query: what makes it, what it reads, how it is checked.
type nexmarkQuery struct {
	name, create string
	kind         string // STREAM or TABLE
	reads        func(e *Events) int
	check        string // one row over the result
	answer       func(e *Events) string
	hand         func(h *hand) (string, error) // the same by hand, from JSON to JSON in memory
}

func readsBids(e *Events) int { return len(e.Bids) }

// nexmarkQueries in the order of their numbers. Joins are with tables, which is
// how a user of ksqlDB writes them; q12 is by event time.
var nexmarkQueries = []nexmarkQuery{
	{"q0", `SELECT auction, bidder, price, date_time, extra FROM bid`, "STREAM", readsBids,
		`SELECT count(*), sum(auction), sum(bidder), sum(price), sum(length(extra)) FROM q0`, answerQ0, handQ0},
	{"q1", `SELECT auction, bidder, 0.908 * price AS price, date_time, extra FROM bid`, "STREAM", readsBids,
		`SELECT count(*), sum(auction), sum(bidder), sum(price), sum(length(extra)) FROM q1`, answerQ1, handQ1},
	{"q2", `SELECT auction, price FROM bid WHERE auction % 123 = 0`, "STREAM", readsBids,
		`SELECT count(*), sum(auction), sum(price) FROM q2`, answerQ2, handQ2},
	{"q3", `SELECT a.seller AS seller, p.name AS name, p.city AS city, p.state AS state, a.id AS id FROM auction a
		JOIN person p ON a.seller = p.id WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')`, "STREAM",
		func(e *Events) int { return len(e.Auctions) + len(e.People) },
		`SELECT count(*), sum(id), sum(seller), sum(length(name)), sum(length(city)) FROM q3`, answerQ3, handQ3},
	{"q5", createQ5, "TABLE", readsBids,
		`SELECT count(*), count(DISTINCT since), sum(auction), sum(num) FROM q5`, answerQ5, handQ5},
	{"q7", createQ7, "TABLE", readsBids,
		`SELECT count(*), sum(auction), sum(price), sum(bidder), sum(length(extra)) FROM q7`, answerQ7, handQ7},
	{"q8", createQ8, "TABLE", func(e *Events) int { return len(e.Auctions) + len(e.People) },
		`SELECT count(*), sum(id), sum(length(name)) FROM q8`, answerQ8, handQ8},
	{"q12", `SELECT bidder, count(*) AS bids FROM bid WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY bidder EMIT FINAL`, "TABLE", readsBids,
		`SELECT count(*), sum(bidder), sum(bids) FROM q12`, answerQ12, handQ12},
	{"q12c", `SELECT bidder, count(*) AS bids FROM bid WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY bidder EMIT CHANGES`, "TABLE", readsBids,
		`SELECT count(*), sum(bidder), sum(bids) FROM q12c`, answerQ12Changes, handQ12Changes},
	{"q18", `SELECT bidder, auction, latest_by_offset(price) AS price, latest_by_offset(channel) AS channel,
		latest_by_offset(url) AS url, latest_by_offset(date_time) AS date_time, latest_by_offset(extra) AS extra
		FROM bid GROUP BY bidder, auction`, "TABLE", readsBids,
		`SELECT count(*), sum(bidder), sum(auction), sum(price), sum(length(extra)) FROM q18`, answerQ18, handQ18},
	{"q20", `SELECT b.auction AS auction, b.bidder AS bidder, b.price AS price, b.channel AS channel, b.url AS url, b.date_time AS bid_time,
		b.extra AS bid_extra, a.item_name AS item_name, a.description AS description, a.initial_bid AS initial_bid, a.reserve AS reserve,
		a.date_time AS auction_time, a.expires AS expires, a.seller AS seller, a.category AS category, a.extra AS auction_extra
		FROM bid b JOIN auction_row a ON b.auction = a.id WHERE a.category = 10`, "STREAM",
		func(e *Events) int { return len(e.Bids) + len(e.Auctions) },
		`SELECT count(*), sum(auction), sum(price), sum(initial_bid), sum(length(auction_extra)) FROM q20`, answerQ20, handQ20},
}

// NexmarkNames lists the queries.
func NexmarkNames() []string {
	out := make([]string, len(nexmarkQueries))
	for i := range nexmarkQueries {
		out[i] = nexmarkQueries[i].name
	}
	return out
}

// NexmarkOptions choose what runs.
type NexmarkOptions struct {
	Queries []string // nil: all
	Events  int      // generated, of which 92 in 100 are bids
	Rounds  int      // each query runs so often; the median counts
	Dir     string
	// Before and After are called around the measured part of each run.
	Before, After func(query string, round int)
}

// Nexmark loads the events and runs the queries, each from the durable JSON of
// its topics to a durable JSON topic.
func Nexmark(ctx context.Context, o NexmarkOptions) (*Report, error) {
	chosen, err := choose(o.Queries)
	if err != nil {
		return nil, err
	}
	n, err := StartNode(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	r, err := runNexmark(ctx, n, chosen, &o)
	if bad := n.Close(); err == nil {
		err = bad
	}
	return r, err
}

func choose(names []string) ([]*nexmarkQuery, error) {
	var out []*nexmarkQuery
	for i := range nexmarkQueries {
		if len(names) == 0 {
			out = append(out, &nexmarkQueries[i])
		}
	}
next:
	for _, name := range names {
		for i := range nexmarkQueries {
			if nexmarkQueries[i].name == name {
				out = append(out, &nexmarkQueries[i])
				continue next
			}
		}
		return nil, fmt.Errorf("there is no query %q: only %v", name, NexmarkNames())
	}
	return out, nil
}

func runNexmark(ctx context.Context, n *Node, queries []*nexmarkQuery, o *NexmarkOptions) (r *Report, err error) {
	e := Generate(o.Events, 1)
	r = &Report{Name: "nexmark"}
	if err := loadNexmark(ctx, n, e, r); err != nil {
		return nil, err
	}
	answers := make([]string, len(queries))
	for i, q := range queries {
		answers[i] = q.answer(e)
	}
	reads := make([]int, len(queries))
	for i, q := range queries {
		reads[i] = q.reads(e)
	}
	byHand, free, err := newHand(e)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, free()) }()
	e = nil
	walls, cpus, hands := make([][]time.Duration, len(queries)), make([][]time.Duration, len(queries)), make([][]time.Duration, len(queries))
	for round := range max(1, o.Rounds) {
		for i, q := range queries {
			c, err := q.run(ctx, n, answers[i], round, o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q.name, err)
			}
			floor, err := byHand.run(q, answers[i])
			if err != nil {
				return nil, err
			}
			walls[i], cpus[i], hands[i] = append(walls[i], c.wall), append(cpus[i], c.cpu), append(hands[i], floor)
		}
	}
	for i, q := range queries {
		wall, cpu, floor := median(walls[i]), median(cpus[i]), median(hands[i])
		r.add(q.name, Figure{"events", float64(reads[i]), ""},
			Figure{"per CPU second", perSecond(reads[i], cpu), "M/s"}, Figure{"per second", perSecond(reads[i], wall), "M/s"},
			Figure{"CPU per event", float64(cpu.Nanoseconds()) / float64(reads[i]), "ns"}, Figure{"wall", millis(wall), "ms"},
			Figure{"hand loop", float64(floor.Nanoseconds()) / float64(reads[i]), "ns"}, Figure{"of its speed", float64(floor) / float64(cpu), ""})
	}
	r.note("hand loop: a Go program for this query alone, from JSON to JSON in memory, without log, types, NULLs and recovery")
	r.note("events are the records of the topics a query reads; medians of %d; answers checked", max(1, o.Rounds))
	return r, nil
}

// loadNexmark makes the topics and fills them by COPY.
func loadNexmark(ctx context.Context, n *Node, e *Events, r *Report) error {
	if err := n.exec(ctx, nexmarkTables); err != nil {
		return err
	}
	w := startWatch()
	for _, t := range []struct {
		name  string
		n     int
		write func(i int, l *line)
	}{
		{"person", len(e.People), func(i int, l *line) { e.People[i].line(l) }},
		{"auction", len(e.Auctions), func(i int, l *line) { e.Auctions[i].line(l) }},
		{"auction_row", len(e.Auctions), func(i int, l *line) { e.Auctions[i].line(l) }},
		{"bid", len(e.Bids), func(i int, l *line) { e.Bids[i].line(l) }},
	} {
		rows, err := n.copyIn(ctx, "COPY "+t.name+" FROM STDIN WITH (FORMAT json)", &lineReader{n: t.n, write: t.write})
		if err != nil {
			return err
		}
		if rows != int64(t.n) {
			return fmt.Errorf("%d rows of %s went in, not %d", rows, t.name, t.n)
		}
	}
	c := w.spent()
	total := len(e.Bids) + 2*len(e.Auctions) + len(e.People)
	r.note("loaded %d JSON rows by COPY in %.1f s: %.2f M/s a CPU second, client included", total, c.wall.Seconds(), perSecond(total, c.cpu))
	return nil
}

// run makes the query, waits until it has committed all input, checks the
// answer and drops it.
func (q *nexmarkQuery) run(ctx context.Context, n *Node, answer string, round int, o *NexmarkOptions) (cost, error) {
	settleMemory()
	if o.Before != nil {
		o.Before(q.name, round)
	}
	w := startWatch()
	if err := n.exec(ctx, "CREATE "+q.kind+" "+q.name+" AS "+q.create); err != nil {
		return cost{}, err
	}
	if err := n.srv.WaitIdle(ctx); err != nil {
		return cost{}, err
	}
	c := w.spent()
	if o.After != nil {
		o.After(q.name, round)
	}
	if err := n.expect(ctx, q.check, answer); err != nil {
		return cost{}, err
	}
	return c, n.exec(ctx, "DROP "+q.kind+" "+q.name+" DELETE TOPIC")
}
