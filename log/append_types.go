package log

// Append is one batch for one partition.
type Append struct {
	Topic     string
	Partition int32
	// Batch is one whole RecordBatch v2, given. Its base offset and leader epoch are set by the log.
	Batch []byte
	// ExpectedOffset, unless -1, must be the partition's end when the command is applied.
	ExpectedOffset int64
}

// AppendResult tells where a batch landed, or why its command was rejected.
type AppendResult struct {
	BaseOffset, LastOffset int64
	// Err is ErrExpectedOffset, ErrOutOfOrderSequence, ErrInvalidProducerEpoch, ErrUnknownTopic, ... or nil.
	Err error
	// Duplicate says that the producer had sent this batch before; the offsets are the first ones.
	Duplicate bool
}

// FetchedBatch is one stored batch.
type FetchedBatch struct {
	BaseOffset int64
	LastOffset int64
	Bytes      []byte // the whole v2 batch with its base offset, shared
}

// Fetched is what Fetch read. The first batch may begin before the offset asked for; offsets may have gaps where
// compaction removed records.
type Fetched struct {
	Batches []FetchedBatch
	// NextOffset is where to read on: behind the last batch, or the offset asked for when nothing was there.
	NextOffset              int64
	LogStart, HighWatermark int64
}
