package task

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// stepKind says what a journalled step was made of.
type stepKind byte

const (
	stepRows stepKind = iota // slices of inputs, merged
	stepTick                 // wall clock without rows
	stepMore                 // what the step before had left of closed windows
)

// step is one journalled step of a task: what it read and when.
type step struct {
	kind   stepKind
	time   int64 // ms
	slices []slice
}

// The steps of an entry: version 1, uvarint count; a step is its kind, its time
// as varint, uvarint count of slices, each uvarint input, from and length.
const stepsVersion = 1

func encodeSteps(steps []step) []byte {
	b := []byte{stepsVersion}
	b = binary.AppendUvarint(b, uint64(len(steps)))
	for i := range steps {
		s := &steps[i]
		b = append(b, byte(s.kind))
		b = binary.AppendVarint(b, s.time)
		b = binary.AppendUvarint(b, uint64(len(s.slices)))
		for _, x := range s.slices {
			b = binary.AppendUvarint(b, uint64(x.Input))
			b = binary.AppendUvarint(b, uint64(x.From))
			b = binary.AppendUvarint(b, uint64(x.To-x.From))
		}
	}
	return b
}

// decodeSteps reads what encodeSteps wrote for a task of so many inputs.
func decodeSteps(b []byte, inputs int) ([]step, error) {
	if len(b) == 0 || b[0] != stepsVersion {
		return nil, errReplay("steps of an unknown version")
	}
	r := byteReader{b: b[1:]}
	var out []step
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		s := step{kind: stepKind(r.byte()), time: r.varint()}
		for k := r.uvarint(); k > 0 && !r.bad; k-- {
			x := slice{Input: int(r.uvarint()), From: int64(r.uvarint())}
			x.To = x.From + int64(r.uvarint())
			r.bad = r.bad || x.Input < 0 || x.Input >= inputs || x.To <= x.From
			s.slices = append(s.slices, x)
		}
		out = append(out, s)
	}
	if r.bad || len(r.b) != 0 {
		return nil, errReplay("malformed steps")
	}
	return out, nil
}

// byteReader consumes encoded bytes; bad is sticky and gives zeros.
type byteReader struct {
	b   []byte
	bad bool
}

func (r *byteReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *byteReader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *byteReader) varint() int64 {
	x, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

// bytes reads a length and as many bytes, shared.
func (r *byteReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func appendBytes(dst, p []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(p))), p...)
}

// errDiverged marks failures of a replay: the job stops, visibly.
var errDiverged = errors.New("replay does not match the journal")

func errReplay(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errDiverged, fmt.Sprintf(format, args...))
}
