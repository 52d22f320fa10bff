package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// derived pairs a derived relation with the same question to its sources (C3).
var derived = []struct{ name, have, want string }{
	{"agg", "SELECT k, c, total FROM agg ORDER BY k", "SELECT k, count(*), sum(v) FROM ev GROUP BY k ORDER BY k"},
	{
		"win", "SELECT k, window_start, c FROM win ORDER BY k, window_start",
		"SELECT k, window_start, count(*) FROM ev WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY k ORDER BY k, window_start",
	},
	{
		"visits", "SELECT k, window_start, window_end, c FROM visits ORDER BY k, window_start",
		"SELECT k, window_start, window_end, count(*) FROM ev WINDOW SESSION (2 SECONDS) GROUP BY k ORDER BY k, window_start",
	},
	{
		"near", "SELECT w, n FROM near ORDER BY w, n",
		"SELECT a.w, a.n FROM ev a JOIN ev b ON a.w = b.w AND a.n + 7 = b.n WHERE b.at <= a.at + INTERVAL '1 second' AND b.at >= a.at - INTERVAL '1 second' ORDER BY a.w, a.n",
	},
	{
		"joined", "SELECT w, n, name FROM joined ORDER BY w, n",
		"SELECT ev.w, ev.n, dim.name FROM ev JOIN dim ON ev.k = dim.k ORDER BY ev.w, ev.n",
	},
	{"z", "SELECT w, n, name FROM z ORDER BY w, n", "SELECT ev.w, ev.n, dim.name FROM ev JOIN dim ON ev.k = dim.k ORDER BY ev.w, ev.n"},
	{"named", "SELECT w, v, name FROM named ORDER BY w", "SELECT kv.w, kv.v, dim.name FROM kv LEFT JOIN dim ON kv.w = dim.k ORDER BY kv.w"},
	{
		"ks", "SELECT w, c, last, least, none FROM ks ORDER BY w",
		"SELECT w, count(DISTINCT k), max(at), min(nullif(v, 0)), max(nullif(v, v)) FROM ev GROUP BY w ORDER BY w",
	},
	{"odd", "SELECT w, n, q FROM odd ORDER BY w, n", "SELECT w, n, 10 / (v - 10) FROM ev WHERE v <> 10 ORDER BY w, n"},
	{"odd", "SELECT key, CAST(value AS JSONB) ->> 'n' FROM odd_errors ORDER BY 1, 2", "SELECT CAST(to_json(w) AS TEXT), CAST(n AS TEXT) FROM ev WHERE v = 10 ORDER BY 1, 2"},
	{"odd", "SELECT failed FROM leat.jobs WHERE sink = 'odd'", "SELECT count(*) FROM ev WHERE v = 10"},
	{"x", "SELECT w, n, v FROM x ORDER BY w, n", "SELECT w, n, v FROM ev WHERE v > 5 ORDER BY w, n"},
}

