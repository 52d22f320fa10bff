package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// SubscribersOptions are the sizes of Subscribers.
type SubscribersOptions struct {
	Exe, Dir string
	Clients  int           // subscribers in all
	Queries  int           // distinct ones
	Rate     int           // rows a second of each query
	For      time.Duration // of each phase
	Rounds   int           // with and without a reader of one byte a second, in turns
}

// Subscribers measures many readers of push queries over HTTP: none loses a row,
// all go on by token after a kill -9, and a reader of a byte a second holds up
// nobody, is cut and goes on by token.
func Subscribers(ctx context.Context, o SubscribersOptions) (*Report, error) {
	p, err := startProcess(ctx, o.Exe, o.Dir)
	if err != nil {
		return nil, err
	}
	c := &crowd{o: o, p: p, r: &Report{Name: "subscribers"}}
	err = c.run(ctx)
	if bad := p.close(); err == nil {
		err = bad
	}
	return c.r, err
}

// crowd is the subscribers of one server and who writes for them.
type crowd struct {
	o         SubscribersOptions
	p         *process
	r         *Report
	followers []*follower
	stops     []func()
	dones     []chan struct{}
	sent      int64 // rows of each query
}

func (c *crowd) run(ctx context.Context) error {
	if err := c.p.exec(ctx, "CREATE STREAM feed (g INT, id BIGINT, at BIGINT, note TEXT) WITH (partitions = 1)"); err != nil {
		return err
	}
	for i := range c.o.Clients {
		query := fmt.Sprintf("SELECT id, at, note FROM feed WHERE g = %d EMIT CHANGES WITH (start = 'earliest')", i%c.o.Queries)
		c.followers = append(c.followers, &follower{addr: c.p.http, query: query})
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	lag, err := c.write(ctx, c.o.For)
	if err != nil {
		return err
	}
	rss, err := c.p.resident()
	if err != nil {
		return err
	}
	c.r.add(fmt.Sprintf("%d readers of %d queries", c.o.Clients, c.o.Queries), Figure{"rows each", float64(c.sent), ""},
		Figure{"lost", 0, ""}, Figure{"lag p50", millis(percentile(lag, .5)), "ms"}, Figure{"lag p99", millis(percentile(lag, .99)), "ms"},
		Figure{"resident", float64(rss) / 1e6, "MB"})
	if err := c.restart(ctx); err != nil {
		return err
	}
	if err := c.slow(ctx); err != nil {
		return err
	}
	c.disconnect()
	if err := c.cut(ctx); err != nil {
		return fmt.Errorf("a reader of one byte a second: %w", err)
	}
	c.r.note("%d rows a second of each query, %d in all; every reader checks that its rows are 0, 1, 2, ...", c.o.Rate, c.o.Rate*c.o.Clients)
	return nil
}

func (c *crowd) connect(ctx context.Context) error {
	c.stops, c.dones = make([]func(), len(c.followers)), make([]chan struct{}, len(c.followers))
	errs := make([]error, len(c.followers))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 64)
	for i, f := range c.followers {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			f.addr = c.p.http
			c.stops[i], c.dones[i], errs[i] = f.connect(ctx)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *crowd) disconnect() {
	for i := range c.stops {
		c.stops[i]()
		<-c.dones[i]
	}
}

// write inserts rows for every query at its rate, waits until every reader has
// them, and gives the lags.
func (c *crowd) write(ctx context.Context, d time.Duration) ([]time.Duration, error) {
	const tick = 50 * time.Millisecond
	t := time.NewTicker(tick)
	defer t.Stop()
	per := max(1, c.o.Rate*int(tick/time.Millisecond)/1000)
	for range int(d / tick) {
		<-t.C
		var b strings.Builder
		for i := range per {
			for g := range c.o.Queries {
				if b.Len() > 0 {
					b.WriteString(", ")
				}
				fmt.Fprintf(&b, "(%d, %d, %d, 'something that a reader may want')", g, c.sent+int64(i), time.Now().UnixMicro())
			}
		}
		if err := c.p.exec(ctx, "INSERT INTO feed VALUES "+b.String()); err != nil {
			return nil, err
		}
		c.sent += int64(per)
	}
	if err := c.await(ctx); err != nil {
		return nil, err
	}
	var lag []time.Duration
	for _, f := range c.followers {
		lag = append(lag, f.lags()...)
	}
	return lag, nil
}

// await waits until all readers have all rows.
func (c *crowd) await(ctx context.Context) error {
	behind := 0
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); {
		behind = 0
		for _, f := range c.followers {
			next, err := f.state()
			if err != nil {
				return err
			}
			if next < c.sent {
				behind++
			}
		}
		if behind == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("%d readers do not have all of %d rows after 30 s", behind, c.sent)
}

// restart kills the server while rows are written and lets all readers go on.
func (c *crowd) restart(ctx context.Context) error {
	c.p.kill()
	for _, done := range c.dones {
		<-done
	}
	begin := time.Now()
	if err := c.p.start(ctx); err != nil {
		return err
	}
	up := time.Since(begin)
	if err := c.connect(ctx); err != nil {
		return fmt.Errorf("go on by token: %w", err)
	}
	back := time.Since(begin)
	if _, err := c.write(ctx, c.o.For); err != nil {
		return fmt.Errorf("after kill -9: %w", err)
	}
	c.r.add("after kill -9, by token", Figure{"rows each", float64(c.sent), ""}, Figure{"lost", 0, ""},
		Figure{"server ready", millis(up), "ms"}, Figure{"all readers back", millis(back), "ms"})
	return nil
}
