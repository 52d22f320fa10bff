package goldentest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sharedDir() string {
	dir := os.Getenv("LEAT_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// TestGoldens runs every golden file of testdata in every mode.
func TestGoldens(t *testing.T) {
	files, err := Files([]string{"../../testdata"})
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files: %v, %v", files, err)
	}
	list := os.Getenv("LEAT_MODES")
	if list == "" && testing.Short() {
		list = "workers3,crash" // under the race detector: the modes with the most goroutines
	}
	ms, err := ParseModes(list)
	if err != nil {
		t.Fatal(err)
	}
	total := Summary{}
	for _, f := range files {
		t.Run(strings.TrimPrefix(f, "../../testdata/"), func(t *testing.T) {
			var out bytes.Buffer
			sum, err := Run(context.Background(), []string{f}, Options{Modes: ms, Update: os.Getenv("UPDATE") != "", Shared: sharedDir(), Seed: 1, Out: &out, Limit: 5 * time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			if sum.Failed > 0 {
				t.Error("\n" + out.String())
			}
			for _, r := range sum.Reasons {
				t.Log("skipped: " + r)
			}
			total.Passed, total.Failed, total.Skipped = total.Passed+sum.Passed, total.Failed+sum.Failed, total.Skipped+sum.Skipped
		})
	}
	t.Log(total)
}

func runText(t *testing.T, text string, opt Options) (Summary, string, string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.slt")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	opt.Out = &out
	sum, err := Run(context.Background(), []string{name}, opt)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return sum, out.String(), string(after)
}

// TestCorruptedExpectationFails holds the runner against wrong goldens: each
// has to fail in every mode.
func TestCorruptedExpectationFails(t *testing.T) {
	for name, text := range map[string]string{
		"query":     "# x\n\nquery I\nSELECT 1\n----\n2\n",
		"columns":   "# x\n\nquery II\nSELECT 1\n----\n1\n",
		"statement": "# x\n\nstatement ok\nSELECT nope\n",
		"error":     "# x\n\nstatement error\nSELECT 1\n",
		"pattern":   "# x\n\nstatement error 99999\nSELECT nope\n",
		"silence":   "# x\n\nstatement ok\nCREATE STREAM s (k TEXT KEY, v INT)\n\nwatch w\nSELECT k, v FROM s EMIT CHANGES\n\ninsert s\n@1s a 1\n----\n",
		"change":    "# x\n\nstatement ok\nCREATE STREAM s (k TEXT KEY, v INT)\n\nwatch w\nSELECT k, v FROM s EMIT CHANGES\n\ninsert s\n@1s a 1\n----\nw + @1s a 2\n",
	} {
		t.Run(name, func(t *testing.T) {
			sum, out, _ := runText(t, text, Options{Seed: 1})
			if sum.Failed != len(modes) || sum.Passed != 0 {
				t.Errorf("%s; want all %d modes to fail\n%s", sum, len(modes), out)
			}
		})
	}
}

// TestUpdate writes expectations and leaves the rest of the file alone.
func TestUpdate(t *testing.T) {
	text := "# x\n\n# a comment\nquery I\nSELECT 1\n----\n2\n\nquery T\nSELECT 'a'\n----\n\n# the end\n"
	sum, out, after := runText(t, text, Options{Seed: 1, Update: true})
	want := "# x\n\n# a comment\nquery I\nSELECT 1\n----\n1\n\nquery T\nSELECT 'a'\n----\na\n\n# the end\n"
	if after != want {
		t.Errorf("after the update (%s):\n%s\nwant:\n%s\n%s", sum, after, want, out)
	}
}

// TestFirstLine refuses a file that does not say why it exists.
func TestFirstLine(t *testing.T) {
	sum, out, _ := runText(t, "query I\nSELECT 1\n----\n1\n", Options{Seed: 1})
	if sum.Failed != 1 || !strings.Contains(out, "why it exists") {
		t.Errorf("%s\n%s", sum, out)
	}
}
