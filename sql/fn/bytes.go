package fn

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func addBytes(a *adder) {
	addHashes(a)
	a.row("to_hex(n bigint) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return strconv.FormatUint(uint64(v[0].(int64)), 16), nil
	}, "n in hexadecimal.")
	a.row("to_hex(n int) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return strconv.FormatUint(uint64(uint32(v[0].(int64))), 16), nil
	}, "n in hexadecimal.")
	a.row("encode(b bytes, format text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return encodePg(v[0].([]byte), v[1].(string))
	}, "Bytes as text in format base64, hex or escape.")
	a.row("decode(s text, format text) bytes", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return decodePg(v[0].(string), v[1].(string))
	}, "Bytes of a text in format base64, hex or escape.")
	a.row("encode(s text, from text, to text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		if strings.EqualFold(v[1].(string), v[2].(string)) {
			return v[0], nil
		}
		b, err := bytesIn(v[0].(string), v[1].(string))
		if err != nil {
			return nil, err
		}
		out, err := textIn(b, v[2].(string))
		if text, ok := out.(string); ok && strings.EqualFold(v[2].(string), "hex") {
			out = strings.ToLower(text) // unlike FROM_BYTES
		}
		return out, err
	}, "s changed from one encoding (hex, utf8, ascii, base64) to another.")
	a.row("to_bytes(s text, encoding text) bytes", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return bytesIn(v[0].(string), v[1].(string))
	}, "The bytes of s in an encoding: hex, utf8, ascii, base64.")
	a.row("from_bytes(b bytes, encoding text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return textIn(v[0].([]byte), v[1].(string))
	}, "The text of bytes in an encoding: hex, utf8, ascii, base64.")
	addFromBytes(a)
	a.call("uuid() text", nil, ksql|volatile, func(c *Call, _ []types.Value, row int) (types.Value, error) {
		return string(types.AppendUUID(nil, c.randomUUID(row))), nil
	}, "A random UUID.")
	a.row("uuid(b bytes) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		if b := v[0].([]byte); len(b) == 16 {
			return string(types.AppendUUID(nil, [16]byte(b))), nil
		}
		return nil, nil
	}, "The UUID of 16 bytes.")
	uuid := func(c *Call, _ []types.Value, row int) (types.Value, error) { return c.randomUUID(row), nil }
	a.call("gen_random_uuid() uuid", nil, volatile, uuid, "A random UUID.")
	a.call("uuid() uuid", nil, leat|volatile, uuid, "A random UUID.")
}

// randomUUID is a version 4 UUID made of the row's chance.
func (c *Call) randomUUID(row int) (u [16]byte) {
	x := c.chance(row)
	binary.BigEndian.PutUint64(u[:], x)
	binary.BigEndian.PutUint64(u[8:], mix(x+1))
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

func addHashes(a *adder) {
	md5Hex := func(_ *Env, v []types.Value) (types.Value, error) {
		sum := md5.Sum(rawBytes(v[0]))
		return hex.EncodeToString(sum[:]), nil
	}
	a.row("md5(s text) text", 0, md5Hex, "The MD5 hash in hexadecimal.")
	a.row("md5(s bytes) text", 0, md5Hex, "The MD5 hash in hexadecimal.")
	for _, f := range []struct {
		name string
		sum  func(b []byte) []byte
	}{
		{"sha224", func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }},
		{"sha256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }},
		{"sha384", func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }},
		{"sha512", func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }},
	} {
		k := func(_ *Env, v []types.Value) (types.Value, error) { return f.sum(rawBytes(v[0])), nil }
		a.row(f.name+"(b bytes) bytes", 0, k, "The "+strings.ToUpper(f.name)+" hash.")
		a.row(f.name+"(s text) bytes", 0, k, "The "+strings.ToUpper(f.name)+" hash of the UTF-8 text.")
	}
}

