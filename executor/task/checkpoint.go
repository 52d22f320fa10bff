package task

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

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
	chain    []link      // the files whose state this one's changes come after; none: it is whole
	state    []byte      // what frozenCore.write wrote
	frozen   *frozenCore // of a checkpoint that is yet to be written: its state
}

// link is a file as those that go on from it know it.
type link struct {
	epoch uint64
	size  int64
	crc   uint32
}

// A file is "LEATCKP4", then the fields in this order, integers as varints and
// texts with their length in front, the state without one, then the CRC32C of all
// before, big endian.
const checkpointMagic = "LEATCKP4"

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
	b = binary.AppendUvarint(b, uint64(len(c.chain)))
	for _, l := range c.chain {
		b = binary.AppendUvarint(binary.AppendUvarint(b, l.epoch), uint64(l.size))
		b = binary.AppendUvarint(b, uint64(l.crc))
	}
	return b
}

// write writes the file's bytes as they come, and says what others know of it.
func (c *checkpoint) write(dst io.Writer) (link, error) {
	sum := &summing{dst: dst}
	w := state.NewWriter(sum)
	w.Write(c.head())
	if c.frozen != nil {
		c.frozen.write(w, len(c.chain) == 0)
	} else {
		w.Write(c.state)
	}
	if err := w.Flush(); err != nil {
		return link{}, err
	}
	n, err := dst.Write(binary.BigEndian.AppendUint32(nil, sum.crc))
	return link{c.epoch, sum.size + int64(n), sum.crc}, err
}

// summing is a writer that keeps the size and the CRC32C of what went through.
type summing struct {
	dst  io.Writer
	size int64
	crc  uint32
}

func (s *summing) Write(p []byte) (int, error) {
	s.crc = crc32.Update(s.crc, castagnoli, p)
	s.size += int64(len(p))
	return s.dst.Write(p)
}

// linkOf is what others know of a file that is whole.
func linkOf(epoch uint64, b []byte) link {
	return link{epoch, int64(len(b)), binary.BigEndian.Uint32(b[len(b)-4:])}
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
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		c.chain = append(c.chain, link{r.uvarint(), int64(r.uvarint()), uint32(r.uvarint())})
	}
	c.state = r.b
	if r.bad {
		return nil, errors.New("malformed checkpoint")
	}
	return c, nil
}
