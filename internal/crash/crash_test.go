package crash

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/leatdb/leat/internal/e2e"
)

// TestKillNine kills the real binary LEAT_CRASH_CYCLES times (3 by default).
func TestKillNine(t *testing.T) {
	cycles := 3
	if s := os.Getenv("LEAT_CRASH_CYCLES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("LEAT_CRASH_CYCLES=%q: want a number of cycles", s)
		}
		cycles = n
	}
	seed := int64(20261120)
	if s := os.Getenv("LEAT_SEED"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatalf("LEAT_SEED=%q: %v", s, err)
		}
		seed = n
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(cycles)*20*time.Second+time.Minute)
	defer cancel()
	bin, err := e2e.Build("../..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n, err := e2e.Start(ctx, bin, filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(ctx, n, cycles, seed, t.Logf)
	n.Kill()
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	t.Logf("seed %d: %s", seed, r)
	if !r.OK() {
		t.Errorf("lost, doubled or wrong rows: %s\n%v", r, r.Wrong)
	}
	if r.Acked == 0 || r.Seen == 0 || cycles > 1 && r.Resumed == 0 {
		t.Errorf("the load did nothing: %s", r)
	}
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
	if (&Report{Lost: 1}).OK() || (&Report{Doubled: 1}).OK() || (&Report{Phantom: 1}).OK() || (&Report{Wrong: []string{"x"}}).OK() || (&Report{Missing: 1}).OK() || (&Report{Repeated: 1}).OK() {
		t.Error("a report with a finding is OK")
	}
}
