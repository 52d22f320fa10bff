//go:build !amd64

package codec

const wideQuick = false

// wideSteps is for machines with wideQuick.
func wideSteps(*quickRun) { panic("BUG: this machine has no wide steps") }
