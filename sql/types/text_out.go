package types

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/cockroachdb/apd/v3"
)

// TextOptions are the session's settings that change text forms. The zero
// value: UTC, shortest floats, registered objects by number.
type TextOptions struct {
	Location *time.Location // of timestamps; nil: UTC
	// ExtraFloatDigits below 1 prints floats with 15 (6) significant digits
	// plus itself, as PostgreSQL does; SetFloatDigits tells that it is given.
	ExtraFloatDigits int
	SetFloatDigits   bool
	// RegName names the object of a regclass, regtype, regproc or regnamespace;
	// nil, or false: built-in types by name, all else by number.
	RegName func(kind Kind, oid int64) (string, bool)
	// RegOID is the way back; nil, or false: ParseText knows it or nobody.
	RegOID func(kind Kind, name string) (int64, bool)
}

// AppendText appends the PostgreSQL text form of v, not NULL. opt may be nil.
func AppendText(dst []byte, t Type, v Value, opt *TextOptions) []byte {
	if opt == nil {
		opt = &TextOptions{}
	}
	switch t.Kind {
	case Boolean:
		if v.(bool) {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case Real, Double:
		return appendFloat(dst, v.(float64), t.Kind, opt)
	case Decimal:
		return AppendDecimal(dst, v.(*apd.Decimal))
	case String, JSON, Name, Char, Unknown:
		return append(dst, v.(string)...)
	case Bytes:
		return hex.AppendEncode(append(dst, `\x`...), v.([]byte))
	case Timestamp:
		return AppendTimestamp(dst, v.(int64), opt.Location)
	case Date:
		return AppendDate(dst, v.(int64))
	case Time:
		return AppendTime(dst, v.(int64))
	case Interval:
		return AppendSpan(dst, v.(Span))
	case UUID:
		return AppendUUID(dst, v.([16]byte))
	case Array:
		if t.isVector() {
			return appendVector(dst, v.([]Value))
		}
		if !t.Elem.IsNested() {
			return appendArrayText(dst, *t.Elem, v.([]Value), opt)
		}
		return appendJSON(dst, t, v, jsonWire)
	case Map, Struct:
		return appendJSON(dst, t, v, jsonWire)
	case Record:
		return appendRecordText(dst, t, v.(Row), opt)
	case RegClass, RegType, RegProc, RegNamespace:
		return appendReg(dst, t.Kind, v.(int64), opt)
	case Enum:
		return append(dst, t.Labels.At(v.(int64))...)
	case Void:
		return dst
	}
	return strconv.AppendInt(dst, v.(int64), 10)
}

func appendReg(dst []byte, k Kind, oid int64, opt *TextOptions) []byte {
	if opt.RegName != nil {
		if name, ok := opt.RegName(k, oid); ok {
			return append(dst, name...)
		}
	}
	if oid == 0 {
		return append(dst, '-')
	}
	if k == RegType {
		if t, ok := FromOID(uint32(oid)); ok {
			return append(dst, t.String()...)
		}
		if name, ok := pseudoNames[oid]; ok {
			return append(dst, name...)
		}
	}
	return strconv.AppendInt(dst, oid, 10)
}

// AppendUUID appends the 8-4-4-4-12 form.
func AppendUUID(dst []byte, u [16]byte) []byte {
	for i, from := range []int{0, 4, 6, 8, 10} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, u[from:[]int{4, 6, 8, 10, 16}[i]])
	}
	return dst
}

// AppendFloat appends a double as PostgreSQL does: shortest digits that read
// back, exponent form outside 1e-5 to 1e15, NaN, Infinity, -Infinity.
func AppendFloat(dst []byte, f float64) []byte {
	return appendFloat(dst, f, Double, &TextOptions{})
}

func appendFloat(dst []byte, f float64, k Kind, opt *TextOptions) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	size, digits, point := 64, 15, 15
	if k == Real {
		size, digits, point = 32, 6, 6
	}
	prec := -1
	if opt.SetFloatDigits && opt.ExtraFloatDigits < 1 {
		prec = max(1, digits+opt.ExtraFloatDigits) - 1
		point = prec + 1
	}
	var buf [32]byte
	sci := strconv.AppendFloat(buf[:0], f, 'e', prec, size)
	if prec < 0 && math.Abs(f) >= 1<<24 {
		frac, tie := isMidpoint(math.Abs(f), bytes.TrimPrefix(sci, []byte("-")), size)
		for ; tie; _, tie = isMidpoint(math.Abs(f), bytes.TrimPrefix(sci, []byte("-")), size) {
			frac++
			sci = strconv.AppendFloat(sci[:0], f, 'e', frac, size)
		}
	}
	return appendScientific(dst, sci, point)
}

