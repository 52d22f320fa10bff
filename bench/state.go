package bench

import (
	"context"
	"errors"
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
	r.note("copying memory: %.1f GB a CPU second", copyRate()/1e9)
	r.note("SELECT k, count(*), sum(v) GROUP BY k; state as the task counts it, heap with the table that pull queries read")
	r.note("checkpoints are of the aggregate; one has what changed since the last but one, two percent of the keys here")
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
	whole, changes, err := n.checkpointBytes(ctx, keys)
	if err != nil {
		return err
	}
	per := func(b int64) float64 { return float64(b) / float64(keys) }
	r.add(fmt.Sprintf("%d keys", keys), Figure{"state per key", per(state), "B"}, Figure{"heap per key", per(heap), "B"},
		Figure{"CPU per row", float64(load.cpu.Nanoseconds()) / float64(keys), "ns"},
		Figure{"idle push p50", micros(idle), "µs"}, Figure{"stall", millis(stall), "ms"},
		Figure{"whole checkpoint", float64(whole) / 1e6, "MB"}, Figure{"checkpoint of 1 % changed", float64(changes) / 1e6, "MB"})
	return nil
}

// checkpointBytes gives the bytes of a whole checkpoint, and of one after another
// percent of the keys has changed since the last.
func (n *Node) checkpointBytes(ctx context.Context, keys int) (whole, changes int64, err error) {
	for round := range 4 { // the first checkpoint of each chain is whole; stall has begun one
		if changes, err = n.changeOnePercent(ctx, keys, round); err != nil {
			return 0, 0, err
		}
		whole = max(whole, changes)
	}
	return whole, changes, nil
}

// changeOnePercent changes every hundredth key, takes a checkpoint and gives its
// bytes.
func (n *Node) changeOnePercent(ctx context.Context, keys, round int) (int64, error) {
	if _, err := n.copyIn(ctx, "COPY fact FROM STDIN WITH (FORMAT json)", &lineReader{n: keys / 100, write: func(i int, l *line) {
		l.int("k", int64(100*i+round))
		l.int("v", 1)
		l.end()
	}}); err != nil {
		return 0, err
	}
	if err := n.srv.WaitIdle(ctx); err != nil {
		return 0, err
	}
	before, err := n.number(ctx, "SELECT min(checkpoints) FROM leat.tasks")
	if err != nil {
		return 0, err
	}
	n.srv.Checkpoint()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		now, err := n.number(ctx, "SELECT min(checkpoints) FROM leat.tasks")
		if err != nil {
			return 0, err
		}
		if now > before {
			return n.number(ctx, "SELECT max(last_checkpoint_bytes) FROM leat.tasks")
		}
		if time.Now().After(deadline) {
			return 0, errors.New("no checkpoint within a minute")
		}
	}
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
