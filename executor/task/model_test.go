package task

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The model is the journal protocol without files, Raft or operators: two
// inputs, a task whose state depends on the order of rows, on the boundaries
// of steps and on their time, entries in flight, zombies, crashes and
// checkpoints. Every guard can be removed, and its removal must be caught.

// guard is one rule of design.md D8.
type guard int

const (
	noGuard         guard = iota // nothing removed
	fencing                      // an entry names the epoch before it
	boundaries                   // replay runs the recorded steps, not all rows at once
	inFlightSteps                // also the steps that ride in one entry keep their boundaries
	recordedTime                 // replay uses the steps' times
	silentSteps                  // steps without output are recorded
	checkpointAfter              // a checkpoint ahead of the journal is ignored
	inputOrder                   // rows of a step have a fixed order
	freshEpochs                  // no epoch is proposed twice, also after a reload
	guards
)

func (g guard) String() string {
	return [...]string{"none", "fencing", "boundaries", "boundaries in flight", "recorded time",
		"steps without output", "checkpoint after commit", "fixed input order", "fresh epochs"}[g]
}

type modelRow struct{ ts, val int64 }

// modelState is what the task remembers: a hash of everything that matters.
type modelState struct {
	hash uint64
	next [2]int64
}

func (s *modelState) mix(x int64) { s.hash = (s.hash ^ uint64(x)) * 0x9e3779b97f4a7c15 >> 1 }

