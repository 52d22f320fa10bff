package main

import (
	"context"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// modes are all the ways in which pgx sends a query.
var modes = []pgx.QueryExecMode{
	pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
}

type pgxClient struct{ conn *pgx.Conn }

func runPgx(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, "")
	if err != nil {
		return err
	}
	c := pgxClient{conn}
	say("version", version("github.com/jackc/pgx/v5"))
	for _, x := range []struct {
		name string
		try  func(context.Context) error
	}{
		{"connect", c.connect}, {"text", c.text}, {"binary", c.binary}, {"prepared", c.prepared}, {"copy", c.copy},
		{"metadata", c.metadata}, {"errors", c.errors}, {"transactions", c.transactions}, {"pool", c.pool},
	} {
		cell(x.name, func() error { return x.try(ctx) })
	}
	c.tails(ctx)
	return conn.Close(ctx)
}

func (c pgxClient) one(ctx context.Context) error {
	var n int
	err := c.conn.QueryRow(ctx, "SELECT 1").Scan(&n)
	return first(err, same(n, 1, "SELECT 1"))
}

func (c pgxClient) connect(ctx context.Context) error {
	v := c.conn.PgConn().ParameterStatus("server_version")
	return first(c.conn.Ping(ctx), c.one(ctx), same(strings.HasPrefix(v, "15"), true, "server_version "+v))
}

// values are the rows in Go's types.
func values() [3][]any {
	stamp := time.Date(2026, 11, 20, 4, 38, 16, 682764000, time.UTC)
	id := [16]byte{0x6f, 0x1c, 0x5a, 0x2e, 0x0d, 0x4b, 0x4c, 0x8e, 0x9a, 0x57, 0x0f, 0x4a, 0x3b, 0x2c, 0x1d, 0x0e}
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	num := func(n int64, exp int32) pgtype.Numeric {
		return pgtype.Numeric{Int: big.NewInt(n), Exp: exp, Valid: true}
	}
	low, _ := new(big.Int).SetString("-99999999999999999999", 10)
	return [3][]any{
		{true, int16(-12345), int32(2000000000), int64(9007199254740993), float32(0.5), 0.1, num(1234567890, -5), "it's \"ok\" \\n \t 漢字 🚀", "short",
			[]byte("\x00\xff\x10\xde\xad\xbe\xef\x5c\x27"), day, pgtype.Time{Microseconds: 49506789012, Valid: true}, stamp,
			pgtype.Interval{Days: 3, Microseconds: 14706000007, Valid: true}, map[string]any{"a": []any{1.0, 2.5, nil}, "ключ": "x\"y"}, id,
			[]*bool{ptr(true), ptr(false), nil}, []*int32{ptr[int32](1), ptr[int32](-2), nil, ptr[int32](2147483647)}, []*int64{ptr[int64](9007199254740993), nil},
			[]*float64{ptr(0.1), ptr(-2.5), nil}, []*pgtype.Numeric{ptr(num(150, -2)), ptr(num(-1, -3)), nil},
			[]*string{ptr("a b"), ptr(`c"d`), nil, ptr(""), ptr("NULL"), ptr(`e\f`), ptr("x,y"), ptr("{z}")},
			[]*time.Time{&day, nil}, []*time.Time{&stamp, nil}, []*[16]byte{&id, nil}},
		{false, int16(32767), int32(-2147483648), int64(-9223372036854775808), float32(-1024.25), 1.7976931348623157e308, pgtype.Numeric{Int: low, Exp: -5, Valid: true}, "",
			"twenty characters ok", []byte{}, time.Date(44, 3, 15, 0, 0, 0, 0, time.UTC), pgtype.Time{Valid: true}, time.Date(1901, 1, 1, 0, 0, 0, 1000, time.UTC),
			pgtype.Interval{Days: -2, Valid: true}, map[string]any{}, [16]byte{}, []*bool{}, []*int32{}, []*int64{ptr[int64](0)}, []*float64{},
			[]*pgtype.Numeric{}, []*string{}, []*time.Time{}, []*time.Time{}, []*[16]byte{}},
		make([]any, 25),
	}
}

func ptr[T any](v T) *T { return &v }

