package codec

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// cellOf decodes {"x": text} as a column of type t and prints value or code.
func cellOf(t *testing.T, typ types.Type, meaning, text string) string {
	t.Helper()
	rel := relation(types.Column{Name: "x", Type: typ})
	rel.Meaning = meaning
	d, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Add(&batch.Record{Value: []byte(`{"x":` + text + `}`)})
	b, bad := d.Finish()
	if len(bad) > 0 {
		if bad[0].Column != "x" && bad[0].Err.Code != sqlerr.InvalidJSON {
			t.Errorf("%s: the bad record does not name its column", text)
		}
		return bad[0].Err.Code
	}
	v := b.Cols[0].Value(0)
	if typ.Kind == types.Decimal && v != nil {
		return string(b.Cols[0].Str(0))
	}
	return fmt.Sprint(v)
}

func TestConversions(t *testing.T) {
	const leat, ksql = "leat", "ksqldb"
	for _, c := range []struct {
		t             types.Type
		meaning, text string
		want          string
	}{
		{types.TInt, leat, "1.0", "1"}, {types.TInt, leat, "1.5", "22P02"}, {types.TInt, leat, "1e2", "100"},
		{types.TInt, leat, "2147483648", "22003"}, {types.TInt, leat, `" 7 "`, "7"}, {types.TInt, leat, `""`, "22P02"},
		{types.TInt, leat, "true", "22P02"}, {types.TInt, leat, "null", "<nil>"}, {types.TInt, ksql, "1.9", "1"},
		{types.TInt, ksql, "-1.9", "-1"}, {types.TInt, ksql, "true", "22P02"},
		{types.TBigInt, leat, "9223372036854775807", "9223372036854775807"}, {types.TBigInt, leat, "-9223372036854775808", "-9223372036854775808"},
		{types.TBigInt, leat, "9223372036854775808", "22003"}, {types.TBigInt, leat, "9007199254740993.0", "9007199254740993"},
		{types.TBigInt, leat, "1e1000000000", "22003"}, {types.TBigInt, leat, "0e1000000000", "0"}, {types.TBigInt, leat, "1e-400", "22P02"},
		{types.TDouble, leat, "1e400", "22003"}, {types.TDouble, leat, `"NaN"`, "NaN"}, {types.TDouble, leat, `"-Infinity"`, "-Inf"},
		{types.TDouble, leat, "NaN", "22032"}, {types.TDouble, leat, `"0x10"`, "22P02"},
		{types.TDecimal(5, 2), leat, "1.5", "1.50"}, {types.TDecimal(5, 2), leat, "1.505", "22003"}, {types.TDecimal(5, 2), leat, "1.5000", "1.50"},
		{types.TDecimal(5, 2), leat, "1000", "22003"}, {types.TDecimal(5, 2), leat, `"-0.00"`, "0.00"}, {types.TDecimal(5, 2), leat, "12e-1", "1.20"},
		{types.TNumeric, leat, "0.1000", "0.1000"}, {types.TNumeric, leat, "1e3", "1000"}, {types.TNumeric, leat, "1e999999", "22003"},
		{types.TBoolean, leat, "true", "true"}, {types.TBoolean, leat, `"true"`, "22P02"}, {types.TBoolean, leat, "1", "22P02"},
		{types.TString, leat, "12", "12"}, {types.TString, leat, "1.50", "1.50"}, {types.TString, leat, "false", "false"},
		{types.TString, leat, "[1]", "22P02"}, {types.TString, leat, `"\u0000"`, "22P05"}, {types.TString, leat, `"\ud800"`, "22032"},
		{types.TString, leat, "\"\xff\"", "22021"}, {types.TString, ksql, `{"a": [1, 2]}`, `{"a":[1,2]}`}, {types.TString, ksql, `[1, "b", null]`, "[1, b, null]"},
		{types.Type{Kind: types.String, Precision: 2}, leat, `"éé"`, "éé"}, {types.Type{Kind: types.String, Precision: 2}, leat, `"abc"`, "22001"},
		{types.TBytes, leat, `"AAE="`, "[0 1]"}, {types.TBytes, leat, `"?"`, "22P02"},
		{types.TTimestamp, leat, `"1970-01-01T00:00:01.5Z"`, "1500000"}, {types.TTimestamp, leat, "1500", "1500000"},
		{types.TTimestamp, leat, `"1970-01-01 01:00+01"`, "0"}, {types.TTimestamp, leat, `"1970-01-02"`, "86400000000"},
		{types.TTimestamp, leat, `"2018-02-30T00:00:00Z"`, "22008"}, {types.TTimestamp, leat, `"yesterday"`, "22007"},
		{types.TTimestamp, leat, `"1500"`, "22007"}, {types.TTimestamp, ksql, `"1500"`, "1500000"}, {types.TTimestamp, leat, "1.5", "22007"},
		{types.TTimestamp, leat, "99999999999999999", "22008"},
		{types.TDate, leat, `"1970-01-11"`, "10"}, {types.TDate, ksql, "10", "10"}, {types.TDate, leat, `"1970-1-1"`, "22007"},
		{types.TTime, leat, `"01:00"`, "3600000000"}, {types.TTime, ksql, "1000", "1000000"}, {types.TTime, leat, `"25:00"`, "22008"}, {types.TTime, ksql, "86400000", "22008"},
		{types.TJSON, leat, `{ "a" :[1,"x y"] }`, `{"a": [1, "x y"]}`}, {types.TJSON, leat, `"t"`, `"t"`}, {types.TJSON, leat, `"\u0000"`, "22P05"},
		{types.TArray(types.TInt), leat, "[1, null, 3]", "[1 <nil> 3]"}, {types.TArray(types.TInt), leat, "[1.5]", "22P02"}, {types.TArray(types.TInt), leat, "{}", "22P02"},
		{types.TMap(types.TInt, types.TString), leat, `{"1":"a","1":"b"}`, "{[1] [b]}"},
		{types.TStruct(types.Field{Name: "a", Type: types.TInt}), leat, `{"A":1,"z":2}`, "[1]"},
		{types.TUUID, leat, `"00000000-0000-0000-0000-00000000000g"`, "22P02"},
	} {
		if got := cellOf(t, c.t, c.meaning, c.text); got != c.want {
			t.Errorf("%s as %s in %s: %s, want %s", c.text, c.t, c.meaning, got, c.want)
		}
	}
}

