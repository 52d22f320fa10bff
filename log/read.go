package log

import (
	"math"
)

// Fetch reads whole batches of a partition, the first one holding offset, at least one when there is one, together
// at most maxBytes. It never blocks. The bytes are shared, with batch.Pad readable ones behind them.
// ErrOffsetOutOfRange: offset lies beyond the end, or before the logical start and not pinned.
func (l *Log) Fetch(topic string, partition int32, offset int64, maxBytes int) (Fetched, error) {
	return l.FetchInto(topic, partition, offset, maxBytes, nil)
}

// FetchInto is Fetch for a reader that is done with what it read before: what has to come from disk is read into
// *buf, which grows as needed, and is lent until the next call with it.
func (l *Log) FetchInto(topic string, partition int32, offset int64, maxBytes int, buf *[]byte) (Fetched, error) {
	p, err := l.data.lookup(topic, partition)
	if err != nil {
		return Fetched{}, err
	}
	floor := int64(math.MaxInt64)
	if start, _ := p.offsets(); offset < start {
		floor = l.pinFloor(topic, partition)
	}
	return p.fetchInto(offset, maxBytes, floor, buf)
}

// Offsets returns a partition's logical start and its end, the next offset.
func (l *Log) Offsets(topic string, partition int32) (start, end int64, err error) {
	p, err := l.data.lookup(topic, partition)
	if err != nil {
		return 0, 0, err
	}
	start, end = p.offsets()
	return start, end, nil
}

// OffsetForTime is the offset of the first record with a timestamp at or after ms, Unix milliseconds; the end when
// there is none.
func (l *Log) OffsetForTime(topic string, partition int32, ms int64) (int64, error) {
	p, err := l.data.lookup(topic, partition)
	if err != nil {
		return 0, err
	}
	return p.offsetForTime(ms)
}

// Wait returns a channel that is closed when the partition's end passes offset, or the topic is dropped or unknown.
// With an offset beyond the end it is closed by the next append: look again, and wait again.
func (l *Log) Wait(topic string, partition int32, offset int64) <-chan struct{} {
	p, err := l.data.lookup(topic, partition)
	if err != nil {
		return closedChannel
	}
	return p.wait(offset)
}
