package log

import "fmt"

// DeleteRange removes the entries min..max, which must reach to one end of the log.
func (w *wal) DeleteRange(min, max uint64) error {
	w.w.Lock()
	defer w.w.Unlock()
	w.mu.RLock()
	first, last := w.mu.first, w.lastLocked()
	w.mu.RUnlock()
	if last == 0 || max < first || min > last {
		return nil
	}
	switch {
	case min <= first && max >= last:
		if err := w.markLocked(walRecord{kind: walReset, index: max}); err != nil {
			return err
		}
		w.mu.Lock()
		w.mu.entries, w.mu.first = nil, 0
		w.mu.Unlock()
		return w.freeLocked(max + 1)
	case min <= first:
		w.mu.Lock()
		w.mu.entries = append([]walEntry(nil), w.mu.entries[max+1-first:]...)
		w.mu.first = max + 1
		w.mu.Unlock()
		return w.freeLocked(max + 1)
	case max >= last:
		if err := w.markLocked(walRecord{kind: walTruncate, index: min - 1}); err != nil {
			return err
		}
		w.mu.Lock()
		w.mu.entries = w.mu.entries[: min-first : min-first]
		w.mu.Unlock()
		return nil
	}
	return fmt.Errorf("cannot delete log entries %d to %d of %d to %d", min, max, first, last)
}

// markLocked appends a record without a body, and syncs it.
func (w *wal) markLocked(r walRecord) error {
	r.mark = w.w.synced
	w.w.out.reserve(walHeader)
	w.w.out.buf = appendWALRecord(w.w.out.buf, r, w.group, walAt(w.active().generation, w.w.out.at()))
	return w.flushLocked(true)
}

// freeLocked puts the segments, but the active one, that hold only entries below index aside for recycling.
func (w *wal) freeLocked(index uint64) error {
	w.mu.Lock()
	n := 0
	for n < len(w.mu.segments)-1 && w.mu.segments[n].last < index {
		n++
	}
	old := w.mu.segments[:n:n]
	w.mu.segments = append([]*walSegment(nil), w.mu.segments[n:]...)
	w.mu.Unlock()
	for _, s := range old {
		if err := s.file.Close(); err != nil {
			return fmt.Errorf("close %s: %w", s.path, err)
		}
		if err := w.putAside(s.path, s.generation, s.bytes); err != nil {
			return err
		}
	}
	if len(old) == 0 {
		return nil
	}
	return syncDir(w.fs, w.dir)
}

// putAside renames a segment file into the pool of free ones, or removes it when there are enough.
func (w *wal) putAside(path string, generation uint64, bytes int64) error {
	w.mu.Lock()
	w.mu.bytes -= bytes
	keep := len(w.mu.free) < w.keepFree && bytes <= 2*w.segmentBytes
	w.mu.Unlock()
	if !keep {
		if err := w.fs.Remove(path); err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		return nil
	}
	free := w.freePath(generation)
	if err := w.fs.Rename(path, free); err != nil {
		return fmt.Errorf("rename %s: %w", path, err)
	}
	w.mu.Lock()
	w.mu.free = append(w.mu.free, free)
	w.mu.Unlock()
	return nil
}
