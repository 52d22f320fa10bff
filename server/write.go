package server

import (
	"context"
	"errors"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
)

// write is the records of one statement for one relation.
type write struct {
	rel    *catalog.Relation
	placed []codec.Placed
	// expect holds, by partition, the end that the partition must still have:
	// UPDATE and DELETE of what was read. nil: none.
	expect map[int32]int64
}

// inserter makes the inserter of a relation, with the IDs of its schemas.
func (s *Server) inserter(t *catalog.Relation) (*codec.Inserter, error) {
	enc, err := codec.InsertEncoder(t)
	if err != nil {
		return nil, err
	}
	return enc, enc.Use(s.catalog)
}

func (w *write) size() int {
	n := 0
	for i := range w.placed {
		n += len(w.placed[i].Record.Key) + len(w.placed[i].Record.Value) + 32
	}
	return n
}

// batchBytes is the size at which a batch of one command is cut.
const batchBytes = 1 << 20

// errMoved says that a partition has grown since it was read.
var errMoved = errors.New("the rows were changed by another writer")

// put writes at once, or inside a transaction keeps for COMMIT.
func (ss *Session) put(ctx context.Context, w write) error {
	inTx := ss.tx.status == 'T'
	if inTx && ss.tx.readOnly || !inTx && ss.settings.isOn("default_transaction_read_only") {
		return sqlerr.New(sqlerr.ReadOnlyTransaction, "cannot write to %q in a read-only transaction", w.rel.Name)
	}
	if !inTx {
		return ss.append(ctx, []write{w})
	}
	if ss.tx.bytes += w.size(); ss.tx.bytes > maxTransaction {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "transaction is larger than %d bytes", maxTransaction).
			WithHint("Write it in several transactions.")
	}
	ss.tx.writes = append(ss.tx.writes, w)
	return nil
}

// append writes all of writes by one atomic command and remembers how far the
// session's own writes reach. errMoved when a precondition does not hold.
func (ss *Session) append(ctx context.Context, writes []write) error {
	_, err := ss.appendOnce(ctx, writes, -1)
	return err
}

// appendOnce is append by an idempotent producer, -1 for none: dup says that it
// had written them before.
func (ss *Session) appendOnce(ctx context.Context, writes []write, producer int64) (dup bool, err error) {
	cmd, rows := commandOf(writes, producer)
	if len(cmd) == 0 {
		return false, nil
	}
	results, err := ss.appendTelling(ctx, cmd)
	if err != nil {
		return false, appendError(err)
	}
	for i, r := range results {
		if r.Err != nil {
			return false, appendError(r.Err)
		}
		p := partition{cmd[i].Topic, cmd[i].Partition}
		ss.acked[p] = max(ss.acked[p], r.LastOffset+1)
		dup = dup || r.Duplicate
	}
	ss.tellPosition()
	if dup {
		return true, nil
	}
	ss.srv.metrics.appended.Add(float64(rows))
	return false, nil
}

// appendTelling appends, and puts off waking readers until the client has its answer
// if this is the last that its statement does.
func (ss *Session) appendTelling(ctx context.Context, cmd []log.Append) ([]log.AppendResult, error) {
	if !ss.last {
		return ss.srv.log.Append(ctx, cmd)
	}
	results, tell, err := ss.srv.log.AppendQuietly(ctx, cmd)
	if tell != nil {
		ss.untold = tell
	}
	return results, err
}

// commandOf gathers records by partition, in the order of their first record.
func commandOf(writes []write, producer int64) (cmd []log.Append, rows int) {
	type open struct {
		b      batch.Builder
		expect int64
		rest   []*batch.Record
		seq    int32
	}
	var order []partition
	parts := map[partition]*open{}
	for i := range writes {
		w := &writes[i]
		for j := range w.placed {
			p := partition{w.rel.Topic, w.placed[j].Partition}
			o := parts[p]
			if o == nil {
				o = &open{expect: -1}
				if e, ok := w.expect[p.part]; ok {
					o.expect = e
				}
				parts[p] = o
				order = append(order, p)
			}
			o.rest = append(o.rest, &w.placed[j].Record)
			rows++
		}
	}
	for _, p := range order {
		o := parts[p]
		for len(o.rest) > 0 {
			o.b.Reset(batch.None, -1, -1, -1)
			if producer >= 0 {
				o.b.Reset(batch.None, producer, 0, o.seq)
			}
			for len(o.rest) > 0 && o.b.Len() < batchBytes {
				o.b.Append(*o.rest[0])
				o.rest, o.seq = o.rest[1:], o.seq+1
			}
			cmd = append(cmd, log.Append{Topic: p.topic, Partition: p.part, Batch: o.b.Bytes(), ExpectedOffset: o.expect})
			o.expect = -1 // only the first batch meets the partition as it was read
		}
	}
	return cmd, rows
}

// appendError turns the log's refusals into what a user is told.
func appendError(err error) error {
	switch {
	case errors.Is(err, log.ErrExpectedOffset):
		return errMoved
	case errors.Is(err, log.ErrOutOfOrderSequence):
		return err
	case errors.Is(err, log.ErrNoSpace):
		return sqlerr.New(sqlerr.DiskFull, "could not write: no space left on the disk").Wrap(err).
			WithHint("Free disk space, or shorten the retention of topics.")
	case errors.Is(err, log.ErrTooLarge):
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "row is larger than the topic allows").Wrap(err)
	case errors.Is(err, log.ErrUnknownTopic):
		return sqlerr.New(sqlerr.UndefinedTable, "relation was dropped by another session").Wrap(err)
	case errors.Is(err, log.ErrUnknownOutcome):
		return sqlerr.New(sqlerr.TransactionUnknown, "it is not known whether the rows were written").Wrap(err).
			WithHint("Read them before you write them again.")
	case errors.Is(err, log.ErrClosed):
		return sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command").Wrap(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return sqlerr.New(sqlerr.IOError, "could not write: %s", err).Wrap(err)
}
