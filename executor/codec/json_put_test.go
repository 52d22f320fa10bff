package codec

import (
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/log/batch"
)

// TestPlainTextGoesOutTheSame: what the encoder does not look at because the decoder knows it is plain is written
// as if it had looked, in columns with escapes and in columns without.
func TestPlainTextGoesOutTheSame(t *testing.T) {
	rel := directRelation()
	rng := rand.New(rand.NewPCG(7, 8))
	dec, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	enc, err := NewRelationEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	plain := 0
	for range 3000 {
		for range 1 + rng.IntN(4) {
			dec.Add(&batch.Record{Value: []byte(fastRecord(rng, rel.Schema))})
		}
		b, _ := dec.Finish()
		for i := range b.Len() {
			row := b.Row(i)
			got, _, err := enc.AppendValue(nil, b, row)
			if err != nil {
				t.Fatal(err)
			}
			text := &b.Cols[3]
			was := text.Plain
			if was {
				plain++
			}
			text.Plain = false
			want, _, err := enc.AppendValue(nil, b, row)
			if err != nil || string(got) != string(want) {
				t.Fatalf("%v: plain %v\ngot  %s\nwant %s", err, was, got, want)
			}
			text.Plain = was
		}
	}
	if plain < 100 {
		t.Errorf("only %d rows were known to be plain", plain)
	}
}
