package fn

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

var update = flag.Bool("update", false, "rewrite the goldens; only commit the changes if you understand what caused them")

// TestGolden runs testdata/*.txt: each line is a call, " = " and its result
// with the type in front, or ERROR code: message. "@ksql" and "@leat" switch
// the dialect.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) { runGolden(t, name) })
	}
}

func runGolden(t *testing.T, name string) {
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(old, []byte("# ")) {
		t.Fatal("a golden begins with a sentence that says why it exists")
	}
	d := LeatOnly
	var out strings.Builder
	for n, line := range strings.Split(strings.TrimRight(string(old), "\n"), "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line == "@ksql":
			d = KsqlOnly
		case line == "@leat":
			d = LeatOnly
		default:
			call, want, _ := strings.Cut(line, " = ")
			got := evalCall(call, d)
			if got != want && !*update {
				t.Errorf("line %d: %s\n got %s\nwant %s", n+1, call, got, want)
			}
			line = call + " = " + got
		}
		out.WriteString(line + "\n")
	}
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// goldenEnv is a fixed moment: 2026-11-20 07:08:09.123456 UTC.
func goldenEnv() *Env {
	return &Env{
		Now: 1795158489123456, Seed: 42, Location: time.UTC, User: "ann", Database: "shop", Catalog: goldenCatalog{}, PID: 1,
		Setting: func(name string) (string, bool) { return "UTC", name == "timezone" },
	}
}

// goldenCatalog knows one table, orders, of OID 16400.
type goldenCatalog struct{}

func (goldenCatalog) RelationOID(name string) uint32 {
	if strings.TrimPrefix(name, "public.") == "orders" {
		return 16400
	}
	return 0
}

func (goldenCatalog) RelationName(oid uint32) (string, string, bool) {
	return "public", "orders", oid == 16400
}

func (goldenCatalog) Definition(oid uint32) string { return "" }

func (goldenCatalog) Description(oid uint32, column int32) string {
	if oid != 16400 || column > 1 {
		return ""
	}
	return fmt.Sprintf("comment on column %d", column)
}

func (goldenCatalog) Columns(oid uint32) types.Schema {
	if oid != 16400 {
		return nil
	}
	return types.Schema{{Name: "id", Type: types.TBigInt, Key: true}, {Name: "Total", Type: types.TNumeric}}
}

func (goldenCatalog) SetConfig(_, value string, _ bool) (string, error) { return value, nil }

func evalCall(text string, d Dialect) string {
	p := callParser{s: text, d: d, env: goldenEnv()}
	v, typ, err := p.expr()
	if p.space(); err == nil && p.s != "" {
		err = fmt.Errorf("left over: %s", p.s)
	}
	if err != nil {
		return goldenError(err)
	}
	return show(typ, v)
}

func goldenError(err error) string {
	e := sqlerr.From(err)
	return "ERROR " + e.Code + ": " + strings.ReplaceAll(e.Message, "\n", `\n`)
}

func show(t types.Type, v types.Value) string {
	if v == nil {
		return t.String() + " NULL"
	}
	return t.String() + " " + strings.ReplaceAll(string(types.AppendText(nil, t, v, nil)), "\n", `\n`)
}

// callParser reads f(x, ...), literals, literal::type, ARRAY[...] and
// MAP(k := v), and evaluates as it goes.
type callParser struct {
	s   string
	d   Dialect
	env *Env
}

func (p *callParser) space() { p.s = strings.TrimLeft(p.s, " ") }

func (p *callParser) eat(tok string) bool {
	p.space()
	if !strings.HasPrefix(p.s, tok) {
		return false
	}
	p.s = p.s[len(tok):]
	return true
}

func (p *callParser) word() string {
	p.space()
	n := 0
	for n < len(p.s) && (p.s[n] == '_' || p.s[n]|0x20 >= 'a' && p.s[n]|0x20 <= 'z' || n > 0 && p.s[n] >= '0' && p.s[n] <= '9') {
		n++
	}
	w := p.s[:n]
	p.s = p.s[n:]
	return w
}

func (p *callParser) mode() types.CastMode {
	if p.d == KsqlOnly {
		return types.CastKsql
	}
	return types.CastPostgres
}

func (p *callParser) expr() (types.Value, types.Type, error) {
	v, t, err := p.primary()
	for err == nil && p.eat("::") {
		to := p.typ()
		from := t
		if from.Kind == types.Unknown {
			from = types.TString
		}
		v, err = types.Cast(v, from, to, types.CastPostgres, nil)
		t = to
	}
	return v, t, err
}

func (p *callParser) typ() types.Type {
	w := p.word()
	if strings.EqualFold(w, "decimal") && p.eat("(") {
		var a, b int32
		fmt.Sscanf(p.s, "%d,%d)", &a, &b)
		p.s = p.s[strings.IndexByte(p.s, ')')+1:]
		return types.TDecimal(a, b)
	}
	t := mustWord(w)
	for p.eat("[]") {
		t = types.TArray(t)
	}
	return t
}

