package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/server"
)

// Latency measures one durable INSERT after the other: until it is
// acknowledged, and until a subscriber has the row; a bare write and fdatasync
// between every two. Now and then what any server on this machine needs: other
// writes and fdatasyncs, an echo over loopback, and both in one.
func Latency(ctx context.Context, dir string, inserts int) (*Report, error) {
	s := newStages()
	n, err := StartNode(ctx, dir, func(c *server.Config) { c.At = s.reach })
	if err != nil {
		return nil, err
	}
	r, err := runLatency(ctx, n, s, inserts)
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

// seldom is how many INSERTs lie between two of the other floors: each leaves the
// disk work to do, and virtual disks have a limit of operations a second.
const seldom = 8

// insertBytes is about what the log writes for one INSERT of the measurement.
const insertBytes = 256

func runLatency(ctx context.Context, n *Node, s *stages, inserts int) (*Report, error) {
	if err := n.exec(ctx, "CREATE STREAM ping (id BIGINT, note TEXT)"); err != nil {
		return nil, err
	}
	floors, stop, err := newFloors(ctx, n.Dir)
	if err != nil {
		return nil, err
	}
	defer stop()
	arrivals, unsubscribe, err := n.subscribe(ctx, "SELECT id FROM ping WITH (start = 'earliest') EMIT CHANGES")
	if err != nil {
		return nil, err
	}
	defer unsubscribe()
	ack, push, prepared := series{name: "INSERT ack"}, series{name: "insert to push"}, series{name: "prepared INSERT ack"}
	if _, err := n.conn.Prepare(ctx, "ping", "INSERT INTO ping VALUES ($1, $2)", nil); err != nil {
		return nil, fmt.Errorf("prepare an INSERT: %w", err)
	}
	parts := make([]series, len(stageNames))
	plain := context.WithoutCancel(ctx) // pgconn starts a goroutine for each statement that can be cancelled
	const warm = 50
	for i := range inserts + warm {
		if i%seldom == 0 {
			for _, j := range rand.Perm(len(floors) - 1) {
				if err := floors[1+j].measure(i >= warm); err != nil {
					return nil, err
				}
			}
		}
		if err := floors[0].measure(i >= warm); err != nil {
			return nil, err
		}
		begin := s.begin()
		if err := n.exec(plain, fmt.Sprintf("INSERT INTO ping VALUES (%d, 'a note of some length')", i)); err != nil {
			return nil, err
		}
		end := time.Now()
		a, ok := <-arrivals
		if !ok || a.id != int64(i) {
			return nil, fmt.Errorf("the subscriber got %d, not %d", a.id, i)
		}
		alike, err := n.insertPrepared(plain, i, arrivals)
		if err != nil {
			return nil, err
		}
		if i < warm {
			continue
		}
		prepared.d = append(prepared.d, alike)
		ack.d, push.d = append(ack.d, end.Sub(begin)), append(push.d, a.at.Sub(begin))
		if split, ok := s.split(begin, end); ok {
			for j, d := range split {
				parts[j].name, parts[j].d = "  "+stageNames[j], append(parts[j].d, d)
			}
		}
	}
	return latencyReport(min(floors[0].median(), floors[len(floors)-1].median()), append(floors, &ack, &prepared, &push), parts, inserts), nil
}

// insertPrepared inserts a row by the statement ping and waits until the
// subscriber has it; it gives the time of the first.
func (n *Node) insertPrepared(ctx context.Context, i int, arrivals <-chan arrival) (time.Duration, error) {
	args := [][]byte{strconv.AppendInt(nil, -int64(i), 10), []byte("a note of some length")}
	begin := time.Now()
	_, err := n.conn.ExecPrepared(ctx, "ping", args, nil, nil).Close()
	took := time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("run a prepared INSERT: %w", err)
	}
	if a, ok := <-arrivals; !ok || a.id != -int64(i) {
		return 0, fmt.Errorf("the subscriber got %d, not %d", a.id, -i)
	}
	return took, nil
}

// series are the durations of one thing.
type series struct {
	name string
	once func() (time.Duration, error)
	d    []time.Duration
}

func (x *series) measure(keep bool) error {
	d, err := x.once()
	if keep {
		x.d = append(x.d, d)
	}
	return err
}

// newFloors makes what is measured beside: the first and the last are bare fdatasyncs.
func newFloors(ctx context.Context, dir string) (list []*series, stop func(), err error) {
	var closers []func() error
	stop = func() {
		for _, f := range slices.Backward(closers) {
			_ = f()
		}
	}
	add := func(name string, once func() (time.Duration, error), end func() error) {
		list, closers = append(list, &series{name: name, once: once}), append(closers, end)
	}
	filled, err := newDisk(dir, 8<<20, 4096)
	if err != nil {
		return nil, stop, err
	}
	add("bare fdatasync", filled.sync, filled.close)
	if direct, err := newDirect(dir, 8<<20, 4096); err != nil {
		return nil, stop, err
	} else if direct != nil {
		add("direct write and fdatasync", direct.sync, direct.close)
	}
	plain, err := newEcho(ctx, 100, func() error { return nil })
	if err != nil {
		return nil, stop, err
	}
	add("echo", plain.once, plain.close)
	both, err := newEcho(ctx, 100, func() error { _, err := filled.sync(); return err })
	if err != nil {
		return nil, stop, err
	}
	add("echo + fdatasync", both.once, both.close)
	growing, err := newGrowing(dir, insertBytes)
	if err != nil {
		return nil, stop, err
	}
	add("bare append and fdatasync", growing.sync, growing.close)
	return list, stop, nil
}

func (x *series) median() time.Duration { return percentile(x.d, .5) }

// latencyReport tells percentiles; rows are compared with bare.
func latencyReport(bare time.Duration, rows []*series, parts []series, inserts int) *Report {
	r := &Report{Name: "latency"}
	p := func(x *series, name string, p float64) Figure { return Figure{name, micros(percentile(x.d, p)), "µs"} }
	for _, x := range rows {
		r.add(x.name, p(x, "p10", .1), p(x, "p50", .5), p(x, "p90", .9), p(x, "p99", .99), p(x, "max", 1),
			Figure{"p50 / bare", float64(percentile(x.d, .5)) / float64(bare), ""})
	}
	for _, x := range parts {
		if len(x.d) > 0 {
			r.add(x.name, p(&x, "p10", .1), p(&x, "p50", .5), p(&x, "p90", .9))
		}
	}
	r.note("%d inserts one after the other, each followed by its row at a subscriber in order; indented: where an acknowledged INSERT was", inserts)
	return r
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
