package batch

import "unsafe"

// What a Room leaves in front of its first batch, between two, and behind its end.
const (
	RoomAhead   = 4 << 10
	RoomBetween = Pad + 35
	RoomBehind  = 4<<10 + Pad
)

// Room is memory in which builders make batches one behind the other, each with room in front of it for what a log entry
// says before the batch: so the entry need not copy them. A batch that outgrows it is elsewhere.
type Room struct {
	memory []byte
	next   int // where the next batch begins
}

// NewRoom gives room for n bytes of batches.
func NewRoom(n int) *Room {
	return &Room{memory: Uncleared(RoomAhead + n + RoomBehind), next: RoomAhead}
}

// Next is the memory for a builder's next batch (Builder.Use), nil when there is little left.
func (r *Room) Next() []byte {
	end := len(r.memory) - RoomBehind
	if end-r.next < spareBytes {
		return nil
	}
	return r.memory[r.next:r.next:end]
}

// Took tells what a builder made of that memory, in which no other batch will be made; false when it went elsewhere.
func (r *Room) Took(b []byte) bool {
	at, ok := r.Find(b)
	if ok = ok && at == r.next; ok {
		r.next += len(b) + RoomBetween
	}
	return ok
}

// Find tells where in the memory a batch is; ok is false when it is elsewhere.
func (r *Room) Find(b []byte) (at int, ok bool) {
	from := uintptr(unsafe.Pointer(unsafe.SliceData(r.memory)))
	place := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	if place < from || place-from > uintptr(len(r.memory)) {
		return 0, false
	}
	at = int(place - from)
	return at, at+len(b) <= len(r.memory)-RoomBehind
}

// Memory is all of it.
func (r *Room) Memory() []byte { return r.memory }
