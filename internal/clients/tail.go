package clients

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// tail is one push query of a script. Rows are inserted each tick until the
// script shows one; then one more, the last, which nothing follows, so that a
// client which is one row behind never shows it. After the last row the script
// waits for another and cancels.
type tail struct {
	how  string
	slug string
	conn *pgx.Conn
	stop chan struct{} // closed: insert no more
	done sync.WaitGroup

	first, last       time.Duration // from the INSERT to the script's line
	cancel, cancelled time.Time
	code              string
	again             bool
	seen              bool
	ended             bool // the last row was seen
	mu                struct {
		sync.Mutex
		sent map[int]time.Time
		err  error
	}
}

// lastID is above all ids of a tail's rows.
const lastID = 1 << 20

// tick is the time between two rows.
const tick = 100 * time.Millisecond

// bound is what the page promises.
const bound = time.Second

func openTail(ctx context.Context, conn *pgx.Conn, slug, how string) *tail {
	t := &tail{how: how, slug: slug, conn: conn, stop: make(chan struct{}), first: -1, last: -1}
	t.mu.sent = map[int]time.Time{}
	t.done.Add(1)
	go func() {
		defer t.done.Done()
		t.feed(ctx)
	}()
	return t
}

// feed inserts until it is stopped.
func (t *tail) feed(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for id := 1; ; id++ {
		select {
		case <-t.stop:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.insert(ctx, id, "row")
		}
	}
}

func (t *tail) insert(ctx context.Context, id int, word string) {
	t.mu.Lock()
	t.mu.sent[id] = time.Now()
	t.mu.Unlock()
	_, err := t.conn.Exec(ctx, "INSERT INTO tail_"+t.slug+" (id, word) VALUES ($1, $2)", id, word)
	if err != nil {
		t.mu.Lock()
		t.mu.err = err
		t.mu.Unlock()
	}
}

// close ends the inserts.
func (t *tail) close() {
	if !t.seen {
		close(t.stop)
	}
	t.done.Wait()
}

// line takes a line of the script, and tells whether the tail is at its end.
func (t *tail) line(ctx context.Context, verb, rest string) bool {
	now := time.Now()
	switch verb {
	case "row":
		t.row(ctx, now, rest)
	case "cancel":
		t.cancel = now
	case "stopped":
		t.cancelled, t.code = now, rest
	case "again":
		t.again = true
		return true
	}
	return false
}

func (t *tail) row(ctx context.Context, now time.Time, rest string) {
	word, _, _ := strings.Cut(rest, " ")
	id, err := strconv.Atoi(word)
	t.mu.Lock()
	at, known := t.mu.sent[id]
	t.mu.Unlock()
	switch {
	case err != nil || !known:
		t.mu.Lock()
		t.mu.err = fmt.Errorf("a row %q that was not inserted", rest)
		t.mu.Unlock()
	case !t.seen:
		t.seen, t.first = true, now.Sub(at)
		close(t.stop)
		t.done.Wait()
		t.insert(ctx, lastID, "last")
	case id == lastID:
		t.last, t.ended = now.Sub(at), true
	}
}

// figures gives the milliseconds of the slowest row and of the cancel, -1 where
// there is a problem, and the problems by cell.
func (t *tail) figures(why string) (row, cancel int64, problems map[string]string) {
	problems = map[string]string{}
	t.mu.Lock()
	defer t.mu.Unlock()
	slowest := max(t.first, t.last)
	switch {
	case t.mu.err != nil:
		problems["tail"] = t.mu.err.Error()
	case !t.seen:
		problems["tail"] = "no row was shown; " + why
	case !t.ended:
		problems["tail"] = "the last row was not shown; " + why
	case slowest > bound:
		problems["tail"] = fmt.Sprintf("a row came after %d ms", slowest.Milliseconds())
	}
	took := t.cancelled.Sub(t.cancel)
	switch {
	case t.cancel.IsZero() || t.cancelled.IsZero():
		problems["cancel"] = "not cancelled; " + why
	case t.code != "57014":
		problems["cancel"] = fmt.Sprintf("ended with %q, not 57014", t.code)
	case took > bound:
		problems["cancel"] = fmt.Sprintf("took %d ms", took.Milliseconds())
	case !t.again:
		problems["cancel"] = "the connection was not used again; " + why
	}
	row, cancel = slowest.Milliseconds(), took.Milliseconds()
	if problems["tail"] != "" {
		row = -1
	}
	if problems["cancel"] != "" {
		cancel = -1
	}
	return row, cancel, problems
}
