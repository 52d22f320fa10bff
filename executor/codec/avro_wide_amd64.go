package codec

//lint:file-ignore U1000 the assembly reads the constants

import (
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/leatdb/leat/sql/vec"
)

// Where a vector has its slices.
const (
	vecValid = unsafe.Offsetof(vec.Vec{}.Valid)
	vecBits  = unsafe.Offsetof(vec.Vec{}.Bits)
	vecI64   = unsafe.Offsetof(vec.Vec{}.I64)
	vecF64   = unsafe.Offsetof(vec.Vec{}.F64)
	vecOff   = unsafe.Offsetof(vec.Vec{}.Off)
	vecData  = unsafe.Offsetof(vec.Vec{}.Data)
)

// wideQuick tells whether the machine has what wideSteps is made of.
var wideQuick = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2

// wideSteps is quickSteps on x, by 32 bytes at once; row is before end and k in
// steps. It looks behind the end of p, never at another page.
//
//go:noescape
func wideSteps(x *quickRun)
