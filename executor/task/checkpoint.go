package task

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/log"
)

// checkpoint is a task's whole memory as of an epoch.
type checkpoint struct {
	epoch    uint64
	engine   uint32
	plan     string // the plan's hash
	time     int64  // of the last step, ms
	inputs   []log.InputPos
	counters counters
	late     []LateRow
	state    []byte      // what frozenCore.write wrote
	frozen   *frozenCore // of a checkpoint that is yet to be written: its state
}

// A file is "LEATCKP3", then the fields in this order, integers as varints and
// texts with their length in front, the state without one, then the CRC32C of all
// before, big endian.
const checkpointMagic = "LEATCKP3"

// head is all before the state.
func (c *checkpoint) head() []byte {
	b := []byte(checkpointMagic)
	b = binary.AppendUvarint(b, c.epoch)
	b = binary.AppendUvarint(b, uint64(c.engine))
	b = appendBytes(b, []byte(c.plan))
	b = binary.AppendVarint(b, c.time)
	b = binary.AppendUvarint(b, uint64(len(c.inputs)))
	for _, p := range c.inputs {
		b = appendBytes(b, []byte(p.Topic))
		b = binary.AppendVarint(b, int64(p.Partition))
		b = binary.AppendVarint(b, p.Next)
	}
	for _, n := range c.counters.list() {
		b = binary.AppendVarint(b, *n)
	}
	b = binary.AppendUvarint(b, uint64(len(c.late)))
	for _, l := range c.late {
		b = appendBytes(b, []byte(l.Topic))
		b = binary.AppendVarint(b, int64(l.Partition))
		b = binary.AppendVarint(b, l.Offset)
		b = binary.AppendVarint(b, l.Ts)
		b = binary.AppendVarint(b, l.Window)
	}
	return b
}

// write writes the file's bytes as they come.
func (c *checkpoint) write(dst io.Writer) error {
	sum := &summing{dst: dst}
	w := state.NewWriter(sum)
	w.Write(c.head())
	if c.frozen != nil {
		c.frozen.write(w, true)
	} else {
		w.Write(c.state)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := dst.Write(binary.BigEndian.AppendUint32(nil, sum.crc))
	return err
}

// summing is a writer that keeps the CRC32C of what went through.
type summing struct {
	dst io.Writer
	crc uint32
}

func (s *summing) Write(p []byte) (int, error) {
	s.crc = crc32.Update(s.crc, castagnoli, p)
	return s.dst.Write(p)
}

func decodeCheckpoint(b []byte) (*checkpoint, error) {
	body := len(b) - 4
	if body < len(checkpointMagic) || string(b[:len(checkpointMagic)]) != checkpointMagic {
		return nil, errors.New("not a checkpoint")
	}
	if crc32.Checksum(b[:body], castagnoli) != binary.BigEndian.Uint32(b[body:]) {
		return nil, errors.New("checkpoint's checksum does not match")
	}
	r := byteReader{b: b[len(checkpointMagic):body]}
	c := &checkpoint{epoch: r.uvarint(), engine: uint32(r.uvarint()), plan: string(r.bytes()), time: r.varint()}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		c.inputs = append(c.inputs, log.InputPos{Topic: string(r.bytes()), Partition: int32(r.varint()), Next: r.varint()})
	}
	for _, n := range c.counters.list() {
		*n = r.varint()
	}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		c.late = append(c.late, LateRow{
			Topic: string(r.bytes()), Partition: int32(r.varint()), Offset: r.varint(), Ts: r.varint(), Window: r.varint(),
		})
	}
	c.state = r.b
	if r.bad {
		return nil, errors.New("malformed checkpoint")
	}
	return c, nil
}

// checkpoints are the files of one task: NNNNNNNNNNNNNNNN.ckpt by epoch, in hex.
type checkpoints struct {
	fs     vfs.FS
	dir    string
	placed bool                      // the directory's own name is durable
	inputs map[uint64][]log.InputPos // of checkpoints written or read by this process
}

func (s *checkpoints) path(epoch uint64) string {
	return s.fs.PathJoin(s.dir, fmt.Sprintf("%016x.ckpt", epoch))
}

