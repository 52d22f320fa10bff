package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// BookConfig is how a book is kept.
type BookConfig struct {
	FS  vfs.FS
	Dir string // made when absent
	Now func() time.Time
	// Sync makes every line durable before Record returns, and its failure an error.
	// Otherwise a line that cannot be written is lost and counted.
	Sync bool
	// MaxBytes is the size at which the next file begins.
	MaxBytes int64
	// Lost counts lines that could not be written; may be nil.
	Lost func()
}

// Book is the audit log: files of JSON lines, each line with the SHA-256 of the
// one before it, so that what is taken out or changed later shows.
type Book struct {
	cfg BookConfig
	mu  struct {
		sync.Mutex
		file vfs.File // nil until the first line
		name string
		size int64
		seq  uint64
		prev string
		torn string // the file whose end is unknown after a failed write
	}
}

// entry is one line.
type entry struct {
	Seq       uint64 `json:"seq"`
	Time      string `json:"time"`
	Prev      string `json:"prev"`
	Kind      string `json:"kind"`
	Role      string `json:"role,omitempty"`
	Remote    string `json:"remote,omitempty"`
	Session   uint32 `json:"session,omitempty"`
	Statement string `json:"statement,omitempty"`
	Object    string `json:"object,omitempty"`
	Result    string `json:"result,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

// noLine is what the first line calls the one before it.
var noLine = strings.Repeat("0", 2*sha256.Size)

func sum(line []byte) string {
	h := sha256.Sum256(line)
	return hex.EncodeToString(h[:])
}

// OpenBook goes on with the book of a directory. Lines are written to a new file,
// so that the end of a damaged one stays as it was found.
func OpenBook(cfg BookConfig) (*Book, error) {
	b := &Book{cfg: cfg}
	b.mu.prev = noLine
	if err := cfg.FS.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make audit directory %s: %w", cfg.Dir, err)
	}
	names, err := bookFiles(cfg.FS, cfg.Dir)
	if err != nil {
		return nil, err
	}
	cut := Event{Kind: EventAuditCut}
	for i := len(names) - 1; i >= 0 && b.mu.seq == 0; i-- { // one without a line: a crash right after it was made
		text, err := readFile(cfg.FS, cfg.FS.PathJoin(cfg.Dir, names[i]))
		if err != nil {
			return nil, err
		}
		whole, rest, last := cutLines(text)
		if len(rest) > 0 && cut.Object == "" {
			cut.Object, cut.Detail = names[i], fmt.Sprintf("%d bytes of an unfinished line", len(rest))
		}
		if len(whole) > 0 {
			b.mu.seq, b.mu.prev = last.Seq, sum(whole[len(whole)-1])
		}
	}
	if cut.Object != "" {
		return b, b.Record(cut)
	}
	return b, nil
}

// Record implements Audit.
func (b *Book) Record(e Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.writeLocked(e)
	if err == nil || b.cfg.Sync {
		return err
	}
	if b.cfg.Lost != nil {
		b.cfg.Lost()
	}
	return nil
}

func (b *Book) writeLocked(e Event) error {
	if torn := b.mu.torn; torn != "" {
		b.mu.torn = ""
		if err := b.writeLocked(Event{Kind: EventAuditCut, Object: torn, Detail: "a line could not be written"}); err != nil {
			b.mu.torn = torn
			return err
		}
	}
	if b.mu.file == nil || b.mu.size >= b.cfg.MaxBytes {
		if err := b.turnLocked(); err != nil {
			return err
		}
	}
	line, err := lineOf(entry{
		b.mu.seq + 1, b.cfg.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), b.mu.prev, e.Kind, e.Role, e.Remote, e.Session,
		Redact(e.Statement, e.Kind == EventDenied), e.Object, e.Result, e.Detail,
	})
	if err != nil {
		return fmt.Errorf("write audit log: %w", err)
	}
	hash, want := sum(line), len(line)+1
	n, err := b.mu.file.Write(append(line, '\n')) // the bytes are the file's now
	b.mu.size += int64(n)
	if n == want {
		b.mu.seq, b.mu.prev = b.mu.seq+1, hash // it stands there, durable or not
	}
	if err == nil && b.cfg.Sync {
		err = b.mu.file.Sync()
	}
	if err != nil {
		// What stands at the end of that file is unknown: go on in another one.
		b.mu.torn = b.mu.name
		err = errors.Join(err, b.closeLocked())
		return fmt.Errorf("write audit log %s: %w", b.mu.name, err)
	}
	return nil
}

// lineOf is an entry as JSON, without the escapes that HTML would need.
func lineOf(e entry) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return bytes.TrimSuffix(text.Bytes(), []byte{'\n'}), err
}

// turnLocked begins the next file, named by the number of its first line.
func (b *Book) turnLocked() error {
	if err := b.closeLocked(); err != nil {
		return fmt.Errorf("close audit log: %w", err)
	}
	names, err := bookFiles(b.cfg.FS, b.cfg.Dir)
	if err != nil {
		return err
	}
	n := 0
	if len(names) > 0 {
		if _, err := fmt.Sscanf(names[len(names)-1], bookName, &n); err != nil {
			return fmt.Errorf("audit log %s: name without a number", names[len(names)-1])
		}
	}
	b.mu.name = fmt.Sprintf(bookName, n+1)
	f, err := b.cfg.FS.Create(b.cfg.FS.PathJoin(b.cfg.Dir, b.mu.name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("make audit log: %w", err)
	}
	b.mu.file, b.mu.size = f, 0
	d, err := b.cfg.FS.OpenDir(b.cfg.Dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", b.cfg.Dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", b.cfg.Dir, err)
	}
	return nil
}

func (b *Book) closeLocked() error {
	if b.mu.file == nil {
		return nil
	}
	f := b.mu.file
	b.mu.file = nil
	return f.Close()
}

// Close makes the book durable and lets it go.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mu.file == nil {
		return nil
	}
	err := b.mu.file.Sync()
	return errors.Join(err, b.closeLocked())
}

const bookName = "audit-%06d.jsonl"

// bookFiles lists the files of a book in order.
func bookFiles(fsys vfs.FS, dir string) ([]string, error) {
	all, err := fsys.List(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	names := slices.DeleteFunc(all, func(n string) bool { return !strings.HasPrefix(n, "audit-") || !strings.HasSuffix(n, ".jsonl") })
	slices.Sort(names)
	return names, nil
}

func readFile(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open audit log: %w", err)
	}
	text, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// cutLines gives the finished lines with the entry of the last one, and what is
// behind it. Of lines that were not synced a power cut may leave any part, holes
// in front of others too: at the end only what is an entry is a line.
func cutLines(text []byte) (whole [][]byte, rest []byte, last entry) {
	end := bytes.LastIndexByte(text, '\n') + 1
	for end > 0 {
		begin := bytes.LastIndexByte(text[:end-1], '\n') + 1
		if json.Unmarshal(text[begin:end], &last) == nil && last.Seq > 0 {
			break
		}
		last, end = entry{}, begin
	}
	if end > 0 {
		whole = bytes.Split(text[:end-1], []byte{'\n'})
	}
	return whole, text[end:], last
}

// VerifyBook reads a book and gives the number of its lines and the hash of the
// last one, which a copy kept elsewhere can be held against. An error names the
// first line that does not follow from the one before it.
func VerifyBook(fsys vfs.FS, dir string) (lines int, last string, err error) {
	names, err := bookFiles(fsys, dir)
	if err != nil {
		return 0, "", err
	}
	last = noLine
	var seq uint64
	torn := false // the file before ended in the middle of a line
	for i, name := range names {
		text, err := readFile(fsys, fsys.PathJoin(dir, name))
		if err != nil {
			return lines, last, err
		}
		whole, rest, _ := cutLines(text)
		for n, line := range whole {
			var e entry
			bad := func(what string) (int, string, error) {
				return lines, last, fmt.Errorf("%s, line %d: %s", name, n+1, what)
			}
			if err := json.Unmarshal(line, &e); err != nil {
				return bad("is not JSON")
			}
			first := i == 0 && n == 0 // older files may have been taken away
			switch {
			case !first && (e.Prev != last || e.Seq != seq+1):
				return bad("does not follow the line before it")
			case torn && e.Kind != EventAuditCut:
				return bad("the file before it ends in the middle of a line")
			}
			torn = false
			seq, last, lines = e.Seq, sum(line), lines+1
		}
		torn = torn || len(rest) > 0
	}
	if torn {
		return lines, last, fmt.Errorf("%s ends in the middle of a line", names[len(names)-1])
	}
	return lines, last, nil
}
