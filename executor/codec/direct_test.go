package codec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

// fastValues are notations that the predicted path takes, and some it must not.
var fastValues = map[types.Kind][]string{
	types.BigInt:    {"0", "-1", "17", "-0", "01", "1.0", "1e2", "999999999999999999", "9999999999999999999", "null", `"5"`, "5x", "-"},
	types.Int:       {"0", "2147483647", "2147483648", "-2147483648", "1.5", "null", "true"},
	types.Double:    {"0", "-0.0", "1.5", "123456789.123456", "0.1234567890123456", "1e5", "1.", ".5", "NaN", `"NaN"`, "1.7976931348623157e308", "00.5"},
	types.String:    {`"a"`, `""`, `"a\n"`, `"é"`, "\"\xff\"", "\"\x01\"", `"unterminated`, "5", "{}", `[1, "x"]`},
	types.Timestamp: {`"2015-07-15T00:00:00Z"`, `"2015-07-15T23:59:59.999Z"`, `"2015-07-15T00:00:00.123456Z"`, `"2015-07-15 01:02:03Z"`, `"2015-02-30T00:00:00Z"`, `"2015-07-15T24:00:00Z"`, `"2015-07-15T00:00:60Z"`, `"2015-07-15T0a:00:00Z"`, `"infinity"`, "5", `"-015-07-15T00:00:00Z"`},
	types.Boolean:   {"true", "false", "null", "tru"},
}

// fastNested are values of the nested columns: usual ones first.
var fastNested = map[types.Kind][]string{
	types.Array:  {`[1,2,3]`, `[]`, `[ 1 , null ]`, `[1,"x"]`, `[1.5]`, `[1,]`, `[1`, `null`, `{}`, `[[1]]`},
	types.Map:    {`{"k":"v","l":"w"}`, `{}`, `{ "k" : null }`, `{"k":"v","k":"w"}`, `{"\u006b":"v","k":"w"}`, `{"k":1}`, `{"k"}`, `{"k":"v",}`, `null`, `[]`},
	types.Struct: {`{"x":1,"y":"b"}`, `{"y":"b"}`, `{ "y" : "b" , "z":[{}] , "x":2 }`, `{"x":1,"x":2}`, `{"X":1,"x":2}`, `{"X":1}`, `{}`, `{"x":"1"}`, `{"x":1`, `null`, `5`},
}

func directRelation() *catalog.Relation {
	return relation(types.Column{Name: "a", Type: types.TBigInt}, types.Column{Name: "an_id_that_is_longer", Type: types.TInt},
		types.Column{Name: "d", Type: types.TDouble}, types.Column{Name: "s", Type: types.TString, NotNull: true},
		types.Column{Name: "ts", Type: types.TTimestamp}, types.Column{Name: "b", Type: types.TBoolean},
		types.Column{Name: "l", Type: types.TArray(types.TBigInt)}, types.Column{Name: "m", Type: types.TMap(types.TString, types.TString)},
		types.Column{Name: "o", Type: types.TStruct(types.Field{Name: "x", Type: types.TBigInt}, types.Field{Name: "y", Type: types.TString})})
}

// TestDirectWayNeverChangesTheAnswer decodes records of one shape, now and then
// broken, beside a decoder that takes every record through the cells.
func TestDirectWayNeverChangesTheAnswer(t *testing.T) {
	rel := directRelation()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, meaning := range []string{"leat", "ksqldb"} {
		for _, needed := range [][]bool{nil, {true, false, false, true, false, true, false, true, false}} {
			if rel.Meaning = meaning; meaning == "ksqldb" {
				rel.Schema[4].Type = types.TBigInt // its instants are no text
			}
			var d [3]*Decoder
			for i := range d {
				var err error
				if d[i], err = NewRelationDecoder(rel, needed); err != nil {
					t.Fatal(err)
				}
			}
			fast, slow, probe := d[0], d[1], d[2]
			slow.direct = nil
			taken := 0
			for range 8_000 {
				text := fastRecord(rng, rel.Schema)
				rec := batch.Record{Value: []byte(text)}
				if probe.addDirect(&rec, 0) {
					taken++
					probe.n = 1
				}
				probe.Finish()
				if got, want := decodedRow(fast, &rec), decodedRow(slow, &rec); got != want {
					t.Fatalf("%s\ngot  %s\nwant %s", text, got, want)
				}
			}
			if taken < 2000 {
				t.Errorf("only %d records were taken", taken)
			}
		}
	}
}

