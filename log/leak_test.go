package log

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine outlives the tests: every goroutine of a log ends with its Close.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
