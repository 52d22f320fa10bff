package crash

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Keys is how many different group keys the load uses.
const Keys = 17

// copyRows is the size of one COPY.
const copyRows = 200

// ledger is what the writers know: rows acknowledged, rows whose outcome is
// unknown, rows a subscriber saw.
type ledger struct {
	mu struct {
		sync.Mutex
		next    int64
		acked   map[int64]bool
		unknown map[int64]bool
		groups  map[int64]int // rows of one statement or transaction whose outcome is unknown, by the first
		seen    map[int64]bool
		doubled int // rows one subscriber saw twice in one connection
	}
}

func newLedger() *ledger {
	l := &ledger{}
	l.mu.acked, l.mu.unknown, l.mu.seen, l.mu.groups = map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[int64]int{}
	return l
}

// take reserves n ids and notes them as unknown until they are acknowledged.
func (l *ledger) take(n int) (first int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first = l.mu.next
	for i := int64(0); i < int64(n); i++ {
		l.mu.unknown[first+i] = true
	}
	l.mu.groups[first] = n
	l.mu.next += int64(n)
	return first
}

func (l *ledger) ack(first int64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.mu.groups, first)
	for i := first; i < first+int64(n); i++ {
		delete(l.mu.unknown, i)
		l.mu.acked[i] = true
	}
}

func (l *ledger) see(id int64, mine map[int64]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mine[id] {
		l.mu.doubled++
	}
	mine[id] = true
	l.mu.seen[id] = true
}

// event gives the columns of row id: key, number, event time in ms.
func event(id int64) (key string, n, at int64) {
	return fmt.Sprintf("k%d", id%Keys), id % 1000, 1_700_000_000_000 + id*37%600_000
}

// insert writes rows one statement at a time, every tenth in a transaction of
// three, until the connection breaks or ctx ends.
func (l *ledger) insert(ctx context.Context, url string) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for i := 0; ctx.Err() == nil; i++ {
		n := 1
		if i%10 == 9 {
			n = 3
		}
		first := l.take(n)
		if err := insertRows(ctx, conn, first, n); err != nil {
			return
		}
		l.ack(first, n)
	}
}

func insertRows(ctx context.Context, conn *pgx.Conn, first int64, n int) error {
	if n == 1 {
		k, v, at := event(first)
		_, err := conn.Exec(ctx, "INSERT INTO ev VALUES ($1, $2, $3, to_timestamp($4 / 1000.0))", first, k, v, float64(at))
		return err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	for id := first; id < first+int64(n); id++ {
		k, v, at := event(id)
		if _, err := tx.Exec(ctx, "INSERT INTO ev VALUES ($1, $2, $3, to_timestamp($4 / 1000.0))", id, k, v, float64(at)); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// copyIn writes rows by COPY json.
func (l *ledger) copyIn(ctx context.Context, url string) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for ctx.Err() == nil {
		first := l.take(copyRows)
		var b strings.Builder
		for id := first; id < first+copyRows; id++ {
			k, n, at := event(id)
			fmt.Fprintf(&b, "{\"id\":%d,\"k\":%q,\"n\":%d,\"at\":%d}\n", id, k, n, at)
		}
		if _, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(b.String()), "COPY ev FROM STDIN WITH (FORMAT json)"); err != nil {
			return
		}
		l.ack(first, copyRows)
	}
}

// subscribe reads the stream as it grows; what it saw must be there afterwards.
func (l *ledger) subscribe(ctx context.Context, url string) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, "SELECT id FROM ev EMIT CHANGES")
	if err != nil {
		return
	}
	mine := map[int64]bool{}
	for rows.Next() {
		var id int64
		if rows.Scan(&id) != nil {
			break
		}
		l.see(id, mine)
	}
	rows.Close()
}
