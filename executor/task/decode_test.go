package task

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func someSteps() []step {
	return []step{
		{kind: stepRows, time: -5, slices: []slice{{0, 3, 9}, {1, 1 << 40, 1<<40 + 1}}},
		{kind: stepTick, time: 1 << 50},
	}
}

func someCheckpoint() *checkpoint {
	return &checkpoint{
		epoch: 77, engine: 3, plan: "hash", time: 123, state: []byte("state"),
		inputs:   []log.InputPos{{Topic: "t", Partition: 2, Next: 99}},
		counters: counters{1, 2, 3, 4, 5, 6},
		chain:    []link{{5, 1 << 40, 77}, {70, 300, 1<<32 - 1}},
		late:     []LateRow{{Topic: "t", Partition: 1, Offset: 5, Ts: -6, Window: 7}},
	}
}

// fileOf is the bytes of a checkpoint's file.
func fileOf(t testing.TB, c *checkpoint) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := c.write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStepsAndCheckpointsComeBack(t *testing.T) {
	steps, err := decodeSteps(encodeSteps(someSteps()), 2)
	if err != nil || !reflect.DeepEqual(steps, someSteps()) {
		t.Errorf("%+v %v", steps, err)
	}
	if _, err := decodeSteps(encodeSteps(someSteps()), 1); !Diverged(err) {
		t.Errorf("an input that the task does not have: %v", err)
	}
	c, err := decodeCheckpoint(fileOf(t, someCheckpoint()))
	if err != nil || !reflect.DeepEqual(c, someCheckpoint()) {
		t.Errorf("%+v %v", c, err)
	}
}

// TestDamagedCheckpointsAreRefused flips and cuts every byte.
func TestDamagedCheckpointsAreRefused(t *testing.T) {
	whole := fileOf(t, someCheckpoint())
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		if _, err := decodeCheckpoint(flipped); err == nil {
			t.Errorf("byte %d flipped, and nobody saw", i)
		}
		if _, err := decodeCheckpoint(whole[:i]); err == nil {
			t.Errorf("cut at %d, and nobody saw", i)
		}
	}
}

// FuzzSteps feeds decodeSteps any bytes: what it accepts, it writes back as the
// same steps.
func FuzzSteps(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add(encodeSteps(someSteps()))
	f.Fuzz(func(t *testing.T, b []byte) {
		steps, err := decodeSteps(b, 2)
		if err != nil {
			return
		}
		again, err := decodeSteps(encodeSteps(steps), 2)
		if err != nil || !reflect.DeepEqual(steps, again) {
			t.Errorf("%+v became %+v, %v", steps, again, err)
		}
	})
}

// FuzzCheckpoint feeds decodeCheckpoint any bytes with a right checksum: what it
// accepts it writes back, and a state of any bytes is loaded or refused.
func FuzzCheckpoint(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Bound(16<<20, 16<<10) // operators are built, and a row far behind the last one has a span and a page to itself
	for _, c := range []*checkpoint{someCheckpoint(), countedCheckpoint(tf)} {
		whole := fileOf(tf, c)
		f.Add(whole[len(checkpointMagic) : len(whole)-4])
	}
	count := countCore(tf)
	f.Fuzz(func(t *testing.T, body []byte) {
		b := append([]byte(checkpointMagic), body...)
		c, err := decodeCheckpoint(binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)))
		if err != nil {
			return
		}
		again, err := decodeCheckpoint(fileOf(t, c))
		if err != nil || again.epoch != c.epoch || !bytes.Equal(again.state, c.state) || len(again.inputs) != len(c.inputs) {
			t.Fatalf("%+v came back as %+v: %v", c, again, err)
		}
		if _, err := count().load(c.state, c.state); err != nil && !sqlerr.Is(err, sqlerr.DataCorrupted) {
			t.Fatalf("a state is refused with %v", err)
		}
	})
}

// countCore makes cores of the aggregate of countPlan.
func countCore(t testing.TB) func() *core {
	cfg := Config{}.withDefaults()
	stage := countPlan(t, 1, 1, minute()).Stages[1]
	return func() *core {
		c, err := newCore(&cfg, "c", stage, 0, false, "")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// countedCheckpoint is one whose state is an aggregate's.
func countedCheckpoint(t testing.TB) *checkpoint {
	c := countCore(t)()
	b := &vec.Batch{N: 2, Ts: []int64{5, 70_000}, Cols: []vec.Vec{
		vec.Const(types.TBigInt, int64(1), 2), vec.Const(types.TString, "/a", 2), vec.Const(types.TInt, int64(3), 2),
	}}
	if _, err := c.tree.Step([]*vec.Batch{b}); err != nil {
		t.Fatal(err)
	}
	return &checkpoint{epoch: 78, engine: 3, plan: "hash", frozen: c.freeze()}
}
