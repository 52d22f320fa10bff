package batch

// Header is one header of a record.
type Header struct {
	Key   string
	Value []byte // nil is null
}

// Record is one record. A nil Key or Value is null; an empty one is not.
type Record struct {
	Key, Value []byte
	Timestamp  int64 // Unix ms
	Headers    []Header
	Offset     int64 // set by Reader, ignored by Builder
}
