package crash

import (
	"context"
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/leatdb/leat/internal/e2e"
)

var (
	cycles = flag.Int("cycles", 3, "how often TestKillNine kills the binary")
	seed   = flag.Int64("seed", 20261120, "seed of TestKillNine")
)

// cyclesOf is how many cycles one data directory has: every cycle reads all of it.
const cyclesOf = 40

// TestKillNine kills the real binary again and again.
func TestKillNine(t *testing.T) {
	bin, err := e2e.Build("../..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	total := &Report{}
	for left, s := *cycles, *seed; left > 0; left, s = left-cyclesOf, s+1 {
		total.add(killNine(t, bin, min(left, cyclesOf), s))
	}
	t.Logf("campaign: seeds from %d: %s", *seed, total)
}

// killNine is a data directory's part.
func killNine(t *testing.T, bin string, cycles int, seed int64) *Report {
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(cycles)*20*time.Second+time.Minute)
	defer cancel()
	n, err := e2e.Start(ctx, bin, filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(ctx, n, cycles, seed, t.Logf)
	n.Kill()
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if !r.OK() {
		t.Fatalf("seed %d: lost, doubled or wrong rows: %s\n%v", seed, r, r.Wrong)
	}
	if r.Acked == 0 || r.Seen == 0 || cycles > 1 && r.Resumed == 0 {
		t.Errorf("seed %d: the load did nothing: %s", seed, r)
	}
	return r
}

// TestCheckCanFail feeds the comparison a difference.
func TestCheckCanFail(t *testing.T) {
	for _, c := range []struct{ have, want []string }{
		{[]string{"a"}, nil}, {nil, []string{"a"}}, {[]string{"a"}, []string{"b"}},
	} {
		if firstDifference(c.have, c.want) == "" {
			t.Errorf("no difference found between %v and %v", c.have, c.want)
		}
	}
	if (&Report{Lost: 1}).OK() || (&Report{Doubled: 1}).OK() || (&Report{Phantom: 1}).OK() || (&Report{Torn: 1}).OK() || (&Report{Changed: 1}).OK() || (&Report{Wrong: []string{"x"}}).OK() || (&Report{Missing: 1}).OK() || (&Report{Repeated: 1}).OK() {
		t.Error("a report with a finding is OK")
	}
}
