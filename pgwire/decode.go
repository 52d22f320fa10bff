package pgwire

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// arguments decodes the parameters of Bind.
func (s *statement) arguments(name, portal string, formats []int16, raw [][]byte, style *types.TextOptions) ([]types.Value, error) {
	if len(formats) > 1 && len(formats) != len(raw) {
		return nil, protocolError("bind message has %d parameter formats but %d parameters", len(formats), len(raw))
	}
	if len(raw) != len(s.Params) {
		return nil, protocolError("bind message supplies %d parameters, but prepared statement %q requires %d",
			len(raw), name, len(s.Params))
	}
	args := make([]types.Value, len(raw))
	for i, b := range raw {
		if b == nil {
			continue
		}
		var format int16
		switch {
		case len(formats) == 1:
			format = formats[0]
		case len(formats) > 1:
			format = formats[i]
		}
		if s.isJSON(i) {
			format = pgproto3.TextFormat
		}
		v, err := decodeParam(s.Params[i], format, b, style)
		if err != nil {
			return nil, paramError{err, portal, i + 1}
		}
		args[i] = v
	}
	return args, nil
}

func decodeParam(t types.Type, format int16, b []byte, style *types.TextOptions) (types.Value, error) {
	switch format {
	case pgproto3.TextFormat:
		if err := checkText(b); err != nil {
			return nil, err
		}
		if t.IsOIDLike() && t.Kind != types.OID && style.RegOID != nil {
			if oid, ok := style.RegOID(t.Kind, string(b)); ok {
				return oid, nil
			}
		}
		return types.ParseText(t, string(b), style.Location)
	case pgproto3.BinaryFormat:
		if t.IsText() || t.Kind == types.JSON {
			if err := checkText(b); err != nil {
				return nil, err
			}
		}
		return types.ParseBinary(t, b)
	}
	return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unsupported format code: %d", format)
}

// oidJSON is json, whose binary form lacks jsonb's version byte.
const oidJSON = 114

// isJSON tells whether the client declared parameter i as json.
func (s *statement) isJSON(i int) bool { return i < len(s.oids) && s.oids[i] == oidJSON }

// paramError names the parameter that could not be read.
type paramError struct {
	err    error
	portal string
	n      int
}

func (e paramError) Error() string { return e.err.Error() }
func (e paramError) Unwrap() error { return e.err }

// Where is the CONTEXT line.
func (e paramError) Where() string {
	if e.portal == "" {
		return fmt.Sprintf("unnamed portal parameter $%d", e.n)
	}
	return fmt.Sprintf("portal %q parameter $%d", e.portal, e.n)
}
