package types

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
)

// ParseText reads PostgreSQL's text input of type t; loc (nil: UTC) is where an
// instant without a zone is read. Errors are PostgreSQL's: 22P02, 22003, 22007,
// 22008, 22001. STRUCT, MAP and arrays of them are read from JSON. The text of a
// regclass and its kin is a number here; names are the binder's.
func ParseText(t Type, s string, loc *time.Location) (Value, error) {
	switch t.Kind {
	case Boolean:
		if b, ok := ParseBool(s); ok {
			return b, nil
		}
		return nil, errSyntax(t, s)
	case SmallInt, Int, BigInt:
		return parseInt(t, s)
	case Real, Double:
		return parseFloat(t, s)
	case Decimal:
		return parseNumeric(t, s)
	case String, Name, Char, Unknown:
		return parseString(t, s)
	case Bytes:
		return parseBytea(s)
	case Timestamp:
		return box(ParseTimestamp(s, loc))
	case Date:
		return box(ParseDate(s))
	case Time:
		return box(ParseTime(s))
	case Interval:
		return box(ParseSpan(s))
	case JSON:
		b, err := NormalizeJSON([]byte(s))
		return string(b), err
	case UUID:
		if u, ok := ParseUUID(s); ok {
			return u, nil
		}
		return nil, errSyntax(t, s)
	case Array:
		if !t.Elem.IsNested() && !looksJSONArray(s) {
			if t.isVector() {
				return parseVector(t, s)
			}
			return parseArrayText(t, s, loc)
		}
		return FromJSON(t, []byte(s), JSONLeat)
	case Map, Struct:
		return FromJSON(t, []byte(s), JSONLeat)
	case Enum:
		return box(t.Labels.Place(s))
	case Void:
		return nil, nil
	case Record:
		return nil, sqlerr.Unsupported("input of anonymous composite types")
	}
	return parseOID(t, s)
}

// box gives a typed result the shape of a Value, nil on error.
func box[T any](v T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// typeLabel is the type's name in messages: without parameters, and with
// PostgreSQL's short words for the ones its input functions use.
func typeLabel(t Type) string {
	switch t.Kind {
	case Decimal, String, Array, Map, Struct:
		return pgNames[t.Kind]
	case Time:
		return "time"
	case JSON:
		return "json"
	}
	return t.String()
}

func errSyntax(t Type, s string) error {
	return sqlerr.New(sqlerr.InvalidTextRepresent, "invalid input syntax for type %s: \"%s\"", typeLabel(t), s)
}

func errOutOfRange(t Type, s string) error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "value \"%s\" is out of range for type %s", s, typeLabel(t))
}

// ParseBool reads a boolean as PostgreSQL does: a unique prefix of true, false,
// yes or no, on, off, 1, 0, in any case.
func ParseBool(s string) (v, ok bool) {
	w := strings.ToLower(strings.TrimSpace(s))
	switch w {
	case "":
		return false, false
	case "1", "on":
		return true, true
	case "0", "of", "off":
		return false, true
	}
	switch {
	case strings.HasPrefix("true", w), strings.HasPrefix("yes", w):
		return true, true
	case strings.HasPrefix("false", w), strings.HasPrefix("no", w):
		return false, true
	}
	return false, false
}

// intBits is the width of an integer type.
func intBits(t Type) int {
	switch t.Kind {
	case SmallInt:
		return 16
	case Int:
		return 32
	}
	return 64
}

func parseInt(t Type, s string) (Value, error) {
	w := strings.TrimSpace(s)
	n, err := strconv.ParseInt(w, 10, intBits(t))
	if err == nil {
		return n, nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return nil, errOutOfRange(t, s)
	}
	return nil, errSyntax(t, s)
}

func parseFloat(t Type, s string) (Value, error) {
	w := strings.TrimSpace(s)
	if !decimalSyntax(w) {
		return nil, errSyntax(t, s)
	}
	size := 64
	if t.Kind == Real {
		size = 32
	}
	f, err := strconv.ParseFloat(w, size)
	if err != nil || f == 0 && strings.Trim(mantissa(w), "+-0.") != "" {
		return nil, sqlerr.New(sqlerr.NumericOutOfRange, "\"%s\" is out of range for type %s", s, t)
	}
	return f, nil
}

// mantissa is a number's text before the exponent.
func mantissa(w string) string {
	if i := strings.IndexAny(w, "eE"); i >= 0 {
		return w[:i]
	}
	return w
}

func parseNumeric(t Type, s string) (Value, error) {
	d, ok, out := ParseDecimal(strings.TrimSpace(s))
	switch {
	case out:
		return nil, errNumericFormat()
	case !ok:
		return nil, errSyntax(t, s)
	}
	return box(FitDecimal(d, t))
}