// apply runs one step and tells its output; 0 is silence.
func (s *modelState) apply(m *model, st *step, scramble *rand.Rand) uint64 {
	var rows []modelRow
	for _, sl := range st.slices {
		rows = append(rows, m.inputs[sl.Input][sl.From:sl.To]...)
		s.next[sl.Input] = sl.To
	}
	slices.SortStableFunc(rows, func(a, b modelRow) int { return cmp.Compare(a.ts, b.ts) })
	if scramble != nil {
		scramble.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	loud := false
	for _, r := range rows {
		s.mix(r.val)
		loud = loud || r.val%3 == 0
	}
	s.mix(-1) // the boundary
	s.mix(st.time)
	if !loud {
		return 0
	}
	return s.hash | 1
}

type modelEntry struct {
	owner       int // incarnation of the task
	prev, epoch uint64
	steps       []step // what was done
	journalled  []byte // what is recorded of it
	outputs     []uint64
}

type modelCheckpoint struct {
	epoch uint64
	state modelState
}

// model is the world of one run.
type model struct {
	rng     *rand.Rand
	removed guard
	inputs  [2][]modelRow
	clock   int64

	// The log.
	epoch    uint64
	journal  []modelEntry
	wire     []modelEntry // proposed, not applied; survives its proposer
	truth    modelState   // what the accepted steps make, as they were run
	saved    []modelCheckpoint
	violated string

	// The task.
	owner    int
	state    modelState
	at       uint64
	proposed uint64 // the highest epoch ever
	pending  []step
	outputs  []uint64
}

func (m *model) appendRows() {
	for range 1 + m.rng.IntN(4) {
		in := m.rng.IntN(2)
		m.inputs[in] = append(m.inputs[in], modelRow{int64(m.rng.IntN(1000)), int64(m.rng.IntN(1 << 20))})
	}
}

func (m *model) runStep() {
	st := step{time: m.clock}
	for in := range m.inputs {
		from := m.state.next[in]
		if n := int64(len(m.inputs[in])) - from; n > 0 {
			st.slices = append(st.slices, slice{in, from, from + 1 + m.rng.Int64N(n)})
		}
	}
	if len(st.slices) == 0 {
		return
	}
	out := m.state.apply(m, &st, nil)
	m.pending = append(m.pending, st)
	if out != 0 {
		m.outputs = append(m.outputs, out)
		if m.rng.IntN(3) > 0 {
			m.propose()
		}
	}
}

func (m *model) propose() {
	if len(m.pending) == 0 {
		return
	}
	epoch := max(m.at, m.proposed) + 1
	if m.removed == freshEpochs {
		epoch = m.at + 1
	}
	m.wire = append(m.wire, modelEntry{
		owner: m.owner, prev: m.at, epoch: epoch, steps: m.pending, journalled: encodeSteps(m.recorded()), outputs: m.outputs,
	})
	m.at, m.proposed = epoch, max(m.proposed, epoch)
	m.pending, m.outputs = nil, nil
}

// recorded is what the entry says of the pending steps.
func (m *model) recorded() []step {
	switch m.removed {
	case silentSteps:
		scratch := m.truth
		var out []step
		for i := range m.pending {
			if scratch.apply(m, &m.pending[i], nil) != 0 {
				out = append(out, m.pending[i])
			}
		}
		return out
	case inFlightSteps:
		return joinSteps(m.pending)
	}
	return m.pending
}

// joinSteps makes one step of several: the boundaries are lost.
func joinSteps(steps []step) []step {
	var whole step
	for _, s := range steps {
		whole.time = s.time
		for _, sl := range s.slices {
			i := slices.IndexFunc(whole.slices, func(x slice) bool { return x.Input == sl.Input })
			if i < 0 {
				whole.slices = append(whole.slices, sl)
			} else {
				whole.slices[i].To = sl.To
			}
		}
	}
	return []step{whole}
}

// deliver applies the oldest entry on the wire and compares its outputs with
// what its steps make of the true state.
func (m *model) deliver() {
	if len(m.wire) == 0 {
		return
	}
	e := m.wire[0]
	m.wire = m.wire[1:]
	if m.removed != fencing && e.prev != m.epoch {
		if e.owner == m.owner {
			m.recover()
		}
		return
	}
	m.epoch = e.epoch
	m.journal = append(m.journal, e)
	var want []uint64
	for i := range e.steps {
		for _, sl := range e.steps[i].slices {
			if sl.From != m.truth.next[sl.Input] {
				m.fail("epoch %d reads input %d from %d, %d was next", e.epoch, sl.Input, sl.From, m.truth.next[sl.Input])
			}
		}
		if out := m.truth.apply(m, &e.steps[i], nil); out != 0 {
			want = append(want, out)
		}
	}
	if !slices.Equal(want, e.outputs) {
		m.fail("epoch %d wrote %x, the true state gives %x", e.epoch, e.outputs, want)
	}
}

func (m *model) fail(format string, args ...any) {
	if m.violated == "" {
		m.violated = fmt.Sprintf(format, args...)
	}
}

// checkpoint saves the memory; only the guard makes it wait for its epoch.
func (m *model) checkpoint() {
	m.propose()
	m.saved = append(m.saved, modelCheckpoint{m.at, m.state})
}

// recover makes the memory again from checkpoint and journal.
func (m *model) recover() {
	m.owner++
	m.pending, m.outputs = nil, nil
	m.state, m.at = modelState{}, 0
	for _, c := range m.saved {
		if c.epoch >= m.at && (c.epoch <= m.epoch || m.removed == checkpointAfter) {
			m.state, m.at = c.state, c.epoch
		}
	}
	m.saved = slices.DeleteFunc(m.saved, func(c modelCheckpoint) bool { return c.epoch > m.epoch && m.removed != checkpointAfter })
	var rest []step
	for _, e := range m.journal {
		if e.epoch <= m.at {
			continue
		}
		steps, err := decodeSteps(e.journalled, 2)
		if err != nil {
			panic(err)
		}
		rest = append(rest, steps...)
	}
	if m.removed == boundaries && len(rest) > 0 {
		rest = joinSteps(rest)
	}
	var scramble *rand.Rand
	if m.removed == inputOrder {
		scramble = m.rng
	}
	for i := range rest {
		if m.removed == recordedTime {
			rest[i].time = m.clock
		}
		m.state.apply(m, &rest[i], scramble)
	}
	m.at = m.epoch
}

// crash loses the memory. Entries on the wire may be lost, or arrive later.
func (m *model) crash() {
	if m.rng.IntN(2) == 0 {
		m.wire = nil
	}
	m.recover()
}

// runModel plays one random run and gives its violation.
func runModel(seed uint64, removed guard) string {
	m := &model{rng: rand.New(rand.NewPCG(seed, 99)), removed: removed, clock: 1}
	for range 60 {
		switch m.rng.IntN(12) {
		case 0, 1, 2:
			m.appendRows()
		case 3, 4, 5:
			m.runStep()
		case 6, 7, 8:
			m.deliver()
		case 9:
			m.clock += int64(m.rng.IntN(50))
		case 10:
			m.crash()
		case 11:
			m.checkpoint()
		}
	}
	return m.violated
}

var modelRuns = flag.Uint64("runs", 2500, "runs of the journal's model, with all guards and without each")

func TestModelOfTheJournal(t *testing.T) {
	runs := *modelRuns
	for g := noGuard; g < guards; g++ {
		broken := 0
		for seed := range runs {
			v := runModel(seed, g)
			if v != "" {
				broken++
			}
			if g == noGuard && v != "" {
				t.Fatalf("seed %d: %s", seed, v)
			}
		}
		if g != noGuard && broken == 0 {
			t.Errorf("without %s nothing was caught in %d runs", g, runs)
		}
		t.Logf("campaign: seeds 0 to %d, without %s: %d runs violated", runs-1, g, broken)
	}
}
