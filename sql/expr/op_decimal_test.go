package expr

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/types"
)

// TestShortDecimalsAreExact compares the 64-bit ways with the exact arithmetic.
func TestShortDecimalsAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() string {
		digits := make([]byte, 1+rng.IntN(12))
		for i := range digits {
			digits[i] = byte('0' + rng.IntN(10))
		}
		whole := strings.TrimLeft(string(digits), "0")
		if whole == "" || rng.IntN(10) == 0 {
			whole = "0"
		}
		if n := rng.IntN(9); n > 0 {
			whole += "." + "000123456789"[rng.IntN(3):3+n]
		}
		if rng.IntN(3) == 0 && strings.Trim(whole, "0.") != "" {
			whole = "-" + whole
		}
		return whole
	}
	taken := 0
	for range 300_000 {
		x, y, op := random(), random(), "+-*"[rng.IntN(3)]
		got, ok := shortArith(nil, op, []byte(x), []byte(y))
		if !ok {
			continue
		}
		taken++
		want, err := decArith(op, types.DecimalFromText([]byte(x)), types.DecimalFromText([]byte(y)), types.Type{Kind: types.Decimal}, Checked)
		if err != nil || string(got) != string(types.AppendDecimal(nil, want)) {
			t.Fatalf("%s %c %s: got %s, want %s, %v", x, op, y, got, types.AppendDecimal(nil, want), err)
		}
	}
	if taken < 100_000 {
		t.Errorf("only %d were taken", taken)
	}
}
