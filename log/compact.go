package log

import (
	"fmt"
	"math"

	"github.com/leatdb/leat/log/batch"
)

// compact cleans the compacted partitions that have enough to clean.
func (l *Log) compact(now int64) error {
	l.pins.mu.Lock()
	floors := l.pinFloorsLocked()
	l.pins.mu.Unlock()
	for _, p := range l.data.livePartitions() {
		if p.config.Cleanup == Delete {
			continue
		}
		floor, ok := floors[p.name]
		if !ok {
			floor = math.MaxInt64
		}
		c := cleaning{partition: p.partition, config: p.config, now: now}
		obsolete, err := c.run(floor, l.cfg.MinDirtyRatio)
		l.data.obsolete.add(obsolete...)
		if err != nil {
			return fmt.Errorf("%s/%d: %w", p.name.topic, p.name.partition, err)
		}
	}
	return nil
}

// cleaning is one pass over the sealed segments of a partition: of each key the last record stays. A tombstone
// stays until DeleteRetentionMs after the pass that first cleaned its segment.
type cleaning struct {
	partition *partition
	config    TopicConfig
	now       int64
	latest    map[string]int64 // offset of each key's last record in the sealed segments
}

// run cleans the segments below floor (L9) when the uncleaned share reaches ratio or tombstones are due, and
// returns the files that are no longer needed. Earlier segments are replaced first, so that a tombstone never goes
// before what it deletes.
func (c *cleaning) run(floor int64, ratio float64) (obsolete []string, err error) {
	sealed, cleanable := c.segments(floor)
	if !c.due(sealed[:cleanable], ratio) {
		return nil, nil
	}
	readers, err := c.open(sealed)
	if err != nil {
		return nil, err
	}
	defer closeReaders(readers)
	c.latest = map[string]int64{}
	for _, r := range readers {
		if err := c.learn(r); err != nil {
			return nil, err
		}
	}
	for at := 0; at < cleanable; {
		n, size := 1, sealed[at].size
		for at+n < cleanable && size+sealed[at+n].size <= c.config.SegmentBytes {
			size += sealed[at+n].size
			n++
		}
		paths, err := c.group(readers[at : at+n])
		obsolete = append(obsolete, paths...)
		if err != nil {
			return obsolete, err
		}
		at += n
	}
	return obsolete, nil
}

// segments lists the sealed segments and how many of them may be cleaned.
func (c *cleaning) segments(floor int64) (sealed []*segment, cleanable int) {
	p := c.partition
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.mu.segments {
		if !s.sealed {
			break
		}
		if s.last < floor && cleanable == len(sealed) {
			cleanable++
		}
		sealed = append(sealed, s)
	}
	return sealed, cleanable
}

func (c *cleaning) due(segments []*segment, ratio float64) bool {
	var dirty, total int64
	for _, s := range segments {
		total += s.size
		if s.cleanedAt == 0 {
			dirty += s.size
		} else if s.tombstones && c.expired(s) {
			return true
		}
	}
	return dirty > 0 && float64(dirty) >= ratio*float64(total)
}

// expired says whether the tombstones of a segment may go.
func (c *cleaning) expired(s *segment) bool {
	return s.cleanedAt > 0 && s.cleanedAt+c.config.DeleteRetentionMs <= c.now
}

