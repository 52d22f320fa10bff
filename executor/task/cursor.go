package task

import (
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
)

// cursor reads the records of one partition in order.
type cursor struct {
	log       Log
	topic     string
	partition int32
	bytes     int // of one fetch
	// next is the offset of the first record not yet given, or a lower one when a gap is before it.
	next    int64
	end     int64 // the partition's end when last seen
	batches []log.FetchedBatch
	reader  batch.Reader
	reading bool
	buf     []byte // what was read from disk
}

// intoFetcher is a Log that reads into a buffer of the caller.
type intoFetcher interface {
	FetchInto(topic string, partition int32, offset int64, maxBytes int, buf *[]byte) (log.Fetched, error)
}

// fetch reads on; what the last fetch gave is done with.
func (c *cursor) fetch() (log.Fetched, error) {
	if l, ok := c.log.(intoFetcher); ok {
		return l.FetchInto(c.topic, c.partition, c.next, c.bytes, &c.buf)
	}
	return c.log.Fetch(c.topic, c.partition, c.next, c.bytes)
}

// seek goes to an offset.
func (c *cursor) seek(offset int64) {
	c.next, c.batches, c.reading = offset, nil, false
	c.reader = batch.Reader{}
}

// record reads the next record below limit, lent until the next call; ok is
// false when there is none yet.
func (c *cursor) record(rec *batch.Record, limit int64) (ok bool, err error) {
	for c.next < limit {
		if !c.reading {
			if ok, err := c.open(); !ok || err != nil {
				return false, err
			}
		}
		for c.reader.Next(rec) {
			if rec.Offset < c.next {
				continue
			}
			if rec.Offset >= limit {
				// Compaction left a gap up to limit: begin this batch again later.
				c.seek(limit)
				return false, nil
			}
			c.next = rec.Offset + 1
			return true, nil
		}
		if err := c.reader.Err(); err != nil {
			return false, err
		}
		c.next = max(c.next, c.batches[0].LastOffset+1)
		c.batches, c.reading = c.batches[1:], false
	}
	return false, nil
}

// open begins the next batch with records for clients.
func (c *cursor) open() (bool, error) {
	for {
		if len(c.batches) == 0 {
			f, err := c.fetch()
			if err != nil {
				return false, err
			}
			c.batches, c.end = f.Batches, f.HighWatermark
			if len(f.Batches) == 0 {
				c.buf = nil // at the end there is nothing to keep room for
				c.next = max(c.next, f.NextOffset)
				return false, nil
			}
		}
		if b := c.batches[0]; b.LastOffset < c.next || batch.IsControl(b.Bytes) {
			c.next = max(c.next, b.LastOffset+1)
			c.batches = c.batches[1:]
			continue
		}
		c.reading = true
		return true, c.reader.Reset(c.batches[0].Bytes, 0)
	}
}

// more tells whether records may be there to read.
func (c *cursor) more() (bool, error) {
	if c.reading || len(c.batches) > 0 || c.next < c.end {
		return true, nil
	}
	_, end, err := c.log.Offsets(c.topic, c.partition)
	c.end = end
	return c.next < end, err
}
