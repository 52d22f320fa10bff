package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// sqlCursor is what DECLARE made: a query whose rows FETCH takes. It reads
// forward only, and runs from DECLARE on.
type sqlCursor struct {
	name    string
	text    string
	rows    pgwire.Rows
	batch   *vec.Batch
	at      int
	hold    bool
	fresh   bool // made by the transaction that is open
	binary  bool
	ended   bool
	created int64
}

// psqlCursor is the cursor of psql's FETCH_COUNT, which takes a short answer
// for the end.
const psqlCursor = "_psql_cursor"

func (ss *Session) runCursor(ctx context.Context, rq *request) (*pgwire.Result, error) {
	switch x := rq.ast.(type) {
	case *sql.DeclareCursor:
		return ss.declare(ctx, rq, x)
	case *sql.Fetch:
		return ss.fetch(rq, x)
	case *sql.ClosePortal:
		return ss.closePortal(rq, x)
	}
	panic(fmt.Sprintf("BUG: %T is no cursor statement", rq.ast))
}

func (ss *Session) declare(ctx context.Context, rq *request, x *sql.DeclareCursor) (*pgwire.Result, error) {
	name := x.Name.Fold(rq.ksql)
	switch {
	case !x.Hold && !ss.inTx():
		return nil, sqlerr.New(sqlerr.NoActiveTransaction, "DECLARE CURSOR can only be used in transaction blocks").At(x.Pos).
			WithHint("Use DECLARE ... WITH HOLD outside of a transaction.")
	case x.Scroll != nil && *x.Scroll:
		return nil, sqlerr.Unsupported("SCROLL").At(x.Pos)
	case ss.cursors[name] != nil:
		return nil, sqlerr.New(sqlerr.DuplicateCursor, "cursor %q already exists", name).At(x.Name.Pos)
	case len(ss.cursors) >= pgwire.DefaultConfig().MaxPrepared:
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "too many cursors, %d are open", len(ss.cursors)).At(x.Pos)
	}
	inner := *rq
	inner.cursor = true
	r, err := ss.runQuery(ctx, &inner, x.Query)
	if err != nil {
		return nil, err
	}
	ss.cursors[name] = &sqlCursor{name: name, text: rq.text, rows: r.Rows, hold: x.Hold, fresh: ss.inTx(), binary: x.Binary, created: rq.now}
	return tag("DECLARE CURSOR"), nil
}

// Cursor implements pgwire.Session.
func (ss *Session) Cursor(name string) (cols []pgwire.Column, binary, ok bool) {
	c := ss.cursors[name]
	if c == nil {
		return nil, false, false
	}
	return c.rows.Columns(), c.binary, true
}

func (ss *Session) cursorNamed(rq *request, n sql.Name) (*sqlCursor, error) {
	name := n.Fold(rq.ksql)
	if c := ss.cursors[name]; c != nil {
		return c, nil
	}
	return nil, sqlerr.New(sqlerr.InvalidCursorName, "cursor %q does not exist", name).At(n.Pos)
}

func (ss *Session) closePortal(rq *request, x *sql.ClosePortal) (*pgwire.Result, error) {
	if x.Name == nil {
		ss.closeCursors()
		return tag("CLOSE CURSOR ALL"), nil
	}
	c, err := ss.cursorNamed(rq, *x.Name)
	if err != nil {
		return nil, err
	}
	c.rows.Close()
	delete(ss.cursors, c.name)
	return tag("CLOSE CURSOR"), nil
}

// closeCursors closes all.
func (ss *Session) closeCursors() { ss.closeWhich(func(*sqlCursor) bool { return true }) }

// endCursors closes those that end with the transaction: WITH HOLD outlives
// COMMIT, and ROLLBACK when an earlier transaction made it.
func (ss *Session) endCursors(committed bool) {
	ss.closeWhich(func(c *sqlCursor) bool { return !c.hold || c.fresh && !committed })
	for _, c := range ss.cursors {
		c.fresh = false
	}
}

