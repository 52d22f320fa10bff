package types

// Unify is the common type of the branches of CASE, COALESCE, UNION, VALUES and
// ARRAY as PostgreSQL finds it: untyped ones take the others' type (text when
// there is no other), numbers the widest, decimals of different parameters no
// parameters; nested types are unified part by part. False when there is none.
func Unify(ts ...Type) (Type, bool) {
	if len(ts) == 0 {
		return TUnknown, false
	}
	out := TUnknown
	for _, t := range ts {
		var ok bool
		if out, ok = unify2(out, t); !ok {
			return Type{}, false
		}
	}
	if out.Kind == Unknown {
		return TString, true
	}
	return out, true
}

func unify2(a, b Type) (Type, bool) {
	switch {
	case a.Kind == Unknown:
		return b, true
	case b.Kind == Unknown:
		return a, true
	case a.Equal(b):
		return Join(a, b), true
	case a.IsNumeric() && b.IsNumeric():
		return unifyNumbers(a, b), true
	case a.IsText() && b.IsText():
		return TString, true
	case a.Kind == Timestamp && b.Kind == Date, a.Kind == Date && b.Kind == Timestamp:
		return TTimestamp, true
	case a.IsOIDLike() && b.IsOIDLike(), a.IsOIDLike() && b.IsInteger(), a.IsInteger() && b.IsOIDLike():
		return TOID, true
	case a.IsNested() && a.Kind == b.Kind:
		return unifyNested(a, b, unify2)
	}
	return Type{}, false
}

func unifyNumbers(a, b Type) Type {
	if a.Kind == b.Kind { // decimals of different parameters
		return TNumeric
	}
	if rank(a) > rank(b) {
		a, b = b, a
	}
	if b.Kind == Decimal {
		return TNumeric
	}
	return b
}

// rank orders the numeric kinds by width.
func rank(t Type) int {
	switch t.Kind {
	case SmallInt:
		return 1
	case Int:
		return 2
	case BigInt:
		return 3
	case Decimal:
		return 4
	case Real:
		return 5
	case Double:
		return 6
	}
	return 0
}

func unifyNested(a, b Type, one func(a, b Type) (Type, bool)) (Type, bool) {
	switch a.Kind {
	case Array:
		elem, ok := one(*a.Elem, *b.Elem)
		return TArray(elem), ok
	case Map:
		key, ok := one(*a.Key, *b.Key)
		elem, ok2 := one(*a.Elem, *b.Elem)
		return TMap(key, elem), ok && ok2
	}
	if len(a.Fields) != len(b.Fields) {
		return Type{}, false
	}
	fields := make([]Field, len(a.Fields))
	for i := range fields {
		t, ok := one(a.Fields[i].Type, b.Fields[i].Type)
		if !ok || a.Fields[i].Name != b.Fields[i].Name {
			return Type{}, false
		}
		fields[i] = Field{a.Fields[i].Name, t}
	}
	return TStruct(fields...), true
}

// Digits of the integer types as decimals, ksqlDB's.
const (
	intDigits    = 10
	bigintDigits = 19
)

// AsDecimal is the decimal type that holds every value of an integer type; a
// decimal is itself.
func AsDecimal(t Type) Type {
	switch t.Kind {
	case SmallInt, Int:
		return TDecimal(intDigits, 0)
	case BigInt:
		return TDecimal(bigintDigits, 0)
	}
	return t
}

// Widen is the narrowest type that holds the values of both: numbers along
// INT, BIGINT, DECIMAL, DOUBLE with decimals widened in both parts, structs,
// arrays and maps part by part. It is the rule of ksqlDB's coercions and of
// schema evolution. Text and dates do not widen.
func Widen(a, b Type) (Type, bool) {
	switch {
	case a.Kind == Unknown:
		return b, true
	case b.Kind == Unknown || a.Equal(b):
		return a, true
	case a.Kind == String && b.Kind == String:
		if a.Precision == 0 || b.Precision == 0 {
			return TString, true
		}
		return Type{Kind: String, Precision: max(a.Precision, b.Precision)}, true
	case a.IsNumeric() && b.IsNumeric():
		if a.Kind != Decimal && b.Kind != Decimal || a.IsFloat() || b.IsFloat() {
			if a.IsFloat() != b.IsFloat() {
				return TDouble, true
			}
			return unifyNumbers(a, b), true
		}
		return widenDecimals(AsDecimal(a), AsDecimal(b)), true
	case a.IsNested() && a.Kind == b.Kind:
		return unifyNested(a, b, Widen)
	}
	return Type{}, false
}

func widenDecimals(a, b Type) Type {
	if a.Precision == 0 || b.Precision == 0 {
		return TNumeric
	}
	s := max(a.Scale, b.Scale)
	return TDecimal(max(a.Precision-a.Scale, b.Precision-b.Scale)+s, s)
}
