package log

import (
	"encoding/binary"
	"math"

	"github.com/leatdb/leat/log/batch"
)

const (
	// producerWindow is how many of a producer's last batches are known per partition.
	producerWindow = 5
	// producerExpiryMs of entry time after its last batch, a producer is forgotten.
	producerExpiryMs = 24 * 3600 * 1000
)

// producerState is what one partition knows of one idempotent producer.
type producerState struct {
	epoch   int16
	seen    int64 // entry time of the last batch
	batches []producerBatch
}

// producerBatch remembers one batch: its sequences and where it landed.
type producerBatch struct {
	first, last int32
	base        int64
}

// sequenceAfter is the sequence number n steps behind s; numbers wrap at 2^31.
func sequenceAfter(s int32, n int64) int32 { return int32((int64(s) + n) & math.MaxInt32) }

// producerVerdict is what a batch is to its partition.
type producerVerdict struct {
	err       error
	duplicate bool
	base      int64 // of the first copy
}

// judge compares a batch with what is known of its producer, nil when nothing is. end is the partition's end.
func (s *producerState) judge(b []byte, now, end int64) producerVerdict {
	epoch, first := batch.ProducerEpoch(b), batch.BaseSequence(b)
	last := sequenceAfter(first, int64(batch.LastOffsetDelta(b)))
	if first < 0 || epoch < 0 {
		return producerVerdict{err: ErrOutOfOrderSequence}
	}
	if s == nil || s.seen+producerExpiryMs < now {
		if end == 0 && first != 0 {
			return producerVerdict{err: ErrOutOfOrderSequence}
		}
		return producerVerdict{}
	}
	if epoch < s.epoch {
		return producerVerdict{err: ErrInvalidProducerEpoch}
	}
	if epoch > s.epoch {
		if first != 0 {
			return producerVerdict{err: ErrOutOfOrderSequence}
		}
		return producerVerdict{}
	}
	for _, known := range s.batches {
		if known.first == first && known.last == last {
			return producerVerdict{duplicate: true, base: known.base}
		}
	}
	if first != sequenceAfter(s.batches[len(s.batches)-1].last, 1) {
		return producerVerdict{err: ErrOutOfOrderSequence}
	}
	return producerVerdict{}
}

// note returns the state with an accepted batch added; s may be nil and is not changed.
func (s *producerState) note(b []byte, now, base int64) *producerState {
	epoch, first := batch.ProducerEpoch(b), batch.BaseSequence(b)
	next := &producerState{epoch: epoch, seen: now}
	if s != nil && s.epoch == epoch && s.seen+producerExpiryMs >= now {
		keep := s.batches[max(0, len(s.batches)-producerWindow+1):]
		next.batches = append(make([]producerBatch, 0, producerWindow), keep...)
	}
	last := sequenceAfter(first, int64(batch.LastOffsetDelta(b)))
	next.batches = append(next.batches, producerBatch{first: first, last: last, base: base})
	return next
}

func appendProducer(dst []byte, id int64, s *producerState) []byte {
	dst = binary.AppendVarint(dst, id)
	dst = binary.AppendVarint(dst, int64(s.epoch))
	dst = binary.AppendVarint(dst, s.seen)
	dst = binary.AppendUvarint(dst, uint64(len(s.batches)))
	for _, b := range s.batches {
		dst = binary.AppendVarint(dst, int64(b.first))
		dst = binary.AppendVarint(dst, int64(b.last))
		dst = binary.AppendVarint(dst, b.base)
	}
	return dst
}

func decodeProducer(d *decoder) (int64, *producerState) {
	id := d.varint()
	s := &producerState{epoch: int16(d.varint()), seen: d.varint()}
	for range d.count() {
		s.batches = append(s.batches, producerBatch{first: int32(d.varint()), last: int32(d.varint()), base: d.varint()})
	}
	if len(s.batches) == 0 {
		d.fail()
	}
	return id, s
}
