package codec

import (
	"encoding/binary"

	"github.com/leatdb/leat/sql/types"
)

// InstantReader reads instants of one notation quickly, since dates repeat.
type InstantReader struct{ days dayCache }

// Read gives yyyy-mm-ddThh:mm:ss[.fff[fff]]Z as µs, T being a blank perhaps; not
// ok when it is written in another way or has a field out of range.
func (r *InstantReader) Read(p []byte) (us int64, ok bool) { return r.days.instant(p) }

// dayCache remembers the last date read, since dates repeat.
type dayCache struct {
	text [10]byte
	us   int64
}

// instant reads yyyy-mm-ddThh:mm:ss[.fff[fff]]Z as µs; not ok when it is written
// in another way or has a field out of range.
func (d *dayCache) instant(p []byte) (us int64, ok bool) {
	n := len(p)
	if n != 20 && n != 24 && n != 27 || p[n-1] != 'Z' || p[10] != 'T' && p[10] != ' ' {
		return 0, false
	}
	if [10]byte(p[:10]) != d.text && !d.learn(p[:10]) {
		return 0, false
	}
	h, ok := clock8(binary.LittleEndian.Uint64(p[11:]))
	if !ok {
		return 0, false
	}
	us = d.us + h*1e6
	if n == 20 {
		return us, true
	}
	if p[19] != '.' {
		return 0, false
	}
	frac := int64(0)
	for _, c := range p[20 : n-1] {
		if c-'0' > 9 {
			return 0, false
		}
		frac = frac*10 + int64(c-'0')
	}
	if n == 24 {
		frac *= 1000
	}
	return us + frac, true
}

// learn takes a date as the last one.
func (d *dayCache) learn(p []byte) bool {
	s := isoText{p: p}
	days := s.date()
	if s.bad || s.outside || !s.done() {
		return false
	}
	d.text, d.us = [10]byte(p), days*types.MicrosPerDay
	return true
}

// clock8 reads the eight bytes hh:mm:ss as seconds.
func clock8(x uint64) (seconds int64, ok bool) {
	const colons, digits = 0x0000ff0000ff0000, 0x3030003030003030
	if x&colons != 0x00003a00003a0000 {
		return 0, false
	}
	x = x&^uint64(colons) ^ digits
	if (x+0x0606000606000606|x)&0xf0f0f0f0f0f0f0f0 != 0 {
		return 0, false // no digit
	}
	two := func(at uint) int64 { return int64(x>>at&15)*10 + int64(x>>(at+8)&15) }
	h, m, s := two(0), two(24), two(48)
	return (h*60+m)*60 + s, h < 24 && m < 60 && s < 60
}
