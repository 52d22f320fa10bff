package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// scansLike compares our grammar with encoding/json's. Where it is stricter (a
// bound on depth) or laxer (it repairs bad UTF-8 and surrogates, which we
// reject only in values that are needed) the twin says nothing.
func scansLike(t testing.TB, text []byte) {
	t.Helper()
	err := checkJSON(text)
	if (err == nil) != json.Valid(text) && !deep(text) && !odd(text) {
		t.Errorf("%q: ours says %v, encoding/json says %v", text, err, json.Valid(text))
	}
}

func deep(p []byte) bool { return bytes.Count(p, []byte("["))+bytes.Count(p, []byte("{")) >= maxDepth }

// odd tells whether a text has what only unescape judges.
func odd(p []byte) bool { return !utf8.Valid(p) || bytes.IndexByte(p, '\\') >= 0 }

// textOf decodes one TEXT column.
func textOf(t testing.TB, value string) (string, bool) {
	t.Helper()
	rel := relation(types.Column{Name: "a", Type: types.TString})
	d, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Add(&batch.Record{Value: []byte(value)})
	b, bad := d.Finish()
	if len(bad) > 0 || b.Len() != 1 || b.Cols[0].Null(0) {
		return "", false
	}
	return string(b.Cols[0].Str(0)), true
}

func relation(cols ...types.Column) *catalog.Relation {
	return &catalog.Relation{
		Name: "r", Topic: "r", Kind: catalog.Stream, Partitions: 1, Meaning: "leat", Schema: cols, WrapSingle: true,
		KeyFormat: catalog.Format{Name: "JSON"}, ValueFormat: catalog.Format{Name: "JSON"},
	}
}

// randomJSON writes a value with random blanks, escapes and mistakes.
func randomJSON(rng *rand.Rand, depth int) string {
	space := strings.Repeat(" ", rng.IntN(2))
	switch n := rng.IntN(12); {
	case n < 3 || depth > 5:
		return space + []string{"0", "-1", "1.5", "1e3", "-0.0E-2", "01", "1.", ".5", "+1", "1e", "12345678901234567890", "-"}[rng.IntN(12)] + space
	case n < 6:
		return space + `"` + []string{"", "a", "long enough for the words", "é", `\n`, `\u00e9`, `\ud83c\udf0a`, "\x01", `\x`, "\\\""}[rng.IntN(10)] + `"` + space
	case n < 8:
		return []string{"true", "false", "null", "nul", "True", "NaN"}[rng.IntN(6)]
	case n < 10:
		parts := make([]string, rng.IntN(4))
		for i := range parts {
			parts[i] = randomJSON(rng, depth+1)
		}
		return "[" + strings.Join(parts, ",") + strings.Repeat(",", rng.IntN(8)/7) + "]"
	}
	parts := make([]string, rng.IntN(4))
	for i := range parts {
		parts[i] = fmt.Sprintf(`"%c":`, 'a'+rng.IntN(3)) + randomJSON(rng, depth+1)
	}
	return space + "{" + strings.Join(parts, ",") + "}" + space
}

func TestJSONGrammarIsEncodingJSONs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	valid := 0
	for range 20000 {
		text := []byte(randomJSON(rng, 0))
		if json.Valid(text) {
			valid++
		}
		scansLike(t, text)
	}
	if valid < 2000 {
		t.Errorf("only %d texts were valid", valid)
	}
}

