package log

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/leatdb/leat/log/batch"
)

// A WAL record: a header of 64 bytes, the body, zeros to a multiple of 8. Little endian.
//
//	0 magic 4 | 4 header crc 4 (of 8..64) | 8 generation 8 | 16 position 8 | 24 mark 8 | 32 index 8 | 40 term 8
//	48 group 4 | 52 body length 4 | 56 body crc 4 | 60 kind 1 | 61 log type 1 | 62 zero 2
//
// See docs/formats/wal.md.
const (
	walMagic  = 0x3152574c // "LWR1"
	walHeader = 64
	walAlign  = 8
)

type walKind uint8

const (
	walEntryKind walKind = iota + 1 // a Raft log entry
	walSeal                         // the last record of a segment
	walTruncate                     // entries above index are void
	walReset                        // all entries before are void, any index may follow
	walGap                          // nothing: what follows is to stand at its place in a block
)

// walPos orders all places ever written: generation in the high, offset in the low 32 bits.
type walPos uint64

func walAt(generation uint64, offset int64) walPos { return walPos(generation<<32 | uint64(offset)) }

func (p walPos) String() string {
	return fmt.Sprintf("segment %d offset %d", uint64(p)>>32, uint32(p))
}

// walRecord is a parsed record; body is shared with the bytes it was parsed from.
type walRecord struct {
	kind        walKind
	logType     raft.LogType
	index, term uint64
	mark        walPos
	body        []byte
	size        int64 // with header and padding
}

// appendWALRecord encodes r behind dst, to stand at the given place.
func appendWALRecord(dst []byte, r walRecord, group uint32, at walPos) []byte {
	h := len(dst)
	dst = append(dst, make([]byte, walHeader)...)
	return finishWALRecord(append(dst, r.body...), h, r, group, at)
}

// finishWALRecord pads the record whose header place begins at dst[h] and fills in the header; r.body is not used.
func finishWALRecord(dst []byte, h int, r walRecord, group uint32, at walPos) []byte {
	body := dst[h+walHeader:]
	putWALHeader(dst[h:], r, group, at, len(body), checksum(body))
	return append(dst, padding[:(h-len(dst))&(walAlign-1)]...)
}

// putWALHeader fills in the header at the start of b, of a body of n bytes.
func putWALHeader(b []byte, r walRecord, group uint32, at walPos, n int, crc uint32) {
	le := binary.LittleEndian
	le.PutUint32(b, walMagic)
	le.PutUint64(b[8:], uint64(at)>>32)
	le.PutUint64(b[16:], uint64(at))
	le.PutUint64(b[24:], uint64(r.mark))
	le.PutUint64(b[32:], r.index)
	le.PutUint64(b[40:], r.term)
	le.PutUint32(b[48:], group)
	le.PutUint32(b[52:], uint32(n))
	le.PutUint32(b[56:], crc)
	b[60], b[61] = byte(r.kind), byte(r.logType)
	le.PutUint32(b[4:], checksum(b[8:walHeader]))
}

// parseWALRecord reads the record that begins b and must stand at the given place; false when there is no whole,
// intact record of this group, generation and place.
func parseWALRecord(b []byte, group uint32, at walPos) (walRecord, bool) {
	if len(b) < walHeader {
		return walRecord{}, false
	}
	le := binary.LittleEndian
	if le.Uint32(b) != walMagic || le.Uint32(b[4:]) != checksum(b[8:walHeader]) {
		return walRecord{}, false
	}
	if le.Uint64(b[8:]) != uint64(at)>>32 || walPos(le.Uint64(b[16:])) != at || le.Uint32(b[48:]) != group {
		return walRecord{}, false
	}
	n := int64(le.Uint32(b[52:]))
	if n > int64(len(b))-walHeader {
		return walRecord{}, false
	}
	body := b[walHeader : walHeader+n]
	if le.Uint32(b[56:]) != checksum(body) {
		return walRecord{}, false
	}
	r := walRecord{
		kind: walKind(b[60]), logType: raft.LogType(b[61]),
		index: le.Uint64(b[32:]), term: le.Uint64(b[40:]), mark: walPos(le.Uint64(b[24:])),
		body: body, size: (walHeader + n + walAlign - 1) / walAlign * walAlign,
	}
	return r, true
}

// A log entry's body: append time in Unix ns 8 | length of extensions 4 | extensions | data.
const walBodyHeader = 12

// appendWALBody appends an entry's body but for its data.
func appendWALBody(dst []byte, l *raft.Log) []byte {
	var at int64
	if !l.AppendedAt.IsZero() {
		at = l.AppendedAt.UnixNano()
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(at))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(l.Extensions)))
	return append(dst, l.Extensions...)
}

// fillLog sets l from r, whose body it keeps.
func fillLog(l *raft.Log, r walRecord) error {
	if len(r.body) < walBodyHeader {
		return fmt.Errorf("%w: log entry %d of %d bytes", ErrCorrupt, r.index, len(r.body))
	}
	at := int64(binary.LittleEndian.Uint64(r.body))
	n := int64(binary.LittleEndian.Uint32(r.body[8:]))
	rest := r.body[walBodyHeader:]
	if n > int64(len(rest)) {
		return fmt.Errorf("%w: log entry %d with %d bytes of extensions", ErrCorrupt, r.index, n)
	}
	*l = raft.Log{Index: r.index, Term: r.term, Type: r.logType, Data: rest[n:]}
	if n > 0 {
		l.Extensions = rest[:n]
	}
	if at != 0 {
		l.AppendedAt = time.Unix(0, at)
	}
	return nil
}

// knownSum gives the checksum of an entry's data when somebody has it.
type knownSum func(data []byte) (crc uint32, ok bool)

// appendEntryHeadLocked encodes the entry up to its data, behind which stands padding.
func (w *wal) appendEntryHeadLocked(dst []byte, l *raft.Log, at walPos) []byte {
	h := len(dst)
	dst = appendWALBody(append(dst, make([]byte, walHeader)...), l)
	body := dst[h+walHeader:]
	r := walRecord{kind: walEntryKind, logType: l.Type, index: l.Index, term: l.Term, mark: w.w.synced}
	putWALHeader(dst[h:], r, w.group, at, len(body)+len(l.Data), w.sumBehind(checksum(body), l.Data))
	return dst
}

// sumBehind is the checksum of bytes that have crc with data behind them.
func (w *wal) sumBehind(crc uint32, data []byte) uint32 {
	if known := w.sums.Load(); known != nil {
		if sum, ok := (*known)(data); ok {
			return joinSums(crc, sum, len(data))
		}
	}
	return batch.UpdateSum(crc, data)
}