// TestEnvelopes writes one row in several layouts and reads it back (C3).
func TestEnvelopes(t *testing.T) {
	key := types.Column{Name: "k", Type: types.TInt, Key: true}
	two := types.Column{Name: "k2", Type: types.TString, Key: true}
	val := types.Column{Name: "v", Type: types.TString}
	json, csv, kafka := catalog.Format{Name: "JSON"}, catalog.Format{Name: "DELIMITED"}, catalog.Format{Name: "KAFKA"}
	for _, c := range []struct {
		name     string
		cols     types.Schema
		keyF, vF catalog.Format
		wrap     bool
		row      types.Row
		key, val string
	}{
		{"bare key, wrapped value", types.Schema{key, val}, json, json, true, types.Row{int64(7), "x"}, "7", `{"v":"x"}`},
		{"bare value", types.Schema{key, val}, json, json, false, types.Row{int64(7), "x"}, "7", `"x"`},
		{"key record", types.Schema{key, two, val}, json, json, true, types.Row{int64(7), "b", nil}, `{"k":7,"k2":"b"}`, `{"v":null}`},
		{"key of NULLs", types.Schema{key, two, val}, json, json, true, types.Row{nil, nil, "x"}, `{"k":null,"k2":null}`, `{"v":"x"}`},
		{"delimited", types.Schema{key, two, val}, csv, csv, false, types.Row{int64(7), `a,"b"`, " "}, `7,"a,""b"""`, `" "`},
		{"kafka", types.Schema{key, val}, kafka, kafka, false, types.Row{int64(7), "x"}, "\x00\x00\x00\x07", "x"},
		{"no key", types.Schema{val, {Name: "w", Type: types.TTimestamp}}, catalog.Format{Name: "NONE"}, json, true, types.Row{"x", int64(0)}, "", `{"v":"x","w":"1970-01-01T00:00:00Z"}`},
		{"keys only", types.Schema{key}, json, json, true, types.Row{int64(7)}, "7", "{}"},
	} {
		rel := relation(c.cols...)
		rel.KeyFormat, rel.ValueFormat, rel.WrapSingle = c.keyF, c.vF, c.wrap
		w, err := InsertEncoder(rel)
		if err != nil {
			t.Fatal(c.name, err)
		}
		placed, err := w.Rows([]types.Row{c.row}, []int64{5})
		if err != nil {
			t.Fatal(c.name, err)
		}
		rec := placed[0].Record
		if string(rec.Key) != c.key || string(rec.Value) != c.val || rec.Timestamp != 5 || (rec.Key == nil) != (c.key == "") {
			t.Errorf("%s: key %q value %q", c.name, rec.Key, rec.Value)
		}
		b, ok := decodeOne(t, rel, rec)
		for i := range c.cols {
			if !ok || !types.Equal(c.cols[i].Type, b.Cols[i].Value(0), c.row[i]) {
				t.Errorf("%s: column %d came back as %v", c.name, i, b.Cols[i].Value(0))
			}
		}
	}
}

