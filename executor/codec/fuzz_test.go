package codec

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

// csvRelation has a key and values that DELIMITED can hold.
func csvRelation() *catalog.Relation {
	rel := relation(
		types.Column{Name: "k", Type: types.TString, Key: true}, types.Column{Name: "n", Type: types.TNumeric},
		types.Column{Name: "t", Type: types.TString}, types.Column{Name: "d", Type: types.TDouble})
	rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "DELIMITED"}, catalog.Format{Name: "DELIMITED"}
	rel.WrapSingle = false
	return rel
}

// FuzzDelimited checks DELIMITED records: no panic, every record accounted for,
// what is accepted survives a round trip, and what encoding/csv refuses in a
// single line is refused.
func FuzzDelimited(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, s := range []string{"1,a,2", `1.50,"a,""b""",NaN`, `1,"`, "1,a", `,,`, `1,a"b,2`, "1,\"a\nb\",2", ` 7 , x ,1e3`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		rel := csvRelation()
		roundTrip(t, rel, batch.Record{Key: []byte("k"), Value: value})
		if bytes.ContainsAny(value, "\r\n") || len(value) == 0 {
			return
		}
		r := csv.NewReader(bytes.NewReader(value))
		r.FieldsPerRecord = 3
		if _, err := r.Read(); err != nil {
			if _, ok := decodeOne(t, rel, batch.Record{Key: []byte("k"), Value: value}); ok {
				t.Errorf("%q is read, encoding/csv says %v", value, err)
			}
		}
	})
}

// FuzzLines checks that the pieces in which COPY's text comes do not matter.
func FuzzLines(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add([]byte("{\"k\":\"a\"}\n\n{\"n\":1}\r\n"), uint8(3))
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		count := func(size int) (live, bad int, blank int64) {
			l, err := NewLines(csvRelation(), 0)
			if err != nil {
				t.Fatal(err)
			}
			for at := 0; at < len(text); at += size {
				l.Feed(text[at:min(at+size, len(text))])
			}
			l.Close()
			b, rejected := l.Take()
			return b.Len(), len(rejected), l.Skipped()
		}
		l1, b1, s1 := count(len(text) + 1)
		l2, b2, s2 := count(int(piece) + 1)
		if l1 != l2 || b1 != b2 || s1 != s2 {
			t.Errorf("whole: %d %d %d, in pieces of %d: %d %d %d", l1, b1, s1, int(piece)+1, l2, b2, s2)
		}
	})
}

// FuzzKafka feeds any bytes to Kafka's deserialisers: what is read is written back
// as it was.
func FuzzKafka(tf *testing.F) {
	f := fuzzing.On(tf)
	kinds := []types.Type{types.TInt, types.TBigInt, types.TDouble, types.TString, types.TBytes}
	f.Add(uint8(0), []byte{0, 0, 1, 2})
	f.Add(uint8(3), []byte("text"))
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) {
		x := newTour(t, types.Schema{{Name: "v", Type: kinds[int(kind)%len(kinds)]}}, "KAFKA")
		x.dec.Add(&batch.Record{Value: value})
		b, bad := x.dec.Finish()
		if b.N != 1 || b.Len()+len(bad) != 1 {
			t.Fatalf("%d rows, %d live, %d bad", b.N, b.Len(), len(bad))
		}
		if len(bad) == 0 && value != nil && kinds[int(kind)%len(kinds)].Kind != types.Double {
			if p := x.write(rowOf(b, 0)); !bytes.Equal(p, value) {
				t.Errorf("%x becomes %x", value, p)
			}
		}
	})
}

// FuzzExchange feeds malformed rows to the reader of internal topics.
func FuzzExchange(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add([]byte{rowHasOld | rowHasWindow, 2, 4, 2, 0, 1, 2, 0, 1})
	f.Fuzz(func(t *testing.T, value []byte) {
		d := NewExchangeDecoder(types.Schema{{Name: "a", Type: types.TString}, {Name: "b", Type: types.TArray(types.TNumeric)}})
		d.Add(&batch.Record{Value: value})
		b, bad := d.Finish()
		if b.N+len(bad) != 1 {
			t.Errorf("%d rows and %d bad", b.N, len(bad))
		}
	})
}
