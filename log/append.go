package log

import (
	"context"
	"errors"
	"fmt"

	"github.com/leatdb/leat/log/batch"
)

// Append commits all batches as one command, all or nothing, and returns when they are synced and applied. A
// rejected command has its reason in one result and as the error. ErrUnknownOutcome: retry with the same producer
// id and sequence.
func (l *Log) Append(ctx context.Context, cmd []Append) ([]AppendResult, error) {
	results, tell, err := l.AppendQuietly(ctx, cmd)
	if tell != nil {
		tell()
	}
	return results, err
}

// AppendQuietly is Append, except that those who wait for the rows may not have been told: then tell does it, which the
// caller runs once it has answered, and soon. Until then a later command or Tell may do it. Who reads without waiting
// sees the rows.
func (l *Log) AppendQuietly(ctx context.Context, cmd []Append) (results []AppendResult, tell func(), err error) {
	if len(cmd) == 0 {
		return nil, nil, nil
	}
	items, at, err := l.data.resolve(cmd, validateWhole)
	if err != nil {
		results := make([]AppendResult, len(cmd))
		results, err = reject(results, at, err)
		return results, nil, err
	}
	c := appendCommand{items: items}
	if err := checkSize(c); err != nil {
		results, err = reject(make([]AppendResult, len(cmd)), 0, err)
		return results, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	n := l.nodes[0]
	q := &proposal{command: c, quiet: true}
	v, err := n.proposer.await(ctx, q)
	results, _ = v.([]AppendResult)
	if q.untold {
		tell = l.Tell
	}
	return results, tell, err
}

// Tell wakes those who wait for rows that were appended quietly.
func (l *Log) Tell() { l.nodes[0].fsm.tell() }

// maxCommandBytes bounds one command, and so an entry and the WAL record that holds it.
const maxCommandBytes = 512 << 20

func checkSize(c command) error {
	if n := c.size(); n > maxCommandBytes {
		return fmt.Errorf("%w: command of %d bytes", ErrTooLarge, n)
	}
	return nil
}

// NewProducer draws the id of a new idempotent producer; its first sequence number is 0. Ids are never used twice.
func (l *Log) NewProducer(ctx context.Context) (id int64, epoch int16, err error) {
	v, err := l.propose(ctx, newProducerCommand{}, false)
	if err != nil {
		return -1, -1, err
	}
	return v.(int64), 0, nil
}

// resolve finds the topics of a command and checks its batches; at is the item at fault.
func (g *dataGroup) resolve(cmd []Append, check func(TopicConfig, []byte) error) (items []appendItem, at int, err error) {
	items = make([]appendItem, 0, len(cmd))
	for i := range cmd {
		c := &cmd[i]
		id, config, err := g.topicFor(c.Topic, c.Partition)
		if err != nil {
			return nil, i, err
		}
		if err := check(config, c.Batch); err != nil {
			return nil, i, fmt.Errorf("%s/%d: %w", c.Topic, c.Partition, err)
		}
		items = append(items, appendItem{topic: id, partition: c.Partition, expected: c.ExpectedOffset, batch: c.Batch})
	}
	return items, 0, nil
}

func (g *dataGroup) topicFor(name string, n int32) (uint64, TopicConfig, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	t := g.mu.topics[name]
	if t == nil || n < 0 || int(n) >= len(t.partitions) {
		return 0, TopicConfig{}, fmt.Errorf("%w: %s/%d", ErrUnknownTopic, name, n)
	}
	return t.id, t.config, nil
}

// validateWhole checks a batch from outside to its last record.
func validateWhole(c TopicConfig, b []byte) error {
	if len(b) > c.MaxMessageBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), c.MaxMessageBytes)
	}
	validate := batch.Validate
	if c.Cleanup != Delete {
		validate = batch.ValidateKeyed
	}
	return recordFault(validate(b, c.MaxMessageBytes))
}

// validateBuilt checks the header of a batch that our own builder made.
func validateBuilt(c TopicConfig, b []byte) error {
	if len(b) > c.MaxMessageBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), c.MaxMessageBytes)
	}
	return recordFault(batch.ValidateBuilt(b, c.MaxMessageBytes))
}

func recordFault(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(ErrInvalidRecord, err)
}
