package task

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/types"
)

// roomLog counts the entries whose batches were built in a room.
type roomLog struct {
	*log.Log
	rooms atomic.Int64
}

func (l *roomLog) CommitAsync(e log.JournalEntry, done func(log.JournalResult, error)) {
	if e.Room != nil {
		if _, ok := e.Room.Find(e.Outputs[len(e.Outputs)-1].Batch); ok {
			l.rooms.Add(1)
		}
	}
	l.Log.CommitAsync(e, done)
}

// longClicks are rows of some 1,000 bytes.
func longClicks(n int) (out []types.Row) {
	for i := range n {
		out = append(out, types.Row{int64(i), strings.Repeat(fmt.Sprint("/page", i), 160), int64(i + 1)})
	}
	return out
}

// TestLargeOutputStaysWhereItIsBuilt: the entries of a backlog with much output, whose batches are built where the entry
// will be, give what small ones give, and a replay finds them right.
func TestLargeOutputStaysWhereItIsBuilt(t *testing.T) {
	const rows = 6000
	n := newNode(t, 300)
	seen := &roomLog{Log: n.log}
	n.rt = New(Config{Log: seen, FS: n.fs, Dir: "tasks", Clock: n.clock, MaxBatch: 300})
	n.topic("clicks", 1)
	n.topic("big", 1)
	for i := 0; i < rows; i += 1000 {
		n.insert(clicks(1), upTo(rows)[i:i+1000], longClicks(rows)[i:i+1000]...)
	}
	spec := JobSpec{ID: "f", Plan: filterPlan(1)}
	n.start(spec)
	n.idle()
	want := n.records("clicks")
	equalLines(t, n.records("big"), want...)
	if got := seen.rooms.Load(); got < 3 {
		t.Errorf("the batches of %d entries were built in a room", got)
	}
	n = n.crash(rand.New(rand.NewPCG(2, 2)))
	defer n.close()
	n.must(n.rt.StartJob(n.ctx(), spec, true))
	n.idle()
	equalLines(t, n.records("big"), want...)
}
