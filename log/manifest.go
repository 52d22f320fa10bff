package log

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

const manifestVersion = 1

// capture is one snapshot under way: the manifest as of an entry, and what must reach the disk before it may.
type capture struct {
	group    *dataGroup // nil for group 0, which has no files
	manifest []byte
	dirty    []dirtySegment
	obsolete []string // files that this manifest no longer names
	failed   error    // the state could not be captured
}

type dirtySegment struct {
	partition *partition
	segment   *segment
	size      int64
	sealed    bool
}

// capture describes the state. It runs between entries, under fsm.mu. The obsolete files are taken first:
// what becomes obsolete while the manifest is written may still stand in it.
func (g *dataGroup) capture(now int64) *capture {
	c := &capture{group: g, obsolete: g.obsolete.take()}
	b := []byte{manifestVersion}
	b = binary.AppendUvarint(b, g.nextTopic)
	b = binary.AppendVarint(b, g.nextProducer)
	b = binary.AppendUvarint(b, uint64(len(g.mu.topics)))
	for _, name := range slices.Sorted(maps.Keys(g.mu.topics)) {
		t := g.mu.topics[name]
		b = binary.AppendUvarint(b, t.id)
		b = appendTopicConfig(b, t.config)
		for _, p := range t.partitions {
			b = c.partition(b, p, now)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(g.mu.tasks)))
	for _, name := range slices.Sorted(maps.Keys(g.mu.tasks)) {
		b = c.task(b, g.mu.tasks[name], now)
	}
	c.manifest = g.plans.encode(b)
	return c
}

func (c *capture) task(b []byte, t *taskState, now int64) []byte {
	b = appendString(b, t.name)
	b = binary.AppendUvarint(b, t.id)
	b = binary.AppendUvarint(b, t.epoch)
	b = binary.AppendUvarint(b, t.trimEpoch)
	b = appendInputs(b, t.inputs)
	b = appendInputs(b, t.start)
	b = appendInputs(b, t.pinned)
	t.journal.mu.RLock()
	b = binary.AppendVarint(b, t.journal.mu.settings.bytes)
	t.journal.mu.RUnlock()
	return c.partition(b, t.journal, now)
}

func (c *capture) partition(b []byte, p *partition, now int64) []byte {
	p.mu.RLock()
	b = binary.AppendVarint(b, p.mu.start)
	b = binary.AppendVarint(b, p.mu.end)
	b = binary.AppendUvarint(b, uint64(len(p.mu.segments)))
	for _, s := range p.mu.segments {
		b = appendSegment(b, s)
		if s.synced < s.size {
			c.dirty = append(c.dirty, dirtySegment{partition: p, segment: s, size: s.size, sealed: s.sealed})
		}
	}
	p.mu.RUnlock()
	maps.DeleteFunc(p.producers, func(_ int64, s *producerState) bool { return s.seen+producerExpiryMs < now })
	b = binary.AppendUvarint(b, uint64(len(p.producers)))
	for _, id := range slices.Sorted(maps.Keys(p.producers)) {
		b = appendProducer(b, id, p.producers[id])
	}
	return b
}

// sync makes everything the manifest names durable (L5). It runs beside apply. A segment counts as synced only when
// the names that lead to it are: what fails before that is done again by the next snapshot.
func (c *capture) sync() error {
	if len(c.dirty) == 0 {
		return nil
	}
	var last *partition
	for _, d := range c.dirty {
		if err := d.sync(c.group); err != nil {
			return err
		}
		if d.partition == last {
			continue
		}
		last = d.partition
		if err := syncDir(c.group.fs, last.dir); err != nil {
			return err
		}
	}
	if err := syncDir(c.group.fs, c.group.dir); err != nil {
		return err
	}
	for _, d := range c.dirty {
		d.partition.mu.Lock()
		d.segment.synced = max(d.segment.synced, d.size)
		d.partition.mu.Unlock()
	}
	for _, d := range c.dirty {
		if err := d.segment.index.save(c.group.fs, d.sealed); err != nil {
			return err
		}
	}
	return nil
}

func (d *dirtySegment) sync(g *dataGroup) error {
	f, err := d.segment.file.acquire()
	if err != nil {
		return err
	}
	defer d.segment.file.release()
	if err := f.SyncData(); err != nil {
		err = fmt.Errorf("sync %s: %w", d.segment.file.path, err)
		g.fatal(err)
		return err
	}
	return nil
}

// installed removes what the durable manifest no longer names.
func (c *capture) installed() error {
	paths := c.obsolete
	c.obsolete = nil
	for _, path := range paths {
		if err := c.group.fs.RemoveAll(path); err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
	}
	return nil
}

// release gives back what was not removed, for the next snapshot.
func (c *capture) release() {
	if c.group != nil {
		c.group.obsolete.add(c.obsolete...)
	}
}
