package log

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// maxJournalSegment bounds the segments of journals, which are trimmed often.
const maxJournalSegment = 8 << 20

// CreateTopic makes a topic. An equal one is success, another configuration ErrTopicExists.
func (l *Log) CreateTopic(ctx context.Context, c TopicConfig) error {
	c, err := l.complete(c)
	if err != nil {
		return err
	}
	_, err = l.propose(ctx, createTopicCommand{config: c}, true)
	return err
}

// AlterTopic changes a topic's settings; partitions can be added, not taken away.
func (l *Log) AlterTopic(ctx context.Context, c TopicConfig) error {
	c, err := l.complete(c)
	if err != nil {
		return err
	}
	_, err = l.propose(ctx, alterTopicCommand{config: c}, true)
	return err
}

// DropTopic removes a topic at once; its files go with the next snapshot.
func (l *Log) DropTopic(ctx context.Context, name string) error {
	_, err := l.propose(ctx, dropTopicCommand{name: name}, true)
	return err
}

// DeleteRecords moves a partition's logical start forward to an offset, at most to its end; what nothing pins goes
// with the next maintenance. Exchanges are trimmed with it.
func (l *Log) DeleteRecords(ctx context.Context, topic string, partition int32, before int64) error {
	id, _, err := l.data.topicFor(topic, partition)
	if err != nil {
		return err
	}
	_, err = l.propose(ctx, startsCommand{items: []startItem{{topic: id, partition: partition, start: before}}}, true)
	return err
}

// Topic returns a topic's configuration with all defaults filled in.
func (l *Log) Topic(name string) (TopicConfig, bool) {
	_, c, err := l.data.topicFor(name, 0)
	return c, err == nil
}

// Topics returns all topics by name.
func (l *Log) Topics() []TopicConfig {
	g := l.data
	g.mu.RLock()
	defer g.mu.RUnlock()
	out := make([]TopicConfig, 0, len(g.mu.topics))
	for _, t := range g.mu.topics {
		out = append(out, t.config)
	}
	slices.SortFunc(out, func(a, b TopicConfig) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Activate gives a DDL statement its place in the data log: tasks end, topics are made and tasks begin in one entry.
// A plan id that was activated before changes nothing and gives the first result.
func (l *Log) Activate(ctx context.Context, a Activation) (ActivationResult, error) {
	if a.PlanID == "" {
		return ActivationResult{}, fmt.Errorf("%w: activation without a plan id", ErrInvalidTopic)
	}
	topics := make([]TopicConfig, 0, len(a.Topics))
	for _, t := range a.Topics {
		c, err := l.complete(t)
		if err != nil {
			return ActivationResult{}, err
		}
		topics = append(topics, c)
	}
	a.Topics = topics
	v, err := l.propose(ctx, activateCommand{activation: a, journalBytes: min(l.cfg.SegmentBytes, maxJournalSegment)}, true)
	r, _ := v.(ActivationResult)
	return r, err
}

// complete fills in defaults. Sizes that are not given stay what they were for an existing topic.
func (l *Log) complete(c TopicConfig) (TopicConfig, error) {
	old, exists := l.Topic(c.Name)
	fill := func(v *int64, stored, standard int64) {
		if *v == 0 && exists {
			*v = stored
		} else if *v == 0 {
			*v = standard
		}
	}
	fill(&c.SegmentBytes, old.SegmentBytes, l.cfg.SegmentBytes)
	fill(&c.SegmentMs, old.SegmentMs, l.cfg.SegmentMs)
	if c.RetentionMs <= 0 {
		c.RetentionMs = -1
	}
	if c.RetentionBytes <= 0 {
		c.RetentionBytes = -1
	}
	limit := int64(c.MaxMessageBytes)
	fill(&limit, int64(old.MaxMessageBytes), int64(l.cfg.MaxBatchBytes))
	c.MaxMessageBytes = int(limit)
	c.Placement = slices.Clone(c.Placement)
	for int32(len(c.Placement)) < c.Partitions {
		c.Placement = append(c.Placement, dataGroupID)
	}
	for _, g := range c.Placement {
		if g != dataGroupID {
			return c, fmt.Errorf("%w: %s: there is no data group %d", ErrInvalidTopic, c.Name, g)
		}
	}
	return c, c.check()
}