func (ss *Session) closeWhich(which func(c *sqlCursor) bool) {
	names := make([]string, 0, len(ss.cursors))
	for n, c := range ss.cursors {
		if which(c) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		ss.cursors[n].rows.Close()
		delete(ss.cursors, n)
	}
}

func (ss *Session) fetch(rq *request, x *sql.Fetch) (*pgwire.Result, error) {
	c, err := ss.cursorNamed(rq, x.Cursor)
	if err != nil {
		return nil, err
	}
	want, err := fetchCount(x)
	if err != nil {
		return nil, err
	}
	timeout, err := fetchTimeout(x)
	if err != nil {
		return nil, err
	}
	word := "FETCH %d"
	if x.Move {
		word = "MOVE %d"
	}
	f := &fetched{c: c, left: want, word: word, whole: c.name == psqlCursor, timeout: timeout}
	if !x.Move {
		return &pgwire.Result{Rows: f, Binary: c.binary}, nil
	}
	rows, err := drain(context.Background(), f)
	return tag(tagOf(word, int64(len(rows)))), err
}

// fetchCount is how many rows are asked for; cursors only read forward.
func fetchCount(x *sql.Fetch) (int64, error) {
	switch x.Direction {
	case "NEXT", "FORWARD", "RELATIVE":
		switch {
		case x.All:
			return math.MaxInt64, nil
		case x.Direction == "NEXT" && x.Count == 0:
			return 1, nil
		case x.Count >= 0:
			return x.Count, nil
		}
	}
	return 0, sqlerr.New(sqlerr.ObjectNotInState, "cursor can only scan forward").At(x.Pos).
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

// fetchTimeout reads WITH (timeout = '5s'); 0 is none.
func fetchTimeout(x *sql.Fetch) (time.Duration, error) {
	var timeout time.Duration
	for _, o := range x.Options {
		if !o.Name.Is("timeout") || o.Value == nil {
			return 0, sqlerr.New(sqlerr.SyntaxError, "unrecognized FETCH option %q", o.Name.Text).At(o.Name.Pos)
		}
		text, err := settingText(o.Value)
		if err != nil {
			return 0, err
		}
		ms, ok := parseMillis(text)
		if !ok {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for FETCH option timeout: %q", text).At(o.Name.Pos)
		}
		timeout = time.Duration(ms) * time.Millisecond
	}
	return timeout, nil
}

// fetched is the answer to one FETCH: it ends after the rows asked for, or
// after one and more when none is ready and the client need not have all.
type fetched struct {
	c       *sqlCursor
	left    int64
	sent    int64
	word    string
	whole   bool
	timeout time.Duration
}

func (f *fetched) Columns() []pgwire.Column { return f.c.rows.Columns() }
func (f *fetched) Tag(sent int64) string    { return tagOf(f.word, sent) }
func (f *fetched) Close()                   {}

func (f *fetched) Ready() bool {
	return f.left == 0 || f.c.ended || f.c.held() || f.sent > 0 && !f.whole || f.c.rows.Ready()
}

func (c *sqlCursor) held() bool { return c.batch != nil && c.at < c.batch.Len() }

func (f *fetched) Next(ctx context.Context) (*vec.Batch, error) {
	c := f.c
	if f.left == 0 || c.ended {
		return nil, io.EOF
	}
	if !c.held() {
		if f.sent > 0 && !f.whole && !c.rows.Ready() {
			return nil, io.EOF
		}
		b, err := f.wait(ctx)
		if err != nil {
			return nil, err
		}
		c.batch, c.at = b, 0
	}
	k := int(min(int64(c.batch.Len()-c.at), f.left))
	out := c.batch.Slice(c.at, c.at+k)
	c.at += k
	f.left -= int64(k)
	f.sent += int64(k)
	return out, nil
}

// wait reads the cursor's next batch; the timeout ends a FETCH without error
// and loses no row.
func (f *fetched) wait(ctx context.Context) (*vec.Batch, error) {
	tctx := ctx
	if f.timeout > 0 {
		var cancel context.CancelFunc
		tctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	b, err := f.c.rows.Next(tctx)
	switch {
	case errors.Is(err, io.EOF):
		f.c.ended = true
	case err != nil && ctx.Err() == nil && tctx.Err() != nil:
		return nil, io.EOF
	}
	return b, err
}

// runPrepared is PREPARE, EXECUTE and DEALLOCATE.
func (ss *Session) runPrepared(ctx context.Context, rq *request) (*pgwire.Result, error) {
	switch x := rq.ast.(type) {
	case *sql.Prepare:
		return ss.prepareNamed(ctx, rq, x)
	case *sql.Execute:
		return ss.executeNamed(ctx, rq, x)
	case *sql.Deallocate:
		if x.Name == nil {
			clear(ss.prepared)
			ss.client.Deallocate("")
			return tag("DEALLOCATE ALL"), nil
		}
		name := x.Name.Fold(rq.ksql)
		if _, ok := ss.prepared[name]; !ok && !ss.client.Deallocate(name) {
			return nil, noStatement(name, x.Name.Pos)
		}
		delete(ss.prepared, name)
		return tag("DEALLOCATE"), nil
	}
	panic(fmt.Sprintf("BUG: %T is no prepared statement", rq.ast))
}

func noStatement(name string, pos int) error {
	return sqlerr.New(sqlerr.InvalidStatementName, "prepared statement %q does not exist", name).At(pos)
}

func (ss *Session) prepareNamed(ctx context.Context, rq *request, x *sql.Prepare) (*pgwire.Result, error) {
	name := x.Name.Fold(rq.ksql)
	if ss.prepared[name] != nil {
		return nil, sqlerr.New(sqlerr.DuplicatePrepared, "prepared statement %q already exists", name).At(x.Name.Pos)
	}
	if len(ss.prepared) >= pgwire.DefaultConfig().MaxPrepared {
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "too many prepared statements, %d are open", len(ss.prepared)).At(x.Pos)
	}
	inner := *rq
	inner.ast, inner.params = x.Stmt, nil
	for _, t := range x.Types {
		typ, err := ss.resolveType(rq, t)
		if err != nil {
			return nil, err
		}
		inner.params = append(inner.params, typ)
	}
	params, _, err := ss.describe(ctx, &inner)
	if err != nil {
		return nil, err
	}
	ss.prepared[name] = &sqlStatement{ast: x.Stmt, text: rq.text, params: params}
	return tag("PREPARE"), nil
}

func (ss *Session) preparedNamed(rq *request, n sql.Name) (*sqlStatement, error) {
	name := n.Fold(rq.ksql)
	if st := ss.prepared[name]; st != nil {
		return st, nil
	}
	return nil, noStatement(name, n.Pos)
}

func (ss *Session) executeNamed(ctx context.Context, rq *request, x *sql.Execute) (*pgwire.Result, error) {
	st, err := ss.preparedNamed(rq, x.Name)
	if err != nil {
		return nil, err
	}
	if len(x.Args) != len(st.params) {
		return nil, sqlerr.New(sqlerr.SyntaxError, "wrong number of parameters for prepared statement %q", x.Name.Fold(rq.ksql)).
			WithDetail("Expected %d parameters but got %d.", len(st.params), len(x.Args)).At(x.Pos)
	}
	inner := *rq
	inner.ast, inner.text, inner.params, inner.args = st.ast, st.text, st.params, make([]types.Value, len(x.Args))
	for i, a := range x.Args {
		if inner.args[i], err = ss.scalar(rq, a, st.params[i]); err != nil {
			return nil, err
		}
	}
	return ss.dispatch(ctx, &inner)
}
