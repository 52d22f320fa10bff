//go:build !sonic

package bench

// sonicJSON is nil: the program is built without it.
func sonicJSON() *jsonLibrary { return nil }
