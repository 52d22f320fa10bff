package codec

import (
	"testing"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

type benchEvent struct {
	ID     int64   `avro:"id"`
	Name   *string `avro:"name"`
	City   *string `avro:"city"`
	Amount float64 `avro:"amount"`
	Count  int     `avro:"count"`
	OK     bool    `avro:"ok"`
	At     int64   `avro:"at"`
}

// BenchmarkAvroDecode reads the same records into vectors, and with hamba into
// structs.
func BenchmarkAvroDecode(b *testing.B) {
	s := avro.MustParse(`{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[
		{"name":"id","type":"long"},{"name":"name","type":["null","string"],"default":null},{"name":"city","type":["null","string"],"default":null},
		{"name":"amount","type":"double"},{"name":"count","type":"int"},{"name":"ok","type":"boolean"},{"name":"at","type":"long"}]}`)
	name, city := "a name of someone", "a city"
	p, err := avro.Marshal(s, benchEvent{123456789, &name, &city, 12.5, 7, true, 1600000000123456})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("leat", func(b *testing.B) {
		rel := relation(
			types.Column{Name: "id", Type: types.TBigInt, NotNull: true}, types.Column{Name: "name", Type: types.TString},
			types.Column{Name: "city", Type: types.TString}, types.Column{Name: "amount", Type: types.TDouble, NotNull: true},
			types.Column{Name: "count", Type: types.TInt, NotNull: true}, types.Column{Name: "ok", Type: types.TBoolean, NotNull: true},
			types.Column{Name: "at", Type: types.TBigInt, NotNull: true})
		rel.KeyFormat.Name, rel.ValueFormat.Name = "NONE", "AVRO"
		dec, err := NewRelationDecoder(rel, nil)
		if err != nil {
			b.Fatal(err)
		}
		rec := &batch.Record{Value: append([]byte{0, 0, 0, 0, 0}, p...)}
		b.SetBytes(int64(len(p)))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			dec.Add(rec)
			if i%1024 == 1023 {
				if _, bad := dec.Finish(); len(bad) > 0 {
					b.Fatal(bad[0].Err)
				}
			}
		}
	})
	b.Run("hamba", func(b *testing.B) {
		b.SetBytes(int64(len(p)))
		b.ReportAllocs()
		for b.Loop() {
			var e benchEvent
			if err := avro.Unmarshal(s, p, &e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
