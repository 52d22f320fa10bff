package codec

import (
	"github.com/leatdb/leat/sql/sqlerr"
)

// patternParser reads text by a Java DateTimeFormatter pattern as µs.
func patternParser(pattern string) (func(string) (int64, error), error) {
	return nil, sqlerr.Unsupported("timestamp format %q", pattern)
}
