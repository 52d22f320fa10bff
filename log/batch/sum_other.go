//go:build !amd64

package batch

// wideSum tells whether the machine multiplies 64 bytes at once without carries.
const wideSum = false

func foldWide(*byte, int, uint32, *[4]uint64, *[64]byte) {
	panic("BUG: this machine has no wide sums")
}
