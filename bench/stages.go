package bench

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/leatdb/leat/log"
)

// stages notes when the log gets to each of its points on the way of one append.
type stages struct {
	base time.Time
	at   [len(stagePoints)]atomic.Int64 // ns behind base, 0 not yet
}

var stagePoints = [...]string{log.PointEntry, log.PointWritten, log.PointSynced, log.PointApply, log.PointApplied, log.PointAnswer}

// stageNames say what went by until each point, and behind the last.
var stageNames = [len(stagePoints) + 1]string{
	"until the entry is made", "until it is written", "until it is synced", "until it is applied", "apply", "until it is answered", "back to the client",
}

func newStages() *stages { return &stages{base: time.Now()} }

// reach is a hook for server.Config.At.
func (s *stages) reach(point string) {
	if i := slices.Index(stagePoints[:], point); i >= 0 {
		s.at[i].CompareAndSwap(0, int64(time.Since(s.base)))
	}
}

// begin forgets the last append and gives the time.
func (s *stages) begin() time.Time {
	for i := range s.at {
		s.at[i].Store(0)
	}
	return time.Now()
}

// split is how long each stage took; false when one was not met.
func (s *stages) split(begin, end time.Time) ([]time.Duration, bool) {
	var out []time.Duration
	last := begin.Sub(s.base)
	for i := range s.at {
		t := time.Duration(s.at[i].Load())
		if t < last {
			return nil, false
		}
		out, last = append(out, t-last), t
	}
	return append(out, end.Sub(s.base)-last), true
}
