package fn

import "github.com/leatdb/leat/sql/types"

// binding holds what the type variables of a signature stand for. The letters:
// T U any type; E the element of A, F of B; N a numeric type; K V key and value of M;
// "any" is never bound. An unbound variable is Unknown.
type binding map[string]types.Type

// ksqlMark is the entry that says that texts become times, as in ksqlDB.
const ksqlMark = "ksql"

// base lists the letters a pattern is made of and takes type t apart.
func (b binding) add(letter string, t types.Type) bool {
	switch letter {
	case "any":
		return true
	case "A":
		switch t.Kind {
		case types.Unknown:
			return true
		case types.Array:
			return b.join("E", *t.Elem)
		}
		return false
	case "B":
		switch t.Kind {
		case types.Unknown:
			return true
		case types.Array:
			return b.join("F", *t.Elem)
		}
		return false
	case "M":
		switch t.Kind {
		case types.Unknown:
			return true
		case types.Map:
			return b.join("K", *t.Key) && b.join("V", *t.Elem)
		}
		return false
	case "N":
		if t.Kind != types.Unknown && !t.IsNumeric() {
			return false
		}
	case "S":
		return t.Kind == types.Struct || t.Kind == types.Record || t.Kind == types.Unknown
	}
	return b.join(letter, t)
}

func (b binding) join(letter string, t types.Type) bool {
	old, ok := b[letter]
	if !ok {
		b[letter] = t
		return true
	}
	u, ok := widen(old, t)
	if _, lax := b[ksqlMark]; !ok && lax {
		u, ok = readText(old, t)
	}
	if ok {
		b[letter] = u
	}
	return ok
}

// typeOf is what a letter (A and M included) stands for.
func (b binding) typeOf(letter string) types.Type {
	switch letter {
	case "A":
		return types.TArray(b["E"])
	case "B":
		return types.TArray(b["F"])
	case "M":
		return types.TMap(b["K"], b["V"])
	}
	return b[letter]
}

// settle gives the variables that stayed Unknown the type text.
func (b binding) settle() {
	for _, l := range []string{"T", "U", "E", "F", "N", "K", "V"} {
		t, ok := b[l]
		if ok && t.Kind != types.Unknown {
			continue
		}
		b[l] = types.TString
		if l == "N" {
			b[l] = types.TDouble
		}
	}
}

func bindArgs(params []Param, variadic bool, args []types.Type) binding {
	b := binding{}
	for i, t := range args {
		if p := paramAt(params, variadic, i); p.Any != "" {
			b.add(p.Any, t)
		}
	}
	return b
}

// paramAt is the parameter that argument i belongs to.
func paramAt(params []Param, variadic bool, i int) Param {
	if variadic && i >= len(params) {
		i = len(params) - 1
	}
	return params[i]
}

// numericRank orders the numeric kinds by implicit widening; -1: not numeric.
func numericRank(k types.Kind) int {
	switch k {
	case types.SmallInt:
		return 0
	case types.Int:
		return 1
	case types.BigInt:
		return 2
	case types.Decimal:
		return 3
	case types.Real:
		return 4
	case types.Double:
		return 5
	}
	return -1
}

// readText is the type of times or bytes next to a text.
func readText(a, b types.Type) (types.Type, bool) {
	if a.Kind == types.String {
		a, b = b, a
	}
	return a, b.Kind == types.String && (a.IsTemporal() || a.Kind == types.Bytes)
}

// widen is the type both a and b convert to implicitly.
func widen(a, b types.Type) (types.Type, bool) {
	switch {
	case a.Kind == types.Unknown:
		return b, true
	case b.Kind == types.Unknown:
		return a, true
	case a.IsNumeric() && b.IsNumeric() && (a.Kind == types.Decimal || b.Kind == types.Decimal):
		return types.Widen(a, b)
	}
	return types.Unify(a, b)
}
