package batch

import "golang.org/x/sys/cpu"

// wideSum tells whether the machine multiplies 64 bytes at once without carries.
var wideSum = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VPCLMULQDQ

// foldWide folds the n bytes at p, some times wideStep, the first four of them with crc added, into rest.
//
//go:noescape
func foldWide(p *byte, n int, crc uint32, by *[4]uint64, rest *[64]byte)
