package planner

import (
	"strconv"
	"strings"
	"time"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Idle is the silence after which the clock closes windows: the plan's own
// idle_timeout, else the session's. 0: never.
func (p *StreamPlan) Idle(session time.Duration) time.Duration {
	switch {
	case p.IdleMs < 0:
		return 0
	case p.IdleMs > 0:
		return time.Duration(p.IdleMs) * time.Millisecond
	}
	return session
}

// idleTimeout reads the option of a query, or the property of CREATE ... AS, as
// StreamPlan.IdleMs has it; 0 when it is not there.
func (b *binder) idleTimeout(options []sql.Property) int64 {
	for _, o := range options {
		if !o.Name.Is("idle_timeout") {
			continue
		}
		ms := b.millis(o)
		if ms < 0 {
			fail(sqlerr.New(sqlerr.InvalidParameterValue, "idle_timeout must not be negative").At(o.Name.Pos))
		}
		if ms == 0 {
			return -1
		}
		return ms
	}
	return 0
}

// millis reads a duration: an interval, or a number of milliseconds.
func (b *binder) millis(o sql.Property) int64 {
	text := strings.TrimSpace(b.propertyText(o))
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms
	}
	c, ok := b.literal(&expr.Const{V: text, T: types.TUnknown}, types.TInterval, o.Name.Pos).(*expr.Const)
	if !ok {
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for property %q: %q", o.Name.Text, text).At(o.Name.Pos))
	}
	span := c.V.(types.Span)
	return (int64(span.Months)*30+int64(span.Days))*dayMs + span.Micros/types.MicrosPerMilli
}
