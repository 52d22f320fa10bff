package bench

import (
	"context"
	"fmt"
	"time"
)

// State measures an aggregate of many keys: bytes a key, and how long rows wait
// while its checkpoint is taken.
func State(ctx context.Context, dir string, sizes []int) (*Report, error) {
	r := &Report{Name: "state"}
	for _, keys := range sizes {
		n, err := StartNode(ctx, dir)
		if err != nil {
			return nil, err
		}
		err = runState(ctx, n, keys, r)
		if bad := n.Close(); err == nil {
			err = bad
		}
		if err != nil {
			return nil, err
		}
	}
	r.note("SELECT k, count(*), sum(v) GROUP BY k; state as the task counts it, heap with the table that pull queries read")
	r.note("stall is the longest wait of an INSERT for its row at a subscriber of the result while a checkpoint is taken")
	return r, nil
}

func runState(ctx context.Context, n *Node, keys int, r *Report) error {
	if err := n.exec(ctx, "CREATE STREAM fact (k BIGINT, v BIGINT)"); err != nil {
		return err
	}
	before := heapBytes()
	if err := n.exec(ctx, "CREATE TABLE total AS SELECT k, count(*) AS n, sum(v) AS v FROM fact GROUP BY k"); err != nil {
		return err
	}
	w := startWatch()
	if _, err := n.copyIn(ctx, "COPY fact FROM STDIN WITH (FORMAT json)", &lineReader{n: keys, write: func(i int, l *line) {
		l.int("k", int64(i))
		l.int("v", int64(i%1000))
		l.end()
	}}); err != nil {
		return err
	}
	if err := n.srv.WaitIdle(ctx); err != nil {
		return err
	}
	load := w.spent()
	if err := n.expect(ctx, "SELECT count(*), sum(n) FROM total", fmt.Sprintf("%d | %d", keys, keys)); err != nil {
		return err
	}
	state, err := n.number(ctx, "SELECT sum(state_bytes) FROM leat.tasks")
	if err != nil {
		return err
	}
	heap := heapBytes() - before
	idle, stall, err := n.stall(ctx, keys)
	if err != nil {
		return err
	}
	per := func(b int64) float64 { return float64(b) / float64(keys) }
	r.add(fmt.Sprintf("%d keys", keys), Figure{"state per key", per(state), "B"}, Figure{"heap per key", per(heap), "B"},
		Figure{"CPU per row", float64(load.cpu.Nanoseconds()) / float64(keys), "ns"},
		Figure{"idle push p50", micros(idle), "µs"}, Figure{"stall", millis(stall), "ms"})
	return nil
}

func (n *Node) number(ctx context.Context, query string) (out int64, err error) {
	text, err := n.row(ctx, query)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(text, &out)
	return out, err
}

// stall inserts rows one after the other, and asks for a checkpoint between.
func (n *Node) stall(ctx context.Context, keys int) (idle, worst time.Duration, err error) {
	arrivals, stop, err := n.subscribe(ctx, fmt.Sprintf("SELECT v FROM total WHERE k >= %d EMIT CHANGES", keys))
	if err != nil {
		return 0, 0, err
	}
	defer stop()
	var quiet, busy []time.Duration
	const rounds = 300
	for i := range rounds {
		if i == rounds/2 {
			n.srv.Checkpoint()
		}
		begin := time.Now()
		if err := n.exec(ctx, fmt.Sprintf("INSERT INTO fact VALUES (%d, %d)", keys+i, i)); err != nil {
			return 0, 0, err
		}
		a := <-arrivals
		if a.id != int64(i) {
			return 0, 0, fmt.Errorf("the subscriber got %d, not %d", a.id, i)
		}
		if took := a.at.Sub(begin); i < rounds/2 {
			quiet = append(quiet, took)
		} else {
			busy = append(busy, took)
		}
	}
	return percentile(quiet, .5), percentile(busy, 1), nil
}
