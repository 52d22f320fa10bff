package codec

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// shared finds a file of the shared data, or skips.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	root := os.Getenv("LEAT_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(root, "data", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("../shared/data/%s is not there", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// verdicts reads number -> ok, bad, skip or policy.
func verdicts(t *testing.T, name string) map[int]string {
	t.Helper()
	r := csv.NewReader(bytesReader(shared(t, name)))
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]string{}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		out[n] = row[1]
	}
	return out
}

func quakes(mag types.Type) *catalog.Relation {
	return &catalog.Relation{
		Name: "quakes", Kind: catalog.Table, Meaning: "leat", Partitions: 1,
		Schema: types.Schema{
			{Name: "id", Type: types.TString, Key: true, NotNull: true},
			{Name: "event_time", Type: types.TTimestamp},
			{Name: "mag", Type: mag},
			{Name: "place", Type: types.TString},
		},
		Timestamp: &catalog.TimestampSpec{Column: "event_time"},
	}
}

// decided are our answers to the lines whose verdict is the project's.
var decided = map[int]string{
	6:  "ok",  // a numeric string is a number
	10: "ok",  // epoch milliseconds
	18: "ok",  // the last of equal members wins
	22: "bad", // U+0000
	27: "bad", // a byte order mark inside the file
	30: "ok",  // far future
	32: "ok",  // a duplicate is an upsert
	38: "ok",  // the leap second is the next minute
}

func TestDirtyJSON(t *testing.T) {
	want := verdicts(t, "dirty.jsonl.expect.csv")
	for _, mag := range []types.Type{types.TDouble, types.TDecimal(30, 6)} {
		lines, err := NewLines(quakes(mag), 0)
		if err != nil {
			t.Fatal(err)
		}
		text := shared(t, "dirty.jsonl")
		for len(text) > 0 { // odd pieces, so that records straddle them
			n := min(len(text), 1009)
			lines.Feed(text[:n])
			text = text[n:]
		}
		lines.Close()
		b, bad := lines.Take()
		got := map[int]string{}
		for i := 0; i < b.Len(); i++ {
			got[int(b.Offset[b.Row(i)])+1] = "ok"
		}
		for _, x := range bad {
			got[int(x.Offset)+1] = "bad"
			if x.Err.Code == "XX000" {
				t.Errorf("line %d: internal error %v", x.Offset+1, x.Err)
			}
		}
		for n, w := range want {
			if w == "policy" {
				w = decided[n]
			}
			if g := got[n]; g != w && !(g == "" && w == "skip") {
				t.Errorf("mag %s: line %d is %q, want %q", mag, n, g, w)
			}
		}
		if lines.Skipped() != 2 {
			t.Errorf("%d blank lines, want 2", lines.Skipped())
		}
		if mag.Kind == types.Decimal {
			checkLine(t, lines, b, 33, "9007199254740993.000000")
		}
	}
}
