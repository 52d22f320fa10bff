package pgwire

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The real client, in each of its ways to run a query.
func TestPgxModes(t *testing.T) {
	_, _, addr := start(t, nil)
	ctx := context.Background()
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec,
	} {
		c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/db")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			rows, err := c.Query(ctx, "rows 7", mode)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pgx.CollectRows(rows, pgx.RowTo[int32])
			if err != nil || len(got) != 7 || got[6] != 7 {
				t.Fatalf("%v: %v, %v", mode, got, err)
			}
		}
		var n int64
		if err := c.QueryRow(ctx, "echo $1", mode, int64(1)<<40).Scan(&n); err != nil || n != 1<<40 {
			t.Errorf("%v: echo %d, %v", mode, n, err)
		}
		if err := c.Ping(ctx); err != nil {
			t.Errorf("%v: ping: %v", mode, err)
		}
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}

func TestPgxErrorAndReuse(t *testing.T) {
	_, _, addr := start(t, nil)
	ctx := context.Background()
	c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, "bad")
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code != "42601" || pe.Position != 1 {
		t.Fatalf("error %v", err)
	}
	if tag, err := c.Exec(ctx, "rows 2"); err != nil || tag.String() != "SELECT 2" {
		t.Errorf("after the error: %v, %v", tag, err)
	}
}

func TestPgxPipelineAndCopy(t *testing.T) {
	f, _, addr := start(t, nil)
	ctx := context.Background()
	c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	b := &pgx.Batch{}
	for range 3 {
		b.Queue("echo $1", int64(5))
	}
	res := c.SendBatch(ctx, b)
	for range 3 {
		var n int64
		if err := res.QueryRow().Scan(&n); err != nil || n != 5 {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if err := res.Close(); err != nil {
		t.Fatal(err)
	}
	tag, err := c.PgConn().CopyFrom(ctx, strings.NewReader("a\nb\nc\n"), "copyin")
	if err != nil || tag.String() != "COPY 3" {
		t.Errorf("copy in: %v, %v", tag, err)
	}
	var out strings.Builder
	if tag, err = c.PgConn().CopyTo(ctx, &out, "copyout"); err != nil || tag.String() != "COPY 2" || out.String() != "a\t1\nb\t2\n" {
		t.Errorf("copy out: %q, %v, %v", out.String(), tag, err)
	}
	if got := f.mu.sessions[0].copied.String(); got != "a\nb\nc\n" {
		t.Errorf("copied %q", got)
	}
}

// A client that gives up on a tail by its context leaves nothing behind.
func TestPgxContextEndsTail(t *testing.T) {
	f, srv, addr := start(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/db")
	if err != nil {
		t.Fatal(err)
	}
	f.feed <- 1 // pgx's Query itself waits for the first row
	rows, err := c.Query(ctx, "tail")
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	cancel()
	if rows.Next() {
		t.Error("a row after the cancel")
	}
	ended(t, srv)
}
