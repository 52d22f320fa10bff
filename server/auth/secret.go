package auth

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Secret reads the server's secret from a file of dir, or draws one and keeps it
// there, readable by nobody else. It is 32 bytes, the key of tokens and seals.
func Secret(fsys vfs.FS, dir string, rnd io.Reader) ([]byte, error) {
	name := fsys.PathJoin(dir, "secret")
	secret, err := readSecret(fsys, name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	secret = make([]byte, 32)
	if _, err := io.ReadFull(rnd, secret); err != nil {
		return nil, fmt.Errorf("draw the server's secret: %w", err)
	}
	// Under another name first: a crash leaves none or a whole one.
	if err := writeSecret(fsys, name+".new", secret); err != nil {
		return nil, err
	}
	if err := fsys.Rename(name+".new", name); err != nil {
		return nil, fmt.Errorf("name the server's secret: %w", err)
	}
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return nil, fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return nil, fmt.Errorf("sync %s: %w", dir, err)
	}
	return secret, nil
}

func readSecret(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the server's secret: %w", err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("%s is not a secret of 64 hexadecimal digits; without the file a new one is drawn, which ends all tokens", name)
	}
	return secret, nil
}

func writeSecret(fsys vfs.FS, name string, secret []byte) error {
	f, err := fsys.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("keep the server's secret: %w", err)
	}
	if fsys == vfs.Default { // before there is anything to read in it
		err = os.Chmod(name, 0o600)
	}
	if err == nil {
		_, err = io.WriteString(f, hex.EncodeToString(secret)+"\n")
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