// FuzzDirectWay does so with any bytes, alone and behind a usual record.
func FuzzDirectWay(tf *testing.F) {
	f := fuzzing.On(tf)
	rng := rand.New(rand.NewPCG(5, 6))
	rel := directRelation()
	for range 30 {
		f.Add([]byte(fastRecord(rng, rel.Schema)))
	}
	for _, text := range []string{`caf\u00e9 \ud83c\udf0a\n`, `\ud83c`, `\ud83cx`, `\u0000`, `\x`, `\`, "Grüße 日本語 🌊 \xff", "\xe6\x97", strings.Repeat("sixty-four bytes and more ", 4) + `\"`} {
		f.Add([]byte(`{"s":"` + text + `","m":{"` + text + `":"` + text + `"},"d":-0.00051234567890123456}`))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, meaning := range []string{"leat", "ksqldb"} {
			rel := directRelation()
			rel.Meaning = meaning
			var d [2]*Decoder
			for i := range d {
				var err error
				if d[i], err = NewRelationDecoder(rel, nil); err != nil {
					t.Fatal(err)
				}
			}
			d[1].direct = nil
			for range 2 {
				rec := batch.Record{Value: p}
				if got, want := decodedRow(d[0], &rec), decodedRow(d[1], &rec); got != want {
					t.Fatalf("%q\ngot  %s\nwant %s", p, got, want)
				}
				usual := batch.Record{Value: []byte(`{"a":1,"d":0.5,"s":"x"}`)}
				decodedRow(d[0], &usual)
			}
		}
	})
}

func fastRecord(rng *rand.Rand, schema types.Schema) string {
	var parts []string
	for i := range schema {
		values := fastValues[schema[i].Type.Kind]
		if schema[i].Type.IsNested() {
			values = fastNested[schema[i].Type.Kind]
		}
		n := 3
		if rng.IntN(20) == 0 {
			n = len(values)
		}
		name := strconv.Quote(schema[i].Name)
		switch rng.IntN(120) {
		case 0:
			name = strings.ToUpper(name)
		case 1:
			name = `"\u00` + strconv.FormatInt(int64(schema[i].Name[0]), 16) + name[2:]
		case 2:
			name = name[1:]
		}
		parts = append(parts, name+strings.Repeat(" ", rng.IntN(40)/39)+":"+strings.Repeat(" ", rng.IntN(6)/5)+values[rng.IntN(n)])
	}
	parts = append(parts, `"more":{"x":[1]}`)
	switch rng.IntN(30) {
	case 0, 1, 2:
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	case 3:
		parts = parts[:rng.IntN(len(parts))]
	case 4:
		parts = append(parts, parts[rng.IntN(len(parts))])
	case 5:
		parts = append(parts, fmt.Sprintf("%q:%d", "unknown"+strconv.Itoa(rng.IntN(1000)), rng.IntN(10)))
	}
	text := "{" + strings.Join(parts, []string{",", ",", " , "}[rng.IntN(3)]) + "}"
	if rng.IntN(60) == 0 {
		text = text[:rng.IntN(len(text))]
	}
	return text
}

func decodedRow(d *Decoder, rec *batch.Record) string {
	d.Add(rec)
	b, bad := d.Finish()
	if len(bad) > 0 {
		return fmt.Sprintf("bad: %s: %v", bad[0].Column, bad[0].Err)
	}
	var out []string
	for i := range b.Cols {
		out = append(out, fmt.Sprintf("%v", b.Cols[i].Value(0)))
		if v := &b.Cols[i]; v.Plain && v.Type.Kind == types.String && plainText(v.Str(0)) < len(v.Str(0)) {
			out = append(out, "not plain")
		}
	}
	if d.direct != nil {
		d.Recycle(b) // so that it writes where other values were
	}
	return strings.Join(out, " | ")
}