// TestTextIsEncodingJSONs compares strings with escapes.
func TestTextIsEncodingJSONs(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	pieces := []string{"a", "ü", "🌊", `\n`, `\t`, `\/`, `\"`, `\\`, `\u00e9`, `\ud83c\udf0a`, `\u20AC`, " ", "0123456789"}
	for range 5000 {
		var s strings.Builder
		for range rng.IntN(12) {
			s.WriteString(pieces[rng.IntN(len(pieces))])
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+s.String()+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if got, ok := textOf(t, `{"a":"`+s.String()+`"}`); !ok || got != want {
			t.Errorf("%s: %q, want %q", s.String(), got, want)
		}
	}
}

// FuzzDecoder throws bytes at a decoder of many types: it must not panic, must
// account for every record (C1), and what it accepts must survive a round trip
// through the encoder (C3).
func FuzzDecoder(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, s := range []string{
		`{"i":1,"d":1.5,"t":"x","n":"12.50","a":[1,null],"m":{"k":true},"s":{"x":1},"j":{"b":[1, 2]},"ts":"2020-01-01T00:00:00Z"}`,
		`{"I":"7","ts":1517443500000,"b":false,"by":"AAE=","u":"00112233-4455-6677-8899-aabbccddeeff"}`,
		`{"i":1,"i":2} x`, `[1]`, `{"t":"\ud800"}`, "{\"t\":\"\\u0000\"}", `{"day":"2020-02-30","c":"10:00"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		scansLike(t, value)
		for _, meaning := range []string{"leat", "ksqldb"} {
			roundTrip(t, everyType(meaning), batch.Record{Value: value})
		}
	})
}

// everyType has a column of each type.
func everyType(meaning string) *catalog.Relation {
	number := types.TBigInt
	rel := relation(
		types.Column{Name: "i", Type: types.TInt}, types.Column{Name: "l", Type: types.TBigInt},
		types.Column{Name: "d", Type: types.TDouble}, types.Column{Name: "n", Type: types.TDecimal(20, 4)},
		types.Column{Name: "num", Type: types.TNumeric}, types.Column{Name: "t", Type: types.TString},
		types.Column{Name: "b", Type: types.TBoolean}, types.Column{Name: "by", Type: types.TBytes},
		types.Column{Name: "ts", Type: types.TTimestamp}, types.Column{Name: "day", Type: types.TDate},
		types.Column{Name: "c", Type: types.TTime}, types.Column{Name: "u", Type: types.TUUID},
		types.Column{Name: "j", Type: types.TJSON}, types.Column{Name: "a", Type: types.TArray(number)},
		types.Column{Name: "m", Type: types.TMap(types.TString, types.TBoolean)},
		types.Column{Name: "s", Type: types.TStruct(types.Field{Name: "x", Type: types.TInt}, types.Field{Name: "y", Type: types.TArray(types.TString)})},
	)
	rel.Meaning = meaning
	return rel
}

// roundTrip decodes a record, encodes the row, decodes it again and compares.
func roundTrip(t testing.TB, rel *catalog.Relation, rec batch.Record) {
	t.Helper()
	first, ok := decodeOne(t, rel, rec)
	if !ok {
		return
	}
	enc, err := NewRelationEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	out, err := enc.Encode(first, 0)
	if err != nil {
		t.Fatal(err)
	}
	if out.Value == nil && rec.Value != nil {
		t.Fatalf("a row became null")
	}
	second, ok := decodeOne(t, rel, batch.Record{Key: out.Key, Value: out.Value})
	if !ok {
		t.Fatalf("what was encoded is refused: %q", out.Value)
	}
	for c := range first.Cols {
		x, y := first.Cols[c].Value(0), second.Cols[c].Value(0)
		if rel.Meaning == "ksqldb" && rel.Schema[c].Type.Kind == types.Timestamp {
			continue // milliseconds
		}
		if !types.Equal(rel.Schema[c].Type, x, y) {
			t.Fatalf("column %s: %v became %v by %q", rel.Schema[c].Name, x, y, out.Value)
		}
	}
}

func decodeOne(t testing.TB, rel *catalog.Relation, rec batch.Record) (*vec.Batch, bool) {
	t.Helper()
	d, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Add(&rec)
	b, bad := d.Finish()
	if b.N != 1 || b.Len()+len(bad) != 1 {
		t.Fatalf("C1: %d rows, %d live, %d bad", b.N, b.Len(), len(bad))
	}
	return b, len(bad) == 0
}

// TestLearnedOrderNeverChangesTheAnswer shuffles, renames and drops members
// from record to record, and compares with a decoder that has learned nothing.
func TestLearnedOrderNeverChangesTheAnswer(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	rel := relation(types.Column{Name: "a", Type: types.TInt}, types.Column{Name: "b", Type: types.TInt}, types.Column{Name: "C", Type: types.TInt})
	old, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "b", "C", "c", "A", "x", `\u0061`, "B"}
	for i := range 3000 {
		var parts []string
		for range rng.IntN(6) {
			parts = append(parts, fmt.Sprintf(`"%s"%s:%d`, names[rng.IntN(len(names))], strings.Repeat(" ", rng.IntN(5)/4), rng.IntN(100)))
		}
		rec := batch.Record{Value: []byte("{" + strings.Join(parts, ",") + "}")}
		old.Add(&rec)
		got, _ := old.Finish()
		want, ok := decodeOne(t, rel, rec)
		if !ok {
			t.Fatalf("%d: %s is bad", i, rec.Value)
		}
		for c := range got.Cols {
			if got.Cols[c].Value(0) != want.Cols[c].Value(0) {
				t.Fatalf("%s: column %d is %v, want %v", rec.Value, c, got.Cols[c].Value(0), want.Cols[c].Value(0))
			}
		}
	}
}

func BenchmarkDecodeJSON(b *testing.B) {
	rel := relation(
		types.Column{Name: "id", Type: types.TBigInt}, types.Column{Name: "user", Type: types.TString},
		types.Column{Name: "page", Type: types.TString}, types.Column{Name: "ts", Type: types.TTimestamp},
		types.Column{Name: "amount", Type: types.TDouble}, types.Column{Name: "n", Type: types.TInt}, types.Column{Name: "ok", Type: types.TBoolean})
	rel.Timestamp = &catalog.TimestampSpec{Column: "ts"}
	var recs []batch.Record
	for i := range 4096 {
		v := fmt.Sprintf(`{"id":%d,"user":"user-%d","page":"/products/category/%d/item","ts":%d,"amount":%d.25,"n":%d,"ok":true}`,
			1000000+i, i%977, i%31, 1700000000000+i, i%1000, i%100)
		recs = append(recs, batch.Record{Value: []byte(v), Offset: int64(i)})
	}
	for name, needed := range map[string][]bool{"all": nil, "two of seven": {true, false, false, false, false, true, false}} {
		b.Run(name, func(b *testing.B) {
			d, err := NewDecoder(&planner.Input{Schema: rel.Schema, KeyFormat: rel.KeyFormat, ValFormat: rel.ValueFormat, Wrap: true, Needed: needed, Exchange: -1})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(recs[0].Value)))
			for i := 0; b.Loop(); i++ {
				d.Add(&recs[i%len(recs)])
				if d.Len() == len(recs) {
					if _, bad := d.Finish(); len(bad) > 0 {
						b.Fatal(bad[0].Err)
					}
				}
			}
		})
	}
}
