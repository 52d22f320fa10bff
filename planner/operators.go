package planner

// operatorFunctions names the functions that compute an operator over types
// that are not plain numbers or text, in the order they are tried.
var operatorFunctions = map[string][]string{
	"+":   {"op_add"},
	"-":   {"op_sub"},
	"*":   {"op_mul"},
	"/":   {"op_div"},
	"||":  {"op_concat"},
	"->":  {"op_json_get"},
	"->>": {"op_json_get_text"},
	"#>":  {"op_json_path"},
	"#>>": {"op_json_path_text"},
	"@>":  {"op_contains"},
	"<@":  {"op_contained"},
	"?":   {"op_exists"},
	"?|":  {"op_exists_any"},
	"?&":  {"op_exists_all"},
	"&&":  {"op_overlap"},
	"&":   {"op_bit_and"},
	"|":   {"op_bit_or"},
	"#":   {"op_bit_xor"},
	"<<":  {"op_shift_left"},
	">>":  {"op_shift_right"},
}

// prefixFunctions is the same for prefix operators.
var prefixFunctions = map[string][]string{
	"-": {"op_neg"},
	"~": {"op_bit_not"},
}