// CheckText tells whether s may be a text value: valid UTF-8 without U+0000,
// which no client can be sent. 22021.
func CheckText(s string) error {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return errEncoding(0)
	}
	if !utf8.ValidString(s) {
		for i, r := range s {
			if r == utf8.RuneError {
				if _, w := utf8.DecodeRuneInString(s[i:]); w == 1 {
					return errEncoding(s[i])
				}
			}
		}
	}
	return nil
}

func errEncoding(c byte) error {
	return sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", c)
}

func parseString(t Type, s string) (Value, error) {
	if err := CheckText(s); err != nil {
		return nil, err
	}
	switch t.Kind {
	case Name:
		return truncateBytes(s, 63), nil
	case Char:
		return s[:min(1, len(s))], nil
	}
	if t.Precision > 0 && len(s) > int(t.Precision) && utf8.RuneCountInString(s) > int(t.Precision) {
		cut := truncateRunes(s, int(t.Precision))
		if strings.Trim(s[len(cut):], " ") != "" {
			return nil, sqlerr.New(sqlerr.StringRightTruncation, "value too long for type %s", t)
		}
		return cut, nil
	}
	return s, nil
}

// truncateRunes is the first n characters of s.
func truncateRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// truncateBytes is at most n bytes of s, cut between characters.
func truncateBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func parseBytea(s string) (Value, error) {
	if strings.HasPrefix(s, `\x`) {
		body := strings.NewReplacer(" ", "", "\n", "", "\t", "", "\r", "").Replace(s[2:])
		b, err := hex.DecodeString(body)
		var bad hex.InvalidByteError
		if errors.As(err, &bad) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid hexadecimal digit: \"%c\"", byte(bad))
		}
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		return b, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && octal(s[i+2]) && octal(s[i+3]):
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return nil, sqlerr.New(sqlerr.InvalidTextRepresent, "invalid input syntax for type bytea")
		}
	}
	return out, nil
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// ParseUUID reads a UUID: hex digits with a hyphen allowed after each group of
// four, braces around it allowed.
func ParseUUID(s string) (u [16]byte, ok bool) {
	if len(s) > 2 && s[0] == '{' && s[len(s)-1] == '}' {
		s = s[1 : len(s)-1]
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '-' {
			if n == 0 || n%4 != 0 || n == 32 || s[i-1] == '-' {
				return u, false
			}
			continue
		}
		d, ok := hexDigit(s[i])
		if !ok || n >= 32 {
			return u, false
		}
		u[n/2] = u[n/2]<<4 | d
		n++
	}
	return u, n == 32
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// arrayProcs are PostgreSQL's numbers of the input and output functions of
// arrays, by which drivers tell array types from others.
var arrayProcs = map[string]int64{"array_in": 750, "array_out": 751, "array_recv": 2400, "array_send": 2401}

// namedType finds a type by its name, perhaps qualified, perhaps in quotes.
func namedType(name string) (int64, bool) {
	name = strings.TrimPrefix(strings.TrimPrefix(name, `"pg_catalog".`), "pg_catalog.")
	if n := len(name); n > 2 && name[0] == '"' && name[n-1] == '"' && name != `"char"` {
		name = name[1 : n-1]
	}
	if found, ok := Lookup(name, nil); ok {
		return int64(found.OID()), true
	}
	oid, ok := pseudoTypes[strings.ToLower(name)]
	return oid, ok
}

// parseOID reads oid and the reg types: a number, - for none.
func parseOID(t Type, s string) (Value, error) {
	w := strings.TrimSpace(s)
	if w == "-" && t.Kind != OID {
		return int64(0), nil
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err == nil && n >= math.MinInt32 && n <= math.MaxUint32 {
		return int64(uint32(n)), nil
	}
	if t.Kind == RegType {
		if oid, ok := namedType(w); ok {
			return oid, nil
		}
	}
	if t.Kind == RegProc {
		if oid, ok := arrayProcs[strings.TrimPrefix(w, "pg_catalog.")]; ok {
			return oid, nil
		}
	}
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil:
		return nil, errOutOfRange(t, s)
	case t.Kind == RegClass:
		return nil, sqlerr.New(sqlerr.UndefinedTable, "relation \"%s\" does not exist", s)
	case t.Kind == RegType:
		return nil, sqlerr.New(sqlerr.UndefinedObject, "type \"%s\" does not exist", s)
	case t.Kind == RegProc:
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "function \"%s\" does not exist", s)
	case t.Kind == RegNamespace:
		return nil, sqlerr.New(sqlerr.InvalidSchemaName, "schema \"%s\" does not exist", s)
	}
	return nil, errSyntax(t, s)
}
