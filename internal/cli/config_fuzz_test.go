package cli

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// FuzzConfig reads a configuration file of any bytes: it is taken or refused with
// the file's name.
func FuzzConfig(f *testing.F) {
	f.Add([]byte("data = \"/var/lib/leat\"\npg = \"127.0.0.1:7432\"\n"))
	f.Add([]byte("[a]\nb = [1, {c = 2}]\n"))
	path := filepath.Join(f.TempDir(), "leat.toml")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadSettings(flag.NewFlagSet("serve", flag.ContinueOnError), func(string) string { return "" }, path)
		if err != nil && err.Error() == "" {
			t.Fatal("an error without a text")
		}
	})
}
