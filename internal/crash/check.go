package crash

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Report counts what a campaign found.
type Report struct {
	Cycles  int
	Acked   int
	Unknown int // unknown outcomes that turned out to be written
	Seen    int
	Lost    int // acknowledged rows that are not there
	Doubled int // rows that are there twice, or that a subscriber got twice
	Phantom int // rows a subscriber saw that are not there
	Torn    int // statements and transactions of which a part is there
	Changed int // rows that are not what was written
	Wrong   []string
	// Resumed counts how often a follower went on by token, Missing what followers
	// lack at the end, Repeated what they were sent twice over all lives.
	Resumed, Missing, Repeated int
}

// add sums two reports.
func (r *Report) add(o *Report) {
	r.Cycles += o.Cycles
	r.Acked += o.Acked
	r.Unknown += o.Unknown
	r.Seen += o.Seen
	r.Lost += o.Lost
	r.Doubled += o.Doubled
	r.Phantom += o.Phantom
	r.Torn += o.Torn
	r.Changed += o.Changed
	r.Resumed += o.Resumed
	r.Missing += o.Missing
	r.Repeated += o.Repeated
	r.Wrong = append(r.Wrong, o.Wrong...)
}

// String is the campaign in one line.
func (r *Report) String() string {
	return fmt.Sprintf("cycles %d, acknowledged %d, unknown outcomes written %d, seen by subscribers %d, lost %d, doubled %d, phantom %d, torn %d, changed %d, wrong derived %d, resumed by token %d, missing %d, repeated %d",
		r.Cycles, r.Acked, r.Unknown, r.Seen, r.Lost, r.Doubled, r.Phantom, r.Torn, r.Changed, len(r.Wrong), r.Resumed, r.Missing, r.Repeated)
}

// OK tells whether nothing was lost, doubled or wrong.
func (r *Report) OK() bool {
	return r.Lost == 0 && r.Doubled == 0 && r.Phantom == 0 && r.Torn == 0 && r.Changed == 0 && len(r.Wrong) == 0 && r.Missing == 0 && r.Repeated == 0
}

// stopped are the queries that do not run, and those with rows that they could
// not process or that came late: there are none.
const stopped = "SELECT id, state, coalesce(error, ''), late, failed, skipped FROM leat.jobs " +
	"WHERE state <> 'running' OR phase = 'stopped' OR tasks = 0 OR late + failed + skipped > 0"

// derived pairs every derived relation with the same question to the stream.
var derived = []struct{ name, have, want string }{
	{
		"aggregate",
		"SELECT k, c, total FROM agg ORDER BY k",
		"SELECT k, count(*), sum(n) FROM ev GROUP BY k ORDER BY k",
	},
	{
		"window",
		"SELECT k, window_start, c FROM win ORDER BY k, window_start",
		"SELECT k, window_start, count(*) FROM ev WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY k ORDER BY k, window_start",
	},
	{
		"join",
		"SELECT id, name FROM joined ORDER BY id",
		"SELECT ev.id, dim.name FROM ev JOIN dim ON ev.k = dim.k ORDER BY ev.id",
	},
}

// check compares the log with the ledger and the derived relations with the log.
func (l *ledger) check(ctx context.Context, url string, r *Report) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := l.checkLog(ctx, conn, r); err != nil {
		return err
	}
	jobs, err := lines(ctx, conn, stopped)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		r.Wrong = append(r.Wrong, fmt.Sprintf("cycle %d, query: %s", r.Cycles, job))
	}
	for _, d := range derived {
		have, err := lines(ctx, conn, d.have)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		want, err := lines(ctx, conn, d.want)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		if diff := firstDifference(have, want); diff != "" {
			r.Wrong = append(r.Wrong, fmt.Sprintf("cycle %d, %s: %s", r.Cycles, d.name, diff))
		}
	}
	return nil
}

func (l *ledger) checkLog(ctx context.Context, conn *pgx.Conn, r *Report) error {
	rows, err := conn.Query(ctx, "SELECT id, coalesce(k, ''), coalesce(n, -1), at FROM ev")
	if err != nil {
		return err
	}
	count, changed := map[int64]int{}, 0
	for rows.Next() {
		var id, n int64
		var k string
		var at time.Time
		if err := rows.Scan(&id, &k, &n, &at); err != nil {
			return err
		}
		count[id]++
		if key, number, ms := event(id); k != key || n != number || at.UnixMilli() != ms {
			changed++
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Lost, r.Phantom, r.Unknown, r.Doubled, r.Torn, r.Changed = 0, 0, 0, l.mu.doubled, 0, changed
	for id := range l.mu.acked {
		if count[id] == 0 {
			r.Lost++
		}
	}
	for _, n := range count {
		if n > 1 {
			r.Doubled++
		}
	}
	for first, n := range l.mu.groups {
		there := 0
		for id := first; id < first+int64(n); id++ {
			there += count[id]
		}
		if there != 0 && there != n {
			r.Torn++
		}
	}
	for id := range l.mu.unknown {
		if count[id] > 0 {
			r.Unknown++
		}
	}
	for id := range l.mu.seen {
		if count[id] == 0 {
			r.Phantom++
		}
	}
	r.Acked, r.Seen = len(l.mu.acked), len(l.mu.seen)
	return nil
}

func lines(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		vals, err := rows.Values()
		if err != nil {
			return nil, err
		}
		parts := make([]string, len(vals))
		for i, v := range vals {
			parts[i] = fmt.Sprint(v)
		}
		out = append(out, strings.Join(parts, " "))
	}
	return out, rows.Err()
}

func firstDifference(have, want []string) string {
	for i := 0; i < len(have) || i < len(want); i++ {
		switch {
		case i >= len(have):
			return fmt.Sprintf("%d rows, want %d; missing %q", len(have), len(want), want[i])
		case i >= len(want):
			return fmt.Sprintf("%d rows, want %d; extra %q", len(have), len(want), have[i])
		case have[i] != want[i]:
			return fmt.Sprintf("row %d is %q, want %q", i, have[i], want[i])
		}
	}
	return ""
}
