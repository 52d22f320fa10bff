package log

import "time"

// SystemClock is the machine's clock, the one place of this package that reads it.
type SystemClock struct{}

// Now is the machine's wall clock.
func (SystemClock) Now() time.Time { return time.Now() }
