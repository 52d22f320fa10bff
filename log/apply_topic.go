package log

import (
	"fmt"
	"slices"
)

func (g *dataGroup) topicDir(id uint64, n int) string {
	return g.fs.PathJoin(g.dir, fmt.Sprintf("t%d-p%d", id, n))
}

func (g *dataGroup) journalDir(id uint64) string {
	return g.fs.PathJoin(g.dir, fmt.Sprintf("j%d", id))
}

// createTopic makes a topic, or finds an equal one.
func (g *dataGroup) createTopic(c TopicConfig) error {
	if err := g.mayCreate(c); err != nil {
		return err
	}
	if g.mu.topics[c.Name] != nil {
		return nil
	}
	t := &topicState{id: g.nextTopic, config: c}
	g.nextTopic++
	for n := range int(c.Partitions) {
		t.partitions = append(t.partitions, newPartition(g.fs, g.topicDir(t.id, n), g.interval, rollSettings{c.SegmentBytes, c.SegmentMs}))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.topics[c.Name] = t
	g.mu.byID[t.id] = t
	return nil
}

// mayCreate says whether createTopic will succeed.
func (g *dataGroup) mayCreate(c TopicConfig) error {
	if err := c.check(); err != nil {
		return err
	}
	if t := g.mu.topics[c.Name]; t != nil && !sameTopic(t.config, c) {
		return fmt.Errorf("%w: %s", ErrTopicExists, c.Name)
	}
	return nil
}

// maxPartitions bounds the partitions of one topic.
const maxPartitions = 1 << 16

// check reports what no group accepts.
func (c TopicConfig) check() error {
	switch {
	case c.Name == "":
		return fmt.Errorf("%w: no name", ErrInvalidTopic)
	case c.Partitions < 1 || c.Partitions > maxPartitions:
		return fmt.Errorf("%w: %s: %d partitions", ErrInvalidTopic, c.Name, c.Partitions)
	case c.Cleanup > CompactDelete:
		return fmt.Errorf("%w: %s: unknown cleanup policy", ErrInvalidTopic, c.Name)
	case c.Placement != nil && len(c.Placement) != int(c.Partitions):
		return fmt.Errorf("%w: %s: placement of %d partitions", ErrInvalidTopic, c.Name, len(c.Placement))
	case c.SegmentBytes <= 0 || c.SegmentMs <= 0:
		return fmt.Errorf("%w: %s: segment size", ErrInvalidTopic, c.Name)
	}
	return nil
}

func sameTopic(a, b TopicConfig) bool {
	return a.Name == b.Name && a.Partitions == b.Partitions && a.Cleanup == b.Cleanup &&
		a.RetentionMs == b.RetentionMs && a.RetentionBytes == b.RetentionBytes && a.DeleteRetentionMs == b.DeleteRetentionMs &&
		a.MaxMessageBytes == b.MaxMessageBytes && a.Codec == b.Codec && a.Internal == b.Internal &&
		slices.Equal(a.Placement, b.Placement) && a.SegmentBytes == b.SegmentBytes && a.SegmentMs == b.SegmentMs
}

// alterTopic changes everything but name and placement; partitions may be added at the end.
func (g *dataGroup) alterTopic(c TopicConfig) error {
	t := g.mu.topics[c.Name]
	if t == nil {
		return fmt.Errorf("%w: %s", ErrUnknownTopic, c.Name)
	}
	if err := c.check(); err != nil {
		return err
	}
	if int(c.Partitions) < len(t.partitions) {
		return fmt.Errorf("%w: %s: partitions cannot be taken away", ErrInvalidTopic, c.Name)
	}
	roll := rollSettings{c.SegmentBytes, c.SegmentMs}
	g.mu.Lock()
	defer g.mu.Unlock()
	t.config = c
	for _, p := range t.partitions {
		p.mu.Lock()
		p.mu.settings = roll
		p.mu.Unlock()
	}
	for n := len(t.partitions); n < int(c.Partitions); n++ {
		t.partitions = append(slices.Clip(t.partitions), newPartition(g.fs, g.topicDir(t.id, n), g.interval, roll))
	}
	return nil
}

// dropTopic forgets a topic; its files go with the next snapshot.
func (g *dataGroup) dropTopic(name string) error {
	t := g.mu.topics[name]
	if t == nil {
		return fmt.Errorf("%w: %s", ErrUnknownTopic, name)
	}
	g.mu.Lock()
	delete(g.mu.topics, name)
	delete(g.mu.byID, t.id)
	g.mu.Unlock()
	for _, p := range t.partitions {
		p.drop()
		g.obsolete.add(p.dir)
	}
	return nil
}
