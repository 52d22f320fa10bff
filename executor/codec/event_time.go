package codec

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// eventTime is the column that holds a relation's event time.
type eventTime struct {
	col   int
	name  string
	typ   *types.Type
	parse func(text string) (us int64, err error) // text columns
}

// newEventTime is nil without a specification.
func newEventTime(schema types.Schema, spec *catalog.TimestampSpec) (*eventTime, error) {
	if spec == nil {
		return nil, nil
	}
	col := schema.Index(spec.Column)
	if col < 0 {
		return nil, sqlerr.New(sqlerr.UndefinedColumn, "timestamp column \"%s\" does not exist", spec.Column)
	}
	e := &eventTime{col: col, name: spec.Column, typ: &schema[col].Type}
	switch e.typ.Kind {
	case types.Timestamp, types.BigInt:
		return e, nil
	case types.String:
		if spec.Format == "" {
			e.parse = func(text string) (int64, error) { return parseInstant(&types.TTimestamp, []byte(text)) }
			return e, nil
		}
		var err error
		e.parse, err = patternParser(spec.Format)
		return e, err
	}
	return nil, sqlerr.New(sqlerr.DatatypeMismatch,
		"timestamp column \"%s\" must be of type BIGINT, TIMESTAMP or STRING, not %s", spec.Column, e.typ)
}

// of gives a row's event time in ms.
func (e *eventTime) of(c *cell, ksql bool) (int64, error) {
	if c.kind == cellNull {
		return 0, sqlerr.New(sqlerr.NullNotAllowed, "timestamp column \"%s\" is null", e.name)
	}
	var ms int64
	switch {
	case e.parse != nil:
		us, err := e.parse(string(c.b))
		if err != nil {
			return 0, err
		}
		ms = floorDiv(us, types.MicrosPerMilli)
	case e.typ.Kind == types.Timestamp:
		if types.IsInfinite(c.i) {
			return 0, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp column \"%s\" is infinite", e.name)
		}
		ms = c.instantMs()
	default:
		ms = c.i
	}
	if ksql && ms < 0 || ms > maxInstant/types.MicrosPerMilli || ms < -maxInstant/types.MicrosPerMilli {
		return 0, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp column \"%s\" is out of range: %d", e.name, ms)
	}
	return ms, nil
}

// usual is the time of row row of the column when that is an instant of a year that is usual.
func (e *eventTime) usual(v *vec.Vec, row int) (ms int64, ok bool) {
	if e.typ.Kind != types.Timestamp || v.Null(row) || e.parse != nil {
		return 0, false
	}
	us := v.I64[row]
	return us / types.MicrosPerMilli, us >= 0 && us <= maxInstant
}

// headerColumn is a column read from record headers; name "" takes them all.
type headerColumn struct {
	col  int
	name string
}

// headerColumns lists them by position.
func headerColumns(schema types.Schema, headers map[int]string, need []bool) []headerColumn {
	var out []headerColumn
	for i := range schema {
		if name, ok := headers[i]; ok && need[i] {
			out = append(out, headerColumn{i, name})
		}
	}
	return out
}

// readHeaders fills the header columns: the last header of a name, or all.
func (d *Decoder) readHeaders(rec *batch.Record) {
	for _, h := range d.headers {
		c := &d.cells[h.col]
		if h.name == "" {
			c.setBox(allHeaders(rec))
			continue
		}
		for i := range rec.Headers {
			if rec.Headers[i].Key != h.name {
				continue
			}
			if c.setNull(); rec.Headers[i].Value != nil {
				c.setBytes(rec.Headers[i].Value)
			}
		}
	}
}

func allHeaders(rec *batch.Record) types.Value {
	out := make([]types.Value, len(rec.Headers))
	for i, h := range rec.Headers {
		row := types.Row{h.Key, nil}
		if h.Value != nil {
			row[1] = append([]byte{}, h.Value...)
		}
		out[i] = row
	}
	return out
}