// roundTrip writes rows by the mode and reads them in a format.
func (c pgxClient) roundTrip(ctx context.Context, start int, mode pgx.QueryExecMode, format int16) error {
	columns, text := texts()
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	put := fmt.Sprintf("INSERT INTO %s (id, %s) VALUES ($1, %s)", kinds, strings.Join(columns, ", "), strings.Join(marks, ", "))
	for i, row := range values() {
		if mode == pgx.QueryExecModeSimpleProtocol && i < len(text) {
			for _, n := range []int{14, 15, 24} { // JSON and UUIDs: this mode knows no column's type
				row[n] = text[i][n]
			}
		}
		if _, err := c.conn.Exec(ctx, put, append([]any{mode, start + i}, row...)...); err != nil {
			return fmt.Errorf("insert row %d: %w", i+1, err)
		}
	}
	for i, row := range values() {
		q := fmt.Sprintf("SELECT %s FROM %s WHERE id = $1", strings.Join(columns, ", "), kinds)
		into := make([]any, len(row))
		for n, v := range values()[0] {
			into[n] = reflect.New(reflect.PointerTo(reflect.TypeOf(v))).Interface()
		}
		if err := c.conn.QueryRow(ctx, q, pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{format}, start+i).Scan(into...); err != nil {
			return fmt.Errorf("read row %d: %w", i+1, err)
		}
		for n, want := range row {
			if err := sameValue(reflect.ValueOf(into[n]).Elem(), want, columns[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameValue compares what was scanned into a pointer; times by their instant.
func sameValue(got reflect.Value, want any, column string) error {
	if want == nil {
		return same(got.IsNil(), true, column+" is NULL")
	}
	if got.IsNil() {
		return fmt.Errorf("%s is NULL", column)
	}
	g := got.Elem().Interface()
	if t, ok := g.(time.Time); ok {
		return same(t.Equal(want.(time.Time)), true, fmt.Sprintf("%s %s", column, t))
	}
	if ts, ok := g.([]*time.Time); ok && len(ts) > 0 {
		return same(ts[0].Equal(*want.([]*time.Time)[0]) && ts[1] == nil, true, column)
	}
	return same(g, want, column)
}

func (c pgxClient) text(ctx context.Context) error {
	return c.roundTrip(ctx, 1, pgx.QueryExecModeSimpleProtocol, pgx.TextFormatCode)
}

func (c pgxClient) binary(ctx context.Context) error {
	return c.roundTrip(ctx, 11, pgx.QueryExecModeCacheStatement, pgx.BinaryFormatCode)
}

func (c pgxClient) prepared(ctx context.Context) error {
	for n, mode := range modes {
		for i := range 8 {
			id := n*100 + i
			if _, err := c.conn.Exec(ctx, "INSERT INTO "+items+" (id, name, price, ok) VALUES ($1, $2, $3, $4)", mode, id, fmt.Sprint("item ", id), float64(id)/4, i%2 == 0); err != nil {
				return fmt.Errorf("%s: %w", mode, err)
			}
			var name string
			var price float64
			err := c.conn.QueryRow(ctx, "SELECT name, price FROM "+items+" WHERE id = $1 AND ok = $2", mode, id, i%2 == 0).Scan(&name, &price)
			if err := first(err, same(name, fmt.Sprint("item ", id), "name"), same(price, float64(id)/4, "price")); err != nil {
				return fmt.Errorf("%s: %w", mode, err)
			}
		}
		var count, plus int
		var text string
		err := c.conn.QueryRow(ctx, "SELECT count(*), $2::int + 1, $3::text FROM "+items+" WHERE id = ANY($1)", mode, []int32{int32(n * 100), int32(n*100 + 1), -1}, 41, "x").Scan(&count, &plus, &text)
		if err := first(err, same([]any{count, plus, text}, []any{2, 42, "x"}, "ANY")); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	st, err := c.conn.Prepare(ctx, "get", "SELECT name FROM "+items+" WHERE id = $1 LIMIT $2")
	if err != nil {
		return err
	}
	return first(same(st.ParamOIDs, []uint32{pgtype.Int4OID, pgtype.Int8OID}, "inferred types"), c.conn.Deallocate(ctx, "get"), c.conn.DeallocateAll(ctx), c.one(ctx))
}

func (c pgxClient) copy(ctx context.Context) error {
	rows := [][]any{{int32(1001), "tab\there", 1.5, true}, {int32(1002), "line\nbreak \\ back", nil, nil}, {int32(1003), "", 3.25, false}}
	n, err := c.conn.CopyFrom(ctx, pgx.Identifier{items}, []string{"id", "name", "price", "ok"}, pgx.CopyFromRows(rows))
	if err := first(err, same(n, int64(3), "rows copied")); err != nil {
		return err
	}
	var out strings.Builder
	tag, err := c.conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT id, name, price, ok FROM "+items+" WHERE id > 1000 ORDER BY id) TO STDOUT")
	if err := first(err, same(tag.String(), "COPY 3", "tag"), same(out.String(), "1001\ttab\\there\t1.50\tt\n1002\tline\\nbreak \\\\ back\t\\N\t\\N\n1003\t\t3.25\tf\n", "COPY TO")); err != nil {
		return err
	}
	_, err = c.conn.PgConn().CopyFrom(ctx, strings.NewReader("1\tx\nno\ty\n"), "COPY "+items+" (id, name) FROM STDIN")
	return first(fails("22P02", err), c.one(ctx))
}

func (c pgxClient) metadata(ctx context.Context) error {
	rows, err := c.conn.Query(ctx, "SELECT id, c_numeric, c_varchar, c_ints FROM "+kinds+" LIMIT 0")
	if err != nil {
		return err
	}
	rows.Close()
	f := slices.Clone(rows.FieldDescriptions())
	got := []any{f[0].DataTypeOID, f[1].DataTypeOID, f[1].TypeModifier, f[2].DataTypeOID, f[3].DataTypeOID, f[1].TableAttributeNumber}
	if err := same(got, []any{uint32(23), uint32(1700), int32(20<<16|5) + 4, uint32(1043), uint32(1007), uint16(8)}, "columns"); err != nil {
		return err
	}
	var oid uint32
	if err := first(c.conn.QueryRow(ctx, "SELECT $1::regclass::oid", kinds).Scan(&oid), same(f[0].TableOID, oid, "table")); err != nil {
		return err
	}
	t, err := c.conn.LoadType(ctx, "_uuid")
	if err := first(err, same(t != nil && t.OID == 2951, true, "LoadType")); err != nil {
		return err
	}
	names, err := collect(ctx, c.conn, "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position", pairs)
	return first(err, same(names, []string{"area", "n", "note"}, "information_schema"))
}

func collect(ctx context.Context, conn *pgx.Conn, q string, args ...any) ([]string, error) {
	rows, err := conn.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (c pgxClient) errors(ctx context.Context) error {
	for _, mode := range modes {
		for _, x := range []struct{ code, sql string }{
			{"42P01", "SELECT * FROM no_such_table"}, {"42703", "SELECT nope FROM " + items}, {"42601", "SELEC 1"}, {"22012", "SELECT 1 / 0"},
		} {
			_, err := c.conn.Exec(ctx, x.sql, mode)
			if err := first(fails(x.code, err), c.one(ctx)); err != nil {
				return fmt.Errorf("%s: %w", mode, err)
			}
		}
		_, err := c.conn.Exec(ctx, "SELECT 1 / $1::int", mode, 0)
		if err := fails("22012", err); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	_, err := pgx.Connect(ctx, "dbname=no_such_database")
	return first(fails("3D000", err), c.one(ctx))
}

func (c pgxClient) transactions(ctx context.Context) error {
	put := func(tx pgx.Tx, id int) error {
		_, err := tx.Exec(ctx, "INSERT INTO "+items+" (id, name) VALUES ($1, 'tx')", id)
		return err
	}
	err := pgx.BeginFunc(ctx, c.conn, func(tx pgx.Tx) error {
		if err := put(tx, 3001); err != nil {
			return err
		}
		err := pgx.BeginFunc(ctx, tx, func(nested pgx.Tx) error { // a savepoint
			if err := put(nested, 3002); err != nil {
				return err
			}
			_, err := nested.Exec(ctx, "SELECT 1 / 0")
			return err
		})
		return first(fails("22012", err), put(tx, 3003))
	})
	if err != nil {
		return err
	}
	tx, err := c.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	_, failed := tx.Exec(ctx, "SELECT 1")
	if err := first(fails("25006", put(tx, 3004)), fails("25P02", put(tx, 3004)), failed, tx.Rollback(ctx)); err != nil {
		return err
	}
	ids, err := collect(ctx, c.conn, "SELECT id::text FROM "+items+" WHERE id > 3000 ORDER BY id")
	return first(err, same(ids, []string{"3001", "3003"}, "committed"))
}

func (c pgxClient) pool(ctx context.Context) error {
	b := &pgx.Batch{}
	for i := range 50 {
		b.Queue("INSERT INTO "+items+" (id, name) VALUES ($1, $2)", 4000+i, fmt.Sprint("b ", i))
	}
	var count int
	b.Queue("SELECT count(*) FROM " + items + " WHERE id >= 4000").QueryRow(func(row pgx.Row) error { return row.Scan(&count) })
	if err := first(c.conn.SendBatch(ctx, b).Close(), same(count, 50, "a batch sees its rows")); err != nil {
		return err
	}
	bad := &pgx.Batch{}
	bad.Queue("SELECT 1")
	bad.Queue("SELECT * FROM no_such_table")
	bad.Queue("SELECT 2")
	if err := first(fails("42P01", c.conn.SendBatch(ctx, bad).Close()), c.one(ctx)); err != nil {
		return err
	}
	p := c.conn.PgConn().StartPipeline(ctx)
	p.SendQueryParams("SELECT * FROM no_such_table", nil, nil, nil, nil)
	p.SendQueryParams("SELECT 5", nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		return err
	}
	_, err := p.GetResults()
	return first(fails("42P01", err), p.Close(), c.one(ctx))
}
