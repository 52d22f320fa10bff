package log

import "time"

// Clock is where the log takes the leader's time from; entry time is the maximum of it and the entry before.
type Clock interface {
	Now() time.Time
}
