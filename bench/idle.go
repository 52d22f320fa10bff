package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Idle measures what connections that do nothing cost: memory, and the time of
// a pull query beside them, in turns with and without.
func Idle(ctx context.Context, exe, dir string, connections, rounds int) (*Report, error) {
	p, err := startProcess(ctx, exe, dir, "--max-connections", strconv.Itoa(connections+100))
	if err != nil {
		return nil, err
	}
	r := &Report{Name: "idle"}
	err = runIdle(ctx, p, r, connections, rounds)
	if bad := p.close(); err == nil {
		err = bad
	}
	return r, err
}

func runIdle(ctx context.Context, p *process, r *Report, connections, rounds int) error {
	if err := p.exec(ctx, "CREATE TABLE kv (k BIGINT PRIMARY KEY, v TEXT)"); err != nil {
		return err
	}
	for i := range 1000 {
		if err := p.exec(ctx, fmt.Sprintf("INSERT INTO kv VALUES (%d, 'value %d')", i, i)); err != nil {
			return err
		}
	}
	var alone, beside []time.Duration
	var before, after int64
	for range rounds {
		took, err := p.pulls(ctx, 2000)
		if err != nil {
			return err
		}
		alone = append(alone, took)
		if before, err = p.resident(); err != nil {
			return err
		}
		conns, err := p.crowd(ctx, connections)
		if err != nil {
			return err
		}
		if after, err = p.resident(); err != nil {
			return err
		}
		took, err = p.pulls(ctx, 2000)
		if err != nil {
			return err
		}
		beside = append(beside, took)
		for _, c := range conns {
			_ = c.Close(ctx)
		}
	}
	a, b := median(alone), median(beside)
	r.add(fmt.Sprintf("%d connections", connections), Figure{"resident", float64(after) / 1e6, "MB"}, Figure{"resident before", float64(before) / 1e6, "MB"},
		Figure{"pull p50 alone", micros(a), "µs"}, Figure{"pull p50 beside", micros(b), "µs"}, Figure{"ratio", float64(b) / float64(a), ""})
	r.note("medians of %d rounds, in turns; the server in a process of its own", rounds)
	return nil
}

// pulls is the median time of a pull query by key.
func (p *process) pulls(ctx context.Context, n int) (time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for i := range n {
		begin := time.Now()
		res, err := p.conn.Exec(ctx, fmt.Sprintf("SELECT v FROM kv WHERE k = %d", i%1000)).ReadAll()
		if err != nil {
			return 0, err
		}
		if want := fmt.Sprintf("value %d", i%1000); len(res) != 1 || len(res[0].Rows) != 1 || string(res[0].Rows[0][0]) != want {
			return 0, fmt.Errorf("wrong answer, want %s", want)
		}
		took = append(took, time.Since(begin))
	}
	return percentile(took, .5), nil
}

// crowd opens connections; each has answered a query.
func (p *process) crowd(ctx context.Context, n int) ([]*pgconn.PgConn, error) {
	conns, errs := make([]*pgconn.PgConn, n), make([]error, n)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32)
	for i := range n {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			c, err := pgconn.Connect(ctx, "postgres://bench@"+p.pg+"/leat?sslmode=disable")
			if err == nil {
				_, err = c.Exec(ctx, "SELECT 1").ReadAll()
			}
			conns[i], errs[i] = c, err
		})
	}
	wg.Wait()
	return slices.DeleteFunc(conns, func(c *pgconn.PgConn) bool { return c == nil }), errors.Join(errs...)
}
