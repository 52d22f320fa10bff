package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// keys is how many group keys the rows have.
const keys = 7

// setup is made by writer 0, one statement after the other, in as many lives as it takes.
var setup = []string{
	"CREATE STREAM ev (w TEXT KEY, n BIGINT, k TEXT, v BIGINT, at TIMESTAMP) WITH (timestamp = 'at', partitions = 2)",
	"CREATE TABLE dim (k TEXT PRIMARY KEY, name TEXT)",
	"INSERT INTO dim VALUES " + dimRows(),
	"CREATE TABLE kv (w TEXT PRIMARY KEY, v BIGINT)",
	"CREATE TABLE agg AS SELECT k, count(*) AS c, sum(v) AS total FROM ev GROUP BY k",
	"CREATE TABLE win AS SELECT k, count(*) AS c FROM ev WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 1 DAY) GROUP BY k",
	"CREATE STREAM joined AS SELECT ev.w, ev.n, dim.name FROM ev JOIN dim ON ev.k = dim.k",
	"CREATE TABLE fin AS SELECT k, count(*) AS c FROM ev WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 20 SECONDS) GROUP BY k EMIT FINAL",
	"CREATE TABLE visits AS SELECT k, count(*) AS c FROM ev WINDOW SESSION (2 SECONDS, GRACE PERIOD 1 DAY) GROUP BY k",
	"CREATE STREAM near AS SELECT a.w, a.n FROM ev a JOIN ev b WITHIN 1 SECOND GRACE PERIOD 1 DAY ON a.k = b.k AND a.w = b.w AND a.n + 7 = b.n",
	"CREATE TABLE named AS SELECT kv.w, kv.v, dim.name FROM kv LEFT JOIN dim ON kv.w = dim.k",
	"CREATE TABLE ks AS SELECT w, count(DISTINCT k) AS c, max(at) AS last, min(nullif(v, 0)) AS least, max(nullif(v, v)) AS none FROM ev GROUP BY w",
	"CREATE STREAM odd AS SELECT w, n, 10 / (v - 10) AS q FROM ev",
	"CREATE ROLE reader LOGIN PASSWORD 'a password'",
	"GRANT SELECT ON ev TO reader",
	"COMMENT ON STREAM ev IS 'what happened'",
}

// setupNames are what the statements of setup make, "" for an INSERT; behind the
// relations what else the catalog holds (furnishings).
var setupNames = []string{
	"ev", "dim", "", "kv", "agg", "win", "joined", "fin", "visits", "near", "named", "ks", "odd", "role reader", "grant to reader", "comment on ev",
}

// dimRows has a row for each key and one for writer 0, so that the rows of kv
// meet one and none.
func dimRows() string {
	rows := make([]string, keys, keys+1)
	for i := range rows {
		rows[i] = fmt.Sprintf("('k%d', 'name %d')", i, i)
	}
	return strings.Join(append(rows, "('w0', 'a writer')"), ", ")
}

// keyOf and valueOf are the columns k and v of row n of a writer.
func keyOf(w, n int) string { return fmt.Sprintf("k%d", (n*5+w)%keys) }
func valueOf(n int) int     { return n % 11 }

// behind is how far the times of some rows lie behind the others': these rows
// are late where windows are closed, and bring sessions together where they are not.
func behind(n int) time.Duration {
	if n%23 == 19 {
		return 45 * time.Second
	}
	return 0
}

// row is row n of a writer at a time.
func row(w, n int, at time.Time) string {
	at = at.Add(-behind(n))
	return fmt.Sprintf("('w%d', %d, '%s', %d, '%s')", w, n, keyOf(w, n), valueOf(n), at.Format("2006-01-02 15:04:05.000"))
}

func jsonRow(w, n int, at time.Time) string {
	at = at.Add(-behind(n))
	return fmt.Sprintf("{\"w\":\"w%d\",\"n\":%d,\"k\":\"%s\",\"v\":%d,\"at\":\"%s\"}\n", w, n, keyOf(w, n), valueOf(n), at.Format("2006-01-02T15:04:05.000"))
}

