package sim

import (
	"context"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
)

var (
	cuts = flag.Int("cuts", 120, "power cuts of TestPowerCuts")
	seed = flag.Uint64("seed", 20261120, "seed of the campaigns")
	hits = flag.Int("hits", 2, "TestPoints cuts the power at each point's first to hits-th time; 100 means the first, second and hundredth")
)

// livesOf is how many lives one disk has before a new one is taken.
const livesOf = 12

// TestPowerCuts cuts the power at random operations of the disk. Every other disk
// has little files: its logs are cut, cleaned and snapshotted all the time.
func TestPowerCuts(t *testing.T) {
	var total Report
	for i := uint64(0); total.Cuts < *cuts; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		s := New(*seed + i)
		if i%2 == 1 {
			s.tune = tinyFiles
		}
		rng := rand.New(rand.NewPCG(*seed+i, 3))
		for range livesOf {
			cut := Cut{Op: 1 + rng.IntN([]int{40, 200, 1500}[rng.IntN(3)]), Steps: 5 + rng.IntN(40), Saves: 10, Unsaved: rng.IntN(3) == 0}
			if _, err := s.Life(ctx, cut); err != nil {
				t.Fatalf("seed %d: %v", *seed+i, err)
			}
		}
		if err := s.Finish(ctx); err != nil {
			t.Fatalf("seed %d: %v", *seed+i, err)
		}
		cancel()
		s.Report.Rows = s.rows()
		total.Add(s.Report)
	}
	t.Logf("campaign: seeds from %d: %s", *seed, total.String())
	if total.Rows == 0 || total.Late == 0 || total.Open == 0 || total.Spilled == 0 {
		t.Errorf("the load did nothing: %s", total.String())
	}
}

// TestPoints cuts the power at every named point.
func TestPoints(t *testing.T) {
	which := []int{1, 2, 100}
	if *hits < 100 {
		which = which[:min(*hits, 2)]
	}
	var total Report
	for _, point := range slices.Concat(log.Points, task.Points) {
		for _, hit := range which {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			s := New(*seed + uint64(hit))
			// A life without a cut first: the next ones recover, save and trim. Some
			// points are reached a few times in a life only.
			for i, happened := 0, false; !happened; i++ {
				cut := Cut{Steps: 20, Saves: 10}
				if i > 0 {
					cut = Cut{Point: point, Hit: hit, Steps: 300, Saves: 30}
				}
				var err error
				if happened, err = s.Life(ctx, cut); err != nil {
					t.Fatalf("%s, time %d: %v", point, hit, err)
				}
				if i == 50 {
					t.Fatalf("%s was not reached %d times", point, hit)
				}
			}
			if err := s.Finish(ctx); err != nil {
				t.Fatalf("%s, time %d: %v", point, hit, err)
			}
			cancel()
			s.Report.Rows = s.rows()
			total.Add(s.Report)
		}
	}
	t.Logf("campaign: seed %d: %d points, times %v: %s", *seed, len(log.Points)+len(task.Points), which, total.String())
}

// rows is how many rows all writers were told of.
func (s *Sim) rows() (n int) {
	for _, p := range s.book.copy().writers {
		n += p.acked.rows
	}
	return n
}
