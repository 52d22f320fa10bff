package task

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log"
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
		late:     []LateRow{{Topic: "t", Partition: 1, Offset: 5, Ts: -6, Window: 7}},
	}
}

// fileOf is the bytes of a checkpoint's file.
func fileOf(t testing.TB, c *checkpoint) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.write(&b); err != nil {
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
	whole := fileOf(tf, someCheckpoint())
	f.Add(whole[len(checkpointMagic) : len(whole)-4])
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
	})
}
