// Package batch reads and writes Kafka's RecordBatch v2, the only record format of the log.
//
//	record.go      Record, Header
//	header.go      the 61-byte header: accessors, Patch
//	sum.go         CRC-32C; sum_amd64.go, sum_amd64.s and sum_other.go: much of it folded where the machine can
//	builder.go     Builder: records in, one batch out; spare.go: its memory, used again;
//	                 uncleared.go: memory that nobody has cleared; room.go: of batches
//	                 that stay where they are built
//	reader.go      Reader: one batch in, records out, without copying
//	validate.go    Validate: what a producer may send
//	filter.go      Filter: a batch with some of its records, for compaction
//	codec.go       Codec and its compressors; snappy.go the two snappy framings
//	partitioner.go Murmur2, PartitionFor
//
// Layout, big endian, lengths in bytes:
//
//	0 base offset 8 | 8 length 4 | 12 leader epoch 4 | 16 magic 1 | 17 crc32c 4 | 21 attributes 2 | 23 last offset delta 4
//	27 base timestamp 8 | 35 max timestamp 8 | 43 producer id 8 | 51 producer epoch 2 | 53 base sequence 4 | 57 count 4 | 61 records
//
// The checksum covers byte 21 to the end, so base offset and leader epoch may be patched. Invariants:
//
//	B1  Nothing read from a batch lies outside its bytes, or outside the bounded output of its codec.
//	B2  A batch that Validate accepts is read by Reader to its last record.
//
// It knows no files, topics or offsets beyond one batch.
package batch