func encodePg(b []byte, format string) (types.Value, error) {
	switch strings.ToLower(format) {
	case "base64":
		s := base64.StdEncoding.EncodeToString(b)
		var out strings.Builder
		for len(s) > 76 {
			out.WriteString(s[:76])
			out.WriteByte('\n')
			s = s[76:]
		}
		out.WriteString(s)
		return out.String(), nil
	case "hex":
		return hex.EncodeToString(b), nil
	case "escape":
		var out strings.Builder
		for _, c := range b {
			switch {
			case c == '\\':
				out.WriteString(`\\`)
			case c == 0 || c >= 0x80:
				out.WriteString(`\` + string([]byte{'0' + c>>6, '0' + c>>3&7, '0' + c&7}))
			default:
				out.WriteByte(c)
			}
		}
		return out.String(), nil
	}
	return nil, errEncoding(format)
}

func decodePg(s, format string) (types.Value, error) {
	switch strings.ToLower(format) {
	case "base64":
		return bytesIn(strings.Map(dropSpace, s), "base64")
	case "hex":
		b, err := hex.DecodeString(strings.Map(dropSpace, s))
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "%s", badHex(err))
		}
		return b, nil
	case "escape":
		return types.ParseText(types.TBytes, s, nil)
	}
	return nil, errEncoding(format)
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
		return -1
	}
	return r
}

func errEncoding(name string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

// bytesIn is the bytes s stands for in one of ksqlDB's encodings.
func bytesIn(s, encoding string) (types.Value, error) {
	switch strings.ToLower(encoding) {
	case "utf8":
		return []byte(s), nil
	case "ascii":
		out := make([]byte, 0, len(s))
		for _, r := range s {
			if r > 0x7f {
				r = '?'
			}
			out = append(out, byte(r))
		}
		return out, nil
	case "base64":
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			if b, err = base64.RawStdEncoding.DecodeString(s); err != nil {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid base64 text")
			}
		}
		return b, nil
	case "hex":
		if h, ok := strings.CutPrefix(s, "0x"); ok {
			if s = h; len(s)%2 == 1 {
				s = "0" + s
			}
		} else if len(s) > 2 && hasAnyPrefixFold(s, "X'") && s[len(s)-1] == '\'' {
			s = s[2 : len(s)-1]
		}
		b, err := hex.DecodeString(s)
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid hexadecimal text")
		}
		return b, nil
	}
	return nil, errEncoding(encoding)
}

// textIn is the reverse of bytesIn. b is a []byte.
func textIn(b types.Value, encoding string) (types.Value, error) {
	raw := rawBytes(b)
	switch strings.ToLower(encoding) {
	case "utf8":
		if !utf8.Valid(raw) {
			return nil, sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
		}
		return string(raw), nil
	case "ascii":
		out := make([]rune, 0, len(raw))
		for _, c := range raw {
			r := rune(c)
			if c > 0x7f {
				r = utf8.RuneError
			}
			out = append(out, r)
		}
		return string(out), nil
	case "base64":
		return base64.StdEncoding.EncodeToString(raw), nil
	case "hex":
		return strings.ToUpper(hex.EncodeToString(raw)), nil
	}
	return nil, errEncoding(encoding)
}

func addFromBytes(a *adder) {
	for _, f := range []struct {
		name, ret string
		size      int
		read      func(o binary.ByteOrder, b []byte) types.Value
	}{
		{"int_from_bytes", "int", 4, func(o binary.ByteOrder, b []byte) types.Value { return int64(int32(o.Uint32(b))) }},
		{"bigint_from_bytes", "bigint", 8, func(o binary.ByteOrder, b []byte) types.Value { return int64(o.Uint64(b)) }},
		{"double_from_bytes", "double", 8, func(o binary.ByteOrder, b []byte) types.Value { return math.Float64frombits(o.Uint64(b)) }},
	} {
		a.row(f.name+"(b bytes, byte_order text?) "+f.ret, 0, func(_ *Env, v []types.Value) (types.Value, error) {
			b := v[0].([]byte)
			if len(b) != f.size {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, "%s needs %d bytes, not %d", f.name, f.size, len(b))
			}
			var order binary.ByteOrder = binary.BigEndian
			if len(v) > 1 {
				switch o := strings.ToUpper(v[1].(string)); o {
				case "BIG_ENDIAN":
				case "LITTLE_ENDIAN":
					order = binary.LittleEndian
				default:
					return nil, sqlerr.New(sqlerr.InvalidParameterValue, "byte order must be BIG_ENDIAN or LITTLE_ENDIAN, not %q", v[1])
				}
			}
			return f.read(order, b), nil
		}, "The number in the bytes, big-endian by default.")
	}
}

// badHex is PostgreSQL's word for text that is not hexadecimal.
func badHex(err error) string {
	if bad := hex.InvalidByteError(0); errors.As(err, &bad) {
		return "invalid hexadecimal digit: \"" + string(rune(bad)) + "\""
	}
	return "invalid hexadecimal data: odd number of digits"
}
