package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// errStopped is of a node that says that a query has stopped, and why.
var errStopped = errors.New("a query has stopped")

// allRun gives errStopped when a query is in state error: what it writes is no
// longer up to date. Others run, each derived relation has one, and rows that
// none could process, or that came late where nothing can be late, there are none.
func allRun(ctx context.Context, s *session) error {
	rows, err := s.exec(ctx, "SELECT id, error FROM leat.jobs WHERE state = 'error'")
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return fmt.Errorf("%w: %s", errStopped, strings.Join(joinRows(rows), "; "))
	}
	for what, query := range map[string]string{
		"does not run":                      "SELECT id, sink, state, phase, tasks FROM leat.jobs WHERE state <> 'running' OR phase = 'stopped' OR tasks = 0",
		"has rows that were late or failed": "SELECT id, sink, late, failed, skipped FROM leat.jobs WHERE failed > 0 AND sink <> 'odd' OR skipped > 0 OR late > 0 AND sink <> 'fin'",
		"has no query":                      "SELECT name FROM leat.streams WHERE derived AND name NOT IN (SELECT sink FROM leat.jobs)",
	} {
		if rows, err = s.exec(ctx, query); err != nil {
			return err
		}
		if len(rows) > 0 {
			return fmt.Errorf("%q %s", rows[0], what)
		}
	}
	return nil
}

// checkCounts: a query has told of as many rows as it gave.
func checkCounts(ctx context.Context, s *session, there map[string]bool) error {
	for _, name := range []string{"joined", "near", "odd"} {
		if !there[name] {
			continue
		}
		told := "SELECT stage, sum(rows_out) FROM leat.tasks WHERE job = (SELECT id FROM leat.jobs WHERE sink = '" + name + "') GROUP BY stage ORDER BY stage DESC LIMIT 1"
		rows, err := s.exec(ctx, told)
		if err != nil {
			return err
		}
		gave, err := s.exec(ctx, "SELECT count(*) FROM "+name)
		if err != nil {
			return err
		}
		if rows[0][1] != gave[0][0] {
			return fmt.Errorf("%s has %s rows, its query tells of %s", name, gave[0][0], rows[0][1])
		}
	}
	return nil
}

// Of the windows of fin.
const (
	finalSize  = 10 * time.Second
	finalGrace = 20 * time.Second
)

// checkFinal: a window that was closed is there once, with as many rows as it
// has, less those that came late; one that must be closed by now is there, and
// none that cannot be. The rows that are missing are those counted as late.
func checkFinal(ctx context.Context, s *session, now time.Time) error {
	have, err := s.exec(ctx, "SELECT k, window_start, c FROM fin ORDER BY k, window_start")
	if err != nil {
		return err
	}
	all, err := s.exec(ctx, "SELECT k, window_start, count(*), max(extract(epoch FROM at)) FROM ev WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY k ORDER BY k, window_start")
	if err != nil {
		return err
	}
	late, err := lateRows(ctx, s)
	if err != nil {
		return err
	}
	given := map[string]int{}
	for _, w := range have {
		given[w[0]+" "+w[1]] = number(w[2])
	}
	if len(given) != len(have) {
		return fmt.Errorf("fin: %d rows of %d windows", len(have), len(given))
	}
	newest := map[string]int{} // the last row's time, by key
	for _, w := range all {
		newest[w[0]] = max(newest[w[0]], number(w[3]))
	}
	least, most := 0, 0 // late rows, at least and at most
	for _, w := range all {
		name, rows := w[0]+" "+w[1], number(w[2])
		size := int(finalSize / time.Second)
		shut := number(w[3])/size*size + size + int(finalGrace/time.Second)
		n, closed := given[name]
		delete(given, name)
		switch {
		case n > rows:
			return fmt.Errorf("fin: the window %q has %d rows, the stream %d", name, n, rows)
		case closed && int64(shut) > now.Unix():
			return fmt.Errorf("fin: the window %q was closed before its time", name)
		case closed || shut <= newest[w[0]]: // whoever is not there came late
			least, most = least+rows-n, most+rows-n
		case int64(shut) <= now.Unix(): // another key's rows may have closed it
			most += rows
		}
	}
	if len(given) > 0 || late < least || late > most {
		return fmt.Errorf("fin: %d to %d rows are missing, %d were late; windows without rows: %v", least, most, late, given)
	}
	return nil
}

// lateRows counts the rows that came late for fin, which are listed too.
func lateRows(ctx context.Context, s *session) (int, error) {
	rows, err := s.exec(ctx, "SELECT late, (SELECT count(*) FROM leat.late WHERE stream = 'fin') FROM leat.jobs WHERE sink = 'fin'")
	if err != nil {
		return 0, err
	}
	if len(rows) != 1 || rows[0][0] != rows[0][1] {
		return 0, fmt.Errorf("fin: late rows and how many are listed: %v", rows)
	}
	return number(rows[0][0]), nil
}
