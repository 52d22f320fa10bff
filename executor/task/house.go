package task

import "github.com/leatdb/leat/log/batch"

// houseFrom is the output of an entry from which the next one's is built where it
// will be, if all of it goes to one partition.
const houseFrom = 256 << 10

// house gives the batches of a large entry memory around which the log can make
// the entry (batch.Room), when the entry before was one of a single partition and
// large.
type house struct {
	expect int // bytes of output; 0: not large
	room   *batch.Room
	tenant *openBatch  // whose batches are built there; nil: nobody's any more
	left   *batch.Room // of the entry that was finished last, until it is taken
}

// open begins the first batch of an entry.
func (h *house) open(b *openBatch) {
	if h.expect < houseFrom || b.codec != batch.None || h.room != nil {
		return
	}
	h.room, h.tenant = batch.NewRoom(h.expect+h.expect/8+houseFrom), b
	h.next(b)
}

// next begins another batch behind those of the same partition.
func (h *house) next(b *openBatch) {
	if h.tenant == b {
		b.builder.Use(h.room.Next())
	}
}

// took is told of a batch; one that outgrew the room ends the housing.
func (h *house) took(b *openBatch, made []byte) {
	if h.tenant == b && !h.room.Took(made) {
		h.tenant = nil
	}
}

// leave ends an entry of so many bytes, alone: of one partition.
func (h *house) leave(bytes int, alone bool) {
	if h.tenant != nil {
		h.tenant.builder.Use(nil)
	}
	h.left, h.room, h.tenant = h.room, nil, nil
	if h.expect = max(bytes, h.expect-h.expect/8); !alone || bytes < houseFrom {
		h.expect = 0
	}
}

// take gives the room of the entry that was finished last, nil if it had none.
func (h *house) take() *batch.Room {
	r := h.left
	h.left = nil
	return r
}
