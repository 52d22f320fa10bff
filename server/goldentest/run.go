package goldentest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/leatdb/leat/sql"
)

// errSkip says that a file cannot run here or in this mode; it is counted.
type errSkip struct{ reason string }

func (e errSkip) Error() string { return e.reason }

// runner is one file in one mode.
type runner struct {
	file    *file
	mode    Mode
	node    *node
	shared  string // folder of the shared data, "" when absent
	conns   map[string]conn
	current string
	set     map[string][]string // SET statements by session, given again after a crash
	watches []*watch
	got     map[int][]string // by block line
	failed  []failure
}

// failure is one block whose outcome is not the expected one.
type failure struct {
	line int
	text string
}

// runFile gives what each block with an expectation printed, and the blocks
// that failed otherwise.
func runFile(ctx context.Context, f *file, mode Mode, seed uint64, shared string) (*runner, error) {
	mode.MaxState = f.memory
	n, err := startNode(ctx, mode, seed)
	if err != nil {
		return nil, err
	}
	r := &runner{file: f, mode: mode, node: n, shared: shared, conns: map[string]conn{}, current: "main", set: map[string][]string{}, got: map[int][]string{}}
	defer r.close()
	for i := range f.blocks {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		b := &f.blocks[i]
		if err := r.run(ctx, b); err != nil {
			var skip errSkip
			if errors.As(err, &skip) {
				return r, err
			}
			r.failed = append(r.failed, failure{b.line, err.Error()})
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
		}
	}
	return r, nil
}

func (r *runner) close() {
	for _, w := range r.watches {
		w.close()
	}
	r.closeConns()
	r.node.close()
}

func (r *runner) closeConns() {
	names := make([]string, 0, len(r.conns))
	for name := range r.conns {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		r.conns[name].close()
	}
	r.conns = map[string]conn{}
}

// run executes one block: a verb is a method.
func (r *runner) run(ctx context.Context, b *block) error {
	switch b.verb {
	case "statement":
		return r.statement(ctx, b)
	case "query":
		return r.query(ctx, b)
	case "watch":
		return r.watch(ctx, b)
	case "insert":
		return r.insert(ctx, b)
	case "changes":
		return r.changes(ctx, b)
	case "advance":
		return r.advance(ctx, b)
	case "late":
		return r.late(ctx, b)
	case "errors":
		return r.errors(ctx, b)
	case "crash", "restart", "checkpoint":
		return r.lifecycle(ctx, b)
	case "session":
		r.current = b.rest
		return nil
	case "load":
		return r.load(ctx, b)
	}
	panic("BUG: verb " + b.verb)
}

// session gives the current session, opening it when needed.
func (r *runner) session(ctx context.Context) (conn, error) {
	if c, ok := r.conns[r.current]; ok {
		return c, nil
	}
	var c conn
	var err error
	if r.mode.Wire {
		c, err = openWire(ctx, r.node)
	} else {
		c, err = openLocal(r.node)
	}
	if err != nil {
		return nil, err
	}
	r.conns[r.current] = c
	for _, set := range r.set[r.current] {
		if _, err := c.exec(ctx, set); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (r *runner) exec(ctx context.Context, text string) ([]result, error) {
	c, err := r.session(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.exec(ctx, text)
	if err == nil {
		if st, perr := sql.ParseOne(text); perr == nil {
			if _, isSet := st.(*sql.SetVar); isSet {
				r.set[r.current] = append(r.set[r.current], text)
			}
		}
	}
	return res, err
}

// emit files what a block printed.
func (r *runner) emit(b *block, lines []string) {
	if b.has {
		r.got[b.line] = append([]string{}, lines...)
	}
}

// statement ok | error <regex> | count N.
func (r *runner) statement(ctx context.Context, b *block) error {
	text := strings.Join(b.body, "\n")
	kind, arg, _ := strings.Cut(b.rest, " ")
	res, err := r.exec(ctx, text)
	switch kind {
	case "ok":
		if err != nil {
			return errors.New(strings.Join(errorText(text, err), "\n"))
		}
		if err := r.quiesce(ctx); err != nil {
			return err
		}
		r.emit(b, r.take(""))
		return nil
	case "count":
		return wantCount(text, arg, res, err)
	case "error":
		return r.wantError(b, text, arg, err)
	}
	return fmt.Errorf("statement %q: want ok, error or count", kind)
}

func wantCount(text, arg string, res []result, err error) error {
	if err != nil {
		return errors.New(strings.Join(errorText(text, err), "\n"))
	}
	want, perr := strconv.Atoi(arg)
	if perr != nil || len(res) == 0 {
		return fmt.Errorf("statement count %q: want a number", arg)
	}
	tag := strings.Fields(res[len(res)-1].tag)
	if len(tag) == 0 || tag[len(tag)-1] != strconv.Itoa(want) {
		return fmt.Errorf("command tag is %q, want count %d", res[len(res)-1].tag, want)
	}
	return nil
}

func (r *runner) wantError(b *block, text, pattern string, err error) error {
	if err == nil {
		return fmt.Errorf("the statement succeeded, want an error")
	}
	lines := errorText(text, err)
	if pattern != "" {
		re, rerr := regexp.Compile(pattern)
		if rerr != nil {
			return rerr
		}
		if !re.MatchString(strings.Join(lines, "\n")) {
			return fmt.Errorf("error does not match %q:\n%s", pattern, strings.Join(lines, "\n"))
		}
	}
	r.emit(b, lines)
	return nil
}

// query <types> [rowsort]: the letters' count is the column count.
func (r *runner) query(ctx context.Context, b *block) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	text := strings.Join(b.body, "\n")
	res, err := r.exec(ctx, text)
	if err != nil {
		return errors.New(strings.Join(errorText(text, err), "\n"))
	}
	var lines []string
	for _, one := range res {
		if len(b.args) > 0 && one.columns != len(b.args[0]) {
			return fmt.Errorf("the query has %d columns, its types %q say %d", one.columns, b.args[0], len(b.args[0]))
		}
		for _, row := range one.rows {
			lines = append(lines, strings.Join(row, " "))
		}
	}
	if len(b.args) > 1 && b.args[1] == "rowsort" {
		sort.Strings(lines)
	}
	r.emit(b, lines)
	return nil
}

// watch NAME opens a push query.
func (r *runner) watch(ctx context.Context, b *block) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	w := &watch{name: b.rest, text: strings.Join(b.body, "\n")}
	stateful, ok := w.plan(func(rel string) string { return r.kindOf(ctx, rel) })
	if r.mode.Crash && !ok {
		return errSkip{fmt.Sprintf("watch %s has no point to go on from after a crash", w.name)}
	}
	if stateful && ok {
		var err error
		if w.start, err = r.offsetsOf(ctx, w.source()); err != nil {
			return err
		}
	}
	if err := w.open(ctx, r.node, w.text, r.set[r.current]); err != nil {
		return errors.New(strings.Join(errorText(w.text, err), "\n"))
	}
	r.watches = append(r.watches, w)
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	r.emit(b, r.take(""))
	return nil
}

// changes [NAME] prints what watches emitted since the last block.
func (r *runner) changes(ctx context.Context, b *block) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	r.emit(b, r.take(b.rest))
	return nil
}

