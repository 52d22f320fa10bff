package arrowio

import "encoding/binary"

// continuation begins every message of a stream.
const continuation = 0xFFFFFFFF

// checkFrames walks the messages of a stream and holds every length against the
// bytes there are, since Arrow's reader allocates what a length says. A message
// is continuation, metadata length, metadata (a flatbuffer), body; its body's
// length is in the metadata. The stream ends with a length of 0 or with its
// bytes.
func checkFrames(stream []byte) error {
	for len(stream) > 0 {
		if len(stream) < 8 || binary.LittleEndian.Uint32(stream) != continuation {
			return malformed("a message without its mark")
		}
		size := binary.LittleEndian.Uint32(stream[4:])
		stream = stream[8:]
		if size == 0 {
			return nil
		}
		if uint64(size) > uint64(len(stream)) {
			return malformed("metadata of %d bytes", size)
		}
		body, ok := bodyLength(stream[:size])
		stream = stream[size:]
		if !ok || body < 0 || body > int64(len(stream)) {
			return malformed("a message body of %d bytes", body)
		}
		stream = stream[body:]
	}
	return nil
}

// bodyLengthSlot is where a message's vtable has the offset of bodyLength: its
// fourth field behind the table's two sizes.
const bodyLengthSlot = 4 + 2*3

// bodyLength reads the field bodyLength of the flatbuffer Message; absent is 0.
func bodyLength(meta []byte) (n int64, ok bool) {
	if len(meta) < 4 {
		return 0, false
	}
	le := binary.LittleEndian
	table := int64(le.Uint32(meta))
	if table+4 > int64(len(meta)) {
		return 0, false
	}
	vtable := table - int64(int32(le.Uint32(meta[table:])))
	if vtable < 0 || vtable+4 > int64(len(meta)) {
		return 0, false
	}
	if int64(le.Uint16(meta[vtable:])) < bodyLengthSlot+2 {
		return 0, true
	}
	if vtable+bodyLengthSlot+2 > int64(len(meta)) {
		return 0, false
	}
	at := int64(le.Uint16(meta[vtable+bodyLengthSlot:]))
	if at == 0 {
		return 0, true
	}
	if table+at+8 > int64(len(meta)) {
		return 0, false
	}
	return int64(le.Uint64(meta[table+at:])), true
}
