package log

import (
	"github.com/leatdb/leat/log/batch"
)

// applyAppend applies all batches of a command or none.
func (g *dataGroup) applyAppend(at place, c appendCommand) outcome {
	results, err := g.appendAll(at, c.items)
	return outcome{value: results, err: err}
}

// appendAll checks all items first, as if those before had been appended, then appends them (L3). When one is
// rejected its result has the reason, the others none, and the error is that reason.
func (g *dataGroup) appendAll(at place, items []appendItem) ([]AppendResult, error) {
	results := make([]AppendResult, len(items))
	var ahead lookahead
	for i := range items {
		it := &items[i]
		p := g.partition(it.topic, it.partition)
		if p == nil {
			return reject(results, i, ErrUnknownTopic)
		}
		v := ahead.judge(p, it, at.time)
		if v.err != nil {
			return reject(results, i, v.err)
		}
		if v.duplicate {
			results[i] = AppendResult{
				BaseOffset: v.base, LastOffset: v.base + int64(batch.LastOffsetDelta(it.batch)), Duplicate: true,
			}
		}
	}
	for i := range items {
		if !results[i].Duplicate {
			p := g.partition(items[i].topic, items[i].partition)
			results[i] = g.appendOne(at, p, items[i].batch)
		}
	}
	return results, nil
}

func reject(results []AppendResult, i int, err error) ([]AppendResult, error) {
	clear(results)
	results[i].Err = err
	return results, err
}

// appendOne gives a batch its offsets, writes it and notes its producer.
func (g *dataGroup) appendOne(at place, p *partition, given []byte) AppendResult {
	b := g.keep(given)
	base := p.next
	batch.Patch(b, base, int32(at.term))
	g.write(p, b, at.time)
	if id := batch.ProducerID(b); id >= 0 {
		p.producers[id] = p.producers[id].note(b, at.time, base)
	}
	return AppendResult{BaseOffset: base, LastOffset: batch.LastOffset(b)}
}

// lookahead is what the earlier items of one command will have changed.
type lookahead struct {
	items []aheadItem
}

type aheadItem struct {
	partition *partition
	producer  int64 // -1 none
	end       int64
	state     *producerState
}

// judge checks one item against the group's state and the items before it.
func (a *lookahead) judge(p *partition, it *appendItem, now int64) producerVerdict {
	end, id := p.next, batch.ProducerID(it.batch)
	state := p.producers[id]
	for i := range a.items {
		if a.items[i].partition != p {
			continue
		}
		end = a.items[i].end
		if id >= 0 && a.items[i].producer == id {
			state = a.items[i].state
		}
	}
	var v producerVerdict
	if id >= 0 {
		v = state.judge(it.batch, now, end)
	}
	if v.err != nil || v.duplicate {
		return v
	}
	if it.expected >= 0 && it.expected != end {
		return producerVerdict{err: ErrExpectedOffset}
	}
	item := aheadItem{partition: p, producer: id, end: end + int64(batch.LastOffsetDelta(it.batch)) + 1}
	if id >= 0 {
		item.state = state.note(it.batch, now, end)
	}
	a.items = append(a.items, item)
	return producerVerdict{}
}

// applyStarts moves logical starts forward.
func (g *dataGroup) applyStarts(c startsCommand) {
	for _, it := range c.items {
		if p := g.partition(it.topic, it.partition); p != nil {
			p.moveStart(it.start)
		}
	}
}
