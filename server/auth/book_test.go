package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/internal/fuzzing"
)

func bookOver(t *testing.T, fs vfs.FS, most int64) *Book {
	t.Helper()
	at := time.Unix(1e9, 0)
	b, err := OpenBook(BookConfig{FS: fs, Dir: "audit", Now: func() time.Time { at = at.Add(time.Second); return at }, Sync: true, MaxBytes: most})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, b *Book, n int) {
	t.Helper()
	for range n {
		if err := b.Record(Event{Kind: EventDDL, Role: "ann", Statement: "CREATE ROLE x PASSWORD 'canary'", Result: "ok"}); err != nil {
			t.Fatal(err)
		}
	}
}

func textOf(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	text, err := readFile(fs, "audit/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func overwrite(t *testing.T, fs vfs.FS, name string, text []byte) {
	t.Helper()
	f, err := fs.Create("audit/"+name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(bytes.Clone(text)); err != nil { // the file may spoil what it is given
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBookGoesOnOverFilesAndStarts(t *testing.T) {
	fs := vfs.NewMem()
	for range 3 {
		b := bookOver(t, fs, 1000)
		write(t, b, 10)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	lines, last, err := VerifyBook(fs, "audit")
	if err != nil || lines != 30 || len(last) != 64 {
		t.Fatalf("%d lines, %q, %v", lines, last, err)
	}
	names, err := bookFiles(fs, "audit")
	if err != nil || len(names) < 4 {
		t.Fatalf("%v, %v", names, err)
	}
	first, _, _ := cutLines(textOf(t, fs, names[0]))
	var e entry
	if err := json.Unmarshal(first[0], &e); err != nil || e.Seq != 1 || e.Prev != noLine || e.Statement != "CREATE ROLE x PASSWORD '?'" || e.Time != "2001-09-09T01:46:41.000000Z" {
		t.Errorf("%+v, %v", e, err)
	}
}

// Every change of a line, and every line taken out, shows.
func TestBookShowsWhatWasDoneToIt(t *testing.T) {
	fs := vfs.NewMem()
	b := bookOver(t, fs, 1<<20)
	write(t, b, 5)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	text := textOf(t, fs, "audit-000001.jsonl")
	lines := bytes.SplitAfter(text, []byte{'\n'})
	for name, changed := range map[string][]byte{
		"a letter":      bytes.Replace(text, []byte("ann"), []byte("bob"), 1),
		"a middle line": bytes.Join([][]byte{lines[0], lines[1], lines[3], lines[4]}, nil),
		"two swapped":   bytes.Join([][]byte{lines[0], lines[2], lines[1], lines[3], lines[4]}, nil),
		"cut off":       text[:len(text)-3],
		"not JSON":      bytes.Replace(text, []byte("{"), []byte("["), 1),
		"one twice":     append(bytes.Clone(text), lines[4]...),
	} {
		overwrite(t, fs, "audit-000001.jsonl", changed)
		if n, _, err := VerifyBook(fs, "audit"); err == nil {
			t.Errorf("%s: %d lines are said to be whole", name, n)
		}
	}
	overwrite(t, fs, "audit-000001.jsonl", text)
	if _, _, err := VerifyBook(fs, "audit"); err != nil {
		t.Error(err)
	}
}

// A crash in the middle of a line leaves it where it was; the next start says so
// and goes on.
func TestBookAfterTornLine(t *testing.T) {
	for _, cut := range []int{1, 20, 200} {
		fs := vfs.NewMem()
		b := bookOver(t, fs, 1<<20)
		write(t, b, 3)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		text := textOf(t, fs, "audit-000001.jsonl")
		overwrite(t, fs, "audit-000001.jsonl", text[:len(text)-cut])
		b = bookOver(t, fs, 1<<20)
		write(t, b, 2)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if lines, _, err := VerifyBook(fs, "audit"); err != nil || lines != 5 {
			t.Errorf("%d bytes cut: %d lines, %v", cut, lines, err)
		}
		if !bytes.Contains(textOf(t, fs, "audit-000002.jsonl"), []byte(EventAuditCut)) {
			t.Errorf("%d bytes cut: nothing says so", cut)
		}
	}
}

// Of lines that were not synced a power cut leaves any part, with holes of zeros:
// the book goes on behind the last line that is one, and is whole.
func TestBookAfterHoles(t *testing.T) {
	for _, files := range []int{1, 2} { // the last one has three lines
		for name, damage := range map[string]func(text []byte, lines []int){
			"the last line":              func(text []byte, at []int) { clear(text[at[2] : len(text)-1]) },
			"the last line's first half": func(text []byte, at []int) { clear(text[at[2]:][:40]) },
			"two lines":                  func(text []byte, at []int) { clear(text[at[1]:]) },
			"one and a half":             func(text []byte, at []int) { clear(text[at[1] : at[2]+40]) },
			"all":                        func(text []byte, at []int) { clear(text) },
			"all but its end":            func(text []byte, at []int) { clear(text[:len(text)-1]) },
		} {
			fs := vfs.NewMem()
			for range files {
				b := bookOver(t, fs, 1<<20)
				write(t, b, 3)
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
			}
			newest := fmt.Sprintf(bookName, files)
			text := textOf(t, fs, newest)
			at := []int{0}
			for _, line := range bytes.SplitAfter(text, []byte{'\n'}) {
				at = append(at, at[len(at)-1]+len(line))
			}
			damage(text, at)
			overwrite(t, fs, newest, text)
			b := bookOver(t, fs, 1<<20)
			write(t, b, 2)
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			if lines, _, err := VerifyBook(fs, "audit"); err != nil || lines < 3*files {
				t.Errorf("%s of %d files: %d lines, %v", name, files, lines, err)
			}
			if !bytes.Contains(textOf(t, fs, fmt.Sprintf(bookName, files+1)), []byte(EventAuditCut)) {
				t.Errorf("%s of %d files: nothing says so", name, files)
			}
		}
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE ROLE a PASSWORD 'it''s'":                     "CREATE ROLE a PASSWORD '?'",
		`SELECT E'a\'b', 'c' -- 'secret'`:                    "SELECT '?', '?'",
		"SELECT $$secret$$, $x$ $$ 'secret' $x$, $1":         "SELECT '?', '?', $1",
		"/* 'a' /* b */ secret */ SELECT 1.5e-3, t.a2":       "SELECT ?, t.a2",
		"SELECT 'never closed":                               "SELECT '?'",
		"SELECT $$never closed":                              "SELECT '?'",
		`SELECT "it's", ` + "`a'b`" + `, x$y$z FROM "q""r'"`: `SELECT "it's", ` + "`a'b`" + `, x$y$z FROM "q""r'"`,
		"INSERT INTO t VALUES (-12, 0x1F, .5, 1)":            "INSERT INTO t VALUES (-?, ?, ?, ?)",
		"": "",
	} {
		if got := Redact(text, true); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
	if got := Redact("SIZE 1 MINUTE 'x'", false); got != "SIZE 1 MINUTE '?'" {
		t.Error(got)
	}
	if got := Redact(strings.Repeat("é", 10000), true); len(got) > longestStatement+4 || !strings.HasSuffix(got, "é ...") {
		t.Errorf("%d bytes, end %q", len(got), got[len(got)-10:])
	}
}

func FuzzRedact(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, s := range []string{"SELECT 'canary'", "E'\\'canary'", "$a$canary$a$", "-- canary\n'canary'", "/* canary */", `"x" 'canary'`, "$$$$$$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Redact(s, true)
		if again := Redact(out, true); again != out && len(s) < longestStatement {
			t.Errorf("%q\nonce  %q\ntwice %q", s, out, again)
		}
	})
}

func TestSecretIsKept(t *testing.T) {
	dir := t.TempDir()
	a, err := Secret(vfs.Default, dir, rand.Reader)
	if err != nil || len(a) != 32 {
		t.Fatalf("%d bytes, %v", len(a), err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	b, err := Secret(vfs.Default, dir, strings.NewReader(""))
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("read again: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Secret(vfs.Default, dir, rand.Reader); err == nil {
		t.Error("a damaged secret is taken")
	}
	if _, err := Secret(vfs.NewMem(), "", io.LimitReader(rand.Reader, 5)); err == nil {
		t.Error("a secret of too little randomness")
	}
}