func (p *callParser) primary() (types.Value, types.Type, error) {
	p.space()
	switch c := p.s[0]; {
	case c == '\'':
		text, n, _ := javaQuoted(p.s)
		if strings.HasPrefix(p.s, "''") && !strings.HasPrefix(p.s, "'''") {
			text, n = "", 2
		}
		p.s = p.s[n:]
		if p.d == KsqlOnly {
			return text, types.TString, nil
		}
		return text, types.TUnknown, nil
	case c == '-' || c == '.' || c >= '0' && c <= '9':
		return p.number()
	}
	w := p.word()
	switch strings.ToUpper(w) {
	case "NULL":
		return nil, types.TUnknown, nil
	case "TRUE", "FALSE":
		return strings.EqualFold(w, "true"), types.TBoolean, nil
	case "ARRAY":
		p.eat("[")
		vs, ts, err := p.args("]")
		elem, _ := types.Unify(ts...)
		for i := range vs {
			if ts[i].Kind != types.Unknown && err == nil {
				vs[i], err = types.Cast(vs[i], ts[i], elem, types.CastPostgres, nil)
			}
		}
		return append([]types.Value{}, vs...), types.TArray(elem), err
	case "MAP":
		p.eat("(")
		vs, ts, err := p.args(")")
		m := types.MapValue{}
		for i := 0; i+1 < len(vs); i += 2 {
			m.Keys, m.Vals = append(m.Keys, vs[i]), append(m.Vals, vs[i+1])
		}
		return m, types.TMap(typeOr(ts[0]), typeOr(ts[1])), err
	}
	if !p.eat("(") {
		return nil, types.Type{}, fmt.Errorf("no call at %q", w+p.s)
	}
	vs, ts, err := p.args(")")
	if err != nil {
		return nil, types.Type{}, err
	}
	return p.call(w, vs, ts)
}

func typeOr(t types.Type) types.Type {
	if t.Kind == types.Unknown {
		return types.TString
	}
	return t
}

func (p *callParser) number() (types.Value, types.Type, error) {
	n := 1
	for n < len(p.s) && (p.s[n] == '.' || p.s[n] >= '0' && p.s[n] <= '9' || p.s[n] == 'e') {
		n++
	}
	text := p.s[:n]
	p.s = p.s[n:]
	t := types.TInt
	switch {
	case strings.Contains(text, "e"):
		t = types.TDouble
	case strings.Contains(text, "."):
		whole, frac, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
		t = types.TNumeric
		if p.d == KsqlOnly {
			t = types.TDecimal(int32(len(whole)+len(frac)), int32(len(frac)))
		}
	case len(text) > 9:
		t = types.TBigInt
	}
	v, err := types.ParseText(t, text, nil)
	return v, t, err
}

func (p *callParser) args(end string) (vs []types.Value, ts []types.Type, err error) {
	for !p.eat(end) {
		if len(vs) > 0 && !p.eat(",") && !p.eat(":=") {
			return nil, nil, fmt.Errorf("expected , or %s at %q", end, p.s)
		}
		v, t, err := p.expr()
		if err != nil {
			return nil, nil, err
		}
		vs, ts = append(vs, v), append(ts, t)
	}
	return vs, ts, nil
}

// call evaluates a function as the evaluator does: arguments coerced, Strict
// functions not called with NULL.
func (p *callParser) call(name string, vs []types.Value, ts []types.Type) (types.Value, types.Type, error) {
	r := Builtins()
	if len(r.Scalars(name)) == 0 && len(r.Tables(name)) > 0 || name == "generate_series" && p.d == LeatOnly {
		return p.table(name, vs, ts)
	}
	f, params, ret, err := r.Resolve(name, ts, p.d)
	if err != nil {
		return nil, ret, err
	}
	if vs, err = p.coerce(vs, ts, params); err != nil {
		return nil, ret, err
	}
	v, err := callScalar(f, p.env, vs, params, ret)
	return v, ret, err
}

func (p *callParser) coerce(vs []types.Value, ts, params []types.Type) ([]types.Value, error) {
	out := make([]types.Value, len(vs))
	for i := range vs {
		from := typeOr(ts[i])
		v, err := types.Cast(vs[i], from, params[i], p.mode(), nil)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func callScalar(f *Scalar, env *Env, vs []types.Value, params []types.Type, ret types.Type) (types.Value, error) {
	c := Call{Env: env, N: 1, Ret: ret, Errs: &Errors{}}
	for i, v := range vs {
		if v == nil && f.Strict {
			return nil, nil
		}
		col := vec.FromValues(params[i], []types.Value{v})
		c.Args = append(c.Args, &col)
	}
	out := f.Kernel(&c)
	if len(c.Errs.Errs) > 0 {
		return nil, c.Errs.Errs[0]
	}
	return out.Value(0), nil
}

// table shows a table function's rows as an array of text.
func (p *callParser) table(name string, vs []types.Value, ts []types.Type) (types.Value, types.Type, error) {
	f, params, cols, err := Builtins().ResolveTable(name, ts, p.d)
	if err != nil {
		return nil, types.TUnknown, err
	}
	if vs, err = p.coerce(vs, ts, params); err != nil {
		return nil, types.TUnknown, err
	}
	rows, err := f.Rows(p.env, vs)
	out := []types.Value{}
	for _, r := range rows {
		var parts []string
		for i, c := range cols {
			parts = append(parts, strings.TrimPrefix(show(c.Type, r[i]), c.Type.String()+" "))
		}
		out = append(out, strings.Join(parts, "|"))
	}
	return out, types.TArray(types.TString), err
}
