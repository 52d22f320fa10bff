package task

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log"
)

// checkpoints are the files of one task: NNNNNNNNNNNNNNNN.ckpt by epoch, in hex.
//
// Checkpoints go to two chains in turns. A chain begins with a file that is
// whole; each of the others has what changed since the one before it, which is
// the last checkpoint but one. So the two newest checkpoints have no file in
// common, and any one file may be damaged.
type checkpoints struct {
	fs      vfs.FS
	dir     string
	placed  bool    // the directory's own name is durable
	trimmed bool    // there were two checkpoints once: the journal begins at one
	ends    [2]head // of the chains, by turn
}

// head is the newest checkpoint of a chain.
type head struct {
	turn   int  // the freeze of the core that it is of; 0 it was loaded
	alone  bool // no changes may follow: rows outside of memory have no numbers
	inputs []log.InputPos
	files  []link // of the chain; none: there is no checkpoint
}

func (h *head) epoch() uint64 { return h.files[len(h.files)-1].epoch }

// has tells whether there is a checkpoint of the epoch: one more would be the same.
func (s *checkpoints) has(epoch uint64) bool {
	return slices.ContainsFunc(s.ends[:], func(h head) bool { return len(h.files) > 0 && h.epoch() == epoch })
}

// lone tells whether there is a first checkpoint and no second.
func (s *checkpoints) lone() bool {
	return !s.trimmed && len(s.ends[0].files) > 0 != (len(s.ends[1].files) > 0)
}

// A chain is rewritten when it has so many files, or when its changes are more
// than this part of its whole one.
const (
	maxChain    = 8
	chainShare  = 2
	changesFrom = 64 << 10
)

// before gives the files that the checkpoint of a turn goes on from; none when it
// is to be whole.
func (s *checkpoints) before(turn int, from int64) []link {
	h := &s.ends[turn%2]
	if len(h.files) == 0 || h.alone || h.turn != turn-2 || len(h.files) >= maxChain || h.files[0].size < from {
		return nil
	}
	changes := int64(0)
	for _, l := range h.files[1:] {
		changes += l.size
	}
	if changes > h.files[0].size/chainShare {
		return nil
	}
	return h.files
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

// newest reads the newest checkpoint with low <= epoch <= high whose chain is
// good, and the states of its files in order; nil when there is none. One ahead
// of the journal, above high, is ignored (E5). damage says what was passed over.
func (s *checkpoints) newest(low, high uint64) (c *checkpoint, states [][]byte, damage []string, err error) {
	s.ends = [2]head{}
	epochs, err := s.list()
	if err != nil {
		return nil, nil, nil, err
	}
	for _, e := range epochs {
		if e < low || e > high {
			continue
		}
		c, states, bad, err := s.assemble(e)
		if err != nil {
			return nil, nil, nil, err
		}
		if bad == "" {
			return c, states, damage, nil
		}
		damage = append(damage, bad)
	}
	return nil, nil, damage, nil
}

// assemble reads a checkpoint and the files that it goes on from; bad says which
// of them is damaged.
func (s *checkpoints) assemble(epoch uint64) (c *checkpoint, states [][]byte, bad string, err error) {
	b, err := s.read(epoch)
	if err != nil {
		return nil, nil, "", err
	}
	if c, err = decodeCheckpoint(b); err != nil {
		return nil, nil, fmt.Sprintf("%s: %v", s.path(epoch), err), nil
	}
	if c.epoch != epoch {
		return nil, nil, fmt.Sprintf("%s: holds epoch %d", s.path(epoch), c.epoch), nil
	}
	for _, l := range c.chain {
		state, bad, err := s.readLink(l)
		if err != nil || bad != "" {
			return nil, nil, bad, err
		}
		states = append(states, state)
	}
	s.ends[0] = head{0, false, c.inputs, append(slices.Clone(c.chain), linkOf(epoch, b))}
	return c, append(states, c.state), "", nil
}

// readLink gives the state of a file that others go on from, or says what is
// wrong with it.
func (s *checkpoints) readLink(l link) (state []byte, bad string, err error) {
	b, err := s.read(l.epoch)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Sprintf("%s: is missing", s.path(l.epoch)), nil
	}
	if err != nil {
		return nil, "", err
	}
	c, err := decodeCheckpoint(b)
	switch {
	case err != nil:
		return nil, fmt.Sprintf("%s: %v", s.path(l.epoch), err), nil
	case linkOf(c.epoch, b) != l:
		return nil, fmt.Sprintf("%s: is not the file that later ones go on from", s.path(l.epoch)), nil
	}
	return c.state, "", nil
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

// drop removes all files of the task.
func (s *checkpoints) drop() error {
	s.placed, s.trimmed = false, false
	if err := s.fs.RemoveAll(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", s.dir, err)
	}
	return nil
}
