package log

import "errors"

// Rejections: the command changed nothing. Compare with errors.Is.
var (
	ErrUnknownTopic         = errors.New("unknown topic or partition")
	ErrTopicExists          = errors.New("topic already exists with another configuration")
	ErrInvalidTopic         = errors.New("invalid topic configuration")
	ErrUnknownTask          = errors.New("unknown task")
	ErrTaskExists           = errors.New("task already exists")
	ErrFenced               = errors.New("task is fenced: its epoch has moved on")
	ErrExpectedOffset       = errors.New("partition's end is not the expected offset")
	ErrOutOfOrderSequence   = errors.New("producer sequence is out of order")
	ErrInvalidProducerEpoch = errors.New("producer epoch is older than the known one")
	ErrInvalidRecord        = errors.New("invalid record")
	ErrTooLarge             = errors.New("batch is larger than the topic allows")
	ErrNoSpace              = errors.New("not enough free disk space")
)

// Conditions of the log itself and of reading.
var (
	ErrOffsetOutOfRange = errors.New("offset out of range")
	ErrCorrupt          = errors.New("corrupt data")
	ErrClosed           = errors.New("log is closed")
	// ErrUnknownOutcome says that a proposal may or may not have been, or yet be, applied.
	ErrUnknownOutcome = errors.New("outcome of the proposal is unknown")
)
