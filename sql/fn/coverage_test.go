package fn

import (
	"slices"
	"strings"
	"testing"
)

// section7 are the functions of ksqlDB's reference: scalar, aggregate, table.
const section7 = `abs ceil floor round trunc sign sqrt exp ln cbrt log power sin cos tan cot sinh cosh tanh asin acos atan atan2 degrees radians
pi random greatest least geo_distance generate_series
concat concat_ws chr elt field encode to_bytes from_bytes int_from_bytes bigint_from_bytes double_from_bytes initcap instr lcase ucase trim len
lpad rpad mask mask_left mask_right mask_keep_left mask_keep_right md5 regexp_extract regexp_extract_all regexp_replace regexp_split_to_array
replace split split_to_map substring uuid as_value url_decode_param url_encode_param url_extract_host url_extract_port url_extract_path
url_extract_query url_extract_fragment url_extract_protocol url_extract_parameter
array_concat array_contains array_distinct array_except array_intersect array_union array_join array_length array_max array_min array_remove
array_sort slice as_map map_keys map_values map_union entries transform filter reduce
extractjsonfield is_json_string json_array_contains json_array_length json_keys json_records json_items json_concat to_json_string
coalesce ifnull nullif
format_timestamp format_date format_time parse_timestamp parse_date parse_time convert_tz timestampadd timestampsub dateadd datesub timeadd timesub
from_unixtime from_days unix_timestamp unix_date stringtotimestamp timestamptostring stringtodate datetostring
count sum avg min max collect_list collect_set topk topkdistinct latest_by_offset earliest_by_offset histogram count_distinct correlation
stddev_sample stddev_samp sum_list attr
explode cube_explode`

// testOnly are the functions of ksqlDB's own tests, which only the runner has.
const testOnly = `test_udf tostruct bad_udf whencondition whenresult test_udtf throwing_udtf test_udaf var_arg multi_arg mid_var_arg generic_var_arg obj_col_arg`

// cannotFail take whatever there is, in any number: no call of them is refused.
var cannotFail = []string{"json_build_array", "jsonb_build_array", "num_nonnulls", "num_nulls"}

// bareWords are the functions whose first argument is a unit, a word that
// cannot be NULL.
var bareWords = []string{"dateadd", "datesub", "timeadd", "timesub", "timestampadd", "timestampsub"}

// noNulls have nothing that could be NULL, for another reason than having no
// parameters.
var noNulls = map[string]string{
	"extract": "the field of EXTRACT is a word",
}

func TestSection7IsThere(t *testing.T) {
	listed := map[string]bool{}
	for _, s := range Builtins().Signatures() {
		if s.Listed && s.Dialect != LeatOnly {
			listed[s.Name] = true
		}
	}
	for _, name := range strings.Fields(section7) {
		if !listed[name] {
			t.Errorf("%s of ksqlDB's reference is not in the registry", name)
		}
	}
	for _, name := range strings.Fields(testOnly) {
		if listed[name] {
			t.Errorf("%s belongs to ksqlDB's tests, not to the registry", name)
		}
	}
}

// TestEveryFunctionHasGoldens demands of testdata/functions, for each listed
// function: a usual call, a NULL at each position, an edge, and a failure.
func TestEveryFunctionHasGoldens(t *testing.T) {
	records := map[string][]goldenRecord{}
	for _, r := range readRecords(t) {
		for name := range r.why {
			records[name] = append(records[name], r)
			r.check(t, name)
		}
	}
	overloads := map[string][]Signature{}
	var names []string
	for _, s := range Builtins().Signatures() {
		if s.Listed {
			if overloads[s.Name] == nil {
				names = append(names, s.Name)
			}
			overloads[s.Name] = append(overloads[s.Name], s)
		}
	}
	for name := range records {
		if overloads[name] == nil {
			t.Errorf("goldens name %s, which is no listed function", name)
		}
	}
	for _, name := range names {
		covered(t, name, overloads[name], records[name])
	}
}

// covered holds the records of one function to what they must show.
func covered(t *testing.T, name string, overloads []Signature, records []goldenRecord) {
	t.Helper()
	seen, ksql := map[string]bool{}, map[string]bool{}
	nulls := map[int]bool{}
	for _, r := range records {
		kinds, _ := r.words(name)
		for _, k := range kinds {
			seen[k] = true
			ksql[k] = ksql[k] || r.ksql
		}
		r.nullsAt(name, nulls)
	}
	parameters, aggregate := 0, false
	for _, s := range overloads {
		parameters = max(parameters, len(s.Params))
		aggregate = aggregate || s.Kind == "aggregate"
	}
	missing := func(what string) { t.Errorf("%s has no golden of %s", name, what) }
	if !seen["usual"] {
		missing("a usual call")
	}
	if parameters > 0 && !seen["null"] {
		missing("NULL")
	}
	if parameters > 0 && !seen["edge"] {
		missing("an edge")
	}
	switch may := slices.Contains(cannotFail, name); {
	case may && (seen["error"] || seen["misuse"]):
		t.Errorf("%s is said never to fail and has a golden of its failure", name)
	case !may && !seen["error"] && !seen["misuse"]:
		missing("a failure")
	case !seen["error"] && canFail(name):
		missing("an error at run time; random calls fail")
	}
	if slices.Contains(strings.Fields(section7), name) {
		if !ksql["usual"] || parameters > 0 && !ksql["null"] {
			missing("ksqlDB's meaning (usual and null)")
		}
	}
	if !aggregate {
		for i := range parameters {
			if !nulls[i] && mayBeNull(name, i, overloads) {
				t.Errorf("%s has no golden with NULL as argument %d", name, i+1)
			}
		}
	}
}

// mayBeNull tells whether argument i is a value: no lambda, no bare word.
func mayBeNull(name string, i int, overloads []Signature) bool {
	if i == 0 && (slices.Contains(bareWords, name) || noNulls[name] != "") {
		return false
	}
	for _, s := range overloads {
		if i < len(s.Params) && s.Params[i].Lambda == 0 {
			return true
		}
	}
	return false
}