func (c *cleaning) open(segments []*segment) ([]*segmentReader, error) {
	c.partition.mu.RLock()
	defer c.partition.mu.RUnlock()
	var readers []*segmentReader
	for _, s := range segments {
		r, err := c.partition.openLocked(s)
		if err != nil {
			closeReaders(readers)
			return nil, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

func closeReaders(readers []*segmentReader) {
	for _, r := range readers {
		r.close()
	}
}

// each calls fn with every batch of a segment, given.
func (r *segmentReader) each(fn func(b []byte) error) error {
	w := r.walk(segmentStart(r.segment.base))
	for {
		position, size, ok, err := w.step()
		if err != nil || !ok {
			return err
		}
		b, err := w.whole(position, size)
		if err != nil {
			return err
		}
		if err := fn(b); err != nil {
			return fmt.Errorf("%w: %s at %d: %w", ErrCorrupt, w.path, position, err)
		}
	}
}

// learn notes the last offset of every key of a segment.
func (c *cleaning) learn(r *segmentReader) error {
	var records batch.Reader
	var rec batch.Record
	return r.each(func(b []byte) error {
		if err := records.Reset(b, 0); err != nil {
			return err
		}
		for records.Next(&rec) {
			if rec.Key != nil {
				c.latest[string(rec.Key)] = rec.Offset
			}
		}
		return records.Err()
	})
}

// group cleans neighbouring segments into one, unless a single one has nothing to remove.
func (c *cleaning) group(readers []*segmentReader) (obsolete []string, err error) {
	p := c.partition
	out := &cleaned{first: readers[0].segment}
	for _, r := range readers {
		if err := c.filter(r, out); err != nil {
			return nil, err
		}
	}
	if len(readers) == 1 && out.removed == 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		if out.first.cleanedAt == 0 {
			out.first.cleanedAt = c.now
		}
		out.first.tombstones = out.tombstones > 0
		return nil, nil
	}
	s, err := c.write(readers, out)
	if err != nil {
		return nil, err
	}
	if !p.replace(readers, s) { // the topic was dropped meanwhile; its directory goes as a whole
		return nil, nil
	}
	for _, r := range readers {
		obsolete = append(obsolete, r.segment.paths()...)
	}
	return obsolete, nil
}

// cleaned gathers what stays of a group.
type cleaned struct {
	first      *segment
	batches    [][]byte
	removed    int
	tombstones int
}

func (c *cleaning) filter(r *segmentReader, out *cleaned) error {
	expired := c.expired(r.segment)
	return r.each(func(b []byte) error {
		kept, err := batch.Filter(b, func(rec *batch.Record) bool {
			keep := rec.Key == nil || c.latest[string(rec.Key)] == rec.Offset && (rec.Value != nil || !expired)
			if !keep {
				out.removed++
			} else if rec.Key != nil && rec.Value == nil {
				out.tombstones++
			}
			return keep
		})
		if err != nil {
			return err
		}
		if kept != nil {
			out.batches = append(out.batches, kept)
		}
		return nil
	})
}

// write makes the new segment, synced and with its name; nil when nothing stays.
func (c *cleaning) write(readers []*segmentReader, out *cleaned) (*segment, error) {
	if len(out.batches) == 0 {
		return nil, nil
	}
	p := c.partition
	var generation uint32
	cleanedAt := int64(0)
	for _, r := range readers {
		generation = max(generation, r.segment.generation)
		cleanedAt = max(cleanedAt, r.segment.cleanedAt)
	}
	for _, r := range readers {
		if r.segment.cleanedAt == 0 {
			cleanedAt = c.now
		}
	}
	s := newSegment(p.fs, p.dir, out.first.base, generation+1)
	s.index = newLoadedIndex(s.file.path)
	for _, b := range out.batches {
		s.add(b, readers[len(readers)-1].segment.written, p.interval)
	}
	s.sealed, s.opened, s.cleanedAt, s.tombstones = true, out.first.opened, cleanedAt, out.tombstones > 0
	s.synced = s.size
	if err := s.writeAll(out.batches); err != nil {
		return nil, err
	}
	if err := s.index.save(p.fs, true); err != nil {
		return nil, err
	}
	return s, syncDir(p.fs, p.dir)
}

// writeAll writes a whole new segment file and syncs it.
func (s *segment) writeAll(batches [][]byte) error {
	if err := s.file.create(); err != nil {
		return err
	}
	defer s.file.release()
	if err := writeBatches(s.file, 0, batches); err != nil {
		return err
	}
	if err := s.file.writer().SyncData(); err != nil {
		return fmt.Errorf("sync %s: %w", s.file.path, err)
	}
	return nil
}

// replace puts s, or nothing when it is nil, in the place of neighbouring segments; false when the partition is
// gone.
func (p *partition) replace(old []*segmentReader, s *segment) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.dropped {
		return false
	}
	var out []*segment
	for _, have := range p.mu.segments {
		if have == old[0].segment && s != nil {
			out = append(out, s)
		}
		if !containsSegment(old, have) {
			out = append(out, have)
		}
	}
	p.mu.segments = out
	for _, r := range old {
		r.segment.file.doom()
	}
	return true
}

func containsSegment(readers []*segmentReader, s *segment) bool {
	for _, r := range readers {
		if r.segment == s {
			return true
		}
	}
	return false
}
