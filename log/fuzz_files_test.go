package log

import (
	"encoding/binary"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"

	"github.com/leatdb/leat/internal/fuzzing"
)

// The files' decoders, with bytes whose checksums were made right: what a disk
// cannot do alone, a fault of ours could.

// signed appends the checksum of b.
func signed(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(append([]byte(nil), b...), checksum(b))
}

// FuzzWAL opens a write-ahead log of any records: kinds, indexes and bodies of the
// input, headers and checksums right, with a torn tail. It opens and is whole, or says no.
func FuzzWAL(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add([]byte{1, 1, 0, 9, 'a', 'b', 1, 2, 1, 9, 'c', 'd', 2, 0, 0, 0}, uint16(0))
	f.Add([]byte{1, 5, 0, 20, 3, 3, 3, 4, 9, 9, 9, 1, 1, 0, 200, 1}, uint16(7))
	f.Add([]byte{5, 0, 0, 4, 0, 0, 0, 0, 1, 1, 0, 0, 5, 0, 0, 1, 0, 2, 0, 0, 0}, uint16(0))
	f.Fuzz(func(t *testing.T, script []byte, torn uint16) {
		fs := vfs.NewMem()
		if err := makeDir(fs, "/wal"); err != nil {
			t.Fatal(err)
		}
		cfg := testWALConfig(fs)
		cfg.fatal = func(error) {}
		var b []byte
		for len(script) >= 4 && len(b) < 3<<10 {
			n := min(int(script[3]), len(script)-4)
			r := walRecord{kind: walKind(script[0]), index: uint64(script[1]), term: uint64(script[2]), body: script[4 : 4+n]}
			b = appendWALRecord(b, r, cfg.group, walAt(1, int64(len(b))))
			script = script[4+n:]
		}
		b = b[:max(0, len(b)-int(torn))]
		if err := writeFile(fs, "/wal/0000000000000001.wal", append(b, make([]byte, int(cfg.segmentBytes)-len(b))...), true); err != nil {
			t.Fatal(err)
		}
		w, err := openWAL(cfg)
		if err != nil {
			return
		}
		first, _ := w.FirstIndex()
		last, _ := w.LastIndex()
		for i := first; i <= last && i > 0; i++ {
			if err := w.GetLog(i, &raft.Log{}); err != nil && len(b) > 0 {
				return // a body that is no entry: its reader says so
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzIndex: an index of any bytes is taken or not; looking up in it finds a place in the file.
func FuzzIndex(tf *testing.F) {
	f := fuzzing.On(tf)
	x := newLoadedIndex("/x.seg")
	x.addLocked(0, 10, 0, 100, 64)
	x.addLocked(5, 20, 100, 100, 64)
	b := x.encodeLocked()
	f.Add(b[len(indexMagic) : len(b)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		x := newSegmentIndex("/x.seg")
		if !x.decodeLocked(signed(append([]byte(indexMagic), body...)), 200) {
			return
		}
		x.mu.loaded = true
		if len(x.mu.entries) > len(body) {
			t.Fatalf("%d entries of %d bytes", len(x.mu.entries), len(body))
		}
		for _, at := range []int64{-1, 0, 5, 1 << 40} {
			x.before(0, at)
			x.beforeTime(0, at)
		}
	})
}

// FuzzSegment walks a segment file of any bytes: every batch that it gives is whole.
func FuzzSegment(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add(append(valueBatch(0, "x"), valueBatch(1, "y", "z")...))
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := vfs.NewMem()
		if err := makeDir(fs, "/d"); err != nil {
			t.Fatal(err)
		}
		s := newSegment(fs, "/d", 0, 0)
		if err := writeFile(fs, s.file.path, b, true); err != nil {
			t.Fatal(err)
		}
		file, err := s.file.acquire()
		if err != nil {
			t.Fatal(err)
		}
		defer s.file.release()
		w := s.walk(file, segmentStart(0), int64(len(b)), 1<<40)
		for {
			position, size, ok, err := w.step()
			if err != nil || !ok {
				return
			}
			if position+int64(size) > int64(len(b)) {
				t.Fatalf("a batch of %d bytes at %d of %d", size, position, len(b))
			}
			if _, err := w.whole(position, size); err != nil {
				return
			}
		}
	})
}

// FuzzSnapshot reads a snapshot file of any bytes.
func FuzzSnapshot(tf *testing.F) {
	f := fuzzing.On(tf)
	b := binary.AppendUvarint(nil, 5)
	b = binary.AppendUvarint(b, 2)
	b = binary.AppendUvarint(b, 1)
	b = appendBytes(b, raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: "n1", Address: "a"}}}))
	f.Add(appendBytes(b, []byte("payload")))
	f.Fuzz(func(t *testing.T, body []byte) {
		fs := vfs.NewMem()
		if err := makeDir(fs, "/s"); err != nil {
			t.Fatal(err)
		}
		const name = "0000000000000005-0000000000000001.snap"
		if err := writeFile(fs, "/s/"+name, signed(append([]byte(snapMagic), body...)), true); err != nil {
			t.Fatal(err)
		}
		s, err := openSnapStore(fs, "/s")
		if err != nil {
			t.Fatal(err)
		}
		meta, payload, err := s.read(name)
		if err == nil && (meta.Size != int64(len(payload)) || len(payload) > len(body)) {
			t.Fatalf("%+v with %d bytes", meta, len(payload))
		}
	})
}
