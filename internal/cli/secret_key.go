package cli

import (
	"bytes"
	"fmt"
	"os"
)

// minSecretKey is the shortest key of secrets in bytes.
const minSecretKey = 16

// secretKey is the key that secrets are kept under: of a file, or of
// LEAT_SECRET_KEY; nil is none. It is no setting, so that nothing prints it.
func (s settings) secretKey(getenv func(string) string) ([]byte, error) {
	key := []byte(getenv("LEAT_SECRET_KEY"))
	if s.SecretKeyFile != "" {
		b, err := os.ReadFile(s.SecretKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the key of secrets: %w", err)
		}
		key = bytes.TrimRight(b, "\r\n")
	}
	switch {
	case len(key) == 0 && s.SecretKeyFile == "":
		return nil, nil
	case len(key) < minSecretKey:
		return nil, fmt.Errorf("the key of secrets has %d bytes, fewer than %d", len(key), minSecretKey)
	}
	return key, nil
}
