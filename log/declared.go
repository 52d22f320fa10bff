package log

import "context"

// Log is an open partition log.
type Log struct{}

func Open(ctx context.Context, cfg Config, meta StateMachine) (*Log, error) { return nil, ErrClosed }
func (l *Log) Close() error                                                 { return ErrClosed }
func (l *Log) ProposeMeta(ctx context.Context, cmd []byte) (index uint64, result any, err error) {
	return 0, nil, ErrClosed
}
func (l *Log) CreateTopic(ctx context.Context, c TopicConfig) error { return ErrClosed }
func (l *Log) AlterTopic(ctx context.Context, c TopicConfig) error  { return ErrClosed }
func (l *Log) DropTopic(ctx context.Context, name string) error     { return ErrClosed }
func (l *Log) Topic(name string) (TopicConfig, bool)                { return TopicConfig{}, false }
func (l *Log) Topics() []TopicConfig                                { return nil }
func (l *Log) Activate(ctx context.Context, a Activation) (ActivationResult, error) {
	return ActivationResult{}, ErrClosed
}
func (l *Log) Append(ctx context.Context, cmd []Append) ([]AppendResult, error) {
	return nil, ErrClosed
}
func (l *Log) NewProducer(ctx context.Context) (id int64, epoch int16, err error) {
	return 0, 0, ErrClosed
}
func (l *Log) Commit(ctx context.Context, e JournalEntry) (JournalResult, error) {
	return JournalResult{}, ErrClosed
}
func (l *Log) CommitAsync(e JournalEntry, done func(JournalResult, error)) {}
func (l *Log) TaskState(task string) (TaskState, bool)                     { return TaskState{}, false }
func (l *Log) JournalRead(task string, fromEpoch uint64, fn func(JournalEntry) error) error {
	return ErrClosed
}
func (l *Log) TrimJournal(ctx context.Context, task string, upToEpoch uint64, checkpointInputs []InputPos) error {
	return ErrClosed
}
func (l *Log) DropTask(ctx context.Context, task string) error { return ErrClosed }
func (l *Log) Fetch(topic string, partition int32, offset int64, maxBytes int) (Fetched, error) {
	return Fetched{}, ErrClosed
}
func (l *Log) Offsets(topic string, partition int32) (start, end int64, err error) {
	return 0, 0, ErrClosed
}
func (l *Log) OffsetForTime(topic string, partition int32, ms int64) (int64, error) {
	return 0, ErrClosed
}
func (l *Log) Wait(topic string, partition int32, offset int64) <-chan struct{} { return nil }
func (l *Log) Pin(name, topic string, partition int32, offset int64)            {}
func (l *Log) Unpin(name string)                                                {}
func (l *Log) RunMaintenance(now int64) error                                   { return ErrClosed }
func (l *Log) Stats() Stats                                                     { return Stats{} }
