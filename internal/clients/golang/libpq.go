package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"
)

type libpqClient struct{ db *sql.DB }

func runLibpq(ctx context.Context) error {
	db, err := sql.Open("postgres", "sslmode=disable")
	if err != nil {
		return err
	}
	c := libpqClient{db}
	say("version", version("github.com/lib/pq"))
	for _, x := range []struct {
		name string
		try  func(context.Context) error
	}{
		{"connect", c.connect}, {"text", c.text}, {"binary", c.binary}, {"prepared", c.prepared}, {"copy", c.copy},
		{"metadata", c.metadata}, {"errors", c.errors}, {"transactions", c.transactions}, {"pool", c.pool},
	} {
		cell(x.name, func() error { return x.try(ctx) })
	}
	if err := c.tails(ctx); err != nil {
		say("fail", "errors", "tail:", err)
	}
	return db.Close()
}

type querier interface {
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

func one(ctx context.Context, db querier) error {
	var n int
	err := db.QueryRowContext(ctx, "SELECT 1").Scan(&n)
	return first(err, same(n, 1, "SELECT 1"))
}

func (c libpqClient) connect(ctx context.Context) error {
	var v string
	err := c.db.QueryRowContext(ctx, "SHOW server_version").Scan(&v)
	return first(c.db.PingContext(ctx), err, same(strings.HasPrefix(v, "15"), true, "server_version "+v))
}

// pqValues are the rows as lib/pq takes them: what it has no type for is text.
func pqValues() [3][]any {
	_, text := texts()
	rows := [3][]any{make([]any, len(text[0])), make([]any, len(text[0])), make([]any, len(text[0]))}
	for r := range 2 {
		for i, t := range text[r] {
			rows[r][i] = t
		}
		v := values()[r]
		for _, i := range []int{0, 1, 2, 3, 4, 5, 9, 10, 12} {
			rows[r][i] = v[i]
		}
	}
	rows[0][16], rows[1][16] = pq.Array([]sql.NullBool{{Bool: true, Valid: true}, {Valid: true}, {}}), pq.Array([]bool{})
	rows[0][17], rows[1][17] = pq.Array([]sql.NullInt64{{Int64: 1, Valid: true}, {Int64: -2, Valid: true}, {}, {Int64: 2147483647, Valid: true}}), pq.Array([]int64{})
	rows[0][19], rows[1][19] = pq.Array([]sql.NullFloat64{{Float64: 0.1, Valid: true}, {Float64: -2.5, Valid: true}, {}}), pq.Array([]float64{})
	return rows
}

func (c libpqClient) roundTrip(ctx context.Context, db *sql.DB, start int) error {
	columns, want := texts()
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	put := fmt.Sprintf("INSERT INTO %s (id, %s) VALUES ($1, %s)", kinds, strings.Join(columns, ", "), strings.Join(marks, ", "))
	for i, row := range pqValues() {
		if _, err := db.ExecContext(ctx, put, append([]any{start + i}, row...)...); err != nil {
			return fmt.Errorf("insert row %d: %w", i+1, err)
		}
		into, got := make([]any, len(columns)), make([]sql.NullString, len(columns))
		for n := range got {
			into[n] = &got[n]
		}
		if err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE id = $1", strings.Join(columns, ", "), kinds), start+i).Scan(into...); err != nil {
			return fmt.Errorf("read row %d: %w", i+1, err)
		}
		for n, g := range got {
			// Times, floats and bytes have come through Go's types.
			switch through := slices.Contains([]int{0, 5, 9, 10, 11, 12}, n); {
			case i == 2 && g.Valid:
				return fmt.Errorf("%s is %q, not NULL", columns[n], g.String)
			case i < 2 && !through && g.String != want[i][n]:
				return fmt.Errorf("%s is %q, want %q", columns[n], g.String, want[i][n])
			}
		}
	}
	var at, day time.Time
	var bytes []byte
	var f float64
	q := "SELECT c_timestamptz, c_date, c_bytea, c_float8 FROM " + kinds + " WHERE id = $1"
	if err := db.QueryRowContext(ctx, q, start).Scan(&at, &day, &bytes, &f); err != nil {
		return err
	}
	v := values()[0]
	return first(same(at.Equal(v[12].(time.Time)), true, "c_timestamptz"), same(day.Equal(v[10].(time.Time)), true, "c_date"), same(bytes, v[9], "c_bytea"), same(f, v[5], "c_float8"))
}

func (c libpqClient) text(ctx context.Context) error { return c.roundTrip(ctx, c.db, 1) }

// binary lets lib/pq send bytes, and ask for the results that it knows in binary.
func (c libpqClient) binary(ctx context.Context) error {
	db, err := sql.Open("postgres", "sslmode=disable binary_parameters=yes")
	if err != nil {
		return err
	}
	return first(c.roundTrip(ctx, db, 11), db.Close())
}

func (c libpqClient) prepared(ctx context.Context) error {
	put, err := c.db.PrepareContext(ctx, "INSERT INTO "+items+" (id, name, price, ok) VALUES ($1, $2, $3, $4)")
	if err != nil {
		return err
	}
	get, err := c.db.PrepareContext(ctx, "SELECT name, price FROM "+items+" WHERE id = $1 AND ok = $2")
	if err != nil {
		return err
	}
	for i := range 10 {
		if _, err := put.ExecContext(ctx, i, fmt.Sprint("item ", i), float64(i)/4, i%2 == 0); err != nil {
			return err
		}
		var name string
		var price float64
		err := get.QueryRowContext(ctx, i, i%2 == 0).Scan(&name, &price)
		if err := first(err, same([]any{name, price}, []any{fmt.Sprint("item ", i), float64(i) / 4}, "row")); err != nil {
			return err
		}
	}
	var n int
	err = c.db.QueryRowContext(ctx, "SELECT count(*) FROM "+items+" WHERE id = ANY($1)", pq.Array([]int64{1, 2, 99})).Scan(&n)
	return first(err, same(n, 2, "ANY"), put.Close(), get.Close())
}

