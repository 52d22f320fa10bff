package batch

// Codec is a compression codec, the low three bits of a batch's attributes.
type Codec int8

// The codecs of RecordBatch v2.
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)
