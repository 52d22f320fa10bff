package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// dayMs is how long windows wait for late rows by default, size included.
const dayMs = 86_400_000

// windowSpec fills in the defaults of a window clause: grace 24 h minus size
// (none with EMIT FINAL), retention size plus grace.
func (b *binder) windowSpec(w *sql.WindowSpec, final bool) *WindowSpec {
	out := &WindowSpec{}
	span := int64(0)
	switch w.Kind {
	case sql.Session:
		out.Type = Session
		out.Gap = b.positive(w.Gap, "the gap of a session window", w.Pos)
		span = out.Gap
	case sql.Hopping:
		out.Type = Hopping
		out.Size = b.positive(w.Size, "the size of a window", w.Pos)
		out.Advance = b.positive(w.Advance, "the advance of a hopping window", w.Pos)
		if out.Advance > out.Size {
			fail(sqlerr.New(sqlerr.InvalidParameterValue, "the advance of a hopping window must not be greater than its size").At(w.Advance.Pos))
		}
		span = out.Size
	default:
		out.Type = Tumbling
		out.Size = b.positive(w.Size, "the size of a window", w.Pos)
		out.Advance, span = out.Size, out.Size
	}
	switch {
	case w.Grace != nil:
		out.Grace = w.Grace.Millis()
	case !final:
		out.Grace = max(0, dayMs-span)
	}
	out.Retention = span + out.Grace
	if w.Retention != nil {
		if w.Retention.Millis() < out.Retention && (w.Grace != nil || w.Retention.Millis() < span) {
			fail(sqlerr.New(sqlerr.InvalidParameterValue, "the retention of a window must not be less than its size plus its grace period").At(w.Retention.Pos))
		}
		out.Retention = w.Retention.Millis()
		if w.Grace == nil {
			out.Grace = min(out.Grace, out.Retention-span)
		}
	}
	return out
}

func (b *binder) positive(d *sql.Duration, what string, pos int) int64 {
	if d == nil {
		fail(sqlerr.New(sqlerr.SyntaxError, "%s is missing", what).At(pos))
	}
	if d.Millis() <= 0 {
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "%s must be greater than zero", what).At(d.Pos))
	}
	return d.Millis()
}

var windowNames = map[WindowType]string{Tumbling: "TUMBLING", Hopping: "HOPPING", Session: "SESSION"}

// info is what a sink's catalog entry says of the window.
func (w *WindowSpec) info() *catalog.WindowInfo {
	if w == nil {
		return nil
	}
	return &catalog.WindowInfo{Type: windowNames[w.Type], SizeMs: w.Size}
}

// specOf is the window of rows read from a windowed relation.
func specOf(w *catalog.WindowInfo) *WindowSpec {
	if w == nil {
		return nil
	}
	for t, name := range windowNames {
		if name == w.Type {
			return &WindowSpec{Type: t, Size: w.SizeMs, Advance: w.SizeMs}
		}
	}
	panic("BUG: window type " + w.Type)
}
