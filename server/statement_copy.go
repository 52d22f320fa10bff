package server

import (
	"context"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// copyOptions are COPY's, with PostgreSQL's defaults of the format.
type copyOptions struct {
	format  string // text, csv, binary, json
	delim   byte
	null    string
	quote   byte
	escape  byte
	header  bool
	onError string // stop, dlq
}

func copyOptionsOf(x *sql.Copy) (copyOptions, error) {
	o := copyOptions{format: "text", onError: "stop"}
	given := map[string]string{}
	for _, opt := range x.Options {
		text := opt.Text
		switch opt.Name {
		case "format":
			o.format = strings.ToLower(text)
		case "header":
			o.header = !opt.HasValue || strings.EqualFold(text, "true") || strings.EqualFold(text, "on") || text == "1" || strings.EqualFold(text, "match")
		case "delimiter", "null", "quote", "escape":
			given[opt.Name] = text
		case "on_error":
			o.onError = strings.ToLower(text)
		case "encoding":
			if e := strings.ToUpper(strings.ReplaceAll(text, "-", "")); e != "UTF8" {
				return o, sqlerr.Unsupported("COPY with ENCODING %s", text).At(opt.Pos)
			}
		case "freeze", "force_null", "force_not_null", "force_quote":
		default:
			return o, sqlerr.New(sqlerr.SyntaxError, "option %q not recognized", opt.Name).At(opt.Pos)
		}
	}
	switch o.format {
	case "text":
		o.delim, o.null = '\t', `\N`
	case "csv":
		o.delim, o.quote = ',', '"'
	case "binary", "json":
	default:
		return o, sqlerr.New(sqlerr.InvalidParameterValue, "COPY format %q not recognized", o.format).At(x.Pos)
	}
	return o, o.apply(given, x.Pos)
}

// apply checks the options of one character.
func (o *copyOptions) apply(given map[string]string, pos int) error {
	one := func(name string, into *byte) error {
		v, ok := given[name]
		if !ok {
			return nil
		}
		if len(v) != 1 || o.format != "csv" && name != "delimiter" {
			return sqlerr.New(sqlerr.InvalidParameterValue, "COPY %s must be a single one-byte character, in %s mode", name, o.format).At(pos)
		}
		*into = v[0]
		return nil
	}
	if err := one("delimiter", &o.delim); err != nil {
		return err
	}
	if err := one("quote", &o.quote); err != nil {
		return err
	}
	o.escape = o.quote
	if err := one("escape", &o.escape); err != nil {
		return err
	}
	if v, ok := given["null"]; ok {
		o.null = v
	}
	switch o.onError {
	case "stop", "dlq":
	case "ignore":
		o.onError = "dlq"
	default:
		return sqlerr.New(sqlerr.InvalidParameterValue, "COPY ON_ERROR %q not recognized", o.onError).At(pos).
			WithHint("Values are stop and dlq.")
	}
	return nil
}

func (ss *Session) runCopy(ctx context.Context, rq *request, x *sql.Copy) (*pgwire.Result, error) {
	if x.Target == "FILE" || x.Target == "PROGRAM" {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "COPY from or to a file of the server is not allowed").At(x.Pos).
			WithHint(`Use COPY FROM STDIN or TO STDOUT; psql's \copy command works for anyone.`)
	}
	o, err := copyOptionsOf(x)
	if err != nil {
		return nil, err
	}
	if !x.From {
		return ss.copyTo(ctx, rq, x, o)
	}
	t, err := ss.target(rq, x.Name)
	if err != nil {
		return nil, err
	}
	if err := copyable(t); err != nil {
		return nil, at(err, x.Name.Position())
	}
	in, err := ss.newCopyIn(rq, x, t, o)
	if err != nil {
		return nil, err
	}
	return &pgwire.Result{CopyIn: in}, nil
}

// copyable refuses what rows cannot be written to.
func copyable(t *catalog.Relation) error {
	switch {
	case t.Kind == catalog.View:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot copy to view %q", t.Name)
	case t.ReadOnly:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot copy to read-only %s %q", t.Kind, t.Name)
	case t.Derived && t.Kind == catalog.Table:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot copy to %q, which a query maintains", t.Name)
	case t.Windowed != nil:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot copy to windowed %s %q", t.Kind, t.Name)
	}
	return nil
}

// copyColumns gives the positions of the listed columns, all visible ones when
// none are listed.
func copyColumns(rq *request, x *sql.Copy, t *catalog.Relation) ([]int, error) {
	var out []int
	if len(x.Columns) == 0 {
		for i, c := range t.Schema {
			if _, header := t.Headers[i]; !c.Hidden && !header {
				out = append(out, i)
			}
		}
		return out, nil
	}
	for _, n := range x.Columns {
		i := t.Schema.Index(n.Fold(rq.ksql))
		if i < 0 {
			return nil, sqlerr.New(sqlerr.UndefinedColumn, "column %q of relation %q does not exist", n.Fold(rq.ksql), t.Name).At(n.Pos)
		}
		out = append(out, i)
	}
	return out, nil
}
