//go:build !linux

package log

import "github.com/cockroachdb/pebble/v2/vfs"

// setDirect would make writes of f go past the page cache; elsewhere than on Linux they do not.
func setDirect(vfs.File, bool) bool { return false }
