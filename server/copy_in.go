package server

import (
	"bytes"
	"context"
	"fmt"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// copyAtOnce is how much of a COPY is written by one atomic command. A longer
// one is written in parts; each part is whole.
const copyAtOnce = 8 << 20

// copyIn receives COPY FROM STDIN.
type copyIn struct {
	ss       *Session
	rq       *request
	rel      *catalog.Relation
	opt      copyOptions
	cols     []int
	enc      *codec.Inserter
	split    splitter
	builders []*vec.Builder
	defaults []*expr.Program // by position; nil: NULL
	pending  []write
	bytes    int
	rows     int64 // accepted
	bad      int64
	letters  []batch.Record
	quick    quickCopy
}

// splitter cuts the bytes of COPY into records.
type splitter interface {
	// feed takes more bytes, lent; done says that they are the last.
	feed(ctx context.Context, p []byte, done bool) error
}

// copyError is an error with the place in the data, PostgreSQL's CONTEXT.
type copyError struct {
	err   error
	where string
}

func (e copyError) Error() string { return e.err.Error() }
func (e copyError) Unwrap() error { return e.err }

// Where is the CONTEXT line.
func (e copyError) Where() string { return e.where }

func (ss *Session) newCopyIn(rq *request, x *sql.Copy, t *catalog.Relation, o copyOptions) (*copyIn, error) {
	cols, err := copyColumns(rq, x, t)
	if err != nil {
		return nil, err
	}
	enc, err := ss.srv.inserter(t)
	if err != nil {
		return nil, err
	}
	c := &copyIn{ss: ss, rq: rq, rel: t, opt: o, cols: cols, enc: enc}
	if err := c.bindDefaults(); err != nil {
		return nil, err
	}
	c.reset()
	c.initQuick()
	switch o.format {
	case "text":
		c.split = &textSplitter{lines: lines{c: c}}
	case "csv":
		c.split = &csvSplitter{lines: lines{c: c}}
	case "binary":
		c.split = &binarySplitter{c: c}
	default:
		l, err := codec.NewLines(t, rq.now/types.MicrosPerMilli)
		if err != nil {
			return nil, err
		}
		c.split = &jsonSplitter{c: c, lines: l}
	}
	return c, nil
}

// bindDefaults compiles the DEFAULTs of columns that the data leaves out.
func (c *copyIn) bindDefaults() error {
	listed := map[int]bool{}
	for _, i := range c.cols {
		listed[i] = true
	}
	c.defaults = make([]*expr.Program, len(c.rel.Schema))
	for i := range c.rel.Schema {
		text, ok := c.rel.Defaults[i]
		if !ok || listed[i] {
			continue
		}
		e, err := sql.ParseExpr("CAST(" + text + " AS " + c.rel.Schema[i].Type.String() + ")")
		if err != nil {
			return err
		}
		n, err := planner.BindScalar(e, c.ss.names(c.rq), planner.Options{Now: c.rq.now, Location: c.ss.settings.location()})
		if err != nil {
			return err
		}
		if c.defaults[i], err = expr.Compile(n); err != nil {
			return err
		}
	}
	return nil
}

func (c *copyIn) reset() {
	c.builders = make([]*vec.Builder, len(c.rel.Schema))
	for i := range c.builders {
		c.builders[i] = vec.NewBuilder(c.rel.Schema[i].Type, 1024)
	}
}

// Format implements pgwire.CopyIn.
func (c *copyIn) Format() pgwire.CopyFormat {
	return pgwire.CopyFormat{Binary: c.opt.format == "binary", Columns: len(c.cols)}
}

// Data implements pgwire.CopyIn.
func (c *copyIn) Data(ctx context.Context, chunk []byte) error {
	return c.split.feed(ctx, chunk, false)
}

// Fail implements pgwire.CopyIn: what is not written yet is dropped.
func (c *copyIn) Fail(_ context.Context, reason string) error {
	c.pending, c.letters = nil, nil
	return sqlerr.New(sqlerr.QueryCanceled, "COPY from stdin failed: %s", reason)
}

// Done implements pgwire.CopyIn.
func (c *copyIn) Done(ctx context.Context) (string, error) {
	if err := c.split.feed(ctx, nil, true); err != nil {
		return "", err
	}
	if err := c.take(); err != nil {
		return "", err
	}
	if err := c.write(ctx); err != nil {
		return "", err
	}
	if c.bad > 0 {
		c.ss.notice("%d lines could not be read, see %s", c.bad, types.QuoteIdent(c.rel.Name+"_errors"))
	}
	return fmt.Sprintf("COPY %d", c.rows), nil
}

// row adds one record given as text fields; a nil one is NULL.
func (c *copyIn) row(ctx context.Context, line int64, raw []byte, fields [][]byte) error {
	vals, column, err := c.parse(fields)
	if err != nil {
		return c.reject(ctx, line, raw, column, err)
	}
	return c.accept(ctx, vals)
}

// parse reads the fields; column names the one that failed.
func (c *copyIn) parse(fields [][]byte) (vals types.Row, column string, err error) {
	switch {
	case len(fields) > len(c.cols):
		return nil, "", sqlerr.New(sqlerr.BadCopyFormat, "extra data after last expected column")
	case len(fields) < len(c.cols):
		return nil, "", sqlerr.New(sqlerr.BadCopyFormat, "missing data for column %q", c.rel.Schema[c.cols[len(fields)]].Name)
	}
	vals = make(types.Row, len(c.rel.Schema))
	loc := c.ss.settings.location()
	for k, f := range fields {
		col := c.rel.Schema[c.cols[k]]
		if f == nil {
			continue
		}
		s := string(f)
		if err := types.CheckText(s); err != nil {
			return nil, col.Name, err
		}
		if vals[c.cols[k]], err = types.ParseText(col.Type, s, loc); err != nil {
			return nil, col.Name, err
		}
	}
	return vals, c.missingKey(vals), c.notNull(vals)
}

func (c *copyIn) notNull(vals types.Row) error {
	if name := c.missingKey(vals); name != "" {
		return sqlerr.New(sqlerr.NotNullViolation, "null value in column %q violates not-null constraint", name)
	}
	return nil
}

func (c *copyIn) missingKey(vals types.Row) string {
	for i, col := range c.rel.Schema {
		if vals[i] == nil && (col.NotNull || col.Key && c.rel.Kind == catalog.Table) && c.defaults[i] == nil {
			return col.Name
		}
	}
	return ""
}

// accept adds a row, with DEFAULTs for the columns it leaves out.
func (c *copyIn) accept(ctx context.Context, vals types.Row) error {
	for i, b := range c.builders {
		if p := c.defaults[i]; p != nil && vals[i] == nil {
			v, err := p.EvalRow(&expr.Context{Env: c.ss.env(c.rq)}, nil)
			if err != nil {
				return err
			}
			vals[i] = v
		}
		b.Append(vals[i])
	}
	return c.added(ctx)
}

// added counts a row that the builders hold, and hands on when they hold enough.
func (c *copyIn) added(ctx context.Context) error {
	c.rows++
	if c.builders[0].Len() >= 1024 {
		if err := c.take(); err != nil {
			return err
		}
		if c.bytes >= copyAtOnce {
			return c.write(ctx)
		}
	}
	return nil
}

// take encodes the rows gathered so far.
func (c *copyIn) take() error {
	n := c.builders[0].Len()
	if n == 0 {
		return nil
	}
	b := &vec.Batch{N: n, Cols: make([]vec.Vec, len(c.builders))}
	for i, w := range c.builders {
		b.Cols[i] = w.Finish()
	}
	c.reset()
	return c.place(b)
}

// place encodes a batch of the relation's columns.
func (c *copyIn) place(b *vec.Batch) error {
	if b.Ts == nil {
		b.Ts = make([]int64, b.N)
		for i := range b.Ts {
			b.Ts[i] = c.rq.now / types.MicrosPerMilli
		}
	}
	c.ss.sticky++
	c.enc.Stick(c.ss.sticky)
	placed, err := c.enc.Batch(b)
	if err != nil {
		return err
	}
	w := write{rel: c.rel, placed: placed}
	c.pending = append(c.pending, w)
	c.bytes += w.size()
	return nil
}

// write sends what has gathered, good rows and rejected lines, as one command.
func (c *copyIn) write(ctx context.Context) error {
	if len(c.letters) > 0 {
		if err := c.ss.srv.ensureLetters(ctx, c.rel); err != nil {
			return err
		}
		letters := &catalog.Relation{Name: c.rel.Name + "_errors", Topic: deadLetterTopic(c.rel.OID)}
		w := write{rel: letters}
		for _, r := range c.letters {
			w.placed = append(w.placed, codec.Placed{Record: r})
		}
		c.pending = append(c.pending, w)
	}
	pending := c.pending
	c.pending, c.letters, c.bytes = nil, nil, 0
	if c.ss.tx.status != 'T' && !c.ss.settings.isOn("default_transaction_read_only") {
		return c.ss.append(ctx, pending)
	}
	for _, w := range pending {
		if err := c.ss.put(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// reject stops the copy, or keeps the line in the dead-letter stream.
func (c *copyIn) reject(_ context.Context, line int64, raw []byte, column string, cause error) error {
	if c.opt.onError == "stop" {
		where := fmt.Sprintf("COPY %s, line %d", c.rel.Name, line)
		switch {
		case column != "":
			where += ", column " + column
		case len(raw) > 0:
			where += fmt.Sprintf(": %q", clip(raw))
		}
		return copyError{cause, where}
	}
	e := sqlerr.From(cause)
	var b bytes.Buffer
	text := func(name string, v any) {
		if s, ok := v.(string); ok {
			v = string(codec.AppendJSONString(nil, s))
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%v", name, v)
	}
	text("topic", "COPY")
	text("partition", 0)
	text("offset", line)
	text("value", string(bytes.ToValidUTF8(raw, []byte("\uFFFD"))))
	text("encoding", "text")
	text("reason", e.Message)
	text("code", e.Code)
	if column != "" {
		text("column", column)
	}
	text("query", "COPY "+c.rel.Name)
	text("at", string(types.AppendTimestampISO(nil, c.rq.now)))
	c.letters = append(c.letters, batch.Record{Value: []byte("{" + b.String() + "}"), Timestamp: c.rq.now / types.MicrosPerMilli})
	c.bad++
	return nil
}

func clip(raw []byte) string {
	if len(raw) > 100 {
		return string(bytes.ToValidUTF8(raw[:100], nil)) + "..."
	}
	return string(raw)
}

// ensureLetters makes a relation's dead-letter topic.
func (s *Server) ensureLetters(ctx context.Context, r *catalog.Relation) error {
	topics := s.missing(deadLettersOf(r))
	if len(topics) == 0 {
		return nil
	}
	return topicError(r, ignoreExists(s.log.CreateTopic(ctx, topics[0])))
}

func ignoreExists(err error) error {
	if err != nil && err.Error() == log.ErrTopicExists.Error() {
		return nil
	}
	return err
}
