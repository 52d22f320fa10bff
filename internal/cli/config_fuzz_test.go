package cli

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
)

// FuzzConfig reads a configuration file of any bytes: it is taken or refused with
// the file's name.
func FuzzConfig(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add([]byte("data = \"/var/lib/leat\"\npg = \"127.0.0.1:7432\"\n"))
	f.Add([]byte("[a]\nb = [1, {c = 2}]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := defaultSettings()
		if err := s.fromText(b, "leat.toml", map[string]string{}); err != nil && !strings.Contains(err.Error(), "leat.toml") {
			t.Fatalf("an error without the file's name: %v", err)
		}
	})
}
