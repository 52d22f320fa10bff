package codec

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// rules decide what a notation may become. They are plan data: a decoder has
// one set for its life.
type rules struct {
	ksql bool // ksqlDB's meaning
	// lexical: the serialisation has no notation but text (DELIMITED, map keys), so numbers and booleans come as text.
	lexical bool
	fold    bool // names of JSON members in any case, in ksqlDB's meaning too
}

// number puts a JSON number, in p, into c.
func (r rules) number(t *types.Type, p []byte, c *cell) error {
	switch t.Kind {
	case types.SmallInt, types.Int, types.BigInt:
		return r.integer(t, p, c)
	case types.Double, types.Real:
		return floating(t, p, c)
	case types.Decimal:
		return decimal(t, p, c)
	case types.String:
		return r.string(t, p, c)
	case types.JSON:
		c.setBytes(p)
		return nil
	case types.Timestamp:
		return epoch(t, p, types.MicrosPerMilli, c)
	case types.Date:
		return epoch(t, p, 1, c)
	case types.Time:
		if err := epoch(t, p, types.MicrosPerMilli, c); err != nil {
			return err
		}
		if c.i < 0 || c.i >= types.MicrosPerDay {
			return errField(p)
		}
		return nil
	}
	return errSyntax(t, p)
}

func (r rules) boolean(t *types.Type, x bool, c *cell) error {
	text := "false"
	if x {
		text = "true"
	}
	switch t.Kind {
	case types.Boolean:
		c.setBool(x)
		return nil
	case types.String, types.JSON:
		c.setBytes([]byte(text))
		return nil
	}
	return errSyntax(t, []byte(text))
}

// text puts text, with escapes and quotes already undone, into c.
func (r rules) text(t *types.Type, p []byte, c *cell) error {
	switch t.Kind {
	case types.String:
		return r.string(t, p, c)
	case types.SmallInt, types.Int, types.BigInt:
		return r.integer(t, trim(p), c)
	case types.Double, types.Real:
		return floating(t, trim(p), c)
	case types.Decimal:
		return decimal(t, trim(p), c)
	case types.Boolean:
		return r.boolText(t, p, c)
	case types.Bytes:
		out, err := base64.StdEncoding.DecodeString(string(p))
		if err != nil {
			return errSyntax(t, p).WithHint("Byte strings are written in base64.")
		}
		c.setBytes(out)
		return nil
	case types.Timestamp, types.Date, types.Time:
		return r.temporal(t, p, c)
	}
	return r.rareText(t, p, c)
}

func (r rules) rareText(t *types.Type, p []byte, c *cell) error {
	switch t.Kind {
	case types.UUID:
		u, ok := types.ParseUUID(string(p))
		if !ok {
			return errSyntax(t, p)
		}
		c.setBox(u)
		return nil
	case types.Interval:
		s, err := types.ParseSpan(string(p))
		if err != nil {
			return err
		}
		c.setBox(s)
		return nil
	case types.Enum:
		return label(t, p, c)
	case types.JSON:
		compact, err := compactJSON(nil, p)
		if err != nil {
			return err
		}
		out, err := types.NormalizeJSON(compact)
		if err != nil {
			return err
		}
		c.setBytes(out)
		return nil
	}
	return errSyntax(t, p)
}

// holdsEmpty tells whether empty text is a value of t.
func holdsEmpty(t *types.Type) bool {
	return t.IsText() || t.Kind == types.Enum && slices.Contains(t.Labels.All, "")
}

// label takes the text of an enum's value.
func label(t *types.Type, p []byte, c *cell) error {
	place, err := t.Labels.Place(string(p))
	if err != nil {
		return err
	}
	c.setInt(place)
	return nil
}

