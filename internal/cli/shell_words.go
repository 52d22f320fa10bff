package cli

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/peterh/liner"
)

// keywords are offered besides the catalog's names.
var keywords = strings.Fields(`ALTER AND AS BETWEEN BY CASE CHANGES COPY CREATE DELETE DESCRIBE DISTINCT DROP EMIT
	EXPLAIN FINAL FROM GRACE GROUP HAVING HOPPING IN INNER INSERT INTO JOIN KEY LEFT LIKE LIMIT MATERIALIZED NOT NULL
	ON OR ORDER PARTITION PAUSE PERIOD PRIMARY RESUME SELECT SESSION SHOW SIZE STREAM TABLE TERMINATE TUMBLING UPDATE
	VALUES VIEW WHERE WINDOW WITH WITHIN`)

// wordsTTL is how long completion trusts the names it read.
const wordsTTL = 5 * time.Second

// wordList completes the last word of a line.
type wordList struct {
	names []string
	read  time.Time
}

func (w *wordList) complete(s *shell, line string) []string {
	w.refresh(s)
	cut := strings.LastIndexAny(line, " (,;.=<>") + 1
	head, last := line[:cut], line[cut:]
	if last == "" {
		return nil
	}
	var out []string
	for _, n := range w.names {
		if strings.HasPrefix(n, strings.ToLower(last)) {
			out = append(out, head+n)
		}
	}
	for _, k := range keywords {
		if strings.HasPrefix(k, strings.ToUpper(last)) {
			out = append(out, head+k)
		}
	}
	return out
}

// refresh reads the names of relations and columns, at most once in wordsTTL.
func (w *wordList) refresh(s *shell) {
	if time.Since(w.read) < wordsTTL {
		return
	}
	w.read = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	res, err := s.conn.Exec(ctx, `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
		UNION SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'`).ReadAll()
	if err != nil || len(res) == 0 {
		return
	}
	w.names = w.names[:0]
	for _, r := range res[0].Rows {
		w.names = append(w.names, string(r[0]))
	}
	sort.Strings(w.names)
}

func historyFile(getenv func(string) string) string {
	if f := getenv("LEAT_HISTORY"); f != "" {
		return f
	}
	home := getenv("HOME")
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".leat_history")
}

func loadHistory(l *liner.State, getenv func(string) string) {
	name := historyFile(getenv)
	if name == "" {
		return
	}
	if f, err := os.Open(name); err == nil {
		_, _ = l.ReadHistory(f)
		_ = f.Close()
	}
}

func saveHistory(l *liner.State, getenv func(string) string) {
	name := historyFile(getenv)
	if name == "" {
		return
	}
	if f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err == nil {
		_, _ = l.WriteHistory(f)
		_ = f.Close()
	}
}
