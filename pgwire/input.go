package pgwire

import (
	"net"
	"sync"
)

// input is what has been read of a client and not used. An idle connection waits
// with the small buffer in it; a long one is lent while reads fill what they are
// given, and the body of a long message is read to where it stays.
type input struct {
	nc    net.Conn
	rest  []byte // unread; of small or of lent
	lent  *[lentBytes]byte
	more  bool // the last read filled its buffer: there is more
	small [smallBytes]byte
}

const (
	smallBytes = 256
	lentBytes  = 4 << 10
)

// newInput reads a lot at first: a refused client gets its answer only when nothing
// it sent is left unread.
func newInput(nc net.Conn) *input { return &input{nc: nc, more: true} }

var lentBuffers = sync.Pool{New: func() any { return new([lentBytes]byte) }}

// Read implements io.Reader.
func (in *input) Read(p []byte) (int, error) {
	if len(in.rest) == 0 {
		if len(p) >= lentBytes {
			in.more = false
			return in.nc.Read(p)
		}
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

// first shows the next byte without using it.
func (in *input) first() (byte, error) {
	if len(in.rest) == 0 {
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
	return in.rest[0], nil
}

// fill waits for at least one byte; nothing is unread.
func (in *input) fill() error {
	buf := in.small[:]
	switch {
	case !in.more:
		in.release()
	case in.lent == nil:
		in.lent = lentBuffers.Get().(*[lentBytes]byte)
	}
	if in.lent != nil {
		buf = in.lent[:]
	}
	for {
		n, err := in.nc.Read(buf)
		if n > 0 {
			in.rest, in.more = buf[:n], n == len(buf)
			return nil // an error comes again
		}
		if err != nil {
			return err
		}
	}
}

// release gives the long buffer back; nothing is unread.
func (in *input) release() {
	if in.lent != nil {
		lentBuffers.Put(in.lent)
		in.lent, in.rest = nil, nil
	}
}