// advance DURATION moves the wall clock and ticks.
func (r *runner) advance(ctx context.Context, b *block) error {
	d, err := time.ParseDuration(b.rest)
	if err != nil {
		return err
	}
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	r.node.clock.advance(d)
	r.node.srv.Tick(r.node.clock.Now().UnixMilli())
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	r.emit(b, r.take(""))
	return nil
}

func (r *runner) lifecycle(ctx context.Context, b *block) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	var err error
	switch b.verb {
	case "checkpoint":
		r.node.srv.Checkpoint()
	case "crash":
		err = r.reopen(ctx, r.node.crash)
	default:
		err = r.reopen(ctx, r.node.restart)
	}
	if err != nil {
		return err
	}
	r.emit(b, r.take(""))
	return nil
}

// reopen ends the node by how and lets sessions and watches go on in the next
// one. What was settled before is not emitted again.
func (r *runner) reopen(ctx context.Context, how func(context.Context) error) error {
	for _, w := range r.watches {
		w.close()
	}
	r.closeConns()
	if err := how(ctx); err != nil {
		return err
	}
	for _, w := range r.watches {
		text, skip := r.resume(w)
		w.skip, w.emitted = skip, 0
		if err := w.open(ctx, r.node, text, r.set[r.current]); err != nil {
			return fmt.Errorf("watch %s after the restart: %w", w.name, err)
		}
	}
	return r.quiesce(ctx)
}

// resume gives the text to subscribe with again and how many outputs repeat. A
// query with memory that says itself where it starts says it again.
func (r *runner) resume(w *watch) (text string, skip int) {
	switch {
	case w.start == "":
		return startingAt(w.text, "'latest'"), 0
	case startingAt(w.text, "") != w.text:
		return w.text, w.emitted
	}
	return startingAt(w.text, w.start), w.emitted
}

// startingAt is a query that starts at start, or with "" wherever it starts by
// itself; the text is as it was when nothing changes.
func startingAt(text, start string) string {
	st, err := sql.ParseOne(text)
	q, ok := st.(*sql.QueryStmt)
	if err != nil || !ok {
		return text
	}
	kept := q.Query.Options[:0:0]
	for _, o := range q.Query.Options {
		if !o.Name.Is("start") {
			kept = append(kept, o)
		}
	}
	if start == "" && len(kept) == len(q.Query.Options) {
		return text
	}
	if start != "" {
		sample, err := sql.ParseOne("SELECT 1 FROM s EMIT CHANGES WITH (start = " + start + ")")
		if err != nil {
			panic("BUG: start " + start + ": " + err.Error())
		}
		kept = append(kept, sample.(*sql.QueryStmt).Query.Options...)
	}
	q.Query.Options = kept
	return sql.Print(st)
}

// quiesce runs the node until nothing moves and collects what was emitted.
func (r *runner) quiesce(ctx context.Context) error {
	for {
		if err := r.node.srv.WaitIdle(ctx); err != nil {
			return err
		}
		moved := false
		for _, w := range r.watches {
			if w.session == nil {
				continue
			}
			m, err := w.drain(ctx)
			if err != nil {
				return err
			}
			moved = moved || m
		}
		if !moved {
			return nil
		}
	}
}

// take gives and forgets the lines of one watch, or of all in watch order.
func (r *runner) take(name string) []string {
	var out []string
	for _, w := range r.watches {
		if name == "" || w.name == name {
			out = append(out, w.lines...)
			w.lines = nil
		}
	}
	return out
}
