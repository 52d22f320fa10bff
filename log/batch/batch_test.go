package batch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/leatdb/leat/internal/fuzzing"
)

func sample(c Codec, n int) []byte {
	var w Builder
	w.Reset(c, -1, -1, -1)
	for i := range n {
		r := Record{Key: fmt.Appendf(nil, "key %d", i), Value: bytes.Repeat([]byte("v"), i%50), Timestamp: int64(1000 - i)}
		if i%3 == 0 {
			r.Key = nil
		}
		if i%5 == 0 {
			r.Headers = []Header{{"a", nil}, {"b", []byte{}}}
		}
		w.Append(r)
	}
	return w.Bytes()
}

func walk(t *testing.T, b []byte) []Record {
	t.Helper()
	var r Reader
	if err := r.Reset(b, 0); err != nil {
		t.Fatal(err)
	}
	var out []Record
	var rec Record
	for r.Next(&rec) {
		rec.Headers = append([]Header(nil), rec.Headers...)
		out = append(out, rec)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCodecsRoundTrip(t *testing.T) {
	want := fmt.Sprint(walk(t, sample(None, 200)))
	for c := None; c <= Zstd; c++ {
		b := sample(c, 200)
		if err := Validate(b, 0); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		if cap(b)-len(b) < Pad {
			t.Errorf("%v: no padding", c)
		}
		if got := fmt.Sprint(walk(t, b)); got != want {
			t.Errorf("%v: got %s", c, got)
		}
		if c != None && len(b) >= len(sample(None, 200)) {
			t.Errorf("%v: %d bytes are not smaller", c, len(b))
		}
		if back, ok := ParseCodec(c.String()); !ok || back != c {
			t.Errorf("codec name %q", c)
		}
	}
}

// TestXerialSnappy reads the framing of Java clients.
func TestXerialSnappy(t *testing.T) {
	plain := sample(None, 50)
	body := plain[HeaderSize:]
	framed := append([]byte(nil), xerialMagic...)
	framed = append(framed, 0, 0, 0, 1, 0, 0, 0, 1)
	for len(body) > 0 {
		n := min(100, len(body))
		block := s2.EncodeSnappy(nil, body[:n])
		framed = binary.BigEndian.AppendUint32(framed, uint32(len(block)))
		framed = append(framed, block...)
		body = body[n:]
	}
	b := append(append([]byte(nil), plain[:HeaderSize]...), framed...)
	binary.BigEndian.PutUint32(b[offLength:], uint32(len(b)-logOverhead))
	binary.BigEndian.PutUint16(b[offAttributes:], uint16(Snappy))
	binary.BigEndian.PutUint32(b[offCRC:], Checksum(b))
	if err := Validate(b, 0); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(walk(t, b)), fmt.Sprint(walk(t, plain)); got != want {
		t.Fatalf("got %s", got)
	}
}

// TestOutputIsBounded holds B1: a small batch cannot decompress without end.
func TestOutputIsBounded(t *testing.T) {
	for c := Gzip; c <= Zstd; c++ {
		var w Builder
		w.Reset(c, -1, -1, -1)
		w.Append(Record{Value: make([]byte, 4<<20)})
		var r Reader
		if err := r.Reset(w.Bytes(), 1<<20); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v: error %v", c, err)
		}
		if err := r.Reset(w.Bytes(), 5<<20); err != nil {
			t.Errorf("%v: within the limit: %v", c, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	good := sample(None, 10)
	change := func(f func(b []byte)) []byte {
		b := bytes.Clone(good)
		f(b)
		binary.BigEndian.PutUint32(b[offCRC:], Checksum(b))
		return b
	}
	for name, b := range map[string][]byte{
		"empty":           {},
		"short":           good[:40],
		"cut":             good[:len(good)-1],
		"longer":          append(bytes.Clone(good), 0),
		"magic":           change(func(b []byte) { b[offMagic] = 1 }),
		"codec":           change(func(b []byte) { b[offAttributes+1] = 7 }),
		"other codec":     change(func(b []byte) { b[offAttributes+1] = byte(Zstd) }),
		"control":         change(func(b []byte) { b[offAttributes+1] = attrControl }),
		"transaction":     change(func(b []byte) { b[offAttributes+1] = attrTransactional }),
		"count":           change(func(b []byte) { b[offCount+3]++ }),
		"count and delta": change(func(b []byte) { b[offCount+3]++; b[offLastDelta+3]++ }),
		"fewer":           change(func(b []byte) { b[offCount+3]--; b[offLastDelta+3]-- }),
		"negative count":  change(func(b []byte) { b[offCount] = 0x80 }),
		"record length":   change(func(b []byte) { b[HeaderSize] = 0xff }),
	} {
		if err := Validate(b, 0); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	if err := Validate(flipped, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("checksum: error %v", err)
	}
	if err := Validate(good, len(good)-1); !errors.Is(err, ErrInvalid) {
		t.Errorf("limit: error %v", err)
	}
	if err := ValidateKeyed(good, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("null key: error %v", err)
	}
}

func TestFilter(t *testing.T) {
	for c := None; c <= Zstd; c++ {
		b := sample(c, 20)
		Patch(b, 100, 3)
		odd, err := Filter(b, func(r *Record) bool { return r.Offset%2 == 1 })
		if err != nil {
			t.Fatal(err)
		}
		if BaseOffset(odd) != 100 || LastOffset(odd) != 119 || Count(odd) != 10 || LeaderEpoch(odd) != 3 || CodecOf(odd) != c || !ChecksumOK(odd) {
			t.Fatalf("%v: header of the filtered batch", c)
		}
		all := walk(t, b)
		for i, r := range walk(t, odd) {
			if want := all[2*i+1]; fmt.Sprint(r) != fmt.Sprint(want) {
				t.Fatalf("%v: got %v, want %v", c, r, want)
			}
		}
		if same, _ := Filter(b, func(*Record) bool { return true }); &same[0] != &b[0] {
			t.Errorf("%v: an unchanged batch was copied", c)
		}
		if none, _ := Filter(b, func(*Record) bool { return false }); none != nil {
			t.Errorf("%v: %d bytes of nothing", c, len(none))
		}
	}
}

// TestZstdWindow: the head of a frame that asks for a great window is refused before anything is allocated for it.
func TestZstdWindow(t *testing.T) {
	frame := func(exponent byte) []byte { // no content size, no checksum; the window is 2^(10+exponent); one empty block
		return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 1, 0, 0}
	}
	if _, err := decompress(Zstd, nil, frame(13), 100); err != nil {
		t.Errorf("a window of 8 MiB: %v", err)
	}
	if _, err := decompress(Zstd, nil, frame(14), 100); !errors.Is(err, zstd.ErrWindowSizeExceeded) {
		t.Errorf("a window of 16 MiB: %v", err)
	}
}

// FuzzBatch holds B1 and B2: no bytes make the reader fail in any other way than by an error, and what Validate
// accepts reads to its last record and, built again, gives the same records.
func FuzzBatch(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Bound(4*zstdWindow, 1<<10) // a frame's head asks for its window, and the batch is read up to three times
	for c := None; c <= Zstd; c++ {
		f.Add(sample(c, 7))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := Size(b); n > 0 && n <= len(b) {
			binary.BigEndian.PutUint32(b[offCRC:], Checksum(b[:n]))
		}
		var r Reader
		var rec Record
		if r.Reset(b, 1<<20) == nil {
			for r.Next(&rec) {
				continue
			}
		}
		if Validate(b, 1<<16) != nil {
			return
		}
		records := walk(t, b)
		if len(records) != int(Count(b)) {
			t.Fatalf("%d records of %d", len(records), Count(b))
		}
		var w Builder
		w.Reset(None, ProducerID(b), ProducerEpoch(b), BaseSequence(b))
		for _, rec := range records {
			w.Append(rec)
		}
		again := w.Bytes()
		Patch(again, BaseOffset(b), 0)
		if got := walk(t, again); fmt.Sprint(got) != fmt.Sprint(records) {
			t.Fatalf("built again: %v, want %v", got, records)
		}
	})
}

// TestRecordsInPlace writes records where they stay and compares the batch with that of records appended: values around
// the sizes where their length takes another byte, null and empty ones, and records begun and left.
func TestRecordsInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	sizes := []int{0, 1, 61, 62, 63, 64, 65, 100, 8100, 8186, 8187, 8188, 8189, 8190, 8191, 8192, 8193}
	for range 200 {
		var there, here Builder
		there.Reset(None, -1, -1, -1)
		here.Reset(None, -1, -1, -1)
		for range 1 + rng.IntN(20) {
			rec := Record{Value: bytes.Repeat([]byte{byte(rng.IntN(256))}, sizes[rng.IntN(len(sizes))]), Timestamp: rng.Int64N(1 << rng.IntN(40))}
			if rng.IntN(2) == 0 {
				rec.Key = bytes.Repeat([]byte("k"), rng.IntN(100))
			}
			if rng.IntN(5) == 0 {
				rec.Value = nil
			}
			if rng.IntN(5) == 0 {
				here.Begin([]byte("left"), 7) // without End
			}
			there.Append(rec)
			here.End(append(here.Begin(rec.Key, rec.Timestamp), rec.Value...), rec.Value != nil)
		}
		if got, want := here.Bytes(), there.Bytes(); !bytes.Equal(got, want) {
			t.Fatalf("got %x\nwant %x", got, want)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	value := bytes.Repeat([]byte("x"), 100)
	var w Builder
	b.SetBytes(100 * 1000)
	for b.Loop() {
		w.Reset(None, -1, -1, -1)
		for range 1000 {
			w.Append(Record{Value: value})
		}
		if len(w.Bytes()) < 100_000 {
			b.Fatal("too small")
		}
	}
}

func BenchmarkRead(b *testing.B) {
	data := sample(None, 1000)
	b.SetBytes(int64(len(data)))
	var r Reader
	var rec Record
	for b.Loop() {
		if err := r.Reset(data, 0); err != nil {
			b.Fatal(err)
		}
		n := 0
		for r.Next(&rec) {
			n++
		}
		if n != 1000 {
			b.Fatalf("%d records", n)
		}
	}
}