// isMidpoint tells whether the shortest digits sci of f > 0 lie exactly between
// f and its neighbour. They read back as f, but PostgreSQL wants a digit more.
// frac is their number behind the point. Below the integers that a float cannot
// count singly no midpoint is that short.
func isMidpoint(f float64, sci []byte, size int) (frac int, tie bool) {
	if size == 64 && f < 1<<53 {
		return 0, false
	}
	e := bytes.IndexByte(sci, 'e')
	frac = max(0, e-2)
	exp, _ := strconv.Atoi(string(sci[e+1:]))
	if exp < frac || exp > 45 { // 45: an odd midpoint has few factors of five
		return frac, false
	}
	digits := append([]byte{sci[0]}, sci[min(2, e):e]...)
	d, _ := new(big.Int).SetString(string(digits), 10)
	d.Mul(d, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp-frac)), nil))
	whole := func(f float64) *big.Int {
		n, _ := new(big.Float).SetFloat64(f).Int(nil)
		return n
	}
	toward := math.Inf(d.Cmp(whole(f)))
	next := math.Nextafter(f, toward)
	if size == 32 {
		next = float64(math.Nextafter32(float32(f), float32(toward)))
	}
	if d.Cmp(whole(f)) == 0 || math.IsInf(next, 0) {
		return frac, false
	}
	return frac, d.Lsh(d, 1).Cmp(new(big.Int).Add(whole(f), whole(next))) == 0
}

// appendScientific lays d.ddde±xx out as C's %g does with trailing zeros
// dropped: plain for exponents from -4 to below point.
func appendScientific(dst, sci []byte, point int) []byte {
	if sci[0] == '-' {
		dst, sci = append(dst, '-'), sci[1:]
	}
	e := len(sci) - 1
	for sci[e] != 'e' {
		e--
	}
	exp, _ := strconv.Atoi(string(sci[e+1:]))
	digits := append([]byte{sci[0]}, sci[min(2, e):e]...)
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	switch {
	case exp < -4 || exp >= point:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(append(dst, '.'), digits[1:]...)
		}
		return append(dst, sci[e:]...)
	case exp < 0:
		dst = append(dst, '0', '.')
		for ; exp < -1; exp++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := 0; i <= exp; i++ {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	if exp+1 < len(digits) {
		dst = append(append(dst, '.'), digits[exp+1:]...)
	}
	return dst
}

// AppendJavaDouble appends a double as Java's Double.toString prints it.
func AppendJavaDouble(dst []byte, f float64) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if bytes.IndexByte(dst[start:], '.') >= 0 {
			return dst
		}
		return append(dst, ".0"...)
	}
	var buf [32]byte
	sci := strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	if bytes.IndexByte(sci, '.') < 0 {
		sci = strconv.AppendFloat(buf[:0], f, 'e', 1, 64) // of two digits the nearest: 4.9E-324
	}
	e := len(sci) - 1
	for sci[e] != 'e' {
		e--
	}
	exp, _ := strconv.Atoi(string(sci[e+1:]))
	dst = append(dst, sci[:e]...)
	if bytes.IndexByte(sci[:e], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return strconv.AppendInt(append(dst, 'E'), int64(exp), 10)
}

// appendArrayText appends {a,b,NULL}, quoting elements where needed.
func appendArrayText(dst []byte, elem Type, items []Value, opt *TextOptions) []byte {
	dst = append(dst, '{')
	var buf []byte
	for i, e := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if e == nil {
			dst = append(dst, "NULL"...)
			continue
		}
		buf = AppendText(buf[:0], elem, e, opt)
		dst = appendArrayItem(dst, buf)
	}
	return append(dst, '}')
}

func appendArrayItem(dst, s []byte) []byte {
	quote := len(s) == 0 || len(s) == 4 && equalFold(s, "null")
	for _, c := range s {
		switch c {
		case '{', '}', ',', '"', '\\', ' ', '\t', '\n', '\r', '\v', '\f':
			quote = true
		}
	}
	if !quote {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

func equalFold(s []byte, lower string) bool {
	for i := range s {
		if s[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}

// appendRecordText appends (a,b,) as PostgreSQL prints a row.
func appendRecordText(dst []byte, t Type, row Row, opt *TextOptions) []byte {
	dst = append(dst, '(')
	for i := range t.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v := rowAt(row, i); v != nil {
			dst = appendRecordField(dst, AppendText(nil, t.Fields[i].Type, v, opt))
		}
	}
	return append(dst, ')')
}

func appendRecordField(dst, s []byte) []byte {
	quote := len(s) == 0
	for _, c := range s {
		switch c {
		case '(', ')', ',', '"', '\\', ' ', '\t', '\n', '\r', '\v', '\f':
			quote = true
		}
	}
	if !quote {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
