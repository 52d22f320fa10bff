package task

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// InspectCheckpoints tells whole, damaged and foreign files apart.
func TestInspectCheckpoints(t *testing.T) {
	fs := vfs.NewMem()
	if s, err := InspectCheckpoints(fs, "checkpoints"); err != nil || s.Files != 0 {
		t.Fatalf("no directory: %+v, %v", s, err)
	}
	s := &checkpoints{fs: fs, dir: fs.PathJoin("checkpoints", "job-0-0")}
	good := fileOf(t, &checkpoint{epoch: 5, engine: CurrentEngine, plan: "p"})
	bad := append([]byte(nil), good...)
	bad[len(bad)/2] ^= 1
	if err := fs.MkdirAll(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for epoch, b := range map[uint64][]byte{5: good, 6: bad, 7: good, 8: fileOf(t, &checkpoint{epoch: 8, engine: CurrentEngine + 1, plan: "p"})} {
		if err := s.create(s.path(epoch), func(w io.Writer) error {
			_, err := w.Write(bytes.Clone(b))
			return err
		}); err != nil { // vfs.File.Write may spoil what it is given
			t.Fatal(err)
		}
	}
	got, err := InspectCheckpoints(fs, "checkpoints")
	if err != nil || got.Files != 4 || len(got.Damage) != 2 || len(got.Foreign) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if !strings.Contains(got.Damage[0], "holds epoch 5") || !strings.Contains(got.Damage[1], "checksum") {
		t.Errorf("damage %v", got.Damage)
	}
}
