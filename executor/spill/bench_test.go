package spill_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/spill"
	"github.com/leatdb/leat/executor/state"
)

// BenchmarkUpsert updates random keys of a table of which a part is on disk, in
// batches of 4,096.
func BenchmarkUpsert(b *testing.B) {
	const keys, batch = 200_000, 4096
	plain := state.NewTable(4, 0, nil)
	for i := range keys {
		plain.UpsertKey(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	for _, part := range []int64{0, 2, 10} {
		b.Run(fmt.Sprintf("one in %d in memory", part), func(b *testing.B) {
			budget := &state.Budget{}
			var store *spill.Store
			if part > 0 {
				budget.Limit = plain.Bytes() / part
				budget.Spill = state.NewSpill(func() (state.Cold, error) {
					var err error
					store, err = spill.Open(spill.Options{FS: vfs.Default, Dir: b.TempDir(), Budget: budget.Limit})
					return store, err
				})
			}
			tab := state.NewTable(4, 0, budget)
			tab.MaySpill()
			rng := rand.New(rand.NewPCG(1, 2))
			var in state.Keys
			rows := make([]state.Row, batch)
			step := func(key func(i int) uint64) {
				in.Reset()
				for i := range rows {
					in.Data = binary.BigEndian.AppendUint64(in.Data, key(i))
					in.End()
				}
				tab.Upsert(&in, nil, rows)
				for _, r := range rows {
					tab.Words(r)[0]++
				}
				if err := budget.Relieve(); err != nil {
					b.Fatal(err)
				}
			}
			for at := 0; at < keys; at += batch {
				step(func(i int) uint64 { return uint64(at+i) % keys })
			}
			b.ResetTimer()
			for range b.N {
				step(func(int) uint64 { return rng.Uint64N(keys) })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/row")
			if store != nil {
				if err := store.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
