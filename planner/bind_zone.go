package planner

import (
	"time"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// atTimeZone binds x AT TIME ZONE z: of an instant the wall clock in z, of a wall
// clock the instant that it shows in z. There is one type for both, so a wall
// clock is known by how it is written.
func (x *exprBinder) atTimeZone(e *sql.AtTimeZone) expr.Node {
	if !isWallClock(e.X) {
		return x.callByName("timezone", []sql.Expr{e.Zone, e.X}, e.Pos)
	}
	operand := e.X
	if t, text, ok := timestampLiteral(operand); ok {
		operand = &sql.TypedLiteral{Type: t, Value: asUTC(text), Pos: operand.Position()}
	}
	return x.callByName("timezone_of_local", []sql.Expr{e.Zone, operand}, e.Pos)
}

// isWallClock tells of a TIMESTAMP literal that names no zone, and of what AT
// TIME ZONE has made of an instant.
func isWallClock(e sql.Expr) bool {
	if z, ok := e.(*sql.AtTimeZone); ok {
		return !isWallClock(z.X)
	}
	_, text, ok := timestampLiteral(e)
	if !ok {
		return false
	}
	utc, err := types.ParseText(types.TTimestamp, text, time.UTC)
	if err != nil {
		return false
	}
	east, err := types.ParseText(types.TTimestamp, text, time.FixedZone("", 3600))
	return err == nil && utc != east
}

// timestampLiteral is TIMESTAMP '...', '...'::timestamp or CAST('...' AS TIMESTAMP),
// not those of TIMESTAMPTZ.
func timestampLiteral(e sql.Expr) (t *sql.TypeName, text string, ok bool) {
	switch e := e.(type) {
	case *sql.TypedLiteral:
		t, text = e.Type, e.Value
	case *sql.Cast:
		s, isText := e.X.(*sql.String)
		if !isText {
			return nil, "", false
		}
		t, text = e.Type, s.Value
	default:
		return nil, "", false
	}
	switch t.Name.Last().Fold(false) {
	case "timestamp", "timestamp without time zone":
		return t, text, t.Elem == nil
	}
	return nil, "", false
}

// asUTC is a wall clock's text as the instant that shows it in UTC.
func asUTC(text string) string {
	v, err := types.ParseText(types.TTimestamp, text, time.UTC)
	if err != nil {
		return text
	}
	return string(types.AppendText(nil, types.TTimestamp, v, nil))
}
