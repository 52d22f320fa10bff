package pgwire

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// columnEncoder appends value i, which is not NULL, without its length.
type columnEncoder func(dst []byte, v *vec.Vec, i int) ([]byte, error)

// encoderOf chooses the encoder of a column; the common types read their typed
// slices, the others box.
func encoderOf(t types.Type, format int16, style *types.TextOptions) columnEncoder {
	if format == pgproto3.BinaryFormat {
		return binaryEncoder(t)
	}
	switch t.Kind {
	case types.SmallInt, types.Int, types.BigInt, types.OID:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) { return strconv.AppendInt(dst, v.I64[i], 10), nil }
	case types.String, types.JSON, types.Name, types.Char, types.Decimal:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) { return append(dst, v.Str(i)...), nil }
	case types.Boolean:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
			if v.Bool(i) {
				return append(dst, 't'), nil
			}
			return append(dst, 'f'), nil
		}
	case types.Timestamp:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
			return types.AppendTimestamp(dst, v.I64[i], style.Location), nil
		}
	}
	return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
		return types.AppendText(dst, t, v.Value(i), style), nil
	}
}

func binaryEncoder(t types.Type) columnEncoder {
	switch t.Kind {
	case types.SmallInt:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint16(dst, uint16(v.I64[i])), nil
		}
	case types.Int:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint32(dst, uint32(v.I64[i])), nil
		}
	case types.BigInt:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, uint64(v.I64[i])), nil
		}
	case types.Double:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.F64[i])), nil
		}
	case types.String, types.Name, types.Bytes:
		return func(dst []byte, v *vec.Vec, i int) ([]byte, error) { return append(dst, v.Str(i)...), nil }
	}
	return func(dst []byte, v *vec.Vec, i int) ([]byte, error) { return types.AppendBinary(dst, t, v.Value(i)) }
}

// append appends k rows as DataRow messages and moves on.
func (cur *cursor) append(dst []byte, k int) ([]byte, error) {
	for end := cur.at + k; cur.at < end; cur.at++ {
		var err error
		if dst, err = cur.appendRow(dst, cur.batch.Row(cur.at)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (cur *cursor) appendRow(dst []byte, row int) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 'D', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(cur.cols)))
	for c := range cur.cols {
		v := &cur.batch.Cols[c]
		if v.Null(row) {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		var err error
		if dst, err = cur.enc[c](append(dst, 0, 0, 0, 0), v, row); err != nil {
			return dst, err
		}
		if cur.holdsText(c) {
			if err := noNUL(dst[at+4:], cur.cols[c].Name); err != nil {
				return dst, err
			}
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	n := len(dst) - start - 1
	if n > math.MaxInt32 {
		return dst, sqlerr.New(sqlerr.ProgramLimitExceeded, "row of %d bytes is too large to be sent", n)
	}
	binary.BigEndian.PutUint32(dst[start+1:], uint32(n))
	return dst, nil
}

// holdsText tells whether a column's bytes are text that a client will treat as
// a C string.
func (cur *cursor) holdsText(c int) bool {
	return cur.formats[c] == pgproto3.TextFormat || cur.cols[c].Type.IsText()
}

// noNUL refuses U+0000, which the protocol's text cannot carry.
func noNUL(b []byte, column string) error {
	for _, x := range b {
		if x == 0 {
			return sqlerr.New(sqlerr.UntranslatableCharacter, "text with the character U+0000 cannot be sent").
				WithDetail("Column %q holds it.", column).
				WithHint("Remove it with replace(column, chr(0), ''), or cast the column to bytea.")
		}
	}
	return nil
}

// fieldDescription describes one column.
func fieldDescription(col Column, format int16) pgproto3.FieldDescription {
	return pgproto3.FieldDescription{
		Name: []byte(clean(col.Name)), TableOID: col.Table, TableAttributeNumber: col.Attr,
		DataTypeOID: col.Type.OID(), DataTypeSize: types.Typlen(col.Type), TypeModifier: types.Typmod(col.Type),
		Format: format,
	}
}
