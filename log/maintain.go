package log

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// RunMaintenance does what time asks for, at now in Unix milliseconds: moves logical starts by retention, cleans
// compacted topics, removes segments that nothing pins, lets go of idle files. The same state and now do the same.
func (l *Log) RunMaintenance(now int64) error {
	l.maintenance.Lock()
	defer l.maintenance.Unlock()
	if l.closed.Load() {
		return ErrClosed
	}
	if err := l.retain(now); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	if err := l.compact(now); err != nil {
		return fmt.Errorf("compaction: %w", err)
	}
	l.removeUnpinned()
	if l.data.obsolete.any() {
		if err := l.nodes[0].snapshot(); err != nil {
			return err
		}
	}
	return errors.Join(l.closeIdle(), l.syncRelaxed())
}

// syncRelaxed bounds what relaxed durability can lose.
func (l *Log) syncRelaxed() error {
	if !l.cfg.Relaxed {
		return nil
	}
	return errors.Join(l.meta.wal.Sync(), l.nodes[0].wal.Sync())
}

// livePartition is a partition with what maintenance must know of its topic.
type livePartition struct {
	name   partitionName
	topic  uint64
	config TopicConfig
	*partition
}

// livePartitions lists all partitions of topics, by topic and number; journals are not among them.
func (g *dataGroup) livePartitions() []livePartition {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var out []livePartition
	for _, t := range g.mu.topics {
		for n, p := range t.partitions {
			out = append(out, livePartition{partitionName{t.config.Name, int32(n)}, t.id, t.config, p})
		}
	}
	slices.SortFunc(out, func(a, b livePartition) int {
		if a.topic != b.topic {
			return int(int64(a.topic) - int64(b.topic))
		}
		return int(a.name.partition - b.name.partition)
	})
	return out
}

// retain moves logical starts by age and size, as one command.
func (l *Log) retain(now int64) error {
	var c startsCommand
	for _, p := range l.data.livePartitions() {
		if p.config.Cleanup == Compact {
			continue
		}
		if start, ok := p.retained(p.config, now); ok {
			c.items = append(c.items, startItem{topic: p.topic, partition: p.name.partition, start: start})
		}
	}
	if len(c.items) == 0 {
		return nil
	}
	_, err := l.propose(context.Background(), c, true)
	return err
}

// retained is the logical start that retention asks for, when it lies ahead of the present one.
func (p *partition) retained(c TopicConfig, now int64) (int64, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var bytes int64
	for _, s := range p.mu.segments {
		if s.last >= p.mu.start {
			bytes += s.size
		}
	}
	start := p.mu.start
	for _, s := range p.mu.segments {
		if s.last < p.mu.start || s.size == 0 {
			continue
		}
		old := c.RetentionMs >= 0 && max(s.maxTime, s.written) < now-c.RetentionMs
		large := c.RetentionBytes >= 0 && s.sealed && bytes-s.size >= c.RetentionBytes
		if !old && !large {
			break
		}
		start = s.last + 1
		bytes -= s.size
	}
	return start, start > p.mu.start
}

// removeUnpinned takes away the segments below logical starts and pins (L9). Their files go with the next snapshot.
func (l *Log) removeUnpinned() {
	l.pins.mu.Lock()
	defer l.pins.mu.Unlock()
	floors := l.pinFloorsLocked()
	for _, p := range l.data.livePartitions() {
		floor, ok := floors[p.name]
		if !ok {
			floor = math.MaxInt64
		}
		l.data.obsolete.add(p.removeBelow(floor)...)
	}
	for _, journal := range l.data.journals() {
		l.data.obsolete.add(journal.removeBelow(math.MaxInt64)...)
	}
}

func (g *dataGroup) journals() []*partition {
	g.mu.RLock()
	defer g.mu.RUnlock()
	out := make([]*partition, 0, len(g.mu.tasks))
	for _, t := range g.mu.tasks {
		out = append(out, t.journal)
	}
	return out
}

// removeBelow takes away the sealed segments that end before floor and the logical start, and returns their files.
func (p *partition) removeBelow(floor int64) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	floor = min(floor, p.mu.start)
	var paths []string
	n := 0
	for n < len(p.mu.segments) && p.mu.segments[n].sealed && p.mu.segments[n].last < floor {
		paths = append(paths, p.mu.segments[n].paths()...)
		p.mu.segments[n].file.doom()
		n++
	}
	if n > 0 {
		p.mu.segments = append([]*segment(nil), p.mu.segments[n:]...)
	}
	return paths
}

func (s *segment) paths() []string { return []string{s.file.path, s.index.path} }

// closeIdle closes files and forgets indexes that nobody has used since the last call.
func (l *Log) closeIdle() error {
	var errs []error
	partitions := l.data.journals()
	for _, p := range l.data.livePartitions() {
		partitions = append(partitions, p.partition)
	}
	for _, p := range partitions {
		p.mu.RLock()
		segments := p.mu.segments
		p.mu.RUnlock()
		for _, s := range segments {
			if p.isSealed(s) {
				s.index.unload()
				errs = append(errs, s.file.closeIdle())
			}
		}
	}
	return errors.Join(errs...)
}

func (p *partition) isSealed(s *segment) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return s.sealed
}
