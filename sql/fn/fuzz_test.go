package fn

import (
	"fmt"
	"math"
	"math/rand"
	"testing"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// randomTypes are the types variables of signatures are tried with.
var randomTypes = []types.Type{
	types.TBoolean, types.TInt, types.TBigInt, types.TDouble, types.TNumeric, types.TDecimal(6, 2), types.TString,
	types.TBytes, types.TTimestamp, types.TDate, types.TTime, types.TInterval, types.TJSON, types.TUUID,
	types.TArray(types.TInt), types.TMap(types.TString, types.TInt), types.TStruct(types.Field{Name: "a", Type: types.TInt}),
}

func randomValue(r *rand.Rand, t types.Type) types.Value {
	if r.Intn(12) == 0 {
		return nil
	}
	small := []int64{0, 1, -1, 2, 3, 7, 12, 31, 100, -100, 65, 2026}
	switch t.Kind {
	case types.Boolean:
		return r.Intn(2) == 0
	case types.SmallInt, types.Int, types.BigInt, types.OID, types.RegClass, types.RegType, types.RegProc, types.RegNamespace:
		edges := map[types.Kind]int64{types.SmallInt: math.MaxInt16, types.Int: math.MaxInt32, types.BigInt: math.MaxInt64}
		if e, ok := edges[t.Kind]; ok && r.Intn(6) == 0 {
			return []int64{e, -e, -e - 1, e - 1}[r.Intn(4)]
		}
		return max(small[r.Intn(len(small))], map[bool]int64{true: 0, false: -200}[t.IsOIDLike()])
	case types.Real, types.Double:
		return []float64{0, 1, -1, 0.5, 2.5, 1e300, -1e300, math.NaN(), math.Inf(1), math.Inf(-1), 37.4, 1e-9}[r.Intn(12)]
	case types.Decimal:
		texts := []string{"0", "1", "-1.50", "2.5", "NaN", "99999999999999999999.123", "-0.001", "Infinity", "1000"}
		if t.Precision > 0 {
			texts = []string{"0.00", "1.00", "-1.50", "9999.99"}
		}
		d, _, _ := types.ParseDecimal(texts[r.Intn(len(texts))])
		return d
	case types.Timestamp, types.Date, types.Time:
		return randomTime(r, t)
	case types.Interval:
		return []types.Span{{}, {Months: 1}, {Days: -3}, {Micros: 3600e6}, {Months: math.MaxInt32, Days: math.MinInt32, Micros: math.MaxInt64},
			{Months: math.MinInt32, Micros: math.MinInt64}, {Months: 14, Days: 40, Micros: 90000e6}}[r.Intn(7)]
	case types.JSON:
		return []string{`null`, `1`, `"a"`, `[]`, `{}`, `[1, "a", null]`, `{"a": {"b": [1, 2]}, "c": null}`, `true`, `-1.5`, `""`}[r.Intn(10)]
	case types.UUID:
		return [16]byte{1, 2, byte(r.Intn(256))}
	case types.Bytes:
		return []byte(randomText(r))
	case types.Array:
		out := []types.Value{}
		for range r.Intn(5) {
			out = append(out, randomValue(r, *t.Elem))
		}
		return out
	case types.Map:
		m := newMap(t)
		for range r.Intn(4) {
			if k := randomValue(r, *t.Key); k != nil {
				m.put(k, randomValue(r, *t.Elem))
			}
		}
		return m.MapValue
	case types.Struct:
		row := types.Row{}
		for _, f := range t.Fields {
			row = append(row, randomValue(r, f.Type))
		}
		return row
	}
	return randomText(r)
}

func randomTime(r *rand.Rand, t types.Type) types.Value {
	switch t.Kind {
	case types.Time:
		return []int64{0, 1, 3600e6, types.MicrosPerDay - 1, types.MicrosPerDay}[r.Intn(5)]
	case types.Date:
		return []int64{0, -1, 20777, types.DateInfinity, types.DateNegInfinity, -2440588, 2145042905, 106751990}[r.Intn(8)]
	}
	return []int64{0, -1, 1795158489123456, types.TimestampInfinity, types.TimestampNegInfinity, minInstant, endInstant - 1}[r.Intn(7)]
}

var fuzzTexts = []string{
	"", "a", "abc", "äöü€", "a,b,,c", "%", "_", "\\", "(", "[", "[1,2]", `{"a":1}`, "$.a[0]", "$", "hex", "utf8", "base64", "escape",
	"day", "DAYS", "month", "yyyy-MM-dd", "HH:mm:ss.SSS", "YYYY-MM-DD HH24:MI", "9,999.99", "FM000S", "2026-11-20", "12:30", "UTC",
	"Europe/Berlin", "x'", "'", "\"", "%s %I", "%1$L", "%", "%-", "i", "g", "KM", "SELECT", "orders", "\u0000x", "12.5", "-7", "https://u@h:1/p?q=1#f",
	"[yyyy]'", "ASC", "\xff\xfe", "\\u0041", "D", "RM", "MI9", "PR", "$.", "a\\", "0", "epoch", "century", "1 day", "infinity",
}

func randomText(r *rand.Rand) string {
	s := fuzzTexts[r.Intn(len(fuzzTexts))]
	if r.Intn(10) == 0 {
		s += fuzzTexts[r.Intn(len(fuzzTexts))]
	}
	return s
}

// randomArgs makes argument types an overload accepts, with values.
func randomArgs(r *rand.Rand, params []Param, variadic bool) ([]types.Type, []types.Value) {
	n := len(params)
	if variadic {
		n += r.Intn(3) - 1
	}
	vars := map[string]types.Type{}
	pick := func(letter string) types.Type {
		if t, ok := vars[letter]; ok && letter != "any" {
			return t
		}
		vars[letter] = randomTypes[r.Intn(len(randomTypes))]
		if letter == "K" {
			vars[letter] = types.TString
		}
		return vars[letter]
	}
	ts, vs := make([]types.Type, n), make([]types.Value, n)
	for i := range n {
		switch p := paramAt(params, variadic, i); p.Any {
		case "":
			ts[i] = p.Type
		case "A":
			ts[i] = types.TArray(pick("E"))
		case "B":
			ts[i] = types.TArray(pick("F"))
		case "M":
			ts[i] = types.TMap(pick("K"), pick("V"))
		case "N":
			ts[i] = types.TDouble
		default:
			ts[i] = pick(p.Any)
		}
		vs[i] = randomValue(r, ts[i])
	}
	return ts, vs
}

// TestKernelsNeverPanic calls every overload with random values, edges among
// them, and checks that the result has the announced type.
func TestKernelsNeverPanic(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	reg := Builtins()
	for _, name := range reg.AllNames() {
		for k, f := range reg.Scalars(name) {
			if hasLambda(f.Params) || name == "pg_sleep" {
				continue
			}
			for range 60 {
				ts, vs := randomArgs(r, f.Params, f.Variadic)
				fuzzScalar(t, f, k, ts, shortSeries(name, vs))
			}
		}
		for _, f := range reg.Tables(name) {
			for range 60 {
				ts, vs := randomArgs(r, f.Params, false)
				fuzzTable(t, f, ts, shortSeries(name, vs))
			}
		}
	}
}

// shortSeries keeps the bounds of a series near, so that the test is quick.
func shortSeries(name string, vs []types.Value) []types.Value {
	for i, v := range vs {
		if n, ok := v.(int64); ok && name == "generate_series" && (n > 5000 || n < -5000) {
			vs[i] = n % 5000
		}
		if d, ok := v.(types.Dec); ok && name == "generate_series" && d.NumDigits() > 6 {
			vs[i] = types.DecimalFromInt(1000)
		}
	}
	return vs
}

func hasLambda(ps []Param) bool {
	for _, p := range ps {
		if p.Lambda > 0 {
			return true
		}
	}
	return false
}

func fuzzScalar(t *testing.T, f *Scalar, k int, ts []types.Type, vs []types.Value) {
	t.Helper()
	call := fmt.Sprintf("%s#%d(%s) of %v", f.Name, k, typeList(ts), vs)
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic %v", call, p)
		}
	}()
	ret, err := f.Result(ts)
	if err != nil {
		return
	}
	start := time.Now()
	v, err := callScalar(f, goldenEnv(), vs, ts, ret)
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("%s took %v", call, d)
	}
	if err != nil {
		if sqlerr.From(err).Code == sqlerr.InternalError {
			t.Errorf("%s: internal error %v", call, err)
		}
		return
	}
	if v != nil && ret.Kind != types.Void {
		col := vec.FromValues(ret, []types.Value{v})
		if got := col.Value(0); !types.Equal(ret, got, v) {
			t.Errorf("%s: result %v does not survive as %s: %v", call, v, ret, got)
		}
	}
}

