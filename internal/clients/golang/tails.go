package main

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// tails follows a push query in every mode of pgx, and by COPY.
func (c pgxClient) tails(ctx context.Context) {
	for _, mode := range modes {
		say("open", mode)
		err := c.follow(ctx, mode)
		c.ended(ctx, err)
	}
	say("open", "COPY")
	_, err := c.conn.PgConn().CopyTo(ctx, lines{c.cancelLater(ctx)}, "COPY ("+tail+") TO STDOUT")
	c.ended(ctx, err)
}

func (c pgxClient) ended(ctx context.Context, err error) {
	say("stopped", state(err))
	if err := c.one(ctx); err != nil {
		say("fail", "errors", "after a cancel:", err)
		return
	}
	say("again")
}

func (c pgxClient) follow(ctx context.Context, mode pgx.QueryExecMode) error {
	rows, err := c.conn.Query(ctx, tail, mode)
	if err != nil {
		return err
	}
	defer rows.Close()
	cancel := c.cancelLater(ctx)
	for rows.Next() {
		var id int
		var word string
		if err := rows.Scan(&id, &word); err != nil {
			return err
		}
		say("row", id, word)
		if word == "last" {
			cancel()
		}
	}
	return rows.Err()
}

// cancelLater sends a CancelRequest while the client waits for another row.
func (c pgxClient) cancelLater(ctx context.Context) func() {
	return func() {
		time.AfterFunc(200*time.Millisecond, func() {
			say("cancel")
			if err := c.conn.PgConn().CancelRequest(ctx); err != nil {
				say("fail", "errors", "cancel:", err)
			}
		})
	}
}

// lines takes COPY's lines as they come.
type lines struct{ last func() }

func (l lines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		id, word, _ := strings.Cut(strings.TrimSpace(line), "\t")
		say("row", id, word)
		if word == "last" {
			l.last()
		}
	}
	return len(p), nil
}
