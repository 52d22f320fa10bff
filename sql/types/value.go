package types

import "github.com/cockroachdb/apd/v3"

// Value is one SQL value outside a vector: a literal, a parameter, a row of the
// slow path. nil is NULL; otherwise the dynamic type is decided by the Kind:
//
//	Boolean                               bool
//	Enum (place of the label)             int64
//	SmallInt Int BigInt OID Reg*          int64
//	Date (days) Time (µs) Timestamp (µs)  int64
//	Real Double                           float64
//	Decimal                               *apd.Decimal (shared, immutable)
//	String JSON Name Char                 string
//	Bytes                                 []byte (shared, immutable)
//	Interval                              Span
//	UUID                                  [16]byte
//	Array                                 []Value
//	Map                                   MapValue
//	Struct Record                         Row
//
// A value of another dynamic type for its Kind is a BUG.
type Value = any

// Row is the fields of a STRUCT, or one row of a result, in order.
type Row []Value

// Dec is the dynamic type of a Decimal value.
type Dec = *apd.Decimal

// Span is an INTERVAL.
type Span struct {
	Months, Days int32
	Micros       int64
}

// MapValue is a MAP: parallel keys and values in insertion order; keys are not
// NULL and distinct.
type MapValue struct {
	Keys, Vals []Value
}

// MicrosPerMilli converts rowtime (ms) to Timestamp (µs).
const MicrosPerMilli = 1000
