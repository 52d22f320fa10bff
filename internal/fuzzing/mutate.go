package fuzzing

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
)

// longest is the length in bytes that mutations do not go beyond.
const longest = 4 << 10

// pool is how many mutated inputs are kept to be mutated further.
const pool = 512

// mutator makes inputs of others.
type mutator struct {
	rng    *rand.Rand
	corpus []input
	pool   []input
	// texts are what strings and bytes of the corpus hold, to take pieces of.
	texts [][]byte
}

func newMutator(rng *rand.Rand, corpus []input) *mutator {
	m := &mutator{rng: rng, corpus: corpus}
	for _, in := range corpus {
		for _, v := range in {
			if b := text(v); len(b) > 0 {
				m.texts = append(m.texts, b)
			}
		}
	}
	return m
}

// next is an input: one of the corpus, or now and then one that was made before,
// changed in one or more places.
func (m *mutator) next() input {
	from := m.corpus[m.rng.IntN(len(m.corpus))]
	if len(m.pool) > 0 && m.rng.IntN(3) == 0 {
		from = m.pool[m.rng.IntN(len(m.pool))]
	}
	out := make(input, len(from))
	changed := m.rng.IntN(len(from))
	for i, v := range from {
		if i == changed || m.rng.IntN(len(from)+1) == 0 {
			v = m.value(v)
		}
		out[i] = v
	}
	if len(m.pool) < pool {
		m.pool = append(m.pool, out)
	} else if m.rng.IntN(16) == 0 {
		m.pool[m.rng.IntN(pool)] = out
	}
	return out
}

// text is what a string or bytes hold, shared; nil for other values.
func text(v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Slice:
		return v.Bytes()
	case reflect.String:
		return []byte(v.String())
	}
	return nil
}

// value is a value changed.
func (m *mutator) value(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Slice:
		out.SetBytes(m.bytes(v.Bytes()))
	case reflect.String:
		out.SetString(string(m.bytes([]byte(v.String()))))
	case reflect.Bool:
		out.SetBool(m.rng.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		out.SetInt(int64(m.number()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		out.SetUint(m.number())
	default:
		panic("BUG: a fuzz target takes a " + v.Type().String())
	}
	return out
}

// edges are numbers at which decoders go wrong.
var edges = []uint64{0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 4095, 4096, 32767, 32768, 65535, 65536,
	1<<24 - 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<53 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}

func (m *mutator) number() uint64 {
	switch m.rng.IntN(4) {
	case 0:
		return m.rng.Uint64()
	case 1:
		return m.rng.Uint64N(256)
	}
	n := edges[m.rng.IntN(len(edges))]
	if m.rng.IntN(3) == 0 {
		return -n
	}
	return n
}

// bytes is a changed copy of b.
func (m *mutator) bytes(b []byte) []byte {
	out := append(make([]byte, 0, len(b)+64), b...)
	for n := 1 + m.rng.IntN(4); n > 0; n-- {
		out = m.change(out)
	}
	return out[:min(len(out), longest)]
}

// change makes one change, in place where it can.
func (m *mutator) change(b []byte) []byte {
	at := m.rng.IntN(len(b) + 1)
	n := m.length(len(b) - at)
	if at == len(b) && m.rng.IntN(8) > 0 {
		at, n = 0, m.length(len(b))
	}
	switch m.rng.IntN(12) {
	case 0, 1:
		if at < len(b) {
			b[at] ^= 1 << m.rng.IntN(8)
		}
		return b
	case 2:
		if at < len(b) {
			b[at] = byte(m.number())
		}
		return b
	case 3:
		return append(b[:at], b[at+n:]...)
	case 4: // cut off
		return b[:at]
	case 5: // a stretch of one byte
		return m.insert(b, at, repeated(byte(m.number()), m.length(64)))
	case 6: // a piece of itself again, once or often
		return m.insert(b, at, m.again(b[at:at+n]))
	case 7: // a piece of another
		return m.insert(b, at, m.piece())
	case 8: // a piece of another instead of one of its own
		piece := m.piece()
		copy(b[at:], piece)
		return b
	case 9: // the end of another
		piece := m.piece()
		return append(b[:at], piece...)
	case 10:
		return m.overwrite(b, at, m.encoded())
	default:
		return m.insert(b, at, m.encoded())
	}
}

// length is a length up to most, mostly short.
func (m *mutator) length(most int) int {
	if most <= 0 {
		return 0
	}
	if m.rng.IntN(4) > 0 {
		most = min(most, 8)
	}
	return 1 + m.rng.IntN(most)
}

func repeated(c byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = c
	}
	return out
}

// again is a piece once, or as often as a nested thing takes to hurt.
func (m *mutator) again(piece []byte) []byte {
	times := 1
	if m.rng.IntN(4) == 0 {
		times = 1 + m.rng.IntN(100)
	}
	var out []byte
	for range times {
		if len(out)+len(piece) > longest {
			break
		}
		out = append(out, piece...)
	}
	return out
}

// piece is a piece of what the corpus holds.
func (m *mutator) piece() []byte {
	if len(m.texts) == 0 {
		return nil
	}
	b := m.texts[m.rng.IntN(len(m.texts))]
	at := m.rng.IntN(len(b))
	n := 1 + m.rng.IntN(len(b)-at)
	if m.rng.IntN(2) == 0 {
		n = min(n, 16)
	}
	return b[at : at+n]
}

// encoded is a number as decoders read them.
func (m *mutator) encoded() []byte {
	n := m.number()
	var b [8]byte
	switch m.rng.IntN(6) {
	case 0:
		return binary.AppendUvarint(nil, n)
	case 1:
		return binary.AppendVarint(nil, int64(n))
	case 2:
		return binary.BigEndian.AppendUint16(nil, uint16(n))
	case 3:
		return binary.BigEndian.AppendUint32(nil, uint32(n))
	case 4:
		binary.LittleEndian.PutUint64(b[:], n)
		return b[:1<<m.rng.IntN(4)]
	default:
		return binary.BigEndian.AppendUint64(nil, n)
	}
}

func (m *mutator) insert(b []byte, at int, piece []byte) []byte {
	if len(b)+len(piece) > longest {
		return b
	}
	tail := append([]byte(nil), b[at:]...)
	return append(append(b[:at], piece...), tail...)
}

func (m *mutator) overwrite(b []byte, at int, piece []byte) []byte {
	copy(b[at:], piece)
	return b
}
