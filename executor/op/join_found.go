package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// memoSize is how many keys, and rows found, are known again at least when
// nothing else came between: rows of a stream that follow each other are often
// about the same few. shortRun is how many rows are not worth looking.
const (
	memoSize = 256
	memoBits = 8
	shortRun = 16
)

// keyMemo knows integers that came before: at is their number, from 1 on.
type keyMemo [memoSize]struct {
	key int64
	at  int32
}

// slot is where a key is kept, whatever the distance from one to the next.
func (m *keyMemo) slot(key int64) int {
	return int(uint64(key) * 0x9e3779b97f4a7c15 >> (64 - memoBits))
}

// finder looks up keys of the rows of a stream in a table.
type finder struct {
	table *state.Table
	keys  state.Keys
	rows  []state.Row // by key
	at    []int32     // by row of the stream: its key, or -1
	memo  keyMemo
	found []state.Row // by row of the stream
}

// find gives the table's rows of k, by position in k.rows and lent; NULL keys
// find nothing.
func (f *finder) find(k *keyed) []state.Row {
	f.keys.Reset()
	f.at = f.at[:0]
	if len(k.cols) == 1 && k.cols[0].I64 != nil && k.b.Win == nil && k.b.WinEnd == nil && len(k.rows) >= shortRun {
		f.integers(k)
	} else {
		f.any(k)
	}
	f.rows = sized(f.rows, f.keys.Len())
	f.table.Find(&f.keys, nil, f.rows)
	f.found = sized(f.found, len(k.rows))
	for i, at := range f.at {
		f.found[i] = state.None
		if at >= 0 {
			f.found[i] = f.rows[at]
		}
	}
	return f.found
}

func (f *finder) any(k *keyed) {
	for _, row := range k.rows {
		if anyNull(k.cols, row) {
			f.at = append(f.at, -1)
			continue
		}
		f.at = append(f.at, int32(f.keys.Len()))
		f.add(k, row)
	}
}

// integers is any for one integer: a key that came just before is not looked up
// again.
func (f *finder) integers(k *keyed) {
	clear(f.memo[:])
	v := k.cols[0]
	for _, row := range k.rows {
		if v.Null(int(row)) {
			f.at = append(f.at, -1)
			continue
		}
		key := v.I64[row]
		known := &f.memo[f.memo.slot(key)]
		if known.at == 0 || known.key != key {
			f.add(k, row)
			known.key, known.at = key, int32(f.keys.Len())
		}
		f.at = append(f.at, known.at-1)
	}
}

func (f *finder) add(k *keyed, row int32) {
	f.keys.Data = encodeKey(f.keys.Data, k.b, k.cols, row)
	f.keys.End()
}

// foundRows are rows of a table in columns. While a row is often found by several
// rows of a stream it is read once for all of them.
type foundRows struct {
	cols  []*vec.Builder // they take memory as much as last time
	n     int            // rows in cols
	once  bool           // a row is read once: in the last batch many came again
	at    []int32        // with once: by joined row, the one in cols
	rows  int            // joined rows
	again int            // those whose row was known
	bytes int            // about those of the joined rows
	last  int            // joined rows of the last batch, as much as is taken for the next
	known [memoSize]knownRow
}

type knownRow struct {
	row   state.Row
	bytes int32
	at    int32 // from 1 on
}

func newFoundRows(s types.Schema) foundRows { return foundRows{cols: builders(s, 0)} }

// add takes the row of one joined row; None is a row of NULLs.
func (f *foundRows) add(t *state.Table, row state.Row) error {
	known := &f.known[row%memoSize]
	again := known.at > 0 && known.row == row
	if again {
		f.again++
	}
	if !again || !f.once {
		var blob []byte
		if row != state.None {
			blob = t.Blob(row, 0)
		}
		if err := stored(f.cols, blob, row != state.None); err != nil {
			return err
		}
		f.n++
		*known = knownRow{row: row, bytes: int32(len(blob)), at: int32(f.n)}
	}
	if f.once {
		if f.at == nil {
			f.at = make([]int32, 0, f.last)
		}
		f.at = append(f.at, known.at-1)
	}
	f.rows++
	f.bytes += int(known.bytes)
	return nil
}

// full tells whether there is enough for a batch.
func (f *foundRows) full() bool { return f.rows >= maxOut || f.bytes >= maxOutBytes }

// take gives the columns of the joined rows, and begins anew.
func (f *foundRows) take() []vec.Vec {
	cols := finish(f.cols)
	often := f.rows >= shortRun && 2*f.again >= f.rows
	if f.n < f.rows {
		from := cols
		cols = make([]vec.Vec, len(from))
		for i := range cols {
			cols[i] = vec.Pick(&from[i], f.at, often)
		}
	}
	f.once, f.last = often, f.rows
	f.at, f.n, f.rows, f.again, f.bytes = nil, 0, 0, 0, 0
	clear(f.known[:])
	return cols
}
