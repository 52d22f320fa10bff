package goldentest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// stopper cancels when something is printed.
type stopper struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	s.cancel()
	return s.Buffer.Write(p)
}

// TestRunEndsWithItsContext: an interrupted run ends with the context's error;
// the modes and files that were still to come are no failures.
func TestRunEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"a.slt", "b.slt"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("# A mistake.\n\nquery I\nSELECT 1;\n----\n2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out := &stopper{cancel: cancel}
	sum, err := Run(ctx, files, Options{Out: out})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context canceled", err)
	}
	if sum.Failed != 1 || sum.Passed != 0 {
		t.Fatalf("%v\n%s", sum, out.String())
	}
}
