package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// demoWatch is a push query shown while the data is loaded.
type demoWatch struct{ name, sql string }

var demoWatches = []demoWatch{
	{"quakes_by_day", "SELECT window_start, quakes, strongest FROM quakes_by_day EMIT CHANGES"},
	{"flights_by_state", "SELECT state, flights FROM flights_by_state EMIT CHANGES"},
	{"swarms", "SELECT net, window_start, quakes, strongest FROM swarms WHERE quakes > 1 EMIT CHANGES"},
}

// demoQuestion is a pull query with its checked answer: rows computed with
// PostgreSQL over the whole file, or by wantSQL over the raw stream.
type demoQuestion struct {
	title   string
	sql     string
	want    []string
	wantSQL string
}

var demoQuestions = []demoQuestion{
	{
		title: "flights by origin and hour: windows, largest window",
		sql:   "SELECT count(*), max(flights) FROM flights_by_hour",
		want:  []string{"4759 | 86"},
	},
	{
		title: "busiest origins: flights, mean and worst delay",
		sql:   "SELECT origin, flights, round(mean_delay, 3), worst_delay FROM busiest ORDER BY flights DESC LIMIT 5",
		want: []string{
			"ORD | 1901 | -0.693 | 238", "DFW | 1776 | 9.011 | 196", "ATL | 1410 | 2.093 | 263",
			"LAX | 1196 | 30.234 | 442", "PHX | 1020 | 23.287 | 275",
		},
	},
	{
		title: "flights by state of origin (stream-table join)",
		sql:   "SELECT state, flights FROM flights_by_state ORDER BY flights DESC LIMIT 5",
		want:  []string{"TX | 4068", "CA | 3775", "IL | 2228", "FL | 2201", "NY | 1581"},
	},
	{
		title: "late flights, 1 h windows, grace 3 h",
		sql:   "SELECT late FROM leat.jobs WHERE sink = 'flights_by_hour_strict'",
		want:  []string{"2305"},
	},
	{
		title: "quakes by UTC day: count, strongest",
		sql:   "SELECT to_char(window_start, 'MM-DD'), quakes, strongest FROM quakes_by_day ORDER BY window_start",
		want: []string{
			"01-31 | 198 | 6.1", "02-01 | 231 | 6", "02-02 | 242 | 6", "02-03 | 259 | 5.2",
			"02-04 | 301 | 6.1", "02-05 | 249 | 5.3", "02-06 | 213 | 6.4", "02-07 | 14 | 3.8",
		},
	},
	{
		title: "quakes of magnitude 4.5 and up",
		sql:   "SELECT count(*) FILTER (WHERE mag >= 4.5), count(*) FROM quakes",
		want:  []string{"85 | 1707"},
	},
	{
		title:   "swarms (sessions, gap 30 min): the continuous query equals a pull query over the raw stream",
		sql:     "SELECT count(*), sum(quakes), max(quakes) FROM swarms",
		wantSQL: "SELECT count(*), sum(n), max(n) FROM (SELECT net, count(*) AS n FROM quakes WINDOW SESSION (30 MINUTES) GROUP BY net) s",
	},
}

// demoShow prints the demo. Methods may be called from several goroutines.
type demoShow struct {
	w   io.Writer
	tty bool
	mu  struct {
		sync.Mutex
		seen   map[string]int64 // live rows by query
		line   bool             // the cursor is on a progress line
		first  chan struct{}    // closed when every watch has shown a row
		closed bool
	}
}

func newDemoShow(w io.Writer) *demoShow {
	d := &demoShow{w: w}
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		d.tty = term.IsTerminal(int(f.Fd()))
	}
	d.mu.seen = map[string]int64{}
	d.mu.first = make(chan struct{})
	return d
}

func (d *demoShow) printf(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.printLocked(format, args...)
}

func (d *demoShow) printLocked(format string, args ...any) {
	if d.mu.line {
		fmt.Fprint(d.w, "\r\x1b[K")
		d.mu.line = false
	}
	fmt.Fprintf(d.w, format, args...)
}

func (d *demoShow) started(addr string, took time.Duration) {
	d.printf("leat is up on %s after %d ms\n\n", addr, took.Milliseconds())
}

// statement shows the first line of a definition.
func (d *demoShow) statement(text string) {
	var head []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "--") {
			head = append(head, l)
		}
	}
	d.printf("  %s\n", strings.TrimSuffix(head[0], " ("))
}

// progress redraws one line on a terminal, else prints one line per file.
func (d *demoShow) progress(file string, done, total int, rows int64, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const width = 30
	filled := width * done / total
	line := fmt.Sprintf("%-18s [%s%s] %3d %%  %6d rows", file, strings.Repeat("#", filled), strings.Repeat(".", width-filled), 100*done/total, rows)
	if done == total {
		d.printLocked("%s in %d ms\n", line, took.Milliseconds())
		return
	}
	if d.tty {
		fmt.Fprintf(d.w, "\r\x1b[K%s", line)
		d.mu.line = true
		return
	}
	d.printLocked("%s\n", line)
}

// live shows the rows of a push query: the first ones and then one of ever more,
// so that a fast load does not flood the screen. The count at the end is of all.
func (d *demoShow) live(name string, vals [][]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.seen[name]++
	n := d.mu.seen[name]
	if n&(n-1) == 0 {
		d.printLocked("  live %-17s #%-6d %s\n", name, n, bytes.Join(vals, []byte(" | ")))
	}
	if len(d.mu.seen) == len(demoWatches) && !d.mu.closed {
		d.mu.closed = true
		close(d.mu.first)
	}
}

// waitLive waits until every watched query has pushed a row.
func (d *demoShow) waitLive(ctx context.Context, _ int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	select {
	case <-d.mu.first:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("a watched query pushed no row: %w", ctx.Err())
	}
}

func (d *demoShow) liveDone() {
	d.mu.Lock()
	defer d.mu.Unlock()
	total := int64(0)
	for _, n := range d.mu.seen {
		total += n
	}
	d.printLocked("  %d changes were pushed to %d subscribers while the files loaded\n", total, len(demoWatches))
}

func (d *demoShow) answersHeader() { d.printf("\nAnswers\n") }

// answer prints one question and tells whether the answer is the checked one.
func (d *demoShow) answer(title string, got, want []string) bool {
	ok := len(got) == len(want) && len(got) > 0
	for i := range got {
		ok = ok && i < len(want) && got[i] == want[i]
	}
	mark := "ok"
	if !ok {
		mark = "DIFFERS"
	}
	d.printf("%-8s %s\n", mark, title)
	for _, r := range got {
		d.printf("           %s\n", r)
	}
	if !ok {
		for _, r := range want {
			d.printf("    want   %s\n", r)
		}
	}
	return ok
}

func (d *demoShow) verdict(n, wrong int) {
	d.printf("\n%d of %d answers equal the checked ones\n", n-wrong, n)
}

func (d *demoShow) invite(pg, http, dir string) {
	host, port, _ := strings.Cut(pg, ":")
	d.printf("\nThe server keeps running over %s; Ctrl-C stops it.\n"+
		"  psql -h %s -p %s leat\n  leat sql --url 'postgres://leat@%s/leat?sslmode=disable'\n  http://%s/#/dashboards/demo in a browser\n"+
		"Try: SELECT * FROM busiest ORDER BY flights DESC LIMIT 3;\n", dir, host, port, pg, http)
}