func (r rules) string(t *types.Type, p []byte, c *cell) error {
	if !utf8.Valid(p) {
		return sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	if !r.ksql && bytes.IndexByte(p, 0) >= 0 {
		return sqlerr.New(sqlerr.UntranslatableCharacter, "text must not contain U+0000")
	}
	if t.Precision > 0 && len(p) > int(t.Precision) && utf8.RuneCount(p) > int(t.Precision) {
		return sqlerr.New(sqlerr.StringRightTruncation, "value too long for type %s", t)
	}
	c.setBytes(p)
	return nil
}

// boolText reads a boolean where text is the only notation.
func (r rules) boolText(t *types.Type, p []byte, c *cell) error {
	switch s := strings.ToLower(string(trim(p))); {
	case !r.lexical:
	case r.ksql:
		c.setBool(s == "true")
		return nil
	case s == "true" || s == "t" || s == "yes" || s == "on" || s == "1":
		c.setBool(true)
		return nil
	case s == "false" || s == "f" || s == "no" || s == "off" || s == "0":
		c.setBool(false)
		return nil
	}
	return errSyntax(t, p)
}

func (r rules) temporal(t *types.Type, p []byte, c *cell) (err error) {
	if (r.ksql || r.lexical) && digitsOnly(p) {
		return r.number(t, p, c)
	}
	if r.ksql {
		return errTemporal(t, p)
	}
	var x int64
	switch t.Kind {
	case types.Timestamp:
		x, err = parseInstant(t, p)
	case types.Date:
		x, err = parseDay(t, p)
	default:
		x, err = parseClock(t, p)
	}
	c.setInt(x)
	return err
}

// epoch reads whole units since 1970, each of scale in the value's unit.
func epoch(t *types.Type, p []byte, scale int64, c *cell) error {
	n, st := wholeNumber(p, false)
	switch {
	case st == numSyntax || st == numFraction:
		return errTemporal(t, p)
	case st == numRange || n > maxInstant/scale || n < -maxInstant/scale:
		return errField(p)
	}
	c.setInt(n * scale)
	return nil
}

// maxInstant is the end of the year 294246 in µs, as far as instants go.
const maxInstant = 9223371331200000000 - 1

func (r rules) integer(t *types.Type, p []byte, c *cell) error {
	n, st := wholeNumber(p, r.ksql && !r.lexical)
	switch st {
	case numSyntax, numFraction:
		return errSyntax(t, p)
	case numRange:
		return errRange(t, p)
	}
	switch {
	case t.Kind == types.Int && n != int64(int32(n)), t.Kind == types.SmallInt && n != int64(int16(n)):
		return errRange(t, p)
	}
	c.setInt(n)
	return nil
}

// floating reads a number, NaN or an infinity; what overflows is out of range.
func floating(t *types.Type, p []byte, c *cell) error {
	size := 64
	if t.Kind == types.Real {
		size = 32
	} else if f, end := fastFloat(p, 0); end > 0 && end == len(p) {
		c.setFloat(f)
		return nil
	}
	if !numeral(p) {
		switch string(p) {
		case "NaN":
			c.setFloat(math.NaN())
		case "Infinity", "+Infinity":
			c.setFloat(math.Inf(1))
		case "-Infinity":
			c.setFloat(math.Inf(-1))
		default:
			return errSyntax(t, p)
		}
		return nil
	}
	f, err := strconv.ParseFloat(string(p), size)
	if err != nil {
		return errRange(t, p)
	}
	c.setFloat(f)
	return nil
}

// trim drops the blanks around a number.
func trim(p []byte) []byte { return bytes.Trim(p, " \t\r\n") }

func digitsOnly(p []byte) bool {
	if len(p) > 0 && p[0] == '-' {
		p = p[1:]
	}
	for _, b := range p {
		if b-'0' > 9 {
			return false
		}
	}
	return len(p) > 0
}

// shown is p as an error message quotes it: valid and short.
func shown(p []byte) string {
	const limit = 64
	s := strings.ToValidUTF8(string(p[:min(len(p), limit)]), "\uFFFD")
	if len(p) > limit {
		s += "..."
	}
	return s
}

func errSyntax(t *types.Type, p []byte) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidTextRepresent, "invalid input syntax for type %s: \"%s\"", t, shown(p))
}

func errRange(t *types.Type, p []byte) *sqlerr.Error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "value \"%s\" is out of range for type %s", shown(p), t)
}

func errTemporal(t *types.Type, p []byte) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", t, shown(p))
}

func errField(p []byte) *sqlerr.Error {
	return sqlerr.New(sqlerr.DatetimeOverflow, "date/time field value out of range: \"%s\"", shown(p))
}
