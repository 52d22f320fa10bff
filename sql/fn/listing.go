package fn

import (
	"fmt"
	"strings"
	"sync"

	"github.com/leatdb/leat/sql/types"
)

// FirstSignatureOID is the OID of the first of Signatures; below 16384, where
// the OIDs of users' objects begin.
const FirstSignatureOID = 8000

// Signature is one overload of a function as people read it.
type Signature struct {
	OID       int64 // FirstSignatureOID and the place in Signatures
	Name      string
	Kind      string // scalar, aggregate, table
	Params    []Param
	Arguments string // "s text, n integer, ..."
	RetType   types.Type
	Result    string // "" when it depends on the arguments
	Dialect   Dialect
	Vol       Volatility // of scalars
	Strict    bool
	Category  string
	Doc       string
	Listed    bool // SHOW FUNCTIONS has it: no operator, nothing that only clients ask
}

// listing is made when first asked for.
type listing struct {
	once sync.Once
	all  []Signature
}

// Signatures lists every overload by name. Shared.
func (r *Registry) Signatures() []Signature {
	r.listing.once.Do(func() { r.listing.all = r.list() })
	return r.listing.all
}

func (r *Registry) list() []Signature {
	var out []Signature
	add := func(s Signature) {
		for i := len(out) - 1; i >= 0 && out[i].Name == s.Name; i-- { // both meanings have it
			if o := &out[i]; o.Kind == s.Kind && o.Arguments == s.Arguments && o.Result == s.Result && o.Doc == s.Doc {
				o.Dialect, o.Strict = Both, o.Strict && s.Strict
				return
			}
		}
		s.OID = FirstSignatureOID + int64(len(out))
		s.Listed = s.Listed && !strings.HasPrefix(s.Name, "op_")
		out = append(out, s)
	}
	for _, n := range r.AllNames() {
		for _, f := range r.Scalars(n) {
			add(Signature{Name: n, Kind: "scalar", Params: f.Params, Arguments: argumentList(f.Params, f.Variadic), RetType: f.RetType, Result: resultWord(f.Ret == nil, f.RetType),
				Dialect: f.Dialect, Vol: f.Vol, Strict: f.Strict, Category: f.Category, Doc: f.Doc, Listed: !f.Catalog})
		}
		for _, f := range r.Aggs(n) {
			add(Signature{Name: n, Kind: "aggregate", Params: f.Params, Arguments: f.arguments(), RetType: f.RetType, Result: resultWord(f.Ret == nil, f.RetType),
				Dialect: f.Dialect, Category: "aggregate", Doc: f.Doc, Listed: true})
		}
		for _, f := range r.Tables(n) {
			add(Signature{Name: n, Kind: "table", Params: f.Params, Arguments: argumentList(f.Params, false), RetType: types.Type{Kind: types.Record}, Result: "rows",
				Dialect: f.Dialect, Strict: f.Strict, Category: "table", Doc: f.Doc, Listed: !f.Catalog})
		}
	}
	return out
}

// SignatureOf finds a signature by its OID.
func (r *Registry) SignatureOf(oid int64) (Signature, bool) {
	all, i := r.Signatures(), oid-FirstSignatureOID
	if i < 0 || i >= int64(len(all)) {
		return Signature{}, false
	}
	return all[i], true
}

func resultWord(fixed bool, t types.Type) string {
	if !fixed || t.Kind == types.Unknown {
		return ""
	}
	return t.String()
}

// arguments is the argument list as PostgreSQL shows it; an ordered-set aggregate's
// has its sort key at the end.
func (g *Agg) arguments() string {
	if !g.Ordered {
		return argumentList(g.Params, g.Variadic)
	}
	return strings.TrimSpace(argumentList(g.Params[1:], false) + " ORDER BY " + argumentList(g.Params[:1], false))
}

// argumentList is "s text, more any, ...".
func argumentList(params []Param, variadic bool) string {
	words := make([]string, len(params))
	for i, p := range params {
		kind := p.Type.String()
		switch {
		case p.Lambda > 0:
			kind = fmt.Sprintf("lambda of %d", p.Lambda)
		case p.Any != "":
			kind = p.Any
		}
		words[i] = strings.TrimSpace(p.Name + " " + kind)
	}
	out := strings.Join(words, ", ")
	if variadic {
		out += ", ..."
	}
	return out
}
