package clients

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/leatdb/leat/internal/e2e"
)

// Report is what one client's run gave.
type Report struct {
	Client  Client
	Version string
	Cells   map[string]Outcome
	Errors  string // what the script wrote to stderr, and what is wrong with the run as a whole
}

// Outcome is one cell of a run. Millis is measured in the cells tail and cancel.
type Outcome struct {
	Passed bool
	Millis int64
	Text   string // why not
}

// Failures lists what did not pass, a line each.
func (r *Report) Failures() []string {
	var out []string
	for _, cell := range Cells {
		o, said := r.Cells[cell.Name]
		_, na := r.Client.NA[cell.Name]
		switch {
		case na && said:
			out = append(out, cell.Name+": reported, but the matrix says that it is n/a")
		case !na && !said:
			out = append(out, cell.Name+": not reported")
		case said && !o.Passed:
			out = append(out, cell.Name+": "+o.Text)
		}
	}
	if len(out) > 0 || r.Errors != "" && r.Version == "" {
		out = append(out, r.Errors)
	}
	return out
}

// run is one script at work.
type run struct {
	report *Report
	conn   *pgx.Conn // sets up, inserts, looks
	tail   *tail
}

// limit is how long one script may take.
const limit = 90 * time.Second

// Run runs one client against the node.
func Run(ctx context.Context, in Install, n *e2e.Node, c Client) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := pgx.Connect(ctx, n.URL())
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := setUp(ctx, conn, c.Slug); err != nil {
		return nil, err
	}
	r := &run{report: &Report{Client: c, Cells: map[string]Outcome{}}, conn: conn}
	if err := r.script(ctx, in, n); err != nil {
		r.report.Errors += err.Error()
	}
	look, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	for cell, first := range map[string]int{"text": 1, "binary": 11} {
		if !r.report.Cells[cell].Passed {
			continue
		}
		if diff := stored(look, conn, c.Slug, first); len(diff) > 0 {
			r.fail(cell, strings.Join(diff, "; "))
		}
	}
	return r.report, nil
}

// script runs the program and follows its lines.
func (r *run) script(ctx context.Context, in Install, n *e2e.Node) error {
	cmd := in.command(r.report.Client)
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "PGHOST=127.0.0.1", "PGPORT="+n.Port(), "PGUSER="+r.report.Client.Slug, "PGDATABASE=leat",
		"PGSSLMODE=disable", "LEAT_CLIENT="+r.report.Client.Slug, "LEAT_KINDS="+kindsJSON(), "LC_ALL=C.UTF-8", "TZ=UTC")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	// A process group of its own, so that programs which the script starts end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	r.follow(ctx, out)
	r.closeTail("the script ended")
	err = cmd.Wait()
	r.report.Errors = errs.String()
	if ctx.Err() != nil {
		return fmt.Errorf("the script took more than %s", limit)
	}
	return err
}

func (r *run) follow(ctx context.Context, out io.Reader) {
	sc := bufio.NewScanner(out)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if line, ok := strings.CutPrefix(sc.Text(), "@ "); ok {
			verb, rest, _ := strings.Cut(line, " ")
			r.line(ctx, verb, rest)
		}
	}
}

// line takes one line of the script.
func (r *run) line(ctx context.Context, verb, rest string) {
	switch verb {
	case "version":
		r.report.Version = rest
	case "ok":
		if r.known(rest) {
			r.pass(rest, 0)
		}
	case "fail":
		cell, text, _ := strings.Cut(rest, " ")
		if r.known(cell) {
			r.fail(cell, text)
		}
	case "open":
		r.closeTail("the next one was opened")
		r.tail = openTail(ctx, r.conn, r.report.Client.Slug, rest)
	case "row", "cancel", "stopped", "again":
		if r.tail == nil {
			r.fail("tail", verb+" without open")
			return
		}
		if r.tail.line(ctx, verb, rest) {
			r.closeTail("")
		}
	default:
		r.report.Errors += fmt.Sprintf("the script said %q\n", verb)
	}
}

func (r *run) known(cell string) bool {
	ok := slices.ContainsFunc(Cells, func(c Cell) bool { return c.Name == cell }) && cell != "tail" && cell != "cancel"
	if !ok {
		r.report.Errors += fmt.Sprintf("the script reported a cell %q\n", cell)
	}
	return ok
}

// pass notes the slowest; a cell that has failed stays failed.
func (r *run) pass(cell string, millis int64) {
	o, said := r.report.Cells[cell]
	if said && !o.Passed {
		return
	}
	r.report.Cells[cell] = Outcome{Passed: true, Millis: max(millis, o.Millis)}
}

func (r *run) fail(cell, text string) {
	o := r.report.Cells[cell]
	if o.Text != "" {
		text = o.Text + "; " + text
	}
	r.report.Cells[cell] = Outcome{Text: text}
}

// closeTail ends the tail at work and takes its figures; why is the reason when
// it had not come to its end.
func (r *run) closeTail(why string) {
	t := r.tail
	if t == nil {
		return
	}
	r.tail = nil
	t.close()
	first, cancelled, problem := t.figures(why)
	if first >= 0 {
		r.pass("tail", first)
	}
	if cancelled >= 0 {
		r.pass("cancel", cancelled)
	}
	for cell, text := range problem {
		r.fail(cell, t.how+": "+text)
	}
}