// writer runs statements in one session.
type writer struct {
	id   int
	node *Node
	book *book
	rng  *rand.Rand
	s    *session
	// saves is how many of 100 steps are checkpoints and maintenance.
	saves int
	// unsaved says that none are checkpoints.
	unsaved bool
	// tolerant says that refusals are expected: the disk fails or is full.
	tolerant bool
}

// work runs statements until steps are done, it is over or the node has ended.
func (w *writer) work(ctx context.Context, steps int, over func() bool) error {
	defer w.s.close()
	for i := 0; i < steps && !over() && !w.node.dead(); i++ {
		if err := w.step(ctx); err == errEnded {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// step runs one statement. An error is one that the node should not have given.
func (w *writer) step(ctx context.Context) error {
	w.node.clock.advance(time.Duration(w.rng.IntN(1500)) * time.Millisecond)
	p := w.book.of(w.id).acked
	if w.id == 0 && p.made < len(setup) {
		return w.run(ctx, func(s *state) { s.made++ }, setup[p.made])
	}
	if made := w.book.of(0).acked.made; made < len(setup) {
		return nil // nothing to write to yet
	}
	if w.rng.IntN(100) < w.saves {
		return w.upkeep()
	}
	switch w.rng.IntN(20) {
	case 0, 1, 2:
		return w.change(ctx, p)
	case 3, 4:
		return w.both(ctx, p)
	case 5, 6:
		return w.copyRows(ctx, p)
	case 7:
		if w.id == 0 && w.rng.IntN(2) == 0 {
			return w.toggle(ctx, p)
		} else if w.id == 0 {
			return w.replace(ctx, p)
		}
	case 8:
		w.node.srv.Tick(w.node.clock.Now().UnixMilli())
		return nil
	case 9:
		if !w.tolerant {
			return w.look(ctx, p)
		}
	}
	n := 1 + w.rng.IntN(4)
	return w.run(ctx, func(s *state) { s.rows += n }, "INSERT INTO ev VALUES "+w.rows(p.rows, n))
}

func (w *writer) rows(from, n int) string {
	at := w.node.clock.Now()
	rows := make([]string, n)
	for i := range rows {
		rows[i] = row(w.id, from+i, at)
	}
	return strings.Join(rows, ", ")
}

func (w *writer) upkeep() error {
	if !w.unsaved && w.rng.IntN(3) > 0 {
		w.node.srv.Checkpoint()
		w.node.srv.Tick(w.node.clock.Now().UnixMilli())
		return nil
	}
	if err := w.node.srv.Log().RunMaintenance(w.node.clock.Now().UnixMilli()); err != nil && !w.tolerant && !w.node.dead() {
		return fmt.Errorf("maintenance: %w", err)
	}
	return nil
}

// look reads what the writer was told is written, and what queries make of it:
// all is up to date for it, without a wait.
func (w *writer) look(ctx context.Context, p state) error {
	for _, q := range []struct{ text, want string }{
		{fmt.Sprintf("SELECT count(*) FROM joined WHERE w = 'w%d'", w.id), fmt.Sprint(p.rows)},
		{fmt.Sprintf("SELECT coalesce(max(last)::text, '') FROM (SELECT max(n) AS last FROM joined WHERE w = 'w%d') q", w.id), lastOf(p.rows)},
		{fmt.Sprintf("SELECT coalesce((SELECT v::text FROM named WHERE w = 'w%d'), '-')", w.id), p.kv},
	} {
		rows, err := w.s.exec(ctx, q.text)
		switch {
		case err != nil && (w.node.dead() || unknown(err)):
			return errEnded
		case err != nil:
			return err
		case rows[0][0] != q.want:
			return fmt.Errorf("writer %d reads %s where its own writes make it %s\nin: %s", w.id, rows[0][0], q.want, q.text)
		}
	}
	return nil
}

// lastOf is the number of the last of so many rows.
func lastOf(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprint(rows - 1)
}

// change upserts, updates or deletes the writer's row of kv.
func (w *writer) change(ctx context.Context, p state) error {
	v := fmt.Sprint(w.rng.IntN(1 << 30))
	switch {
	case p.kv != "-" && w.rng.IntN(3) == 0:
		return w.run(ctx, func(s *state) { s.kv = "-" }, fmt.Sprintf("DELETE FROM kv WHERE w = 'w%d'", w.id))
	case p.kv != "-" && w.rng.IntN(2) == 0:
		return w.run(ctx, func(s *state) { s.kv = v }, fmt.Sprintf("UPDATE kv SET v = %s WHERE w = 'w%d'", v, w.id))
	}
	return w.run(ctx, func(s *state) { s.kv = v }, fmt.Sprintf("INSERT INTO kv VALUES ('w%d', %s)", w.id, v))
}

// both writes to two relations in one transaction.
func (w *writer) both(ctx context.Context, p state) error {
	n, v := 1+w.rng.IntN(3), fmt.Sprint(w.rng.IntN(1<<30))
	return w.run(ctx, func(s *state) { s.rows += n; s.kv = v },
		"BEGIN", "INSERT INTO ev VALUES "+w.rows(p.rows, n), fmt.Sprintf("INSERT INTO kv VALUES ('w%d', %s)", w.id, v), "COMMIT")
}

func (w *writer) copyRows(ctx context.Context, p state) error {
	n, at := 5+w.rng.IntN(40), w.node.clock.Now()
	var b strings.Builder
	for i := range n {
		b.WriteString(jsonRow(w.id, p.rows+i, at))
	}
	w.book.try(w.id, func(s *state) { s.rows += n })
	return w.told(w.s.copyIn(ctx, "COPY ev FROM STDIN WITH (FORMAT json)", b.String()))
}

// toggle makes or drops a derived stream.
func (w *writer) toggle(ctx context.Context, p state) error {
	if p.x {
		return w.run(ctx, func(s *state) { s.x = false }, "DROP STREAM x")
	}
	return w.run(ctx, func(s *state) { s.x = true }, "CREATE STREAM x AS SELECT w, n, v FROM ev WHERE v > 5")
}

// replace makes the next version of a table or of a stream with a memory.
func (w *writer) replace(ctx context.Context, p state) error {
	if w.rng.IntN(2) == 0 {
		return w.run(ctx, func(s *state) { s.y++ }, fmt.Sprintf("CREATE OR REPLACE TABLE y AS %s", versionOfY(p.y+1)))
	}
	return w.run(ctx, func(s *state) { s.z++ },
		fmt.Sprintf("CREATE OR REPLACE STREAM z AS SELECT ev.w, ev.n, dim.name, %d AS version FROM ev JOIN dim ON ev.k = dim.k", p.z+1))
}

// versionOfY is the query of a version of y.
func versionOfY(version int) string {
	return fmt.Sprintf("SELECT k, count(*) AS c, max(n) AS m FROM ev WHERE v <> %d GROUP BY k", version)
}

func (w *writer) run(ctx context.Context, change func(*state), texts ...string) error {
	w.book.try(w.id, change)
	for _, text := range texts {
		if _, err := w.s.exec(ctx, text); err != nil && !(w.tolerant && errors.Is(err, errWarned)) {
			if len(texts) > 1 {
				_, _ = w.s.exec(ctx, "ROLLBACK")
			}
			return w.told(err)
		}
	}
	return w.told(nil)
}

// told notes what the node answered.
func (w *writer) told(err error) error {
	switch {
	case err == nil:
		w.book.ack(w.id)
		return nil
	case w.node.dead() || unknown(err):
		return errEnded // the outcome is open: the next life will see
	case w.tolerant:
		w.book.refused(w.id)
		return nil
	}
	return err
}
