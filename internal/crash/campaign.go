package crash

import (
	"context"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/leatdb/leat/internal/e2e"
)

// ddl is what the load runs against.
var ddl = []string{
	"CREATE STREAM ev (id BIGINT KEY, k TEXT, n BIGINT, at TIMESTAMP) WITH (timestamp = 'at')",
	"CREATE TABLE dim (k TEXT PRIMARY KEY, name TEXT)",
	"INSERT INTO dim VALUES " + dimRows(),
	"CREATE TABLE agg AS SELECT k, count(*) AS c, sum(n) AS total FROM ev GROUP BY k",
	"CREATE TABLE win AS SELECT k, count(*) AS c FROM ev WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 1 DAY) GROUP BY k",
	"CREATE STREAM joined AS SELECT ev.id, dim.name FROM ev JOIN dim ON ev.k = dim.k",
}

func dimRows() string {
	s := ""
	for i := 0; i < Keys; i++ {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("('k%d', 'name %d')", i, i)
	}
	return s
}

// Run kills the node cycles times under load and checks after every restart.
// The seed decides how long each life lasts.
func Run(ctx context.Context, n *e2e.Node, cycles int, seed int64, logf func(string, ...any)) (*Report, error) {
	if err := define(ctx, n.URL()); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewSource(seed))
	l, r := newLedger(), &Report{}
	followers := []*follower{newFollower(followStream), newFollower(followTable)}
	for r.Cycles < cycles {
		r.Cycles++
		life := time.Duration(80+rng.Intn(250)) * time.Millisecond
		if err := oneLife(ctx, n, l, followers, life); err != nil {
			return r, err
		}
		begin := time.Now()
		if err := n.Restart(ctx); err != nil {
			return r, fmt.Errorf("cycle %d: %w", r.Cycles, err)
		}
		up := time.Since(begin)
		if err := l.check(ctx, n.URL(), r); err != nil {
			return r, fmt.Errorf("cycle %d: %w\n%s", r.Cycles, err, n.Log())
		}
		logf("cycle %d: life %v, ready after %v; %s", r.Cycles, life, up.Round(time.Millisecond), r)
		if !r.OK() {
			return r, nil
		}
	}
	return r, settle(ctx, n, followers, r)
}

func define(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, q := range ddl {
		if _, err := conn.Exec(ctx, q); err != nil {
			return fmt.Errorf("%w\nin: %s", err, q)
		}
	}
	return nil
}

// oneLife runs the load for a while and kills the process in the middle of it.
func oneLife(ctx context.Context, n *e2e.Node, l *ledger, followers []*follower, life time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, life+10*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, work := range []func(){
		func() { l.insert(ctx, n.URL()) },
		func() { l.insert(ctx, n.URL()) },
		func() { l.copyIn(ctx, n.URL()) },
		func() { l.subscribe(ctx, n.URL()) },
		func() { followers[0].follow(ctx, n) },
		func() { followers[1].follow(ctx, n) },
	} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			work()
		}()
	}
	select {
	case <-time.After(life):
	case <-ctx.Done():
		return ctx.Err()
	}
	n.Kill()
	cancel()
	wg.Wait()
	return nil
}
