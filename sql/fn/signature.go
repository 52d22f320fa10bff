package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// signature is one overload as written in a family file:
//
//	lpad(s text, n int, fill text?) text
//	concat(parts any...) text
//	array_append(a A, x E) A
//	transform(a A, f lambda1) any[]
//
// A "?" marks a parameter that may be left out with all after it: each length
// is an overload. "..." makes the last parameter variadic. A type is a word of
// typeWords, a type variable (Param.Any), either followed by [] for an array,
// or lambdaN. The result may name type variables too.
type signature struct {
	name     string
	params   []Param
	variadic bool
	ret      retFunc
	retType  types.Type
}

var typeWords = map[string]types.Type{
	"bool": types.TBoolean, "smallint": types.TSmallInt, "int": types.TInt, "bigint": types.TBigInt,
	"real": types.TReal, "double": types.TDouble, "numeric": types.TNumeric, "text": types.TString,
	"bytes": types.TBytes, "timestamp": types.TTimestamp, "date": types.TDate, "time": types.TTime,
	"interval": types.TInterval, "json": types.TJSON, "uuid": types.TUUID, "oid": types.TOID,
	"name": types.TName, "char": types.TChar, "void": types.TVoid,
	"regclass": {Kind: types.RegClass}, "regtype": {Kind: types.RegType},
	"regproc": {Kind: types.RegProc}, "regnamespace": {Kind: types.RegNamespace},
}

// parseSignature panics on a malformed one: signatures are source text.
func parseSignature(text string) []signature {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		panic("BUG: malformed signature " + text)
	}
	full := signature{name: text[:open]}
	required := 0
	if list := strings.TrimSpace(text[open+1 : end]); list != "" {
		for _, p := range strings.Split(list, ",") {
			param, optional, variadic := parseParam(strings.TrimSpace(p))
			full.params = append(full.params, param)
			full.variadic = full.variadic || variadic
			if !optional {
				required = len(full.params)
			}
		}
	}
	retText := strings.TrimSpace(text[end+1:])
	var out []signature
	for n := required; n <= len(full.params); n++ {
		s := full
		s.params = full.params[:n:n]
		s.variadic = full.variadic && n == len(full.params)
		s.ret, s.retType = parseRet(retText, s)
		if s.retType.Kind == types.JSON {
			s.ret, s.retType = jsonRet(s.name)
		}
		out = append(out, s)
	}
	return out
}

// jsonRet tells the functions that give json in PostgreSQL from those that give
// jsonb; -> and #> give what they take.
func jsonRet(name string) (retFunc, types.Type) {
	switch name {
	case "json_get", "json_get_path":
		return func(args []types.Type) (types.Type, error) {
			if args[0].Alias == types.PlainJSON {
				return types.TPlainJSON, nil
			}
			return types.TJSON, nil
		}, types.Type{}
	case "to_json", "row_to_json", "array_to_json", "json_build_array", "json_build_object", "json_object", "json_agg", "json_object_agg",
		"json_strip_nulls", "json_extract_path":
		return nil, types.TPlainJSON
	}
	return nil, types.TJSON
}

func parseParam(p string) (param Param, optional, variadic bool) {
	name, word, ok := strings.Cut(p, " ")
	if !ok {
		panic("BUG: malformed parameter " + p)
	}
	if w, found := strings.CutSuffix(word, "?"); found {
		word, optional = w, true
	}
	if w, found := strings.CutSuffix(word, "..."); found {
		word, variadic = w, true
	}
	param.Name = name
	if n, found := strings.CutPrefix(word, "lambda"); found {
		param.Lambda = int(n[0] - '0')
		return
	}
	if elem, found := strings.CutSuffix(word, "[]"); found {
		param.Type = types.TArray(mustWord(elem))
		return
	}
	if isVariable(word) {
		param.Any = word
		return
	}
	param.Type = mustWord(word)
	return
}

func mustWord(w string) types.Type {
	t, ok := typeWords[w]
	if !ok {
		panic("BUG: unknown type word " + w)
	}
	return t
}

func isVariable(w string) bool { return w == "any" || (len(w) == 1 && w >= "A" && w <= "Z") }

// parseRet turns the result text into a fixed type or a function of arguments.
func parseRet(text string, s signature) (retFunc, types.Type) {
	if text == "" {
		return nil, types.TVoid
	}
	base, isArray := strings.CutSuffix(text, "[]")
	if !isVariable(base) {
		t := mustWord(base)
		if isArray {
			t = types.TArray(t)
		}
		return nil, t
	}
	params, variadic := s.params, s.variadic
	return func(args []types.Type) (types.Type, error) {
		b := bindArgs(params, variadic, args)
		t := b.typeOf(base)
		if isArray {
			t = types.TArray(t)
		}
		return t, nil
	}, types.Type{}
}
