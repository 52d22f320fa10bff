package expr

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// sideOf is an operand of one value, an integer where it can be one.
func sideOf(text string) *decSide {
	if x, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &decSide{v: &vec.Vec{I64: []int64{x}}}
	}
	return &decSide{v: &vec.Vec{Off: []int32{0, int32(len(text))}, Data: []byte(text)}}
}

// TestShortDecimalsAreExact compares the 64-bit ways with the exact arithmetic.
func TestShortDecimalsAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() string {
		digits := make([]byte, 1+rng.IntN(12)+rng.IntN(2)*rng.IntN(8))
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
		out := vec.NewBuilder(types.Type{Kind: types.Decimal}, 1)
		if !(&arith{o: arithOp{op: op}}).short(sideOf(x), sideOf(y), 0, out) {
			continue
		}
		taken++
		v := out.Finish()
		got := v.Str(0)
		want, err := decArith(op, types.DecimalFromText([]byte(x)), types.DecimalFromText([]byte(y)), types.Type{Kind: types.Decimal}, Checked)
		if err != nil || string(got) != string(types.AppendDecimal(nil, want)) {
			t.Fatalf("%s %c %s: got %s, want %s, %v", x, op, y, got, types.AppendDecimal(nil, want), err)
		}
	}
	if taken < 100_000 {
		t.Errorf("only %d were taken", taken)
	}
}
