package log

import "fmt"

// entryVersion is the first byte of every entry; an unknown one stops the node.
const entryVersion = 2

// entryHeader bounds the bytes in front of an entry's commands: version 1 | leader's time 8 | count 4.
const entryHeader = 13

// commandHeader stands in front of every command: kind 1 | length 4.
const commandHeader = 5

type commandKind uint8

const (
	kindMeta commandKind = iota + 1
	kindAppend
	kindJournal
	kindCreateTopic
	kindAlterTopic
	kindDropTopic
	kindActivate
	kindTrimJournal
	kindDropTask
	kindNewProducer
	kindStarts
)

// command is one writer's share of an entry: applied whole or not at all (L3). See docs/formats/entry.md.
type command interface {
	kind() commandKind
	// size estimates the encoded bytes, from above but for some dozens.
	size() int
	encode(w *entryWriter)
}

// entryTime and the rest of where a command stands in the log.
type place struct {
	index uint64
	term  uint64
	time  int64 // entry time, Unix ms (L8)
}

// outcome is a command's own result.
type outcome struct {
	value any
	err   error
}

// decodeEntry calls apply with each command of an entry, in order. Byte slices in commands are shared with data.
// Batches of readInPlace bytes and more have batch.Pad zeros behind them there.
func decodeEntry(data []byte, apply func(leaderTime int64, c command)) error {
	d := decoder{b: data}
	if v := d.u8(); v != entryVersion {
		return fmt.Errorf("entry version %d is not known", v)
	}
	now := int64(d.u64())
	for range d.u32() {
		kind := commandKind(d.u8())
		n := int(d.u32())
		if d.bad || n > len(d.b) {
			return fmt.Errorf("%w: entry ends in a command", ErrCorrupt)
		}
		c, err := decodeCommand(kind, d.b[:n:n])
		if err != nil {
			return err
		}
		d.b = d.b[n:]
		apply(now, c)
	}
	if d.bad || len(d.b) != 0 {
		return fmt.Errorf("%w: entry of %d bytes", ErrCorrupt, len(data))
	}
	return nil
}

func decodeCommand(kind commandKind, body []byte) (command, error) {
	d := &decoder{b: body}
	var c command
	switch kind {
	case kindMeta:
		return metaCommand{cmd: body}, nil
	case kindAppend:
		c = appendCommand{items: decodeItems(d)}
	case kindJournal:
		c = decodeJournal(d)
	case kindCreateTopic:
		c = createTopicCommand{config: decodeTopicConfig(d)}
	case kindAlterTopic:
		c = alterTopicCommand{config: decodeTopicConfig(d)}
	case kindDropTopic:
		c = dropTopicCommand{name: d.string()}
	case kindActivate:
		c = decodeActivate(d)
	case kindTrimJournal:
		c = trimCommand{task: d.string(), upTo: d.uvarint(), inputs: decodeInputs(d)}
	case kindDropTask:
		c = dropTaskCommand{task: d.string()}
	case kindNewProducer:
		c = newProducerCommand{}
	case kindStarts:
		c = decodeStarts(d)
	default:
		return nil, fmt.Errorf("command kind %d is not known", kind)
	}
	if d.bad || len(d.b) != 0 {
		return nil, fmt.Errorf("%w: command of kind %d", ErrCorrupt, kind)
	}
	return c, nil
}
