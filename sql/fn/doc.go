// Package fn is the registry of functions: signature, volatility, null rule,
// kernel. A family of functions is a file with one add function, listed in
// registry.go; a signature is text ("lpad(s text, n int, fill text?) text").
//
//	fn.go, agg.go      Env, Call, Kernel, Scalar, TableFunc; Agg, AggSlots, AggKernel
//	registry.go        Registry, the list of families, how a family registers; extend.go: more functions; listing.go: all as people read them
//	signature.go       signatures as text
//	bind.go            type variables
//	resolve.go resolve_kinds.go  overload resolution in both dialects, its errors
//	adapt.go           RowKernel and the typed adapters
//	textfast.go        kernels of the hottest text functions
//	decimal.go         decimal arithmetic, PostgreSQL's and ksqlDB's (also for expr)
//	numeric.go rounding.go math.go
//	strings.go substrings.go padding.go mask.go format.go regexp.go
//	bytes.go url.go text.go
//	arrays.go maps.go lambdas.go nulls.go
//	json_walk.go       walking JSON text
//	json_text.go       ksqlDB's functions over JSON text
//	json_ops.go json_edit.go   PostgreSQL's functions and operators over JSON values
//	clock.go date_parts.go date_fields.go date_arith.go
//	java_pattern.go java_parse.go date_patterns.go   Java's DateTimeFormatter
//	tochar.go totime.go tonumber.go                  PostgreSQL's templates
//	enums.go           the labels of enum types
//	catalog_info.go catalog_defs.go privileges.go backends.go locks.go sizes.go    what clients ask
//	tables.go tables_text.go                         set-returning functions
//	agg_*.go           aggregates (agg_ordered.go WITHIN GROUP); codec.go and bag.go their variable-length state,
//	                   agg_texts.go that of several which hold one text each
//
// Operators that are no expr nodes are functions the binder calls (it swaps the
// operands where only one order is listed):
//
//	timestamp + - interval      op_timestamp_plus_interval, op_timestamp_minus_interval
//	timestamp - timestamp       op_timestamp_minus_timestamp (interval)
//	date + - int, date - date   op_date_plus_int, op_date_minus_int, op_date_minus_date
//	date + - interval, + time   op_date_plus_interval, op_date_minus_interval, op_date_plus_time (timestamp)
//	time + - interval, - time   op_time_plus_interval, op_time_minus_interval, op_time_minus_time
//	interval + - interval, -x   op_interval_plus_interval, op_interval_minus_interval, op_interval_neg
//	interval * / number         op_interval_times_double, op_interval_div_double
//	ts AT TIME ZONE z           timezone(z, ts)
//	-> ->> #> #>>               json_get, json_get_text, json_get_path, json_get_path_text
//	@> <@ ? ?| ?& || - #-       json_contains, json_contained, json_exists, json_exists_any,
//	                            json_exists_all, json_concat, json_delete, json_delete_path
//	@> <@ && of arrays          op_array_contains, op_array_contained, op_array_overlaps
//	& | # ~ << >>               op_bit_and, op_bit_or, op_bit_xor, op_bit_not, op_bit_shl, op_bit_shr
//
// Invariants:
//
//	F1  a kernel never panics on user data; a failure is an *sqlerr.Error of its row
//	F2  a kernel computes the selected rows only, and reads no clock, no chance
//	    and no order but those of Env: equal calls give equal results
//	F3  a Strict function's kernel sees no NULL in its selection
//	F4  an aggregate's state after Add and Undo of a row, and after Merge of two
//	    parts, gives the result of the rows that are left, in order of arrival
//	F5  bytes of an aggregate's state depend only on the calls that made it
//
// The package knows no expressions, no plans and no catalog but Lookups.
// COUNT_DISTINCT is exact in both dialects; ksqlDB's is an estimate.
package fn