func fuzzTable(t *testing.T, f *TableFunc, ts []types.Type, vs []types.Value) {
	t.Helper()
	call := fmt.Sprintf("table %s(%s) of %v", f.Name, typeList(ts), vs)
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic %v", call, p)
		}
	}()
	for _, v := range vs {
		if v == nil && f.Strict {
			return
		}
	}
	cols, err := f.Cols(ts)
	if err != nil {
		return
	}
	rows, err := f.Rows(goldenEnv(), vs)
	if err != nil {
		return
	}
	for i, c := range cols {
		for k, row := range rows {
			if k > 100 {
				break
			}
			vec.FromValues(c.Type, []types.Value{row[i]})
		}
	}
}

// TestEveryFunctionIsDocumented holds for SHOW FUNCTIONS and DESCRIBE FUNCTION.
func TestEveryFunctionIsDocumented(t *testing.T) {
	reg := Builtins()
	for _, name := range reg.AllNames() {
		for _, f := range reg.Scalars(name) {
			if f.Doc == "" || f.Category == "" {
				t.Errorf("scalar %s has no doc or category", name)
			}
		}
		for _, f := range reg.Aggs(name) {
			if f.Doc == "" {
				t.Errorf("aggregate %s has no doc", name)
			}
		}
		for _, f := range reg.Tables(name) {
			if f.Doc == "" {
				t.Errorf("table function %s has no doc", name)
			}
		}
	}
}
