package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pg_cancel_backend ends the statement of another client with 57014,
// pg_terminate_backend its connection with 57P01.
func TestSignalsOverTheWire(t *testing.T) {
	_, addr := serve(t)
	ctx := context.Background()
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/leat?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(ctx) })
		return c
	}
	admin, client := connect(), connect()
	for _, k := range []struct{ function, code string }{{"pg_cancel_backend", "57014"}, {"pg_cancel_backend", "57014"}, {"pg_terminate_backend", "57P01"}} {
		ended := make(chan error, 1)
		go func() {
			_, err := client.PgConn().Exec(ctx, "SELECT pg_sleep(3600)").ReadAll()
			ended <- err
		}()
		for done := false; !done; {
			err := admin.QueryRow(ctx, "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'").Scan(&done)
			if err != nil {
				t.Fatal(err)
			}
		}
		var ok bool
		err := admin.QueryRow(ctx, "SELECT "+k.function+"(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()").Scan(&ok)
		if err != nil || !ok {
			t.Fatalf("%s: %t, %v", k.function, ok, err)
		}
		var e *pgconn.PgError
		if err := <-ended; !errors.As(err, &e) || e.Code != k.code {
			t.Errorf("%s: the statement ended with %v", k.function, err)
		}
	}
	if _, err := client.Exec(ctx, "SELECT 1"); err == nil {
		t.Error("a terminated client is answered")
	}
	var ok bool
	if err := admin.QueryRow(ctx, "SELECT pg_cancel_backend(4000000)").Scan(&ok); err != nil || ok {
		t.Errorf("cancel of nobody: %t, %v", ok, err)
	}
}

// Sessions without the wire are signalled alike; statement_timeout ends a sleep.
func TestSignalsToASession(t *testing.T) {
	f := open(t)
	f.fails("SELECT pg_cancel_backend(pg_backend_pid())", "57014")
	f.fails("SET statement_timeout = 1; SELECT pg_sleep(3600)", "57014")
	f.is("SET statement_timeout = 0; SELECT 1", "SET | 1; SELECT 1")
	f.fails("SELECT pg_terminate_backend(pg_backend_pid())", "57P01")
	f.fails("SELECT 1", "57P01")
}

// pg_sleep waits with the clock of the configuration.
func TestSleepTakesTheClock(t *testing.T) {
	f := open(t)
	var slept time.Duration
	f.srv.cfg.Sleep = func(_ context.Context, d time.Duration) error {
		slept += d
		return nil
	}
	f.is("SELECT count(pg_sleep(x)) FROM generate_series(1, 3) x", "0; SELECT 1")
	f.is("SELECT pg_sleep(1.5) IS NULL, pg_sleep(-1) IS NULL, pg_sleep(NULL) IS NULL", "t,t,t; SELECT 1")
	if slept != 7500*time.Millisecond {
		t.Errorf("slept %s", slept)
	}
}