func TestTombstonesAndKeylessRecordsOfTables(t *testing.T) {
	rel := relation(types.Column{Name: "k", Type: types.TInt, Key: true, NotNull: true}, types.Column{Name: "v", Type: types.TString, NotNull: true})
	rel.Kind = catalog.Table
	for _, meaning := range []string{"leat", "ksqldb"} {
		rel.Meaning = meaning
		d, err := NewRelationDecoder(rel, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Add(&batch.Record{Key: []byte("1"), Offset: 10})
		d.Add(&batch.Record{Value: []byte(`{"v":"x"}`), Offset: 11})
		d.Add(&batch.Record{Key: []byte("2"), Value: []byte(`{"v":1.5e}`), Offset: 12})
		d.Add(&batch.Record{Key: []byte("3"), Value: []byte(`{"v":"x"}`), Offset: 13})
		b, bad := d.Finish()
		if b.N != 4 || b.Len() != 2 || !b.Tomb.Get(0) || b.Cols[0].I64[0] != 1 || b.Offset[b.Row(1)] != 13 {
			t.Errorf("%s: %d of %d rows", meaning, b.Len(), b.N)
		}
		if want := map[string]int{"leat": 2, "ksqldb": 1}[meaning]; len(bad) != want || bad[len(bad)-1].Offset != 12 {
			t.Errorf("%s: bad %+v", meaning, bad)
		}
	}
}

func TestWindowedKeys(t *testing.T) {
	rel := relation(types.Column{Name: "k", Type: types.TInt, Key: true}, types.Column{Name: "v", Type: types.TInt})
	be := binary.BigEndian
	for typ, tail := range map[string][]byte{
		"HOPPING": be.AppendUint64(nil, 100), "SESSION": be.AppendUint64(be.AppendUint64(nil, 130), 100),
	} {
		rel.Windowed = &catalog.WindowInfo{Type: typ, SizeMs: 30}
		rec := batch.Record{Key: append([]byte("9"), tail...), Value: []byte(`{"v":1}`)}
		b, ok := decodeOne(t, rel, rec)
		if !ok || b.Win[0] != 100 || b.WinEnd[0] != 130 || b.Cols[0].I64[0] != 9 {
			t.Errorf("%s: %v", typ, b)
		}
		enc, err := NewRelationEncoder(rel)
		if err != nil {
			t.Fatal(err)
		}
		out, err := enc.Encode(b, 0)
		if err != nil || string(out.Key) != string(rec.Key) || string(out.Route) != "9" {
			t.Errorf("%s: key %q route %q %v", typ, out.Key, out.Route, err)
		}
	}
}

func TestEventTimeFromColumns(t *testing.T) {
	for _, c := range []struct {
		typ          types.Type
		format, text string
		want         int64
		code         string
	}{
		{types.TBigInt, "", "1234", 1234, ""}, {types.TTimestamp, "", `"1970-01-01T00:00:02Z"`, 2000, ""},
		{types.TString, "", `"1970-01-01T00:00:02Z"`, 2000, ""}, {types.TString, "yyyy-MM-dd HH", `"1970-01-01 01"`, 3_600_000, ""},
		{types.TBigInt, "", "null", 0, sqlerr.NullNotAllowed}, {types.TString, "", `"soon"`, 0, sqlerr.InvalidDatetimeFormat},
	} {
		rel := relation(types.Column{Name: "at", Type: c.typ}, types.Column{Name: "v", Type: types.TInt})
		rel.Timestamp = &catalog.TimestampSpec{Column: "at", Format: c.format}
		d, err := NewRelationDecoder(rel, []bool{false, false})
		if err != nil {
			t.Fatal(err)
		}
		d.Add(&batch.Record{Value: []byte(`{"at":` + c.text + `}`), Timestamp: 77})
		b, bad := d.Finish()
		switch {
		case c.code == "" && (len(bad) > 0 || b.Ts[0] != c.want):
			t.Errorf("%s: %v, %v", c.text, b.Ts, bad)
		case c.code != "" && (len(bad) != 1 || bad[0].Err.Code != c.code || bad[0].Ts != 77):
			t.Errorf("%s: %+v", c.text, bad)
		}
	}
}

func TestKsqlRenderings(t *testing.T) {
	rel := relation(types.Column{Name: "D", Type: types.TDouble}, types.Column{Name: "T", Type: types.TTimestamp},
		types.Column{Name: "DAY", Type: types.TDate}, types.Column{Name: "C", Type: types.TTime}, types.Column{Name: "N", Type: types.TDecimal(6, 2)})
	rel.Meaning = "ksqldb"
	enc, err := NewRelationEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	b := &vec.Batch{N: 2, Ts: []int64{0, 0}, Cols: []vec.Vec{
		vec.FromValues(types.TDouble, []types.Value{1e7, nil}), vec.FromValues(types.TTimestamp, []types.Value{int64(1500000), nil}),
		vec.FromValues(types.TDate, []types.Value{int64(10), nil}), vec.FromValues(types.TTime, []types.Value{int64(2000), nil}),
		vec.FromValues(types.TDecimal(6, 2), []types.Value{types.DecimalFromText([]byte("1.50")), nil}),
	}}
	out, err := enc.Encode(b, 0)
	if err != nil || string(out.Value) != `{"D":1.0E7,"T":1500,"DAY":10,"C":2,"N":1.50}` {
		t.Errorf("%s %v", out.Value, err)
	}
	row, ok := decodeOne(t, rel, batch.Record{Value: []byte(`{"d":"2.5","day":"3"}`)})
	if !ok || row.Cols[0].F64[0] != 2.5 || row.Cols[2].I64[0] != 3 {
		t.Errorf("lower-case members did not match: %v", row)
	}
}

// TestExchangeKeepsEverything sends changes with old values and windows through
// the rows of an exchange (C3).
func TestExchangeKeepsEverything(t *testing.T) {
	schema := types.Schema{{Name: "k", Type: types.TString}, {Name: "n", Type: types.TArray(types.TInt)}}
	b := &vec.Batch{N: 2, Ts: []int64{3, 4}, Win: []int64{10, 20}, WinEnd: []int64{20, 30}, Tomb: vec.NewBitmap(2), OldOK: vec.NewBitmap(2)}
	b.Cols = []vec.Vec{vec.FromValues(types.TString, []types.Value{"a", nil}), vec.FromValues(schema[1].Type, []types.Value{[]types.Value{int64(1), nil}, nil})}
	b.Old = []vec.Vec{vec.FromValues(types.TString, []types.Value{"old", nil}), vec.FromValues(schema[1].Type, []types.Value{nil, nil})}
	b.Tomb.Set(1)
	b.OldOK.Set(0)
	enc, err := NewExchangeEncoder(schema, []int{0}, catalog.Format{}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	d := NewExchangeDecoder(schema)
	for row := range 2 {
		out := enc.Encode(b, row, Whole)
		if want := []string{`"a"`, "null"}[row]; string(out.Route) != want {
			t.Errorf("route %q, want %q", out.Route, want)
		}
		d.Add(&batch.Record{Value: out.Value, Timestamp: out.Ts, Offset: int64(row)})
	}
	theirs, err := NewExchangeEncoder(schema, []int{0}, catalog.Format{}, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if out := theirs.Encode(b, 1, Whole); out.Route != nil {
		t.Errorf("in ksqlDB's meaning a null key has the route %q", out.Route)
	}
	got, bad := d.Finish()
	if len(bad) > 0 || got.Cols[0].Value(0) != "a" || !got.Tomb.Get(1) || got.Tomb.Get(0) || !got.OldOK.Get(0) || got.OldOK.Get(1) ||
		got.Old[0].Value(0) != "old" || got.Win[1] != 20 || got.WinEnd[1] != 30 || fmt.Sprint(got.Cols[1].Value(0)) != "[1 <nil>]" {
		t.Errorf("%+v %v", got, bad)
	}
	d.Add(&batch.Record{Value: []byte{rowHasWindow, 1}})
	if _, bad := d.Finish(); len(bad) != 1 || bad[0].Err.Code != sqlerr.DataCorrupted {
		t.Errorf("a malformed row gave %v", bad)
	}
}

func TestInsertRefusals(t *testing.T) {
	rel := relation(types.Column{Name: "k", Type: types.TInt, Key: true}, types.Column{Name: "v", Type: types.TInt, NotNull: true})
	w, err := InsertEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Rows([]types.Row{{int64(1), nil}}, []int64{0}); !sqlerr.Is(err, sqlerr.NotNullViolation) {
		t.Errorf("NULL in a NOT NULL column: %v", err)
	}
	rel.Partitions = 4
	w, err = InsertEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	w.Stick(6)
	placed, err := w.Rows([]types.Row{{nil, int64(1)}, {int64(5), int64(1)}}, []int64{0, 0})
	if err != nil || placed[0].Partition != batch.PartitionFor([]byte("null"), 4, 0) || placed[0].Record.Key != nil || placed[1].Partition != batch.PartitionFor([]byte("5"), 4, 0) {
		t.Errorf("%+v %v", placed, err)
	}
	bare := relation(types.Column{Name: "v", Type: types.TInt})
	bare.Partitions = 4
	if w, err = InsertEncoder(bare); err != nil {
		t.Fatal(err)
	}
	w.Stick(6)
	if placed, err = w.Rows([]types.Row{{int64(1)}}, []int64{0}); err != nil || placed[0].Partition != 2 {
		t.Errorf("without key columns: %+v %v", placed, err)
	}
	rel.ValueFormat = catalog.Format{Name: "XML"}
	if _, err := InsertEncoder(rel); !sqlerr.Is(err, sqlerr.FeatureNotSupported) || !strings.Contains(err.Error(), "XML") {
		t.Errorf("XML: %v", err)
	}
}

// TestCSVQuoting compares our quoting with that of ksqlDB's library.
func TestCSVQuoting(t *testing.T) {
	for _, c := range []struct {
		text, leat, ksqlFirst, ksqlLater string
	}{
		{"a", "a", "a", "a"}, {"", `""`, `""`, ""}, {"-10", "-10", `"-10"`, "-10"}, {"#", "#", `"#"`, `"#"`},
		{" x", `" x"`, `" x"`, `" x"`}, {"x ", `"x "`, `"x "`, `"x "`}, {`a"b`, `"a""b"`, `"a""b"`, `"a""b"`}, {"a,b", `"a,b"`, `"a,b"`, `"a,b"`},
	} {
		leat := string(rules{}.appendCSV(nil, []byte(c.text), ',', true))
		first := string(rules{ksql: true}.appendCSV(nil, []byte(c.text), ',', true))
		later := string(rules{ksql: true}.appendCSV(nil, []byte(c.text), ',', false))
		if leat != c.leat || first != c.ksqlFirst || later != c.ksqlLater {
			t.Errorf("%q: %s %s %s", c.text, leat, first, later)
		}
	}
}

// TestDelimiterProperty is found whatever its case.
func TestDelimiterProperty(t *testing.T) {
	rel := csvRelation()
	rel.ValueFormat.Props = []catalog.Prop{{Name: "delimiter", Value: "TAB"}}
	b, ok := decodeOne(t, rel, batch.Record{Key: []byte("k"), Value: []byte("1\ta,b\t2")})
	if !ok || string(b.Cols[2].Str(0)) != "a,b" {
		t.Errorf("%v", b)
	}
	rel.ValueFormat.Props[0].Value = "ab"
	if _, err := NewRelationDecoder(rel, nil); !sqlerr.Is(err, sqlerr.InvalidParameterValue) {
		t.Errorf("a delimiter of two characters: %v", err)
	}
}

// TestNullKeysOfKsqlStreams: a key of several NULLs is a key, as after PARTITION
// BY, and no column is NOT NULL there.
func TestNullKeysOfKsqlStreams(t *testing.T) {
	rel := relation(types.Column{Name: "K", Type: types.TInt, Key: true, NotNull: true}, types.Column{Name: "K2", Type: types.TInt, Key: true}, types.Column{Name: "V", Type: types.TInt})
	for _, meaning := range []string{"ksqldb", "leat"} {
		rel.Meaning = meaning
		enc, err := NewRelationEncoder(rel)
		if err != nil {
			t.Fatal(err)
		}
		b := &vec.Batch{N: 1, Ts: []int64{0}, Cols: []vec.Vec{vec.Nulls(types.TInt, 1), vec.Nulls(types.TInt, 1), vec.Nulls(types.TInt, 1)}}
		out, err := enc.Encode(b, 0)
		if err != nil || string(out.Key) != `{"K":null,"K2":null}` {
			t.Errorf("%s: key %q %v", meaning, out.Key, err)
		}
		if _, ok := decodeOne(t, rel, batch.Record{Value: []byte(`{"V":1}`)}); ok != (meaning == "ksqldb") {
			t.Errorf("%s: a record without the NOT NULL key: %v", meaning, ok)
		}
	}
}
