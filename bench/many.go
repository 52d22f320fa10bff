package bench

import (
	"context"
	"fmt"
)

// Many measures what one more query on a stream costs: 1 to most of them, each
// a filter of its own with a durable result.
func Many(ctx context.Context, dir string, most, rows int) (*Report, error) {
	n, err := StartNode(ctx, dir)
	if err != nil {
		return nil, err
	}
	r, err := runMany(ctx, n, most, rows)
	if bad := n.Close(); err == nil {
		err = bad
	}
	return r, err
}

func runMany(ctx context.Context, n *Node, most, rows int) (*Report, error) {
	if err := n.exec(ctx, "CREATE STREAM bid (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT)"); err != nil {
		return nil, err
	}
	e := Generate(rows*50/46+50, 1)
	e.Bids = e.Bids[:rows]
	r := &Report{Name: "many"}
	made, loads := 0, 0
	for _, count := range []int{1, 10, 100, 1000} {
		if count > most {
			break
		}
		w := startWatch()
		for fresh := made; made < count; made++ {
			if err := n.exec(ctx, fmt.Sprintf("CREATE STREAM m%d AS SELECT auction, price FROM bid WHERE auction %% 1000 = %d", made, made)); err != nil {
				return nil, fmt.Errorf("query %d of %d: %w", made, count-fresh, err)
			}
		}
		create := w.spent()
		if err := n.srv.WaitIdle(ctx); err != nil {
			return nil, err
		}
		w = startWatch()
		if _, err := n.copyIn(ctx, "COPY bid FROM STDIN WITH (FORMAT json)", &lineReader{n: rows, write: func(i int, l *line) { e.Bids[i].line(l) }}); err != nil {
			return nil, err
		}
		if err := n.srv.WaitIdle(ctx); err != nil {
			return nil, err
		}
		c := w.spent()
		loads++
		if err := checkMany(ctx, n, e, count, loads); err != nil {
			return nil, err
		}
		heap := heapBytes()
		rss, err := residentBytes()
		if err != nil {
			return nil, err
		}
		r.add(fmt.Sprintf("%d queries", count), Figure{"resident", float64(rss) / 1e6, "MB"}, Figure{"heap", float64(heap) / 1e6, "MB"},
			Figure{"CPU per row and query", float64(c.cpu.Nanoseconds()) / float64(rows*count), "ns"},
			Figure{"CPU", millis(c.cpu), "ms"}, Figure{"create all new", millis(create.wall), "ms"})
	}
	r.note("%d rows by COPY at each count, the client in the same process; the last query's answer checked", rows)
	return r, nil
}

// checkMany checks the newest query, which has seen all loads.
func checkMany(ctx context.Context, n *Node, e *Events, count, loads int) error {
	var rows int64
	for i := range e.Bids {
		if e.Bids[i].Auction%1000 == int64(count-1) {
			rows++
		}
	}
	return n.expect(ctx, fmt.Sprintf("SELECT count(*) FROM m%d", count-1), itoa(rows*int64(loads)))
}
