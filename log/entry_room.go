package log

import "github.com/leatdb/leat/log/batch"

// Where all batches of an entry were built in one room, the entry is made around them: what stands before each is written
// into the room in front of it. For that the numbers of an item take as many bytes as they may, so that it is known how
// many before they are; who reads varints does not mind.
const wideItem = batch.RoomBetween - batch.Pad // topic 10, partition 5, expected offset 10, length 10

// itemsIn is items for batches that were built in a room.
func (w *entryWriter) itemsIn(room *batch.Room, items []appendItem) {
	if len(items) == 0 || len(items) > 100 {
		w.items(items)
		return
	}
	w.own = room
	width := 1 // of their number, such that the entry may be written from where it lies: see gapBefore
	if first, ok := room.Find(items[0].batch); ok {
		start := int(placeOf(room.Memory())) + first - len(w.small) - 1 - wideItem
		width += (start - walHead) & (walAlign - 1)
	}
	w.small = appendWide(w.small, uint64(len(items)), width)
	for i := range items {
		it := &items[i]
		w.small = appendWide(w.small, it.topic, 10)
		w.small = appendWide(w.small, zigzag(int64(it.partition)), 5)
		w.small = appendWide(w.small, zigzag(it.expected), 10)
		w.small = appendWide(w.small, uint64(len(it.batch)), 10)
		w.batch(it.batch)
	}
}

// appendWide is binary.AppendUvarint in just so many bytes, which are enough.
func appendWide(dst []byte, v uint64, width int) []byte {
	for range width - 1 {
		dst, v = append(dst, byte(v)|0x80), v>>7
	}
	return append(dst, byte(v))
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

// joinInPlace is join without a copy of the batches; nil when they do not lie in a room as they have to.
func (w *entryWriter) joinInPlace() []byte {
	n := len(w.large)
	if w.own == nil || n == 0 || w.large[n-1].at != len(w.small) {
		return nil
	}
	first, ok := w.own.Find(w.large[0].batch)
	start := first - w.large[0].at
	if !ok || start < 0 {
		return nil
	}
	bulk := start
	for _, l := range w.large {
		if at, ok := w.own.Find(l.batch); !ok || at != l.at+bulk {
			return nil
		}
		bulk += len(l.batch) + batch.Pad
	}
	memory := w.own.Memory()
	from := 0
	bulk = start
	for _, l := range w.large {
		copy(memory[from+bulk:l.at+bulk], w.small[from:l.at])
		from, bulk = l.at, bulk+len(l.batch)+batch.Pad
		copy(memory[from+bulk-batch.Pad:from+bulk], padding[:])
	}
	end := start + len(w.small) + w.bulk
	clear(memory[end : end+walBlock]) // with which the WAL may fill its last block
	return memory[start : end : end+walBlock]
}
