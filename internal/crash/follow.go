package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/leatdb/leat/internal/e2e"
	"github.com/leatdb/leat/internal/sse"
)

// follower watches a push query over HTTP in one life after the other, each time
// behind the token of the last message it has whole.
type follower struct {
	query string
	mu    struct {
		sync.Mutex
		token   string
		resumed int
		seen    map[int64]bool    // of the stream: rows by id
		rows    map[string]string // of the table: rows as they stand
		doubled int               // rows of the stream that came twice, in all lives
		refused string            // an answer that was no stream
	}
}

func newFollower(query string) *follower {
	f := &follower{query: query}
	f.mu.seen, f.mu.rows = map[int64]bool{}, map[string]string{}
	return f
}

// followed are the queries that followers watch: a stream, and a derived table.
const (
	followStream = "SELECT id FROM ev EMIT CHANGES WITH (start = 'earliest')"
	followTable  = "SELECT k, c, CAST(total AS BIGINT) AS total FROM agg EMIT CHANGES"
)

// follow reads until the connection breaks or ctx ends.
func (f *follower) follow(ctx context.Context, n *e2e.Node) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.HTTP+"/v1/stream?sql="+url.QueryEscape(f.query), nil)
	if err != nil {
		return
	}
	f.begin(req)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.mu.refused = resp.Status
		return
	}
	sse.Read(resp.Body, f.take)
}

// begin asks for what comes behind the token; a table that was not through its
// first rows begins anew.
func (f *follower) begin(req *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mu.token == "" {
		f.mu.rows = map[string]string{}
		return
	}
	f.mu.resumed++
	req.Header.Set("Last-Event-ID", f.mu.token)
}

// take notes the rows of a whole message together with its token.
func (f *follower) take(id, event string, data []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range data {
		var row struct {
			ID    *int64
			K     string
			C     int64
			Total int64
		}
		if event != "" || json.Unmarshal([]byte(d), &row) != nil {
			continue
		}
		switch {
		case row.ID == nil:
			f.mu.rows[row.K] = fmt.Sprint(row.K, " ", row.C, " ", row.Total)
		case f.mu.seen[*row.ID]:
			f.mu.doubled++
		default:
			f.mu.seen[*row.ID] = true
		}
	}
	if id != "" {
		f.mu.token = id
	}
}

// counts are what the stream's follower has: rows, rows twice, resumptions.
func (f *follower) counts() (rows, doubled, resumed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.mu.seen), f.mu.doubled, f.mu.resumed
}

// settle lets the followers read to the end and notes what they miss.
func settle(ctx context.Context, n *e2e.Node, followers []*follower, r *Report) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	for _, f := range followers {
		wg.Go(func() { f.follow(reading, n) })
	}
	conn, err := pgx.Connect(ctx, n.URL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	stream, err := lines(ctx, conn, "SELECT id FROM ev")
	if err != nil {
		return err
	}
	table, err := lines(ctx, conn, "SELECT k, c, CAST(total AS BIGINT) FROM agg ORDER BY k")
	if err != nil {
		return err
	}
	for range 200 {
		if r.Missing = missing(followers, len(stream), table); r.Missing == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	stop()
	wg.Wait()
	r.Resumed, r.Repeated = 0, 0
	for _, f := range followers {
		_, doubled, resumed := f.counts()
		r.Repeated += doubled
		r.Resumed += resumed
		if f.mu.refused != "" {
			r.Wrong = append(r.Wrong, fmt.Sprintf("resuming %q: %s", f.query, f.mu.refused))
		}
	}
	return nil
}

// missing counts what followers lack of a stream's rows and of a table's.
func missing(followers []*follower, rows int, table []string) (n int) {
	for _, f := range followers {
		f.mu.Lock()
		switch f.query {
		case followStream:
			n += max(rows-len(f.mu.seen), 0)
		case followTable:
			for _, line := range table {
				k, _, _ := strings.Cut(line, " ")
				if f.mu.rows[k] != line {
					n++
				}
			}
		}
		f.mu.Unlock()
	}
	return n
}
