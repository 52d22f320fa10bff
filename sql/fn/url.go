package fn

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// formEscape makes a form's encoding of url.QueryEscape's: the star stays, the
// tilde does not.
var formEscape = strings.NewReplacer("%2A", "*", "~", "%7E")

func addURL(a *adder) {
	a.row("url_encode_param(s text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return formEscape.Replace(url.QueryEscape(v[0].(string))), nil
	}, "s escaped for a URL parameter.")
	a.row("url_decode_param(s text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		s, err := url.QueryUnescape(v[0].(string))
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid escape in URL parameter %q", v[0])
		}
		return s, nil
	}, "The text of an escaped URL parameter.")
	part := func(name, ret, doc string, f func(u *url.URL) types.Value) {
		a.row(name+"(u text) "+ret, 0, func(_ *Env, v []types.Value) (types.Value, error) {
			u, err := parseURL(v[0].(string))
			if err != nil {
				return nil, err
			}
			return f(u), nil
		}, doc)
	}
	part("url_extract_host", "text", "The host of a URL.", func(u *url.URL) types.Value { return nonEmpty(u.Hostname()) })
	part("url_extract_protocol", "text", "The scheme of a URL.", func(u *url.URL) types.Value { return nonEmpty(u.Scheme) })
	part("url_extract_path", "text", "The path of a URL.", func(u *url.URL) types.Value { return u.Path })
	part("url_extract_query", "text", "The query of a URL.", func(u *url.URL) types.Value {
		if s, err := url.PathUnescape(u.RawQuery); err == nil {
			return nonEmpty(s)
		}
		return nonEmpty(u.RawQuery)
	})
	part("url_extract_fragment", "text", "The fragment of a URL.", func(u *url.URL) types.Value { return nonEmpty(u.Fragment) })
	part("url_extract_port", "int", "The port of a URL.", func(u *url.URL) types.Value {
		n, err := strconv.ParseInt(u.Port(), 10, 32)
		if err != nil {
			return nil
		}
		return n
	})
	a.row("url_extract_parameter(u text, name text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		u, err := parseURL(v[0].(string))
		if err != nil {
			return nil, err
		}
		q := u.Query()
		if !q.Has(v[1].(string)) {
			return nil, nil
		}
		return q.Get(v[1].(string)), nil
	}, "The value of a parameter in a URL's query.")
}

// parseURL refuses what RFC 2396 does: blanks and bare special characters.
func parseURL(s string) (*url.URL, error) {
	for _, c := range []byte(s) {
		if c <= ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}' {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid URL %q", s)
		}
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid URL %q", s)
	}
	return u, nil
}

func nonEmpty(s string) types.Value {
	if s == "" {
		return nil
	}
	return s
}