// check compares the node with the book and settles what was open.
func check(ctx context.Context, n *Node, b *book) error {
	s, err := n.session()
	if err != nil {
		return err
	}
	defer s.close()
	if err := awaitReplacements(ctx, n, s); err != nil {
		return err
	}
	there, err := relations(ctx, s)
	if err != nil {
		return err
	}
	found, err := find(ctx, s, there, b)
	if err != nil {
		return err
	}
	for w := range found {
		if err := b.settle(w, found[w]); err != nil {
			return err
		}
	}
	if err := n.srv.WaitIdle(ctx); err != nil {
		return fmt.Errorf("wait until idle: %w", err)
	}
	if err := errors.Join(allRun(ctx, s), checkCounts(ctx, s, there)); err != nil {
		return err
	}
	for _, d := range derived {
		if !there[d.name] {
			continue
		}
		if err := equal(ctx, s, d.have, d.want); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	if y := found[0].y; y > 0 {
		if err := equal(ctx, s, "SELECT k, c, m FROM y ORDER BY k", versionOfY(y)+" ORDER BY k"); err != nil {
			return fmt.Errorf("y, version %d: %w", y, err)
		}
	}
	if there["fin"] {
		if err := checkFinal(ctx, s, n.clock.Now()); err != nil {
			return err
		}
	}
	return b.checkReaders(found)
}

// relations are the names of streams and tables, all of them in order to use.
func relations(ctx context.Context, s *session) (map[string]bool, error) {
	rows, err := s.exec(ctx, "SELECT name FROM leat.streams")
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, r := range rows {
		there[r[0]] = true
	}
	for _, f := range furnishings {
		if rows, err = s.exec(ctx, f.query); err != nil {
			return nil, err
		}
		there[f.name] = len(rows) > 0 && rows[0][0] == f.want
	}
	return there, nil
}

// furnishings are what the catalog holds besides relations, by their setupNames.
var furnishings = []struct{ name, query, want string }{
	{"role reader", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reader'", "t"},
	{"grant to reader", "SELECT privilege_type FROM information_schema.table_privileges WHERE grantee = 'reader' AND table_name = 'ev'", "SELECT"},
	{"comment on ev", "SELECT comment FROM leat.streams WHERE name = 'ev'", "what happened"},
}

// find reads each writer's state from the node.
func find(ctx context.Context, s *session, there map[string]bool, b *book) ([]state, error) {
	found := make([]state, len(b.copy().writers))
	for w := range found {
		found[w].kv = "-"
		if there["kv"] {
			rows, err := s.exec(ctx, fmt.Sprintf("SELECT v FROM kv WHERE w = 'w%d'", w))
			if err != nil {
				return nil, err
			}
			if len(rows) > 0 {
				found[w].kv = rows[0][0]
			}
		}
		if there["ev"] {
			rows, err := s.exec(ctx, fmt.Sprintf("SELECT n, k, v, at FROM ev WHERE w = 'w%d'", w))
			if err != nil {
				return nil, err
			}
			if err := checkRows(w, rows); err != nil {
				return nil, err
			}
			found[w].rows = len(rows)
		}
	}
	found[0].x = there["x"]
	if err := findVersions(ctx, s, there, &found[0]); err != nil {
		return nil, err
	}
	made, err := setupDone(ctx, s, there)
	found[0].made = made
	return found, err
}

// checkRows holds that a writer's rows are those that it wrote, in order.
func checkRows(w int, rows [][]string) error {
	before := time.Time{}
	for i, r := range rows {
		at, err := time.Parse("2006-01-02 15:04:05-07", r[3])
		want := fmt.Sprint(i, " ", keyOf(w, i), " ", valueOf(i))
		if at = at.Add(behind(i)); err != nil || strings.Join(r[:3], " ") != want || at.Before(before) {
			return fmt.Errorf("row %d of writer %d is %q, want %s, not before %v", i, w, r, want, before)
		}
		before = at
	}
	return nil
}

// awaitReplacements lets replacements that a crash interrupted come to their end.
func awaitReplacements(ctx context.Context, n *Node, s *session) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 10_000 {
		if err := n.srv.WaitIdle(ctx); err != nil {
			return fmt.Errorf("wait until idle: %w", err)
		}
		rows, err := s.exec(ctx, "SELECT id FROM leat.jobs WHERE phase = 'replacing'")
		if err != nil || len(rows) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return errors.New("a replacement does not come to its end")
}

// findVersions reads which versions of y and z the node has.
func findVersions(ctx context.Context, s *session, there map[string]bool, found *state) error {
	for _, r := range []struct {
		name, mark string
		into       *int
	}{{"y", "v <> ", &found.y}, {"z", ", name, ", &found.z}} {
		if !there[r.name] {
			continue
		}
		rows, err := s.exec(ctx, "SELECT statement FROM leat.streams WHERE name = '"+r.name+"'")
		if err != nil {
			return err
		}
		_, behind, ok := strings.Cut(strings.ReplaceAll(rows[0][0], "dim.name", "name"), r.mark)
		if !ok {
			return fmt.Errorf("the statement of %s has no version: %s", r.name, rows[0][0])
		}
		*r.into = number(behind)
	}
	return nil
}

// setupDone counts the statements of setup that took effect; they do so in order.
func setupDone(ctx context.Context, s *session, there map[string]bool) (int, error) {
	done := 0
	for i, name := range setupNames {
		if name == "" {
			rows, err := s.exec(ctx, "SELECT count(*) FROM dim")
			if err != nil {
				return 0, err
			}
			if rows[0][0] == "0" {
				return done, nil
			}
			if rows[0][0] != fmt.Sprint(keys+1) {
				return 0, fmt.Errorf("%s of %d rows of one INSERT are there", rows[0][0], keys)
			}
		} else if !there[name] {
			return done, nil
		}
		done = i + 1
		if done < len(setupNames) && setupNames[done] == "" && !there["dim"] {
			return done, nil
		}
	}
	return done, nil
}

func equal(ctx context.Context, s *session, have, want string) error {
	h, err := s.exec(ctx, have)
	if err != nil {
		return err
	}
	w, err := s.exec(ctx, want)
	if err != nil {
		return err
	}
	return sameRows(joinRows(h), joinRows(w))
}

func sameRows(have, want []string) error {
	for i := range max(len(have), len(want)) {
		switch {
		case i >= len(have):
			return fmt.Errorf("%d rows, want %d; missing %q", len(have), len(want), want[i])
		case i >= len(want):
			return fmt.Errorf("%d rows, want %d; extra %q", len(have), len(want), have[i])
		case have[i] != want[i]:
			return fmt.Errorf("row %d is %q, want %q", i, have[i], want[i])
		}
	}
	return nil
}

// checkReaders: nobody was sent a row that is not there (C4).
func (b *book) checkReaders(found []state) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for w, s := range found {
		name := fmt.Sprintf("w%d", w)
		if next := b.mu.readers["ev"].next[name]; next > s.rows {
			return fmt.Errorf("a subscriber has %d rows of %s, there are %d", next, name, s.rows)
		}
		for n := range b.mu.readers["joined"].got[name] {
			if number(n) >= s.rows {
				return fmt.Errorf("a subscriber has row %s of %s, there are %d", n, name, s.rows)
			}
		}
	}
	if len(b.mu.faults) > 0 {
		return fmt.Errorf("%s", strings.Join(b.mu.faults, "; "))
	}
	return nil
}

// complete: subscribers that were let read to the end have everything.
func (b *book) complete(ctx context.Context, s *session) error {
	rows, err := s.exec(ctx, "SELECT k, c, total FROM agg")
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for w, p := range b.mu.writers {
		name := fmt.Sprintf("w%d", w)
		if next := b.mu.readers["ev"].next[name]; next != p.acked.rows {
			return fmt.Errorf("the subscriber of ev has %d rows of %s, of %d", next, name, p.acked.rows)
		}
		if got := len(b.mu.readers["joined"].got[name]); got != p.acked.rows {
			return fmt.Errorf("the subscriber of joined has %d rows of %s, of %d", got, name, p.acked.rows)
		}
	}
	for _, r := range rows {
		if have, want := b.mu.readers["agg"].table[r[0]], strings.Join(r[1:], " "); have != want {
			return fmt.Errorf("the subscriber of agg has %q for %s, want %q", have, r[0], want)
		}
	}
	return nil
}
