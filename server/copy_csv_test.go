package server

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
)

// csvRecords are the fields of the records of text that comes in pieces.
func csvRecords(t *testing.T, text []byte, size int) []string {
	s := &csvSplitter{lines: lines{c: &copyIn{opt: copyOptions{format: "csv", delim: ',', quote: '"', escape: '"', null: "\x00"}}}}
	var out []string
	take := func(rec []byte) error {
		s.scanned = 0
		fields, err := csvFields(rec, &s.c.opt)
		if err != nil {
			out = append(out, "bad")
			return nil
		}
		out = append(out, string(bytes.Join(fields, []byte("|"))))
		return nil
	}
	for len(text) > 0 {
		n := min(size, len(text))
		if err := s.each(text[:n], false, s.end, take); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := s.each(nil, true, s.end, take); err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzCopyCSV checks that the pieces in which CSV comes do not matter, and that
// a record that encoding/csv reads has the same fields here.
func FuzzCopyCSV(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, s := range []string{"k,n\na,\"x\ny\"\n\"\n", "\uFEFFa,b\r\n", `"a""b",c`, "a\"b,\"c\"d\n\"e\n", ","} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		whole, cut := csvRecords(t, text, len(text)+1), csvRecords(t, text, int(piece)+1)
		if !slices.Equal(whole, cut) {
			t.Fatalf("whole: %q, in pieces of %d: %q", whole, int(piece)+1, cut)
		}
		if bytes.ContainsAny(text, "\r\n\x00\uFEFF") || len(text) == 0 {
			return
		}
		fields, err := csv.NewReader(bytes.NewReader(text)).Read()
		if err == nil && (len(whole) != 1 || whole[0] != strings.Join(fields, "|")) {
			t.Errorf("%q: %q, encoding/csv reads %q", text, whole, fields)
		}
		if err != nil && !slices.Equal(whole, []string{"bad"}) {
			t.Errorf("%q: %q, encoding/csv says %v", text, whole, err)
		}
	})
}
