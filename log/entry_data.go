package log

import (
	"encoding/binary"

	"github.com/leatdb/leat/log/batch"
)

// metaCommand carries a command of the StateMachine; an entry of group 0 holds one.
type metaCommand struct{ cmd []byte }

func (metaCommand) kind() commandKind       { return kindMeta }
func (c metaCommand) size() int             { return len(c.cmd) }
func (c metaCommand) encode(w *entryWriter) { w.small = append(w.small, c.cmd...) }

// appendItem is an Append whose topic is resolved, so that a topic made anew under the same name is not hit.
type appendItem struct {
	topic     uint64
	partition int32
	expected  int64
	batch     []byte
}

const itemOverhead = 48

// readInPlace is the size from which a batch is read where it lies in its entry: batch.Pad zeros stand behind it there.
// Smaller ones are copied out, so that nobody reads beyond them into what apply changes.
const readInPlace = 4 << 10

func decodeItems(d *decoder) []appendItem {
	n := d.count()
	items := make([]appendItem, 0, n)
	for range n {
		items = append(items, appendItem{
			topic: d.uvarint(), partition: int32(d.varint()), expected: d.varint(), batch: decodeBatch(d),
		})
	}
	return items
}

// decodeBatch is decoder.bytes, with the padding of a large batch within its capacity.
func decodeBatch(d *decoder) []byte {
	n, pad := d.uvarint(), 0
	if n >= readInPlace {
		pad = batch.Pad
	}
	if n > uint64(len(d.b)) || n+uint64(pad) > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	b := d.b[: n : int(n)+pad]
	d.b = d.b[int(n)+pad:]
	return b
}

func sizeItems(items []appendItem) int {
	n := 8
	for i := range items {
		if n += itemOverhead + len(items[i].batch); len(items[i].batch) >= readInPlace {
			n += batch.Pad
		}
	}
	return n
}

// appendCommand appends batches to several partitions at once.
type appendCommand struct{ items []appendItem }

func (appendCommand) kind() commandKind       { return kindAppend }
func (c appendCommand) size() int             { return sizeItems(c.items) }
func (c appendCommand) encode(w *entryWriter) { w.items(c.items) }

// journalCommand is a JournalEntry: first what the journal keeps, then the output batches.
type journalCommand struct {
	entry   JournalEntry // without Outputs
	kept    []byte       // entry as encoded, set by decode
	outputs []appendItem
}

func (journalCommand) kind() commandKind { return kindJournal }

func (c journalCommand) size() int {
	n := 64 + len(c.entry.Task) + len(c.entry.Steps) + 10*len(c.entry.OutputCounts) + sizeItems(c.outputs)
	for _, in := range c.entry.Inputs {
		n += 32 + len(in.Topic)
	}
	return n
}

func (c journalCommand) encode(w *entryWriter) {
	w.small = encodeJournalEntry(w.small, &c.entry)
	if c.entry.Room != nil {
		w.itemsIn(c.entry.Room, c.outputs)
		return
	}
	w.items(c.outputs)
}

// release gives the memory of the outputs back, which the entry has copies of: a task builds its next batches there. A
// room may be the entry's own.
func (c journalCommand) release() {
	if c.entry.Room != nil {
		return
	}
	for i := range c.outputs {
		batch.Release(c.outputs[i].batch)
		c.outputs[i].batch = nil
	}
}

func decodeJournal(d *decoder) journalCommand {
	before := d.b
	c := journalCommand{entry: decodeJournalEntry(d)}
	c.kept = before[: len(before)-len(d.b) : len(before)-len(d.b)]
	c.outputs = decodeItems(d)
	return c
}

// encodeJournalEntry encodes everything but the outputs: what a journal record holds.
func encodeJournalEntry(dst []byte, e *JournalEntry) []byte {
	dst = appendString(dst, e.Task)
	dst = binary.AppendUvarint(dst, e.PrevEpoch)
	dst = binary.AppendUvarint(dst, e.Epoch)
	dst = binary.LittleEndian.AppendUint32(dst, e.EngineVersion)
	dst = binary.AppendVarint(dst, e.Time)
	dst = appendBytes(dst, e.Steps)
	dst = appendInputs(dst, e.Inputs)
	dst = binary.AppendUvarint(dst, uint64(len(e.OutputCounts)))
	for _, n := range e.OutputCounts {
		dst = binary.AppendVarint(dst, n)
	}
	return binary.LittleEndian.AppendUint32(dst, e.OutputCRC)
}

func decodeJournalEntry(d *decoder) JournalEntry {
	e := JournalEntry{
		Task: d.string(), PrevEpoch: d.uvarint(), Epoch: d.uvarint(),
		EngineVersion: d.u32(), Time: d.varint(), Steps: d.bytes(), Inputs: decodeInputs(d),
	}
	for range d.count() {
		e.OutputCounts = append(e.OutputCounts, d.varint())
	}
	e.OutputCRC = d.u32()
	return e
}

func appendInputs(dst []byte, inputs []InputPos) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(inputs)))
	for _, in := range inputs {
		dst = appendString(dst, in.Topic)
		dst = binary.AppendVarint(dst, int64(in.Partition))
		dst = binary.AppendVarint(dst, in.Next)
	}
	return dst
}

func decodeInputs(d *decoder) []InputPos {
	n := d.count()
	if n == 0 {
		return nil
	}
	inputs := make([]InputPos, 0, n)
	for range n {
		inputs = append(inputs, InputPos{Topic: d.string(), Partition: int32(d.varint()), Next: d.varint()})
	}
	return inputs
}

// newProducerCommand draws a producer id.
type newProducerCommand struct{}

func (newProducerCommand) kind() commandKind   { return kindNewProducer }
func (newProducerCommand) size() int           { return 0 }
func (newProducerCommand) encode(*entryWriter) {}

// startsCommand moves logical starts of partitions forward.
type startsCommand struct{ items []startItem }

type startItem struct {
	topic     uint64
	partition int32
	start     int64
}

func (startsCommand) kind() commandKind { return kindStarts }
func (c startsCommand) size() int       { return 24 * len(c.items) }

func (c startsCommand) encode(w *entryWriter) {
	dst := w.small
	dst = binary.AppendUvarint(dst, uint64(len(c.items)))
	for _, it := range c.items {
		dst = binary.AppendUvarint(dst, it.topic)
		dst = binary.AppendVarint(dst, int64(it.partition))
		dst = binary.AppendVarint(dst, it.start)
	}
	w.small = dst
}

func decodeStarts(d *decoder) startsCommand {
	var c startsCommand
	for range d.count() {
		c.items = append(c.items, startItem{topic: d.uvarint(), partition: int32(d.varint()), start: d.varint()})
	}
	return c
}
