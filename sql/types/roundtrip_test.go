package types_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
)

const rounds = 20000

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// Text, binary, JSON and key forms give back what went in; text in any zone.
func TestFormsRoundTrip(t *testing.T) {
	r := newRand()
	berlin, err := types.LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		typ := typetest.Type(r, 2)
		v := typetest.NotNull(r, typ)
		for _, loc := range []*time.Location{nil, berlin} {
			text := types.AppendText(nil, typ, v, &types.TextOptions{Location: loc})
			back, err := types.ParseText(typ, string(text), loc)
			if err != nil || !types.Equal(typ, v, back) {
				t.Fatalf("text of %s: %v -> %q -> %v, %v", typ, v, text, back, err)
			}
			again := types.AppendText(nil, typ, back, &types.TextOptions{Location: loc})
			if !bytes.Equal(text, again) {
				t.Fatalf("text of %s is not stable: %q then %q", typ, text, again)
			}
		}
		b, err := types.AppendBinary(nil, typ, v)
		if err != nil {
			t.Fatalf("binary of %s %v: %v", typ, v, err)
		}
		back, err := types.ParseBinary(typ, b)
		if err != nil || !types.Equal(typ, v, back) {
			t.Fatalf("binary of %s: %v -> %x -> %v, %v", typ, v, b, back, err)
		}
		checkJSON(t, typ, v)
		checkKey(t, typ, v)
	}
}

func checkJSON(t *testing.T, typ types.Type, v types.Value) {
	t.Helper()
	j := types.AppendJSON(nil, typ, v, types.JSONLeat)
	back, err := types.FromJSON(typ, j, types.JSONLeat)
	if err != nil || !types.Equal(typ, v, back) {
		t.Fatalf("JSON of %s: %v -> %s -> %v, %v", typ, v, j, back, err)
	}
	if err := types.CheckJSON(types.AppendJSON(nil, typ, v, types.JSONKsql)); err != nil {
		t.Fatalf("ksql JSON of %s %v: %v", typ, v, err)
	}
}

func checkKey(t *testing.T, typ types.Type, v types.Value) {
	t.Helper()
	key := types.AppendKey(nil, typ, v)
	back, rest, err := types.ReadKey(typ, append(key, "rest"...))
	if err != nil || string(rest) != "rest" || !types.Equal(typ, v, back) {
		t.Fatalf("key of %s: %v -> %x -> %v, %q, %v", typ, v, key, back, rest, err)
	}
}

// T1, T2: keys compare as values do.
func TestKeyOrderIsCompare(t *testing.T) {
	r := newRand()
	for range rounds {
		typ := typetest.Type(r, 2)
		a, b := typetest.NotNull(r, typ), typetest.NotNull(r, typ)
		ka, kb := types.AppendKey(nil, typ, a), types.AppendKey(nil, typ, b)
		want := types.Compare(typ, a, b)
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("%s: compare(%v, %v) = %d, keys %x %x give %d", typ, a, b, want, ka, kb, got)
		}
		if back := types.Compare(typ, b, a); back != -want {
			t.Fatalf("%s: compare(%v, %v) = %d but reversed %d", typ, a, b, want, back)
		}
		if want == 0 && types.Hash(typ, a) != types.Hash(typ, b) {
			t.Fatalf("%s: equal values %v, %v with different hashes", typ, a, b)
		}
	}
}

func FuzzParseText(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, s := range []string{"1", "{1,NULL}", "2026-11-20 04:38:16.682764+00", "1 day 02:03", "P1Y", `{"a": [1]}`, `\xff`, "-1-2", "Nov 20 2026 4 pm"} {
		f.Add(uint8(0), s)
	}
	f.Fuzz(func(t *testing.T, k uint8, s string) {
		for i, typ := range append(typetest.Scalars, types.TArray(types.TString), types.TMap(types.TString, types.TInt)) {
			if k != 0 && int(k) != i {
				continue
			}
			v, err := types.ParseText(typ, s, nil)
			if err != nil || v == nil {
				continue
			}
			out := types.AppendText(nil, typ, v, nil)
			back, err := types.ParseText(typ, string(out), nil)
			if err != nil || !types.Equal(typ, v, back) {
				t.Fatalf("%s: %q -> %v -> %q -> %v, %v", typ, s, v, out, back, err)
			}
		}
	})
}

func FuzzParseBinary(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add(uint8(4), []byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 1})
	f.Fuzz(func(t *testing.T, k uint8, b []byte) {
		all := append(typetest.Scalars, types.TArray(types.TNumeric), types.TArray(types.TString))
		typ := all[int(k)%len(all)]
		v, err := types.ParseBinary(typ, b)
		if err != nil || v == nil {
			return
		}
		out, err := types.AppendBinary(nil, typ, v)
		if err != nil {
			t.Fatalf("%s: %x read as %v which cannot be written: %v", typ, b, v, err)
		}
		if back, err := types.ParseBinary(typ, out); err != nil || !types.Equal(typ, v, back) {
			t.Fatalf("%s: %x -> %v -> %x -> %v, %v", typ, b, v, out, back, err)
		}
	})
}

func FuzzReadKey(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add(uint8(4), types.AppendKey(nil, types.TNumeric, types.DecimalFromInt(-120)))
	f.Fuzz(func(t *testing.T, k uint8, b []byte) {
		all := append(typetest.Scalars, types.TArray(types.TNumeric), types.TMap(types.TString, types.TInt))
		typ := all[int(k)%len(all)]
		v, _, err := types.ReadKey(typ, b)
		if err == nil && v != nil {
			types.AppendKey(nil, typ, v)
		}
	})
}
