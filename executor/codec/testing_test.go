package codec

import (
	"bytes"
	"io"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

// checkLine compares the third column of the record with that line number.
func checkLine(t *testing.T, _ *Lines, b *vec.Batch, line int, want string) {
	t.Helper()
	for i := 0; i < b.Len(); i++ {
		if row := b.Row(i); b.Offset[row] == int64(line-1) {
			if got := string(types.AppendDecimal(nil, b.Cols[2].Dec(row))); got != want {
				t.Errorf("line %d: %s, want %s", line, got, want)
			}
			return
		}
	}
	t.Errorf("line %d is missing", line)
}
