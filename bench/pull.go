package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Pull measures pull queries by key over a table of keys rows, prepared, with
// one client and with several. SELECT 1 over the same connections is the limit.
func Pull(ctx context.Context, dir string, keys, queries int) (*Report, error) {
	n, err := StartNode(ctx, dir)
	if err != nil {
		return nil, err
	}
	r, err := runPull(ctx, n, keys, queries)
	if bad := n.Close(); err == nil {
		err = bad
	}
	return r, err
}

func runPull(ctx context.Context, n *Node, keys, queries int) (*Report, error) {
	if err := n.exec(ctx, "CREATE TABLE account (id BIGINT PRIMARY KEY, balance BIGINT, filler TEXT)"); err != nil {
		return nil, err
	}
	if _, err := n.copyIn(ctx, "COPY account FROM STDIN WITH (FORMAT json)", &lineReader{n: keys, write: func(i int, l *line) {
		l.int("id", int64(i))
		l.int("balance", int64(i)*7)
		l.text("filler", "a row of pgbench has a filler of eighty-four characters, all of them blanks, mostly")
		l.end()
	}}); err != nil {
		return nil, err
	}
	if err := n.srv.WaitIdle(ctx); err != nil {
		return nil, err
	}
	r := &Report{Name: "pull"}
	for _, clients := range []int{1, 2, 8} {
		for _, q := range []struct{ name, text string }{{"SELECT 1", "SELECT $1::bigint"}, {"by key", "SELECT balance FROM account WHERE id = $1"}} {
			c, lat, err := n.hammer(ctx, q.text, clients, queries/clients, keys, q.name == "by key")
			if err != nil {
				return nil, err
			}
			total := queries / clients * clients
			r.add(fmt.Sprintf("%s, %d clients", q.name, clients), Figure{"per second", float64(total) / c.wall.Seconds(), ""},
				Figure{"CPU per query", micros(c.cpu) / float64(total), "µs"},
				Figure{"p50", micros(percentile(lat, .5)), "µs"}, Figure{"p99", micros(percentile(lat, .99)), "µs"})
		}
	}
	r.note("%d rows; CPU includes the clients, which are in the same process; every answer checked", keys)
	return r, nil
}

// hammer runs a prepared query of one key on several connections.
func (n *Node) hammer(ctx context.Context, text string, clients, each, keys int, check bool) (cost, []time.Duration, error) {
	conns := make([]*pgconn.PgConn, clients)
	for i := range conns {
		c, err := n.Dial(ctx)
		if err != nil {
			return cost{}, nil, err
		}
		defer func() { _ = c.Close(ctx) }()
		if _, err := c.Prepare(ctx, "q", text, nil); err != nil {
			return cost{}, nil, err
		}
		conns[i] = c
	}
	lat, errs := make([][]time.Duration, clients), make([]error, clients)
	var wg sync.WaitGroup
	w := startWatch()
	for i, c := range conns {
		wg.Go(func() { lat[i], errs[i] = ask(ctx, c, uint64(i+1), each, keys, check) })
	}
	wg.Wait()
	spent := w.spent()
	var all []time.Duration
	for _, l := range lat {
		all = append(all, l...)
	}
	return spent, all, errors.Join(errs...)
}

func ask(ctx context.Context, c *pgconn.PgConn, seed uint64, each, keys int, check bool) ([]time.Duration, error) {
	g := generator{state: seed}
	out := make([]time.Duration, 0, each)
	for range each {
		key := g.below(int64(keys))
		begin := time.Now()
		res := c.ExecPrepared(ctx, "q", [][]byte{[]byte(itoa(key))}, nil, nil).Read()
		out = append(out, time.Since(begin))
		if res.Err != nil {
			return nil, res.Err
		}
		want := key
		if check {
			want = key * 7
		}
		if len(res.Rows) != 1 || string(res.Rows[0][0]) != itoa(want) {
			return nil, fmt.Errorf("key %d: wrong answer %q", key, res.Rows)
		}
	}
	return out, nil
}
