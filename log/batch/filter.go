package batch

// Filter builds b again with only the records that keep accepts (lent). Offsets, producer, sequence, codec and
// timestamps stay; the base offset and the last offset delta are the original ones, so offsets get gaps. It returns
// b itself when all records stay and nil when none does.
func Filter(b []byte, keep func(*Record) bool) ([]byte, error) {
	var r Reader
	var rec Record
	if err := r.Reset(b, 0); err != nil {
		return nil, err
	}
	var w Builder
	w.Reset(CodecOf(b), ProducerID(b), ProducerEpoch(b), BaseSequence(b))
	base := BaseOffset(b)
	w.room()
	w.baseTime, w.maxTime = BaseTimestamp(b), MaxTimestamp(b)
	for r.Next(&rec) {
		if !keep(&rec) {
			continue
		}
		w.body, w.scratch = appendRecord(w.body, w.scratch, rec, rec.Timestamp-w.baseTime, int32(rec.Offset-base))
		w.count++
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	switch w.count {
	case 0:
		return nil, nil
	case Count(b):
		return b, nil
	}
	out := w.finish(base, LastOffsetDelta(b))
	Patch(out, base, LeaderEpoch(b))
	return out, nil
}
