package batch

import "encoding/binary"

// HeaderSize is the length of a batch's fixed header.
const HeaderSize = 61

const (
	offLength      = 8
	offLeaderEpoch = 12
	offMagic       = 16
	offCRC         = 17
	offAttributes  = 21
	offLastDelta   = 23
	offBaseTime    = 27
	offMaxTime     = 35
	offProducerID  = 43
	offEpoch       = 51
	offSequence    = 53
	offCount       = 57

	logOverhead = 12 // base offset and length, which the length does not count

	attrCodec         = 0x7
	attrLogAppendTime = 1 << 3
	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

// Pad is how many readable bytes stand behind every batch that this package and the log hand out.
const Pad = 32

// Size is the length of the batch that begins b, or 0 when b is shorter than a header or names a length that cannot be.
func Size(b []byte) int {
	if len(b) < HeaderSize {
		return 0
	}
	n := int(int32(binary.BigEndian.Uint32(b[offLength:])))
	if n < HeaderSize-logOverhead {
		return 0
	}
	return n + logOverhead
}

// The accessors below read the header of b, which holds at least HeaderSize bytes.

// BaseOffset is the offset of the batch's first record.
func BaseOffset(b []byte) int64 { return int64(binary.BigEndian.Uint64(b)) }

// LastOffset is the offset of the batch's last record.
func LastOffset(b []byte) int64 { return BaseOffset(b) + int64(LastOffsetDelta(b)) }

// LastOffsetDelta is the distance from first to last offset.
func LastOffsetDelta(b []byte) int32 { return int32(binary.BigEndian.Uint32(b[offLastDelta:])) }

// LeaderEpoch is the epoch of the leader that appended the batch.
func LeaderEpoch(b []byte) int32 { return int32(binary.BigEndian.Uint32(b[offLeaderEpoch:])) }

// Magic is the format's version, 2.
func Magic(b []byte) int8 { return int8(b[offMagic]) }

// Count is the number of records in the batch.
func Count(b []byte) int32 { return int32(binary.BigEndian.Uint32(b[offCount:])) }

// BaseTimestamp is the timestamp, Unix ms, that record timestamps are relative to.
func BaseTimestamp(b []byte) int64 { return int64(binary.BigEndian.Uint64(b[offBaseTime:])) }

// MaxTimestamp is the greatest timestamp in the batch, Unix ms.
func MaxTimestamp(b []byte) int64 { return int64(binary.BigEndian.Uint64(b[offMaxTime:])) }

// ProducerID is the id of an idempotent producer, or -1.
func ProducerID(b []byte) int64 { return int64(binary.BigEndian.Uint64(b[offProducerID:])) }

// ProducerEpoch is the producer's epoch, or -1.
func ProducerEpoch(b []byte) int16 { return int16(binary.BigEndian.Uint16(b[offEpoch:])) }

// BaseSequence is the sequence number of the first record, or -1.
func BaseSequence(b []byte) int32 { return int32(binary.BigEndian.Uint32(b[offSequence:])) }

// CodecOf is the codec of the batch's records.
func CodecOf(b []byte) Codec { return Codec(attributes(b) & attrCodec) }

// IsControl says whether the batch holds control records.
func IsControl(b []byte) bool { return attributes(b)&attrControl != 0 }

func attributes(b []byte) uint16 { return binary.BigEndian.Uint16(b[offAttributes:]) }

// Patch sets base offset and leader epoch, which lie outside the checksum.
func Patch(b []byte, baseOffset int64, leaderEpoch int32) {
	binary.BigEndian.PutUint64(b, uint64(baseOffset))
	binary.BigEndian.PutUint32(b[offLeaderEpoch:], uint32(leaderEpoch))
}

// Checksum computes what the checksum field of the whole batch b must hold.
func Checksum(b []byte) uint32 { return UpdateSum(0, b[offAttributes:]) }

// Sum is the checksum that the batch b carries, and where the bytes that it covers begin, which end with b.
func Sum(b []byte) (crc uint32, from int) { return binary.BigEndian.Uint32(b[offCRC:]), offAttributes }

// ChecksumOK compares the stored checksum of the whole batch b with its bytes.
func ChecksumOK(b []byte) bool { return binary.BigEndian.Uint32(b[offCRC:]) == Checksum(b) }