func (c libpqClient) copy(ctx context.Context) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	st, err := tx.PrepareContext(ctx, "COPY "+items+" (id, name, price, ok) FROM STDIN")
	if err != nil {
		return err
	}
	for _, r := range [][]any{{1001, "tab\there", 1.5, true}, {1002, "line\nbreak \\ back", nil, nil}, {1003, "", 3.25, false}} {
		if _, err := st.ExecContext(ctx, r...); err != nil {
			return err
		}
	}
	_, err = st.ExecContext(ctx)
	if err := first(err, st.Close(), tx.Commit()); err != nil {
		return err
	}
	var name string
	var price *float64
	err = c.db.QueryRowContext(ctx, "SELECT name, price FROM "+items+" WHERE id = 1002").Scan(&name, &price)
	return first(err, same(name, "line\nbreak \\ back", "name"), same(price == nil, true, "price is NULL"))
}

func (c libpqClient) metadata(ctx context.Context) error {
	rows, err := c.db.QueryContext(ctx, "SELECT id, c_numeric, c_varchar, c_timestamptz FROM "+kinds+" LIMIT 0")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	cols, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	var got []string
	for _, t := range cols {
		got = append(got, t.DatabaseTypeName())
	}
	p, s, _ := cols[1].DecimalSize()
	n, _ := cols[2].Length()
	return first(same(got, []string{"INT4", "NUMERIC", "VARCHAR", "TIMESTAMPTZ"}, "types"), same([]int64{p, s, n}, []int64{20, 5, 20}, "sizes"))
}

func (c libpqClient) tails(ctx context.Context) error {
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	var pid int
	if err := conn.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return err
	}
	follow := func(ctx context.Context, cancel func()) error {
		rows, err := conn.QueryContext(ctx, tail)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id int
			var word string
			if err := rows.Scan(&id, &word); err != nil {
				return err
			}
			say("row", id, word)
			if word == "last" {
				time.AfterFunc(200*time.Millisecond, func() { say("cancel"); cancel() })
			}
		}
		return rows.Err()
	}
	say("open", "cancelled from elsewhere")
	say("stopped", state(follow(ctx, func() { _, _ = c.db.ExecContext(ctx, "SELECT pg_cancel_backend($1)", pid) })))
	if err := one(ctx, conn); err != nil {
		return err
	}
	say("again")
	say("open", "cancelled by its context")
	inner, cancel := context.WithCancel(ctx)
	err = follow(inner, cancel)
	if errors.Is(err, context.Canceled) {
		err = &pq.Error{Code: "57014"} // database/sql says that the context has ended
	}
	say("stopped", state(err))
	if err := one(ctx, c.db); err != nil {
		return err
	}
	say("again")
	return nil
}

func (c libpqClient) errors(ctx context.Context) error {
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for _, x := range []struct{ code, sql string }{
		{"42P01", "SELECT * FROM no_such_table"}, {"42703", "SELECT nope FROM " + items}, {"42601", "SELEC 1"}, {"22012", "SELECT 1 / 0"},
	} {
		_, err := conn.ExecContext(ctx, x.sql)
		if err := first(fails(x.code, err), one(ctx, conn)); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "SELECT 1 / $1::int", 0)
	if err := first(fails("22012", err), one(ctx, conn)); err != nil {
		return err
	}
	bad, err := sql.Open("postgres", "sslmode=disable dbname=no_such_database")
	if err != nil {
		return err
	}
	return first(fails("3D000", bad.PingContext(ctx)), bad.Close())
}

func (c libpqClient) transactions(ctx context.Context) error {
	put := func(tx *sql.Tx, id int) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO "+items+" (id) VALUES ($1)", id)
		return err
	}
	do := func(tx *sql.Tx, q string) error {
		_, err := tx.ExecContext(ctx, q)
		return err
	}
	tx, err := c.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	err = first(put(tx, 3001), do(tx, "SAVEPOINT here"), put(tx, 3002), fails("22012", do(tx, "SELECT 1 / 0")), fails("25P02", put(tx, 3003)),
		do(tx, "ROLLBACK TO here"), put(tx, 3004), tx.Commit())
	if err != nil {
		return err
	}
	if tx, err = c.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}); err != nil {
		return err
	}
	var ids string
	if err := first(fails("25006", put(tx, 3005)), tx.Rollback()); err != nil {
		return err
	}
	err = c.db.QueryRowContext(ctx, "SELECT string_agg(id::text, ',' ORDER BY id) FROM "+items+" WHERE id > 3000").Scan(&ids)
	return first(err, same(ids, "3001,3004", "committed"))
}

func (c libpqClient) pool(ctx context.Context) error {
	c.db.SetMaxOpenConns(4)
	done := make(chan error)
	for i := range 8 {
		go func() {
			var n int
			err := c.db.QueryRowContext(ctx, "SELECT $1::int", i).Scan(&n)
			done <- first(err, same(n, i, "echo"))
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			return err
		}
	}
	l := pq.NewListener("sslmode=disable", time.Second, time.Second, nil)
	defer func() { _ = l.Close() }()
	if err := l.Listen(items); err != nil {
		return err
	}
	if _, err := c.db.ExecContext(ctx, "INSERT INTO "+items+" (id) VALUES (5000)"); err != nil {
		return err
	}
	select {
	case n := <-l.Notify:
		return first(same(n != nil && n.Channel == items, true, "notification"), l.Ping())
	case <-time.After(5 * time.Second):
		return errors.New("no notification of an INSERT")
	}
}
