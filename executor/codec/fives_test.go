package codec

import (
	"math/big"
	"testing"
)

// TestFivesAreThePowers computes the table in whole numbers.
func TestFivesAreThePowers(t *testing.T) {
	for q := -maxPower; q <= maxPower; q++ {
		p := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(max(q, -q))), nil)
		if q < 0 {
			one := new(big.Int).Lsh(big.NewInt(1), uint(127+p.BitLen()))
			p = one.Quo(one, p)
			p.Add(p, big.NewInt(1))
		}
		if n := p.BitLen(); n > 128 {
			p.Rsh(p, uint(n-128))
		} else {
			p.Lsh(p, uint(128-n))
		}
		x := fives[q+maxPower]
		got := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).SetUint64(x.hi), 64), new(big.Int).SetUint64(x.lo))
		if got.Cmp(p) != 0 {
			t.Errorf("5^%d is %x, want %x", q, got, p)
		}
	}
}
