// Package types is the vocabulary of SQL types and values. Everything above it
// speaks in these words; it imports only sqlerr.
//
//	type.go            Kind, Type, Field, Column, Schema
//	value.go           Value: the boxed form of one value, by Kind
//	reserved.go        keywords that quote_ident quotes
//	names.go           String, KsqlString: how types are printed
//	reserved.go        the keywords quote_ident quotes
//	lookup.go          Lookup, Resolve: every spelling of both dialects
//	enum.go            Labels: what an enum type has
//	parse.go           ParseType: Stored read back, how types are stored
//	oid.go             identifiers, modifiers and lengths of the Postgres wire
//	alias.go           types that are one here and two in PostgreSQL
//	compare.go         Compare, Equal, Hash
//	key.go             the order-preserving key encoding; key_read.go reads it
//	json_key.go        the same of JSON: jsonb by value, not by spelling
//	decimal.go         decimals: limits, text, rescaling, conversion
//	calendar.go        civil dates, zones applied, date/time text out
//	zone.go            LoadZone; the embedded time-zone data
//	datetime_in.go     ParseTimestamp, ParseDate, ParseTime
//	datetime_parse.go  the fields of date/time text; datetime_iso.go the ISO form, quickly
//	interval.go        intervals: text out, arithmetic
//	interval_in.go     interval text in
//	text_in.go         ParseText: PostgreSQL's text input
//	array_in.go        array text
//	text_out.go        AppendText, AppendFloat, AppendJavaDouble; digits.go integers in words
//	binary_in.go       ParseBinary
//	binary_out.go      AppendBinary
//	json.go            JSON checked, normalised, split
//	json_in.go         FromJSON, styles of Leat and ksqlDB
//	json_out.go        AppendJSON
//	cast.go            CanCast, Cast; cast_postgres.go, cast_ksql.go their tables
//	unify.go           Unify, Widen: common types
//	typetest/          random types and values for tests
//
// Invariants:
//
//	T1  encoded keys compare bytewise as Compare does, NULL last
//	T2  encoded keys are equal exactly when Equal holds
//	T3  a decimal value has an exponent of at most 0 and no negative zero
//	T4  text, binary and JSON forms read back as the value that was written
//
// The package knows no clock ('now' and 'today' are not read), no catalog (names
// of relations are the binder's) and no vectors.
package types
