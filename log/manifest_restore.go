package log

import (
	"fmt"
)

// restore makes the state what a manifest says: segments are cut to its lengths, which were synced; files it does
// not name are removed. The entries behind it are applied again afterwards.
func (g *dataGroup) restore(manifest []byte) error {
	g.closePartitions()
	g.clear()
	d := &decoder{b: manifest}
	if v := d.u8(); v != manifestVersion {
		return fmt.Errorf("manifest version %d is not known", v)
	}
	known := map[string]bool{}
	g.nextTopic, g.nextProducer = d.uvarint(), d.varint()
	for range d.count() {
		if err := g.restoreTopic(d, known); err != nil {
			return err
		}
	}
	for range d.count() {
		if err := g.restoreTask(d, known); err != nil {
			return err
		}
	}
	g.plans = decodePlans(d)
	if d.bad || len(d.b) != 0 {
		return fmt.Errorf("%w: manifest of %d bytes", ErrCorrupt, len(manifest))
	}
	return g.removeUnknown(known)
}

func (g *dataGroup) restoreTopic(d *decoder, known map[string]bool) error {
	t := &topicState{id: d.uvarint(), config: decodeTopicConfig(d)}
	if d.bad {
		return fmt.Errorf("%w: manifest", ErrCorrupt)
	}
	for n := range int(t.config.Partitions) {
		p := newPartition(g.fs, g.topicDir(t.id, n), g.interval, rollSettings{t.config.SegmentBytes, t.config.SegmentMs})
		if err := p.restore(d, known); err != nil {
			return err
		}
		t.partitions = append(t.partitions, p)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.topics[t.config.Name] = t
	g.mu.byID[t.id] = t
	return nil
}

func (g *dataGroup) restoreTask(d *decoder, known map[string]bool) error {
	t := &taskState{
		name: d.string(), id: d.uvarint(), epoch: d.uvarint(), trimEpoch: d.uvarint(),
		inputs: decodeInputs(d), start: decodeInputs(d), pinned: decodeInputs(d),
	}
	t.journal = newPartition(g.fs, g.journalDir(t.id), g.interval, rollSettings{d.varint(), journalMs})
	t.journal.dense = false
	if err := t.journal.restore(d, known); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.tasks[t.name] = t
	return nil
}

// restore reads a partition's part of a manifest and reopens its active segment.
func (p *partition) restore(d *decoder, known map[string]bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.start, p.mu.end = d.varint(), d.varint()
	p.next = p.mu.end
	if p.mu.end > 0 {
		known[p.dir] = true
	}
	for range d.count() {
		s := decodeSegment(d, p.fs, p.dir)
		if d.bad {
			return fmt.Errorf("%w: manifest", ErrCorrupt)
		}
		if err := s.check(); err != nil {
			return err
		}
		s.dense = p.dense && s.generation == 0
		known[s.file.path], known[s.index.path] = true, true
		p.mu.segments = append(p.mu.segments, s)
		if s.sealed {
			continue
		}
		if err := s.file.reopen(); err != nil {
			return err
		}
		if err := s.index.load(p.fs, s, s.size, s.last, p.interval); err != nil {
			return err
		}
		p.active = s
	}
	for range d.count() {
		id, state := decodeProducer(d)
		p.producers[id] = state
	}
	if d.bad {
		return fmt.Errorf("%w: manifest", ErrCorrupt)
	}
	return nil
}

// check compares the file with what the manifest says is in it.
func (s *segment) check() error {
	info, err := s.file.fs.Stat(s.file.path)
	if err != nil {
		return fmt.Errorf("%w: segment named by the manifest: %w", ErrCorrupt, err)
	}
	if info.Size() < s.size {
		return fmt.Errorf("%w: %s has %d bytes, the manifest says %d", ErrCorrupt, s.file.path, info.Size(), s.size)
	}
	return nil
}

// removeUnknown removes the files that are not known: made after the manifest, or obsolete.
func (g *dataGroup) removeUnknown(known map[string]bool) error {
	dirs, err := g.fs.List(g.dir)
	if err != nil {
		return fmt.Errorf("list %s: %w", g.dir, err)
	}
	for _, name := range dirs {
		dir := g.fs.PathJoin(g.dir, name)
		if !known[dir] {
			if err := g.fs.RemoveAll(dir); err != nil {
				return fmt.Errorf("remove %s: %w", dir, err)
			}
			continue
		}
		files, err := g.fs.List(dir)
		if err != nil {
			return fmt.Errorf("list %s: %w", dir, err)
		}
		for _, file := range files {
			path := g.fs.PathJoin(dir, file)
			if known[path] {
				continue
			}
			if err := g.fs.Remove(path); err != nil {
				return fmt.Errorf("remove %s: %w", path, err)
			}
		}
	}
	return nil
}

// closePartitions closes every file of the group.
func (g *dataGroup) closePartitions() error {
	var first error
	note := func(err error) {
		if err != nil && first == nil {
			first = err
		}
	}
	for _, t := range g.mu.topics {
		for _, p := range t.partitions {
			note(p.close())
		}
	}
	for _, t := range g.mu.tasks {
		note(t.journal.close())
	}
	return first
}
