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

// Latency measures one durable INSERT after the other, into a stream that nobody
// reads and into one that has a subscriber: until it is acknowledged, and until
// the subscriber has the row; a bare write and fdatasync between every two. Now
// and then what any server on this machine needs: other writes and fdatasyncs, an
// echo over loopback, and both in one.
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
	floors, stop, err := newFloors(ctx, n.Dir)
	if err != nil {
		return nil, err
	}
	defer stop()
	for _, stream := range []string{"quiet", "ping"} {
		if err := n.prepareInsert(ctx, stream); err != nil {
			return nil, err
		}
	}
	arrivals, unsubscribe, err := n.subscribe(ctx, "SELECT id FROM ping WITH (start = 'earliest') EMIT CHANGES")
	if err != nil {
		return nil, err
	}
	defer unsubscribe()
	t := newTimings()
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
		if i == warm {
			t = newTimings()
		}
		if err := t.round(plain, n, s, i, arrivals); err != nil {
			return nil, err
		}
	}
	rows := append(floors, &t.ack, &t.prepared, &t.beside, &t.preparedBeside, &t.push)
	return latencyReport(min(floors[0].median(), floors[len(floors)-1].median()), rows, t.parts, inserts), nil
}

// prepareInsert makes a stream and an INSERT into it, prepared under its name.
func (n *Node) prepareInsert(ctx context.Context, stream string) error {
	if err := n.exec(ctx, fmt.Sprintf("CREATE STREAM %s (id BIGINT, note TEXT)", stream)); err != nil {
		return err
	}
	if _, err := n.conn.Prepare(ctx, stream, fmt.Sprintf("INSERT INTO %s VALUES ($1, $2)", stream), nil); err != nil {
		return fmt.Errorf("prepare an INSERT: %w", err)
	}
	return nil
}

// timings are what INSERTs took.
type timings struct {
	ack, prepared, beside, preparedBeside, push series
	parts                                       []series // of ack
}

func newTimings() *timings {
	t := &timings{
		ack: series{name: "INSERT ack"}, prepared: series{name: "prepared INSERT ack"}, push: series{name: "insert to push"},
		beside: series{name: "INSERT ack beside its subscriber"}, preparedBeside: series{name: "prepared beside its subscriber"},
	}
	for _, name := range stageNames {
		t.parts = append(t.parts, series{name: "  " + name})
	}
	return t
}

// round inserts four rows, two of which arrive at the subscriber before the next
// one is inserted.
func (t *timings) round(ctx context.Context, n *Node, s *stages, i int, arrivals <-chan arrival) error {
	for _, stream := range []string{"quiet", "ping"} {
		begin := s.begin()
		if err := n.exec(ctx, fmt.Sprintf("INSERT INTO %s VALUES (%d, 'a note of some length')", stream, i)); err != nil {
			return err
		}
		end := time.Now()
		took, err := end.Sub(begin), error(nil)
		if stream == "quiet" {
			t.ack.d = append(t.ack.d, took)
			t.split(s, begin, end)
		} else {
			a, ok := <-arrivals
			if !ok || a.id != int64(i) {
				return fmt.Errorf("the subscriber got %d, not %d", a.id, i)
			}
			t.beside.d, t.push.d = append(t.beside.d, took), append(t.push.d, a.at.Sub(begin))
		}
		if took, err = n.insertPrepared(ctx, stream, i); err != nil {
			return err
		}
		if stream == "quiet" {
			t.prepared.d = append(t.prepared.d, took)
			continue
		}
		if a, ok := <-arrivals; !ok || a.id != -int64(i) {
			return fmt.Errorf("the subscriber got %d, not %d", a.id, -i)
		}
		t.preparedBeside.d = append(t.preparedBeside.d, took)
	}
	return nil
}

// split notes the stages of the last INSERT.
func (t *timings) split(s *stages, begin, end time.Time) {
	if split, ok := s.split(begin, end); ok {
		for j, d := range split {
			t.parts[j].d = append(t.parts[j].d, d)
		}
	}
}

// insertPrepared inserts a row by the statement named for the stream.
func (n *Node) insertPrepared(ctx context.Context, stream string, i int) (time.Duration, error) {
	args := [][]byte{strconv.AppendInt(nil, -int64(i), 10), []byte("a note of some length")}
	begin := time.Now()
	_, err := n.conn.ExecPrepared(ctx, stream, args, nil, nil).Close()
	took := time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("run a prepared INSERT: %w", err)
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
	r.note("%d rounds of four inserts one after the other: into a stream that nobody reads, and into one whose subscriber has each row before the next insert", inserts)
	r.note("indented: where an acknowledged INSERT was, into the stream that nobody reads")
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
