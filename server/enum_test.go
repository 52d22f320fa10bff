package server

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A driver that does not know an enum sees its own OID and that of its arrays,
// sends it as a parameter by number, and gets the label in text and in binary.
func TestEnumOnTheWire(t *testing.T) {
	_, addr := serve(t)
	ctx := t.Context()
	c, err := pgconn.Connect(ctx, "postgres://me@"+addr+"/leat")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, sql := range []string{
		"CREATE TYPE mood AS ENUM ('sad', 'ok')",
		"CREATE TABLE people (name TEXT PRIMARY KEY, m mood, past mood[])",
		"INSERT INTO people VALUES ('ann', 'ok', '{sad,NULL}')",
	} {
		if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	own := c.ExecParams(ctx, "SELECT oid, typarray FROM pg_type WHERE typname = 'mood'", nil, nil, nil, nil).Read()
	if own.Err != nil || len(own.Rows) != 1 {
		t.Fatal(own.Rows, own.Err)
	}
	var oid, array uint32
	m := pgtype.NewMap()
	for i, to := range []*uint32{&oid, &array} {
		if err := m.Scan(pgtype.OIDOID, pgtype.TextFormatCode, own.Rows[0][i], to); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []int16{pgtype.TextFormatCode, pgtype.BinaryFormatCode} {
		got := c.ExecParams(ctx, "SELECT m, past, $1::mood FROM people WHERE m = $2", [][]byte{[]byte("sad"), []byte("ok")},
			[]uint32{oid, oid}, []int16{format, format}, []int16{format}).Read()
		if got.Err != nil || len(got.Rows) != 1 {
			t.Fatal(format, got.Rows, got.Err)
		}
		for i, want := range []uint32{oid, array, oid} {
			if f := got.FieldDescriptions[i]; f.DataTypeOID != want || oid < 16384 {
				t.Errorf("column %s has OID %d, not %d", f.Name, f.DataTypeOID, want)
			}
		}
		m.RegisterType(&pgtype.Type{Name: "mood", OID: oid, Codec: &pgtype.EnumCodec{}})
		m.RegisterType(&pgtype.Type{Name: "_mood", OID: array, Codec: &pgtype.ArrayCodec{ElementType: &pgtype.Type{Name: "mood", OID: oid, Codec: &pgtype.EnumCodec{}}}})
		var past []*string
		if err := m.Scan(array, format, got.Rows[0][1], &past); err != nil || len(past) != 2 || *past[0] != "sad" || past[1] != nil {
			t.Errorf("format %d: array %q is %v: %v", format, got.Rows[0][1], past, err)
		}
		if a, b := string(got.Rows[0][0]), string(got.Rows[0][2]); a != "ok" || b != "sad" {
			t.Errorf("format %d: %q and %q", format, a, b)
		}
	}
	bad := c.ExecParams(ctx, "SELECT $1::mood", [][]byte{[]byte("wild")}, []uint32{oid}, nil, nil).Read()
	if e, ok := bad.Err.(*pgconn.PgError); !ok || e.Code != "22P02" {
		t.Error(bad.Err)
	}
}
