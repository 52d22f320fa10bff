package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Latency measures one durable INSERT after the other: until it is
// acknowledged, and until a subscriber has the row. A bare write and fdatasync
// of a block is measured between them.
func Latency(ctx context.Context, dir string, inserts int) (*Report, error) {
	n, err := StartNode(ctx, dir)
	if err != nil {
		return nil, err
	}
	r, err := runLatency(ctx, n, inserts)
	if bad := n.Close(); err == nil {
		err = bad
	}
	return r, err
}

// arrival is a row at a subscriber.
type arrival struct {
	id int64
	at time.Time
}

func runLatency(ctx context.Context, n *Node, inserts int) (*Report, error) {
	if err := n.exec(ctx, "CREATE STREAM ping (id BIGINT, note TEXT)"); err != nil {
		return nil, err
	}
	d, err := newDisk(n.Dir, 8<<20, 4096)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.close() }()
	arrivals, stop, err := n.subscribe(ctx, "SELECT id FROM ping WITH (start = 'earliest') EMIT CHANGES")
	if err != nil {
		return nil, err
	}
	defer stop()
	var ack, push, bare []time.Duration
	const warm = 50
	for i := range inserts + warm {
		b, err := d.sync()
		if err != nil {
			return nil, err
		}
		begin := time.Now()
		if err := n.exec(ctx, fmt.Sprintf("INSERT INTO ping VALUES (%d, 'a note of some length')", i)); err != nil {
			return nil, err
		}
		acked := time.Since(begin)
		a, ok := <-arrivals
		if !ok || a.id != int64(i) {
			return nil, fmt.Errorf("the subscriber got %d, not %d", a.id, i)
		}
		if i >= warm {
			ack, push, bare = append(ack, acked), append(push, a.at.Sub(begin)), append(bare, b)
		}
	}
	r := &Report{Name: "latency"}
	for _, x := range []struct {
		name string
		d    []time.Duration
	}{{"bare fdatasync", bare}, {"INSERT ack", ack}, {"insert to push", push}} {
		r.add(x.name, Figure{"p50", micros(percentile(x.d, .5)), "µs"}, Figure{"p90", micros(percentile(x.d, .9)), "µs"},
			Figure{"p99", micros(percentile(x.d, .99)), "µs"}, Figure{"max", micros(percentile(x.d, 1)), "µs"},
			Figure{"p50 / bare", float64(percentile(x.d, .5)) / float64(percentile(bare, .5)), ""})
	}
	r.note("%d inserts one after the other, each followed by its row at a subscriber in order", inserts)
	return r, nil
}

// subscribe runs a push query on a connection of its own; its first column is
// an integer. stop ends it and waits.
func (n *Node) subscribe(ctx context.Context, query string) (<-chan arrival, func(), error) {
	conn, err := n.Dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	out, done := make(chan arrival, 1<<16), make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		receive(conn.Exec(ctx, query), out)
	}()
	return out, func() {
		cancel()
		<-done
		_ = conn.Close(context.Background())
	}, nil
}

func receive(rows *pgconn.MultiResultReader, out chan<- arrival) {
	for rows.NextResult() {
		rr := rows.ResultReader()
		for rr.NextRow() {
			id, err := strconv.ParseInt(string(rr.Values()[0]), 10, 64)
			if err != nil {
				return
			}
			out <- arrival{id, time.Now()}
		}
	}
	_ = rows.Close()
}
