package batch

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// drawn is a batch written by hand: two records, the first with key, value and a header, the second a tombstone. The
// checksum was computed apart (slowCRC32C).
const drawn = `
0000000000000000  base offset 0
0000004b          length 75
00000000          leader epoch 0
02                magic 2
CCCCCCCC          crc32c
0000              attributes: no codec
00000001          last offset delta 1
00000000000003e8  base timestamp 1000
00000000000003ed  max timestamp 1005
0000000000000007  producer id 7
0003              producer epoch 3
00000009          base sequence 9
00000002          two records
20                length 16
00                attributes
00                timestamp delta 0
00                offset delta 0
04 6b65           key "ke"
06 76616c         value "val"
02                one header
02 68             header key "h"
04 7879           header value "xy"
10                length 8
00                attributes
0a                timestamp delta 5
02                offset delta 1
04 6b65           key "ke"
01                null value
00                no headers
`

// slowCRC32C is the checksum bit by bit.
func slowCRC32C(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x82f63b78
			} else {
				crc >>= 1
			}
		}
	}
	return ^crc
}

func drawnBytes(t *testing.T) []byte {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(drawn) {
		for _, word := range strings.Fields(strings.Replace(line, "CCCCCCCC", "00000000", 1)) {
			if _, err := hex.DecodeString(word); err != nil {
				break
			}
			text.WriteString(word)
		}
	}
	b, err := hex.DecodeString(text.String())
	if err != nil {
		t.Fatal(err)
	}
	crc := slowCRC32C(b[21:])
	b[17], b[18], b[19], b[20] = byte(crc>>24), byte(crc>>16), byte(crc>>8), byte(crc)
	return b
}

func TestBuilderWritesTheDrawnBytes(t *testing.T) {
	var w Builder
	w.Reset(None, 7, 3, 9)
	w.Append(Record{Key: []byte("ke"), Value: []byte("val"), Timestamp: 1000, Headers: []Header{{"h", []byte("xy")}}})
	w.Append(Record{Key: []byte("ke"), Timestamp: 1005})
	if got, want := w.Bytes(), drawnBytes(t); !bytes.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", hex.Dump(got), hex.Dump(want))
	}
}

func TestReaderReadsTheDrawnBytes(t *testing.T) {
	b := drawnBytes(t)
	if err := Validate(b, 0); err != nil {
		t.Fatal(err)
	}
	Patch(b, 500, 4)
	if !ChecksumOK(b) || BaseOffset(b) != 500 || LastOffset(b) != 501 || LeaderEpoch(b) != 4 || Size(b) != len(b) ||
		Count(b) != 2 || BaseTimestamp(b) != 1000 || MaxTimestamp(b) != 1005 || ProducerID(b) != 7 || ProducerEpoch(b) != 3 ||
		BaseSequence(b) != 9 || CodecOf(b) != None || IsControl(b) || Magic(b) != 2 {
		t.Fatalf("header accessors of\n%s", hex.Dump(b))
	}
	var r Reader
	if err := r.Reset(b, 0); err != nil {
		t.Fatal(err)
	}
	var rec Record
	if !r.Next(&rec) || string(rec.Key) != "ke" || string(rec.Value) != "val" || rec.Offset != 500 || rec.Timestamp != 1000 ||
		len(rec.Headers) != 1 || rec.Headers[0].Key != "h" || string(rec.Headers[0].Value) != "xy" {
		t.Fatalf("first record %+v", rec)
	}
	if !r.Next(&rec) || rec.Value != nil || rec.Offset != 501 || rec.Timestamp != 1005 || len(rec.Headers) != 0 {
		t.Fatalf("second record %+v", rec)
	}
	if r.Next(&rec) || r.Err() != nil {
		t.Fatalf("end: %v", r.Err())
	}
}

// TestMurmur2 uses the vectors of Kafka's own clients.
func TestMurmur2(t *testing.T) {
	for key, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(Murmur2([]byte(key))); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
	if got := PartitionFor([]byte("foobar"), 10, 0); got != (-790332482&0x7fffffff)%10 {
		t.Errorf("foobar goes to %d", got)
	}
	if PartitionFor(nil, 3, 7) != 1 || PartitionFor([]byte{}, 1, 5) != 0 {
		t.Error("null keys go round robin, empty ones by hash")
	}
}
