package batch

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/s2"
)

// xerialMagic begins the framing that Java's snappy stream writes: the magic, two versions, then blocks with a
// length of 4 bytes each. Other clients send one bare snappy block.
var xerialMagic = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

const xerialHeader = 16

var errSnappy = errors.New("broken snappy block")

func snappyEncode(dst, src []byte) []byte {
	return append(dst, s2.EncodeSnappy(nil, src)...)
}

func snappyDecode(dst, src []byte, limit int) ([]byte, error) {
	if !bytes.HasPrefix(src, xerialMagic) {
		return snappyBlock(dst, src, limit)
	}
	if len(src) < xerialHeader {
		return nil, errSnappy
	}
	start := len(dst)
	src = src[xerialHeader:]
	for len(src) > 0 {
		if len(src) < 4 {
			return nil, errSnappy
		}
		n := int64(binary.BigEndian.Uint32(src))
		src = src[4:]
		if n > int64(len(src)) {
			return nil, errSnappy
		}
		var err error
		if dst, err = snappyBlock(dst, src[:n], limit-(len(dst)-start)); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return dst, nil
}

// snappyBlock appends one decoded block. A block of n bytes cannot decode to more than 64 n, so a length that
// claims more is refused before it is allocated.
func snappyBlock(dst, src []byte, limit int) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, errOutput
	}
	if n > 64*len(src) {
		return nil, errSnappy
	}
	at := len(dst)
	dst = append(dst, make([]byte, n)...)
	out, err := s2.Decode(dst[at:at+n:at+n], src)
	if err != nil {
		return nil, err
	}
	if len(out) != n {
		return nil, errSnappy
	}
	copy(dst[at:], out)
	return dst, nil
}
