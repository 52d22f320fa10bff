package oracle

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/internal/pg15"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/types"
)

var (
	queries = flag.Int("queries", 400, "random queries that TestAgainstPostgres asks")
	seed    = flag.Uint64("seed", 1, "the first seed")
)

// perSchema is how many queries are asked of the same rows.
const perSchema = 200

// TestAgainstPostgres asks a PostgreSQL 15 and a node the same random queries.
func TestAgainstPostgres(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	pg, err := pgconn.Connect(ctx, pg15.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pg.Close(ctx) }()
	asked, rows, wrong := 0, 0, 0
	for s := *seed; asked < *queries; s++ {
		rng := rand.New(rand.NewPCG(s, 2))
		ours := open(ctx, t)
		for _, text := range append([]string{"DROP TABLE IF EXISTS t1, t2, t3"}, Schema(rng)...) {
			if _, err := pg.Exec(ctx, text).ReadAll(); err != nil {
				t.Fatalf("seed %d: PostgreSQL: %v\n%s", s, err, text)
			}
			if !strings.HasPrefix(text, "DROP") {
				if _, err := ours.ask(ctx, text); err != nil {
					t.Fatalf("seed %d: %v\n%s", s, err, text)
				}
			}
		}
		for range perSchema {
			if asked == *queries {
				break
			}
			asked++
			text := Query(rng)
			want, err := answer(pg.Exec(ctx, text).ReadAll())
			if err != nil {
				t.Fatalf("seed %d: the generator made what PostgreSQL refuses: %v\n%s", s, err, text)
			}
			got, err := ours.ask(ctx, text)
			rows += len(want)
			if err != nil {
				t.Errorf("seed %d: %v\n%s", s, err, text)
			} else if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
				t.Errorf("seed %d:\n%s\ngot\n%s\nwant\n%s", s, text, g, w)
			} else {
				continue
			}
			if wrong++; wrong == 10 {
				t.Fatal("ten differences are enough")
			}
		}
		if err := ours.srv.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("campaign: seeds from %d: %d random queries, %d rows equal to PostgreSQL 15's", *seed, asked, rows)
}

var fraction = regexp.MustCompile(`^-?\d+\.\d+$`)

// plain takes the zeros at the end of a number away: where numbers of several
// scales meet, PostgreSQL gives each value its own and Leat the column one.
func plain(cell string) string {
	if fraction.MatchString(cell) {
		return strings.TrimSuffix(strings.TrimRight(cell, "0"), ".")
	}
	return cell
}

func answer(results []*pgconn.Result, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range results {
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, c := range row {
				cells[i] = "NULL"
				if c != nil {
					cells[i] = plain(string(c))
				}
			}
			out = append(out, strings.Join(cells, "·"))
		}
	}
	return out, nil
}

// node is a server in memory and a session.
type node struct {
	srv *server.Server
	s   *server.Session
}

func open(ctx context.Context, t *testing.T) *node {
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr, cfg.FS = "data", "", "", vfs.NewMem()
	srv, err := server.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := srv.NewSession("me", "leat", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &node{srv, s}
}

func (n *node) ask(ctx context.Context, text string) (out []string, err error) {
	err = n.s.Simple(ctx, text, func(r *pgwire.Result) error {
		if r.Rows == nil {
			return nil
		}
		defer r.Rows.Close()
		cols := r.Rows.Columns()
		for {
			b, err := r.Rows.Next(ctx)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			for i := range b.Len() {
				cells := make([]string, len(cols))
				for c := range cols {
					cells[c] = "NULL"
					if v := b.Cols[c].Value(b.Row(i)); v != nil {
						cells[c] = plain(string(types.AppendText(nil, cols[c].Type, v, n.s.Style())))
					}
				}
				out = append(out, strings.Join(cells, "·"))
			}
		}
	})
	return out, err
}