// TestDirectAvroNeverChangesTheAnswer does so with records of any columns, by
// writers with more fields and fewer, and broken ones.
func TestDirectAvroNeverChangesTheAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	taken := 0
	for range 300 {
		cols := randomColumns(r)
		written := cols
		if r.IntN(2) == 0 {
			written = append(written[:len(written):len(written)], randomColumns(r)[0])
			written[len(cols)].Name = "more"
		}
		x := newTour(t, written, "AVRO")
		own, err := x.in.enc.val.own(written)
		if err != nil {
			t.Fatal(err)
		}
		rel := relation(append(cols[:len(cols):len(cols)], types.Column{Name: "missing", Type: types.TArray(types.TString)})...)
		rel.KeyFormat.Name, rel.ValueFormat.Name = "NONE", "AVRO"
		rel.Schema[0].NotNull = r.IntN(4) == 0 // in what is read, not in what was written
		rel.Schema[len(cols)].NotNull = r.IntN(20) == 0
		var d [3]*Decoder
		for i := range d {
			if d[i], err = NewRelationDecoder(rel, nil); err != nil {
				t.Fatal(err)
			}
			d[i].Use(oneSchema{own, 1})
		}
		fast, slow, probe := d[0], d[1], d[2]
		slow.direct = nil
		for range 40 {
			p := x.write(randomRow(r, written))
			p[4] = 1
			if r.IntN(3) == 0 {
				p = p[:5+r.IntN(len(p)-4)]
				if len(p) > 5 {
					p[5+r.IntN(len(p)-5)] = byte(r.Uint64())
				}
			}
			rec := batch.Record{Value: p}
			if probe.addDirect(&rec, 0) {
				taken++
				probe.n = 1
			}
			probe.Finish()
			if got, want := decodedRow(fast, &rec), decodedRow(slow, &rec); got != want {
				t.Fatalf("%s\n%x\ngot  %s\nwant %s", own.Text, p, got, want)
			}
		}
	}
	if taken < 6000 {
		t.Errorf("only %d records were taken", taken)
	}
}

// TestFastScalarsAreTheSlowOnes compares the quick readers with strconv and the
// general reader of instants.
func TestFastScalarsAreTheSlowOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var days dayCache
	taken := 0
	for range 200_000 {
		text := strconv.FormatFloat(rng.NormFloat64()*tens[rng.IntN(8)], 'f', rng.IntN(12), 64)
		if f, end := fastFloat([]byte(text), 0); end > 0 {
			taken++
			if want, err := strconv.ParseFloat(text, 64); err != nil || f != want || end != len(text) {
				t.Fatalf("%s: got %v, want %v", text, f, want)
			}
		}
		at := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", 1900+rng.IntN(300), 1+rng.IntN(12), 1+rng.IntN(31),
			rng.IntN(25), rng.IntN(61), rng.IntN(61), rng.IntN(1000))
		if us, ok := days.instant([]byte(at)); ok {
			if want, err := parseInstant(&types.TTimestamp, []byte(at)); err != nil || us != want {
				t.Fatalf("%s: got %d, want %d, %v", at, us, want, err)
			}
		}
	}
	if taken < 50_000 {
		t.Errorf("only %d numbers were taken", taken)
	}
}

// TestFastTextIsTheSlowOne compares what the encoder's quick ways write.
func TestFastTextIsTheSlowOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var instants instantText
	room := make([]byte, instantRoom)
	quick := 0
	edges := []int64{0, math.MinInt64, math.MaxInt64}
	for p := int64(1); p < 1e18; p *= 10 {
		edges = append(edges, p-1, p, p+1, -p)
	}
	for _, n := range edges {
		if got, want := string(appendInt(nil, n)), strconv.FormatInt(n, 10); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	for range 100_000 {
		us := rng.Int64N(4e15) - 1e15
		switch rng.IntN(6) {
		case 0:
			us = rng.Int64()
		case 1:
			us -= us % types.MicrosPerSecond
		case 3:
			us = 1.7e15 + rng.Int64N(3e6) // the same seconds again
		case 2:
			us -= us % 1000
		}
		if n, ok := instants.put(room, 0, us); ok {
			quick++
			if got, want := string(room[:n]), `"`+string(types.AppendTimestampISO(nil, us))+`"`; got != want {
				t.Fatalf("%d: got %s, want %s", us, got, want)
			}
		}
		n := rng.Int64() >> rng.IntN(64) * (1 - 2*rng.Int64N(2))
		if got, want := string(appendInt(nil, n)), strconv.FormatInt(n, 10); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		text := make([]byte, rng.IntN(40))
		for i := range text {
			if text[i] = byte('a' + rng.IntN(26)); rng.IntN(30) == 0 {
				text[i] = byte(rng.IntN(256))
			}
		}
		if got, want := string(appendText(nil, text)), string(types.AppendJSONString(nil, text)); got != want {
			t.Fatalf("%q: got %s, want %s", text, got, want)
		}
	}
	if quick < 50_000 {
		t.Errorf("only %d instants were written quickly", quick)
	}
}
