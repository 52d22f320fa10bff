package types_test

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Input and output as PostgreSQL 16 gives them with TimeZone UTC. An expected
// text that begins with ! is SQLSTATE and message of the refusal.
var textCases = []struct {
	typ  types.Type
	in   string
	want string
}{
	{types.TInt, " 42 ", "42"},
	{types.TInt, "+7", "7"},
	{types.TInt, "x", `!22P02 invalid input syntax for type integer: "x"`},
	{types.TInt, "", `!22P02 invalid input syntax for type integer: ""`},
	{types.TInt, "2147483648", `!22003 value "2147483648" is out of range for type integer`},
	{types.TSmallInt, "-32769", `!22003 value "-32769" is out of range for type smallint`},
	{types.TBigInt, "9223372036854775808", `!22003 value "9223372036854775808" is out of range for type bigint`},
	{types.TBoolean, "t", "t"},
	{types.TBoolean, " TRU ", "t"},
	{types.TBoolean, "off", "f"},
	{types.TBoolean, "o", `!22P02 invalid input syntax for type boolean: "o"`},
	{types.TDouble, "1e15", "1e+15"},
	{types.TDouble, "123456789012345", "123456789012345"},
	{types.TDouble, "0.0001", "0.0001"},
	{types.TDouble, "0.00001", "1e-05"},
	{types.TDouble, "-0", "-0"},
	{types.TDouble, "1.5e300", "1.5e+300"},
	{types.TDouble, "infinity", "Infinity"},
	{types.TDouble, "nan", "NaN"},
	{types.TDouble, "1e400", `!22003 "1e400" is out of range for type double precision`},
	{types.TDouble, "1e-400", `!22003 "1e-400" is out of range for type double precision`},
	{types.TDouble, "0x10", `!22P02 invalid input syntax for type double precision: "0x10"`},
	{types.TReal, "0.1", "0.1"},
	{types.TReal, "1e6", "1e+06"},
	{types.TNumeric, "1.500", "1.500"},
	{types.TNumeric, "1e3", "1000"},
	{types.TNumeric, "-.5", "-0.5"},
	{types.TNumeric, "-0.00", "0.00"},
	{types.TNumeric, "NaN", "NaN"},
	{types.TNumeric, "-inf", "-Infinity"},
	{types.TNumeric, "1e999999", "!22003 value overflows numeric format"},
	{types.TNumeric, "1 2", `!22P02 invalid input syntax for type numeric: "1 2"`},
	{types.TDecimal(4, 2), "12.345", "12.35"},
	{types.TDecimal(4, 2), "-12.345", "-12.35"},
	{types.TDecimal(4, 2), "99.999", "!22003 numeric field overflow"},
	{types.TBytes, `\xDEADbeef`, `\xdeadbeef`},
	{types.TBytes, `a\\b\001`, `\x615c6201`},
	{types.TBytes, `\xabc`, "!22023 invalid hexadecimal data: odd number of digits"},
	{types.TBytes, `\xzz`, `!22023 invalid hexadecimal digit: "z"`},
	{types.TUUID, "{A0EEBC99-9c0b4ef8-bb6d-6bb9bd380a11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	{types.TUUID, "a0eebc99", `!22P02 invalid input syntax for type uuid: "a0eebc99"`},
	{types.TTimestamp, "2026-11-20 04:38:16.682764+00", "2026-11-20 04:38:16.682764+00"},
	{types.TTimestamp, "2026-11-20T04:38:16.500Z", "2026-11-20 04:38:16.5+00"},
	{types.TTimestamp, "2026-11-20T04:38:16+01:30", "2026-11-20 03:08:16+00"},
	{types.TTimestamp, "2026-11-20", "2026-11-20 00:00:00+00"},
	{types.TTimestamp, "20261120T043816", "2026-11-20 04:38:16+00"},
	{types.TTimestamp, "Nov 20, 2026 4:38 PM", "2026-11-20 16:38:00+00"},
	{types.TTimestamp, "20-Nov-2026 12:00 AM", "2026-11-20 00:00:00+00"},
	{types.TTimestamp, "Fri Nov 20 04:38:16 2026", "2026-11-20 04:38:16+00"},
	{types.TTimestamp, "2026-07-01 12:00 Europe/Berlin", "2026-07-01 10:00:00+00"},
	{types.TTimestamp, "2026-07-01 12:00 PST", "2026-07-01 20:00:00+00"},
	{types.TTimestamp, "2026-11-20 24:00:00", "2026-11-21 00:00:00+00"},
	{types.TTimestamp, "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00+00 BC"},
	{types.TTimestamp, "epoch", "1970-01-01 00:00:00+00"},
	{types.TTimestamp, "-infinity", "-infinity"},
	{types.TTimestamp, "2026-02-29", `!22008 date/time field value out of range: "2026-02-29"`},
	{types.TTimestamp, "2026-11-20 25:00", `!22008 date/time field value out of range: "2026-11-20 25:00"`},
	{types.TTimestamp, "yesterday-ish", `!22007 invalid input syntax for type timestamp with time zone: "yesterday-ish"`},
	{types.TTimestamp, "2026-11-20 10:00 Mars/Base", `!22023 time zone "mars/base" not recognized`},
	{types.TTimestamp, "300000-01-01", `!22008 timestamp out of range: "300000-01-01"`},
	{types.TDate, "11/20/2026", "2026-11-20"},
	{types.TDate, "2026-11-20 23:59", "2026-11-20"},
	{types.TDate, "5874897-12-31", "5874897-12-31"},
	{types.TDate, "infinity", "infinity"},
	{types.TDate, "12:00", `!22007 invalid input syntax for type date: "12:00"`},
	{types.TTime, "4:38 pm", "16:38:00"},
	{types.TTime, "04:38:16.680", "04:38:16.68"},
	{types.TTime, "24:00:00", "24:00:00"},
	{types.TTime, "x", `!22007 invalid input syntax for type time: "x"`},
	{types.TInterval, "1 year 2 months -3 days 04:05:06.789", "1 year 2 mons -3 days +04:05:06.789"},
	{types.TInterval, "-1 year", "-1 years"},
	{types.TInterval, "1.5 months", "1 mon 15 days"},
	{types.TInterval, "1.5 hours", "01:30:00"},
	{types.TInterval, "90", "00:01:30"},
	{types.TInterval, "1-2", "1 year 2 mons"},
	{types.TInterval, "3 4:05:06", "3 days 04:05:06"},
	{types.TInterval, "P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"},
	{types.TInterval, "@ 1 minute ago", "-00:01:00"},
	{types.TInterval, "0", "00:00:00"},
	{types.TInterval, "100 hours", "100:00:00"},
	{types.TInterval, "5 parsecs", `!22007 invalid input syntax for type interval: "5 parsecs"`},
	{types.TInterval, "99999999999 years", `!22015 interval field value out of range: "99999999999 years"`},
	{types.TJSON, ` {"b":[1,2.50 ,1e2], "a" : "x\u0041\n", "b": null}`, `{"a": "xA\n", "b": null}`},
	{types.TJSON, "{", "!22P02 invalid input syntax for type json"},
	{types.TJSON, `"\u0000"`, "!22P05 unsupported Unicode escape sequence"},
	{types.Type{Kind: types.String, Precision: 3}, "abc  ", "abc"},
	{types.Type{Kind: types.String, Precision: 3}, "abcd", "!22001 value too long for type character varying(3)"},
	{types.TString, "a\x00b", `!22021 invalid byte sequence for encoding "UTF8": 0x00`},
	{types.TString, "a\xff", `!22021 invalid byte sequence for encoding "UTF8": 0xff`},
	{types.TArray(types.TInt), "{1, NULL ,3}", "{1,NULL,3}"},
	{types.TArray(types.TInt), "[0:1]={5,6}", "{5,6}"},
	{types.TArray(types.TInt), "{}", "{}"},
	{types.TArray(types.TString), `{a b,"NULL","",x\ }`, `{"a b","NULL","","x "}`},
	{types.TArray(types.TString), "[\"a\"]", "{a}"},
	{types.TArray(types.TInt), "{1,x}", `!22P02 invalid input syntax for type integer: "x"`},
	{types.TArray(types.TInt), "{1", `!22P02 malformed array literal: "{1"`},
	{types.TArray(types.TInt), "1", `!22P02 malformed array literal: "1"`},
	{types.TMap(types.TString, types.TInt), `{"a":1,"a":2}`, `{"a": 2}`},
	{types.TStruct(types.Field{Name: "A", Type: types.TInt}, types.Field{Name: "B", Type: types.TTimestamp}),
		`{"b":"2026-11-20","a":1,"c":0}`, `{"A": 1, "B": "2026-11-20T00:00:00Z"}`},
	{types.TOID, "4294967295", "4294967295"},
	{types.Type{Kind: types.RegType}, "23", "integer"},
	{types.Type{Kind: types.RegType}, "trigger", "trigger"},
	{types.Type{Kind: types.RegType}, `"pg_catalog"."text"`, "text"},
	{types.Type{Kind: types.RegType}, `"pg_catalog"."char"`, `"char"`},
	{types.Type{Kind: types.RegClass}, "nope", `!42P01 relation "nope" does not exist`},
}

func TestTextForms(t *testing.T) {
	for _, c := range textCases {
		v, err := types.ParseText(c.typ, c.in, nil)
		got := ""
		if err != nil {
			e := sqlerr.From(err)
			got = "!" + e.Code + " " + e.Message
		} else {
			got = string(types.AppendText(nil, c.typ, v, nil))
		}
		if got != c.want {
			t.Errorf("%s from %q:\n got %s\nwant %s", c.typ, c.in, got, c.want)
		}
	}
}

func TestZones(t *testing.T) {
	berlin, err := types.LoadZone("europe/berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, utc, local string }{
		{"2026-07-01 12:00", "2026-07-01 10:00:00+00", "2026-07-01 12:00:00+02"},
		{"2026-03-29 02:30", "2026-03-29 01:30:00+00", "2026-03-29 03:30:00+02"}, // does not exist
		{"2026-10-25 02:30", "2026-10-25 01:30:00+00", "2026-10-25 02:30:00+01"}, // exists twice
	} {
		us, err := types.ParseTimestamp(c.in, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(types.AppendTimestamp(nil, us, nil)); got != c.utc {
			t.Errorf("%s: %s, want %s", c.in, got, c.utc)
		}
		if got := string(types.AppendTimestamp(nil, us, berlin)); got != c.local {
			t.Errorf("%s: %s, want %s", c.in, got, c.local)
		}
	}
	for _, name := range []string{"UTC", "+05:30", "America/Port_of_Spain", "america/new_york", "PST"} {
		if _, err := types.LoadZone(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "Local", "../etc/passwd", "+99"} {
		if _, err := types.LoadZone(name); !sqlerr.Is(err, sqlerr.InvalidParameterValue) {
			t.Errorf("zone %q: %v", name, err)
		}
	}
}

// A month is added to the wall clock, the day cut to the month's length; a day
// across a change of the clock is not 24 hours.
func TestAddSpan(t *testing.T) {
	berlin, _ := types.LoadZone("Europe/Berlin")
	for _, c := range []struct{ at, span, want string }{
		{"2026-01-31 10:00", "1 month", "2026-02-28 10:00:00+01"},
		{"2026-03-28 12:00", "1 day", "2026-03-29 12:00:00+02"},
		{"2026-03-28 12:00", "24 hours", "2026-03-29 13:00:00+02"},
		{"2026-01-15 00:00", "-13 months", "2024-12-15 00:00:00+01"},
	} {
		us, _ := types.ParseTimestamp(c.at, berlin)
		span, err := types.ParseSpan(c.span)
		if err != nil {
			t.Fatal(err)
		}
		got, err := types.AddSpan(us, span, berlin)
		if text := string(types.AppendTimestamp(nil, got, berlin)); err != nil || text != c.want {
			t.Errorf("%s + %s = %s, %v; want %s", c.at, c.span, text, err, c.want)
		}
	}
	if _, err := types.AddSpan(0, types.Span{Months: 12 * 400000}, nil); !sqlerr.Is(err, sqlerr.DatetimeOverflow) {
		t.Errorf("no overflow: %v", err)
	}
}

func TestJavaDouble(t *testing.T) {
	for f, want := range map[float64]string{
		1: "1.0", 0.001: "0.001", 1234567: "1234567.0", 1e7: "1.0E7", 1.2e-5: "1.2E-5", 0: "0.0", -3.25: "-3.25", 1.25e20: "1.25E20",
	} {
		if got := string(types.AppendJavaDouble(nil, f)); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

// Every spelling resolves; String reads back; the wire's identifiers lead back.
func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"INT4": "integer", "double  precision": "double precision", "STRING": "text", "varchar": "character varying",
		"timestamp without time zone": "timestamp with time zone", "_int8": "bigint[]", `"char"`: `"char"`,
		"json": "json", "JSONB": "jsonb", "pg_catalog.int4": "integer", "float": "double precision", "oidvector": "oidvector", "char": "character varying(1)",
	} {
		typ, ok := types.Lookup(in, nil)
		if !ok || typ.String() != want {
			t.Errorf("%s: %s, %v; want %s", in, typ, ok, want)
		}
	}
	for _, c := range []struct {
		name string
		args []int32
		want string
	}{
		{"numeric", []int32{12, 2}, "numeric(12,2)"}, {"decimal", []int32{5}, "numeric(5,0)"},
		{"varchar", []int32{10}, "character varying(10)"}, {"float", []int32{24}, "real"}, {"timestamp", []int32{3}, "timestamp with time zone"},
		{"numeric", []int32{0}, "!22023"}, {"numeric", []int32{2, 3}, "!22023"}, {"int", []int32{3}, "!42601"}, {"nope", nil, "!42704"},
	} {
		typ, err := types.Resolve(c.name, c.args)
		got := typ.String()
		if err != nil {
			got = "!" + sqlerr.From(err).Code
		}
		if got != c.want {
			t.Errorf("%s%v: %s, want %s", c.name, c.args, got, c.want)
		}
	}
	nested := types.TStruct(types.Field{Name: "a b", Type: types.TArray(types.TDecimal(4, 2))},
		types.Field{Name: `q"`, Type: types.TMap(types.TString, types.TStruct())})
	back, err := types.ParseType(nested.String())
	if err != nil || !back.Equal(nested) {
		t.Errorf("%s reads as %s, %v", nested, back, err)
	}
	if got := nested.KsqlString(); got != "STRUCT<`a b` ARRAY<DECIMAL(4, 2)>, `q\"` MAP<STRING, STRUCT<>>>" {
		t.Error(got)
	}
	if nested.OID() != 3802 || types.TArray(types.TInt).OID() != 1007 || types.Typmod(types.TDecimal(12, 2)) != 786438 {
		t.Error("wire identifiers")
	}
}

func TestCasts(t *testing.T) {
	for _, c := range []struct {
		from     types.Type
		in       string
		to       types.Type
		mode     types.CastMode
		want     string
		anywhere string
	}{
		{types.TDouble, "2.5", types.TInt, types.CastPostgres, "2", "assignment"},
		{types.TNumeric, "2.5", types.TInt, types.CastPostgres, "3", "assignment"},
		{types.TDouble, "1e10", types.TInt, types.CastPostgres, "!22003 integer out of range", ""},
		{types.TBigInt, "70000", types.TSmallInt, types.CastPostgres, "!22003 smallint out of range", ""},
		{types.TDouble, "0.1", types.TNumeric, types.CastPostgres, "0.1", "assignment"},
		{types.TInt, "5", types.TDouble, types.CastPostgres, "5", "implicit"},
		{types.TBoolean, "t", types.TString, types.CastPostgres, "true", "assignment"},
		{types.TString, "abcd", types.Type{Kind: types.String, Precision: 2}, types.CastPostgres, "ab", "implicit"},
		{types.TTimestamp, "2026-11-20 23:30", types.TDate, types.CastPostgres, "2026-11-20", "assignment"},
		{types.TJSON, "1.50", types.TNumeric, types.CastPostgres, "1.50", "explicit"},
		{types.TJSON, `"x"`, types.TInt, types.CastPostgres, "!22023 cannot cast jsonb string to type integer", ""},
		{types.TDate, "2026-11-20", types.TInt, types.CastPostgres, "!42846 cannot cast type date to integer", ""},
		{types.TDouble, "2.9", types.TInt, types.CastKsql, "2", "explicit"},
		{types.TDouble, "1e10", types.TInt, types.CastKsql, "2147483647", "explicit"},
		{types.TBigInt, "4294967297", types.TInt, types.CastKsql, "1", "explicit"},
		{types.TDecimal(20, 1), "4294967297.9", types.TInt, types.CastKsql, "1", "explicit"},
		{types.TInt, "1", types.TDecimal(4, 2), types.CastKsql, "1.00", "implicit"},
		{types.TDecimal(4, 2), "1.50", types.TString, types.CastKsql, "1.50", "explicit"},
		{types.TDouble, "1e7", types.TString, types.CastKsql, "1.0E7", "explicit"},
		{types.TString, " y ", types.TBoolean, types.CastKsql, "t", "explicit"},
		{types.TString, "x", types.TBoolean, types.CastKsql, "f", "explicit"},
		{types.TString, "2020-01-02T03", types.TTimestamp, types.CastKsql, "2020-01-02 03:00:00+00", "implicit"},
		{types.TString, "2020-01-02T03:04:05.678+01:00", types.TTimestamp, types.CastKsql, "2020-01-02 02:04:05.678+00", "implicit"},
		{types.TString, "2020-01-02T03:04", types.TDate, types.CastKsql, `!22007 invalid input syntax for type date: "2020-01-02T03:04"`, ""},
		{types.TString, "10", types.TTime, types.CastKsql, "10:00:00", "implicit"},
		{types.TTimestamp, "2020-01-02 03:04:05.6789", types.TString, types.CastKsql, "2020-01-02T03:04:05.678", "explicit"},
		{types.TTime, "03:04", types.TString, types.CastKsql, "03:04", "explicit"},
		{types.TArray(types.TInt), "{1,NULL}", types.TString, types.CastKsql, "[1, null]", "explicit"},
		{types.TMap(types.TString, types.TInt), `{"k":1}`, types.TString, types.CastKsql, "{k=1}", "explicit"},
		{types.TStruct(types.Field{Name: "F0", Type: types.TInt}, types.Field{Name: "f1", Type: types.TInt}), `{"F0":1,"f1":3}`,
			types.TString, types.CastKsql, "Struct{F0=1,f1=3}", "explicit"},
		{types.TBytes, `\x00`, types.TString, types.CastKsql, "!42846 cannot cast type bytea to text", ""},
	} {
		v, err := types.ParseText(c.from, c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if out, err := types.Cast(v, c.from, c.to, c.mode, nil); err != nil {
			e := sqlerr.From(err)
			got = "!" + e.Code + " " + e.Message
		} else {
			got = string(types.AppendText(nil, c.to, out, nil))
		}
		if got != c.want {
			t.Errorf("cast of %s %s to %s:\n got %s\nwant %s", c.from, c.in, c.to, got, c.want)
		}
		if place := castPlace(c.from, c.to, c.mode); !strings.HasPrefix(c.want, "!") && place != c.anywhere {
			t.Errorf("cast of %s to %s is %s, want %s", c.from, c.to, place, c.anywhere)
		}
	}
}

func castPlace(from, to types.Type, mode types.CastMode) string {
	implicit, assignment, explicit := types.CanCast(from, to, mode)
	switch {
	case implicit:
		return "implicit"
	case assignment:
		return "assignment"
	case explicit:
		return "explicit"
	}
	return "none"
}

func TestUnify(t *testing.T) {
	d42, d61 := types.TDecimal(4, 2), types.TDecimal(6, 1)
	for _, c := range []struct {
		in          []types.Type
		want, widen string
	}{
		{[]types.Type{types.TInt, types.TBigInt}, "bigint", "bigint"},
		{[]types.Type{types.TInt, types.TNumeric}, "numeric", "numeric"},
		{[]types.Type{types.TInt, d42}, "numeric", "numeric(12,2)"},
		{[]types.Type{d42, d61}, "numeric", "numeric(7,2)"},
		{[]types.Type{types.TReal, types.TNumeric}, "real", "double precision"},
		{[]types.Type{types.TUnknown, types.TDate}, "date", "date"},
		{[]types.Type{types.TUnknown, types.TUnknown}, "text", "unknown"},
		{[]types.Type{types.TDate, types.TTimestamp}, "timestamp with time zone", "none"},
		{[]types.Type{types.TArray(types.TInt), types.TArray(types.TDouble)}, "double precision[]", "double precision[]"},
		{[]types.Type{types.TInt, types.TString}, "none", "none"},
	} {
		got, ok := types.Unify(c.in...)
		if name := typeOrNone(got, ok); name != c.want {
			t.Errorf("unify %v: %s, want %s", c.in, name, c.want)
		}
		got, ok = types.Widen(c.in[0], c.in[1])
		if name := typeOrNone(got, ok); name != c.widen {
			t.Errorf("widen %v: %s, want %s", c.in, name, c.widen)
		}
	}
}

func typeOrNone(t types.Type, ok bool) string {
	if !ok {
		return "none"
	}
	return t.String()
}
