package planner

// operatorFunctions names the functions that compute an operator over types
// that are not plain numbers or text, in the order they are tried.
var operatorFunctions = map[string][]string{
	"+": {
		"op_date_plus_int", "op_date_plus_interval", "op_date_plus_time", "op_timestamp_plus_interval",
		"op_time_plus_interval", "op_interval_plus_interval",
	},
	"-": {
		"op_date_minus_int", "op_date_minus_date", "op_date_minus_interval", "op_timestamp_minus_interval",
		"op_timestamp_minus_timestamp", "op_time_minus_interval", "op_time_minus_time", "op_interval_minus_interval", "json_delete",
	},
	"*":   {"op_interval_times_double"},
	"/":   {"op_interval_div_double"},
	"||":  {"json_concat"},
	"->":  {"json_get"},
	"->>": {"json_get_text"},
	"#>":  {"json_get_path"},
	"#>>": {"json_get_path_text"},
	"#-":  {"json_delete_path"},
	"@>":  {"json_contains", "op_array_contains"},
	"<@":  {"json_contained", "op_array_contained"},
	"?":   {"json_exists"},
	"?|":  {"json_exists_any"},
	"?&":  {"json_exists_all"},
	"&&":  {"op_array_overlaps"},
	"&":   {"op_bit_and"},
	"|":   {"op_bit_or"},
	"#":   {"op_bit_xor"},
	"<<":  {"op_bit_shl"},
	">>":  {"op_bit_shr"},
}

// commutes are the operators whose functions are tried with operands swapped.
var commutes = map[string]bool{"+": true, "*": true}

// prefixFunctions is operatorFunctions for prefix operators.
var prefixFunctions = map[string][]string{
	"-": {"op_interval_neg"},
	"~": {"op_bit_not"},
	"@": {"abs"}, "|/": {"sqrt"}, "||/": {"cbrt"},
}
