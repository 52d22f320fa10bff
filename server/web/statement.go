package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
	"github.com/leatdb/leat/sql/vec/arrowio"
)

// question is the body of POST /v1/sql.
type question struct {
	SQL      string            `json:"sql"`
	Params   []json.RawMessage `json:"params"`
	Settings map[string]string `json:"settings"`
}

func readQuestion(r *http.Request) (q question, err error) {
	b, err := readBody(r)
	if err != nil {
		return q, err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != typeJSON {
		q.SQL = string(b)
		return q, nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&q); err != nil {
		return q, sqlerr.New(sqlerr.InvalidJSON, "body is not a question").WithDetail("%s.", err).
			WithHint(`Send {"sql": "...", "params": [...], "settings": {...}}, or the SQL as text/plain.`)
	}
	return q, nil
}

// statement is POST /v1/sql.
func (s *Site) statement(w http.ResponseWriter, r *http.Request) {
	q, err := readQuestion(r)
	if err != nil {
		fail(w, err, "")
		return
	}
	ss, heard, err := s.open(r, q.Settings)
	if err != nil {
		fail(w, err, "")
		return
	}
	defer ss.Close()
	out := s.timed(w)
	var to taker
	switch accept := r.Header.Get("Accept"); {
	case strings.Contains(accept, typeArrow):
		to = &arrowAnswer{out: out, ss: ss}
	case strings.Contains(accept, typeLines):
		to = &linesAnswer{out: out, ss: ss}
	default:
		limit, bad := strconv.ParseInt(r.URL.Query().Get("limit"), 10, 64)
		if bad != nil {
			limit = -1
		}
		to = &jsonAnswer{out: out, ss: ss, heard: heard, max: s.cfg.MaxAnswer, limit: limit}
	}
	err = ask(r.Context(), ss, q, func(res *pgwire.Result) error {
		switch {
		case res.CopyIn != nil:
			return errors.Join(sqlerr.Unsupported("COPY FROM STDIN over HTTP").WithHint("Use POST /v1/insert."), res.CopyIn.Fail(r.Context(), "HTTP"))
		case res.CopyOut != nil:
			res.CopyOut.Close()
			return sqlerr.Unsupported("COPY TO STDOUT over HTTP").WithHint("SELECT with Accept: %s.", typeLines)
		case res.Rows == nil:
			return to.done(res.Tag)
		}
		defer res.Rows.Close()
		if server.IsPush(res.Rows) {
			return sqlerr.New(sqlerr.WrongObjectType, "a push query has no end").WithHint("GET /v1/stream watches it.")
		}
		return to.take(r.Context(), res.Rows)
	})
	to.finish(err, q.SQL)
}

// ask runs the statements, or one with parameters.
func ask(ctx context.Context, ss *server.Session, q question, send func(*pgwire.Result) error) error {
	if q.Params == nil {
		return ss.Simple(ctx, q.SQL, send)
	}
	p, err := ss.Prepare(ctx, q.SQL, nil)
	if err != nil {
		return err
	}
	if len(p.Params) != len(q.Params) {
		return sqlerr.New(sqlerr.ProtocolViolation, "the statement has %d parameters, %d are given", len(p.Params), len(q.Params))
	}
	args := make([]types.Value, len(q.Params))
	for i, raw := range q.Params {
		if args[i], err = types.FromJSON(p.Params[i], raw, types.JSONLeat); err != nil {
			return err
		}
	}
	res, err := ss.Execute(ctx, p, args)
	if err != nil {
		return err
	}
	return send(res)
}

// taker writes results in one form.
type taker interface {
	take(ctx context.Context, rows pgwire.Rows) error
	done(tag string) error // a result without rows
	finish(err error, text string)
}

// each calls f with every batch.
func each(ctx context.Context, rows pgwire.Rows, f func(b *vec.Batch) error) error {
	for {
		b, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f(b)
		}
		if err != nil {
			return err
		}
	}
}

// jsonAnswer gathers all results into one object.
type jsonAnswer struct {
	out     *timedWriter
	ss      *server.Session
	heard   *ears
	max     int
	limit   int64 // most rows of a result; -1 none
	results bytes.Buffer
	count   int
}

// errEnough ends the reading of a result.
var errEnough = errors.New("enough rows")

func (a *jsonAnswer) open() {
	if a.count > 0 {
		a.results.WriteByte(',')
	}
	a.count++
}

func (a *jsonAnswer) done(tag string) error {
	a.open()
	a.results.Write(encoded(map[string]string{"tag": tag}))
	return nil
}

