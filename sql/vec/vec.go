package vec

import "github.com/leatdb/leat/sql/types"

// Vec is a column of N values of one type. Which slices are used follows from
// the kind:
//
//	Boolean                                       Bits
//	SmallInt Int BigInt OID Reg* Date Time        I64
//	Timestamp (µs)                                I64
//	Real Double                                   F64
//	String Name Char JSON Bytes                   Off, Data
//	Decimal                                       Off, Data: canonical text (keeps scale)
//	UUID, Interval                                Data, 16 bytes a value, no Off
//	Array                                         Off into Kids[0]
//	Map                                           Off into Kids[0] (keys) and Kids[1] (values)
//	Struct Record                                 Kids, one a field, each of N values
//	Unknown                                       nothing: all NULL
//
// A vector handed over is immutable and shared. The slot of a NULL holds a zero
// value (an empty range for Off).
type Vec struct {
	Type  types.Type
	N     int
	Valid Bitmap // nil: all valid
	Bits  Bitmap
	I64   []int64
	F64   []float64
	Off   []int32 // N+1 entries
	Data  []byte
	Kids  []Vec
	// Picked: the values stand elsewhere, and none of the slices is there; nil in all vectors but those that V6 speaks of.
	Picked *Picked
	Plain  bool // JSON writes every value as it is, in quotes: none holds a quote, a backslash or a control character; false: unknown
}

// Batch is a run of rows. A row of a stream is an insert; a row of a table is a
// change pair: key columns, new (absent when Tomb is set), old (present when the
// planner asked for it and OldOK is set). Columns are immutable once handed
// over. Key columns are ordinary columns of Cols (the plan says which) and are
// filled also when the row is a tombstone.
type Batch struct {
	N      int     // physical rows
	Sel    []int32 // live rows in order; nil: all
	Cols   []Vec   // new values
	Tomb   Bitmap  // new is NULL (delete); nil: none
	Old    []Vec   // parallel to Cols, nil unless the planner asked
	OldOK  Bitmap  // old is present
	Ts     []int64 // ROWTIME, ms since the epoch
	Win    []int64 // window start, ms; nil: not windowed
	WinEnd []int64 // window end, ms; nil: not windowed
	Seq    []int32 // position of the trigger in the task's input; nil: identity
	Part   []int32 // source partition; nil: not from a topic
	Offset []int64 // source offset; nil: not from a topic
}

// Len is the number of live rows.
func (b *Batch) Len() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.N
}

// Row maps the i-th live row to its physical position.
func (b *Batch) Row(i int) int {
	if b.Sel != nil {
		return int(b.Sel[i])
	}
	return i
}

// Null tells whether value i is NULL.
func (v *Vec) Null(i int) bool {
	return v.Type.Kind == types.Unknown || (v.Valid != nil && !v.Valid.Get(i))
}

// Str is the text or bytes at i, sharing memory with the vector.
func (v *Vec) Str(i int) []byte { return v.Data[v.Off[i]:v.Off[i+1]] }
