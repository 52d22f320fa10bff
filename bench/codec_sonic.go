//go:build sonic

package bench

import "github.com/bytedance/sonic"

// sonicJSON is sonic with strings checked, as the others do. Unmarshal copies
// the record, so that its strings need no copies of their own.
func sonicJSON() *jsonLibrary {
	api := sonic.Config{ValidateString: true, CompactMarshaler: true}.Froze()
	return &jsonLibrary{
		name:   "sonic",
		decode: func(p []byte, into any) error { return api.Unmarshal(p, into) },
		encode: func(from any) ([]byte, error) { return api.Marshal(from) },
	}
}
