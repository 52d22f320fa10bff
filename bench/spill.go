package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/leatdb/leat/server"
)

// spillArm is one limit of the state, as a part of what it takes.
type spillArm struct {
	name  string
	parts int64 // 0: no limit
}

var spillArms = []spillArm{{"all in memory", 0}, {"half on disk", 2}, {"nine tenths on disk", 10}}

// Spill measures an aggregate whose state is larger than its memory: CPU a row
// with all state in memory, with half and with nine tenths of it on disk, in
// turns. Every key comes once; then as many rows twice over are of any key, or
// nineteen of twenty of one key in twenty.
func Spill(ctx context.Context, dir string, keys, rounds int) (*Report, error) {
	r := &Report{Name: "spill"}
	for _, skew := range []bool{false, true} {
		name := "uniform"
		if skew {
			name = "skewed"
		}
		if err := spillPattern(ctx, dir, keys, rounds, skew, name, r); err != nil {
			return nil, err
		}
	}
	r.note("SELECT k, count(*), sum(v) GROUP BY k over %d keys and %d rows; CPU of the process until all is committed, medians of %d", keys, 3*keys, rounds)
	return r, nil
}

func spillPattern(ctx context.Context, dir string, keys, rounds int, skew bool, name string, r *Report) error {
	costs := make([][]time.Duration, len(spillArms))
	figures := make([][]Figure, len(spillArms))
	var whole int64
	for range rounds {
		for i, arm := range spillArms {
			limit := int64(0)
			if arm.parts > 0 {
				limit = whole / arm.parts
			}
			n, err := StartNode(ctx, dir, func(c *server.Config) { c.MaxState = limit })
			if err != nil {
				return err
			}
			c, state, fs, err := spillRun(ctx, n, keys, skew)
			if bad := n.Close(); err == nil {
				err = bad
			}
			if err != nil {
				return err
			}
			if arm.parts == 0 {
				whole = state
			}
			costs[i], figures[i] = append(costs[i], c.cpu), fs
		}
	}
	for i, arm := range spillArms {
		per := float64(median(costs[i]).Nanoseconds()) / float64(3*keys)
		r.add(name+", "+arm.name, append([]Figure{{"CPU per row", per, "ns"}}, figures[i]...)...)
	}
	return nil
}

// spillRun fills a stream and aggregates it.
func spillRun(ctx context.Context, n *Node, keys int, skew bool) (c cost, state int64, fs []Figure, err error) {
	if err := n.exec(ctx, "CREATE STREAM fact (k BIGINT, v BIGINT)"); err != nil {
		return c, 0, nil, err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	sum := int64(0)
	key := func(i int) int {
		switch {
		case i < keys:
			return i
		case skew && rng.IntN(20) > 0:
			return 20 * rng.IntN(keys/20)
		}
		return rng.IntN(keys)
	}
	if _, err := n.copyIn(ctx, "COPY fact FROM STDIN WITH (FORMAT json)", &lineReader{n: 3 * keys, write: func(i int, l *line) {
		sum += int64(i % 1000)
		l.int("k", int64(key(i)))
		l.int("v", int64(i%1000))
		l.end()
	}}); err != nil {
		return c, 0, nil, err
	}
	settleMemory()
	w := startWatch()
	if err := n.exec(ctx, "CREATE TABLE total AS SELECT k, count(*) AS n, sum(v) AS v FROM fact GROUP BY k"); err != nil {
		return c, 0, nil, err
	}
	if err := n.srv.WaitIdle(ctx); err != nil {
		return c, 0, nil, err
	}
	c = w.spent()
	if err := n.expect(ctx, "SELECT count(*), sum(n), sum(v) FROM total", fmt.Sprintf("%d | %d | %d", keys, 3*keys, sum)); err != nil {
		return c, 0, nil, err
	}
	if state, err = n.number(ctx, "SELECT sum(state_bytes) FROM leat.tasks"); err != nil {
		return c, 0, nil, err
	}
	spilled, err := n.number(ctx, "SELECT sum(spilled_rows) FROM leat.tasks")
	return c, state, []Figure{{"state in memory", float64(state) / 1e6, "MB"}, {"on disk", 100 * float64(spilled) / float64(keys), "% of keys"}}, err
}
