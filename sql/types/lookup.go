package types

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Limits of type parameters, PostgreSQL's own.
const (
	MaxDecimalPrecision = 1000
	MaxVarcharLength    = 10485760
)

// spellings maps every accepted bare name to its type; names with parameters
// are refined by Resolve.
var spellings = map[string]Type{
	"bool": TBoolean, "boolean": TBoolean,
	"int2": TSmallInt, "smallint": TSmallInt,
	"int": TInt, "int4": TInt, "integer": TInt,
	"int8": TBigInt, "bigint": TBigInt,
	"float4": TReal, "real": TReal,
	"float": TDouble, "float8": TDouble, "double": TDouble, "double precision": TDouble,
	"numeric": TNumeric, "decimal": TNumeric, "dec": TNumeric,
	"text": TString, "string": TString, "varchar": TVarchar, "character varying": TVarchar,
	"char": TString, "character": TString, "bpchar": TString, "cstring": TString, "refcursor": TString,
	"pg_node_tree": aliased["pg_node_tree"], "aclitem": aliased["aclitem"], "pg_lsn": TString,
	"bytes": TBytes, "bytea": TBytes,
	"timestamp": TTimestamp, "timestamptz": TTimestamp,
	"timestamp with time zone": TTimestamp, "timestamp without time zone": TTimestamp,
	"date": TDate, "time": TTime, "time without time zone": TTime,
	"interval": TInterval, "json": TPlainJSON, "jsonb": TJSON, "uuid": TUUID,
	"oid": TOID, "xid": aliased["xid"], "cid": TOID, "name": TName, `"char"`: TChar,
	"regclass": {Kind: RegClass}, "regtype": {Kind: RegType},
	"regproc": {Kind: RegProc}, "regprocedure": {Kind: RegProc},
	"regnamespace": {Kind: RegNamespace}, "record": {Kind: Record}, "void": TVoid, "unknown": TUnknown,
	"int2vector": TInt2Vector, "oidvector": TOIDVector,
}

// notBuilt are PostgreSQL's types that are known by name only.
var notBuilt = map[string]bool{
	"serial": true, "serial2": true, "serial4": true, "serial8": true, "smallserial": true, "bigserial": true,
	"money": true, "bit": true, "bit varying": true, "varbit": true, "timetz": true, "time with time zone": true,
	"inet": true, "cidr": true, "macaddr": true, "macaddr8": true, "xml": true, "point": true, "line": true, "lseg": true,
	"box": true, "path": true, "polygon": true, "circle": true, "tsvector": true, "tsquery": true, "hstore": true,
	"int4range": true, "int8range": true, "numrange": true, "tsrange": true, "tstzrange": true, "daterange": true,
}

// Lookup finds the type that name, in any spelling of both dialects and any
// case, means with the parameters args. The internal one-byte type is spelled
// with its quotes: `"char"`. False when there is no such type or the parameters
// are not its own; Resolve tells which.
func Lookup(name string, args []int32) (Type, bool) {
	t, err := Resolve(name, args)
	return t, err == nil
}

// Resolve is Lookup with the reason: 42704 for an unknown name, 22023 for bad
// parameters.
func Resolve(name string, args []int32) (Type, error) {
	n := strings.Join(strings.Fields(strings.ToLower(name)), " ")
	n = strings.TrimPrefix(n, "pg_catalog.")
	if strings.HasPrefix(n, "_") && len(args) == 0 {
		if elem, ok := spellings[n[1:]]; ok {
			return TArray(elem), nil
		}
	}
	t, ok := spellings[n]
	if !ok && notBuilt[n] {
		return Type{}, sqlerr.Unsupported("type %s", n)
	}
	if !ok {
		return Type{}, sqlerr.New(sqlerr.UndefinedObject, "type \"%s\" does not exist", name)
	}
	switch n {
	case "char", "character":
		return charType(t, args)
	case "float":
		return floatType(args)
	case "varchar", "character varying", "bpchar", "string":
		if len(args) == 0 {
			return t, nil
		}
		return charType(t, args)
	case "numeric", "decimal", "dec":
		return decimalType(args)
	}
	switch t.Kind {
	case Timestamp, Time, Interval:
		if len(args) == 0 || len(args) == 1 && args[0] >= 0 && args[0] <= 6 {
			return t, nil
		}
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "invalid precision for type %s", n)
	}
	if len(args) > 0 {
		return Type{}, sqlerr.New(sqlerr.SyntaxError, "type modifier is not allowed for type \"%s\"", n)
	}
	return t, nil
}

// charType is varchar(n); char without n is char(1), as the standard has it.
func charType(t Type, args []int32) (Type, error) {
	switch {
	case len(args) == 0:
		t.Precision = 1
	case len(args) > 1:
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "invalid type modifier")
	case args[0] < 1:
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "length for type varchar must be at least 1")
	case args[0] > MaxVarcharLength:
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "length for type varchar cannot exceed %d", MaxVarcharLength)
	default:
		t.Precision = args[0]
	}
	return t, nil
}

func floatType(args []int32) (Type, error) {
	switch {
	case len(args) == 0:
		return TDouble, nil
	case len(args) > 1:
		return Type{}, sqlerr.New(sqlerr.SyntaxError, "type modifier is not allowed for type \"float\"")
	case args[0] < 1:
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "precision for type float must be at least 1 bit")
	case args[0] > 53:
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "precision for type float must be less than 54 bits")
	case args[0] <= 24:
		return TReal, nil
	}
	return TDouble, nil
}

func decimalType(args []int32) (Type, error) {
	if len(args) == 0 {
		return TNumeric, nil
	}
	if len(args) > 2 {
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue, "invalid NUMERIC type modifier")
	}
	p, s := args[0], int32(0)
	if len(args) == 2 {
		s = args[1]
	}
	if p < 1 || p > MaxDecimalPrecision {
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue,
			"NUMERIC precision %d must be between 1 and %d", p, MaxDecimalPrecision)
	}
	if s < 0 || s > p {
		return Type{}, sqlerr.New(sqlerr.InvalidParameterValue,
			"NUMERIC scale %d must be between 0 and precision %d", s, p)
	}
	return TDecimal(p, s), nil
}