// list gives the epochs on disk, newest first.
func (s *checkpoints) list() ([]uint64, error) {
	names, err := s.fs.List(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list checkpoints in %s: %w", s.dir, err)
	}
	var out []uint64
	for _, n := range names {
		hex, ok := strings.CutSuffix(n, ".ckpt")
		if e, err := strconv.ParseUint(hex, 16, 64); ok && err == nil {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

// newest reads the newest good checkpoint with low <= epoch <= high; nil when
// there is none. One ahead of the journal, above high, is ignored (E5).
func (s *checkpoints) newest(low, high uint64) (*checkpoint, error) {
	epochs, err := s.list()
	if err != nil {
		return nil, err
	}
	for _, e := range epochs {
		if e < low || e > high {
			continue
		}
		b, err := s.read(e)
		if err != nil {
			return nil, err
		}
		if c, err := decodeCheckpoint(b); err == nil && c.epoch == e {
			return c, nil
		}
	}
	return nil, nil
}

func (s *checkpoints) read(epoch uint64) ([]byte, error) {
	f, err := s.fs.Open(s.path(epoch))
	if err != nil {
		return nil, fmt.Errorf("open checkpoint %s: %w", s.path(epoch), err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read checkpoint %s: %w", s.path(epoch), err)
	}
	return b, nil
}

// know keeps the positions of a checkpoint, and of those before it the oldest's.
func (s *checkpoints) know(epoch uint64, inputs []log.InputPos, oldest uint64) {
	known := map[uint64][]log.InputPos{epoch: inputs}
	if p, ok := s.inputs[oldest]; ok {
		known[oldest] = p
	}
	s.inputs = known
}

// inputsOf gives the positions of a checkpoint.
func (s *checkpoints) inputsOf(epoch uint64) ([]log.InputPos, error) {
	if p, ok := s.inputs[epoch]; ok {
		return p, nil
	}
	b, err := s.read(epoch)
	if err != nil {
		return nil, err
	}
	c, err := decodeCheckpoint(b)
	if err != nil {
		return nil, err
	}
	return c.inputs, nil
}

// dropAhead removes checkpoints ahead of the journal (E5): their epochs will be
// proposed again.
func (s *checkpoints) dropAhead(epoch uint64) error {
	epochs, err := s.list()
	if err != nil {
		return err
	}
	for _, e := range epochs {
		if e <= epoch {
			break
		}
		if err := s.remove(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *checkpoints) remove(epoch uint64) error {
	if err := s.fs.Remove(s.path(epoch)); err != nil {
		return fmt.Errorf("remove checkpoint %s: %w", s.path(epoch), err)
	}
	return nil
}

// write makes a checkpoint durable, drops all but the two newest, and gives the
// oldest kept.
func (s *checkpoints) write(epoch uint64, fill func(io.Writer) error) (oldest uint64, err error) {
	if err := s.fs.MkdirAll(s.dir, 0o700); err != nil {
		return 0, fmt.Errorf("make %s: %w", s.dir, err)
	}
	temp := s.path(epoch) + ".tmp"
	if err := s.create(temp, fill); err != nil {
		return 0, fmt.Errorf("write checkpoint %s: %w", temp, err)
	}
	if err := s.fs.Rename(temp, s.path(epoch)); err != nil {
		return 0, fmt.Errorf("rename checkpoint %s: %w", temp, err)
	}
	if err := s.syncDirs(); err != nil {
		return 0, err
	}
	epochs, err := s.list()
	if err != nil {
		return 0, err
	}
	for len(epochs) > 2 {
		if err := s.remove(epochs[len(epochs)-1]); err != nil {
			return 0, err
		}
		epochs = epochs[:len(epochs)-1]
	}
	return epochs[len(epochs)-1], nil
}

func (s *checkpoints) create(path string, fill func(io.Writer) error) error {
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	// Written back as it comes: who syncs the log meanwhile must not wait for all of it.
	f = vfs.NewSyncingFile(f, vfs.SyncingFileOptions{BytesPerSync: syncBytes})
	if err = fill(f); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncBytes is how much of a checkpoint is dirty in memory at a time.
const syncBytes = 1 << 20

// syncDirs makes the file's name durable and, the first time, the names of the
// task's directory and of the one that holds them all.
func (s *checkpoints) syncDirs() error {
	dirs := []string{s.dir}
	if all := s.fs.PathDir(s.dir); !s.placed {
		dirs = append(dirs, all, s.fs.PathDir(all))
	}
	for _, dir := range dirs {
		d, err := s.fs.OpenDir(dir)
		if err != nil {
			return fmt.Errorf("open %s: %w", dir, err)
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return fmt.Errorf("sync %s: %w", dir, err)
		}
	}
	s.placed = true
	return nil
}

// drop removes all files of the task.
func (s *checkpoints) drop() error {
	s.placed = false
	if err := s.fs.RemoveAll(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", s.dir, err)
	}
	return nil
}