func (a *jsonAnswer) take(ctx context.Context, rows pgwire.Rows) error {
	a.open()
	lines := newLineWriter(rows.Columns(), false, nil)
	a.results.WriteString(`{"columns":`)
	a.results.Write(encoded(lines.names))
	a.results.WriteString(`,"rows":[`)
	sent := int64(0)
	err := each(ctx, rows, func(b *vec.Batch) error {
		for i := range b.Len() {
			if sent == a.limit {
				return errEnough
			}
			if sent++; sent > 1 {
				a.results.WriteByte(',')
			}
			a.results.Write(lines.array(a.results.AvailableBuffer(), b, i))
			if a.results.Len() > a.max {
				return sqlerr.New(sqlerr.ProgramLimitExceeded, "answer is larger than %d bytes", a.max).
					WithHint("Ask with Accept: %s, or add a LIMIT.", typeLines)
			}
		}
		return nil
	})
	more := errors.Is(err, errEnough)
	if err != nil && !more {
		return err
	}
	a.results.WriteString(`],"tag":`)
	a.results.Write(encoded(rows.Tag(sent)))
	if more {
		a.results.WriteString(`,"more":true`)
	}
	a.results.WriteByte('}')
	return nil
}

func (a *jsonAnswer) finish(err error, text string) {
	if err != nil {
		fail(a.out.w, err, text)
		return
	}
	token := a.ss.Token()
	h := a.out.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set(tokenHeader, token)
	tail := encoded(map[string]any{"notices": a.heard.heard(), "token": token})
	var b bytes.Buffer
	b.WriteString(`{"results":[`)
	b.Write(a.results.Bytes())
	b.WriteString(`],`)
	b.Write(tail[1:])
	b.WriteByte('\n')
	_, _ = a.out.Write(b.Bytes()) // a client that is gone hears nothing
}

// linesAnswer sends rows as NDJSON as they come.
type linesAnswer struct {
	out  *timedWriter
	ss   *server.Session
	sent bool
}

func (a *linesAnswer) begin(kind string) {
	if !a.sent {
		a.sent = true
		h := a.out.w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "no-store")
		h.Set(tokenHeader, a.ss.Token())
	}
}

func (a *linesAnswer) done(string) error { return nil }

func (a *linesAnswer) take(ctx context.Context, rows pgwire.Rows) error {
	lines := newLineWriter(rows.Columns(), false, nil)
	return each(ctx, rows, func(b *vec.Batch) error {
		a.begin(typeLines)
		var text []byte
		for i := range b.Len() {
			text = append(lines.object(text, b, i), '\n')
		}
		_, err := a.out.Write(text)
		return err
	})
}

func (a *linesAnswer) finish(err error, text string) {
	switch {
	case err != nil && !a.sent:
		fail(a.out.w, err, text)
	case err != nil:
		x := problemOf(err, text)
		_, _ = a.out.Write(append(encoded(ended{Error: &x}), '\n')) // a client that is gone hears nothing
	default:
		a.begin(typeLines)
	}
}

// arrowAnswer sends the one result with rows as an Arrow IPC stream.
type arrowAnswer struct {
	out  *timedWriter
	ss   *server.Session
	sent bool
}

func (a *arrowAnswer) done(string) error { return nil }

func (a *arrowAnswer) take(ctx context.Context, rows pgwire.Rows) error {
	if a.sent {
		return sqlerr.Unsupported("several results as one Arrow stream")
	}
	cols := rows.Columns()
	schema := make(types.Schema, len(cols))
	for i, c := range cols {
		schema[i] = types.Column{Name: c.Name, Type: c.Type}
	}
	w := arrowio.NewWriter(a.out, schema)
	begin := func() {
		a.sent = true
		h := a.out.w.Header()
		h.Set("Content-Type", typeArrow)
		h.Set("Cache-Control", "no-store")
		h.Set(tokenHeader, a.ss.Token())
	}
	err := each(ctx, rows, func(b *vec.Batch) error {
		begin()
		if len(b.Cols) > len(cols) {
			b = &vec.Batch{N: b.N, Sel: b.Sel, Cols: b.Cols[:len(cols)]}
		}
		return w.Write(b)
	})
	if err != nil {
		return err
	}
	begin()
	return w.Close()
}

// finish cuts the stream after an error: without its end mark no reader takes it
// for whole.
func (a *arrowAnswer) finish(err error, text string) {
	switch {
	case err != nil && a.sent:
		panic(http.ErrAbortHandler)
	case err != nil:
		fail(a.out.w, err, text)
	case !a.sent:
		fail(a.out.w, sqlerr.Unsupported("a statement without rows as an Arrow stream"), text)
	}
}

// forRows calls f with the values of each row.
func forRows(ctx context.Context, rows pgwire.Rows, f func(v []any)) error {
	return each(ctx, rows, func(b *vec.Batch) error {
		for i := range b.Len() {
			v := make([]any, len(rows.Columns()))
			for c := range v {
				v[c] = b.Cols[c].Value(b.Row(i))
			}
			f(v)
		}
		return nil
	})
}
