package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/examples"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql"
)

// demoLoads are the files of examples/ in the order they are loaded: the
// dimension table first, so that the join finds every airport.
var demoLoads = []struct {
	file, copySQL string
	header        bool
}{
	{"airports.csv", "COPY airports FROM STDIN WITH (FORMAT csv, HEADER)", true},
	{"flights.csv", "COPY flights FROM STDIN WITH (FORMAT csv, HEADER)", true},
	{"earthquakes.jsonl", "COPY quakes FROM STDIN WITH (FORMAT json)", false},
}

// demoChunk is how much of a file one COPY carries, so that rows move while the
// file is loaded.
const demoChunk = 256 << 10

// demo is one run of `leat demo`.
type demo struct {
	env  *environment
	srv  *server.Server
	show *demoShow
	conn *pgconn.PgConn
}

func runDemo(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	exit := fs.Bool("exit", false, "stop when the answers are printed")
	dir := fs.String("data", "", "`DIR` of the demo's state; default a new temporary one")
	if code, done := env.parse(fs, args); done {
		return code
	}
	d := &demo{env: env, show: newDemoShow(env.stdout)}
	code, err := d.run(ctx, *dir, *exit)
	if err != nil {
		return env.fail(err)
	}
	return code
}

func (d *demo) run(ctx context.Context, dir string, exit bool) (int, error) {
	cleanup, err := d.start(ctx, &dir)
	if err != nil {
		return exitFailed, err
	}
	defer cleanup()
	if d.conn, err = d.dial(ctx); err != nil {
		return exitFailed, err
	}
	defer func() { _ = d.conn.Close(context.WithoutCancel(ctx)) }()
	if err := d.define(ctx); err != nil {
		return exitFailed, err
	}
	if err := d.saveDashboard(ctx); err != nil {
		return exitFailed, err
	}
	if err := d.play(ctx); err != nil {
		return exitFailed, err
	}
	wrong, err := d.check(ctx)
	if err != nil {
		return exitFailed, err
	}
	if wrong > 0 {
		return exitFailed, fmt.Errorf("%d answers differ from the checked ones", wrong)
	}
	if exit {
		return exitOK, nil
	}
	d.show.invite(d.srv.PGAddr(), d.srv.HTTPAddr(), dir)
	<-ctx.Done()
	return exitOK, nil
}

// start opens a server on the default ports, or on free ones when those are
// taken, over dir or a new temporary folder.
func (d *demo) start(ctx context.Context, dir *string) (cleanup func(), err error) {
	remove := func() {}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "leat-demo-"); err != nil {
			return nil, err
		}
		tmp := *dir
		remove = func() { _ = os.RemoveAll(tmp) }
	}
	begin := time.Now()
	def := defaultSettings()
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = *dir, freeAddr(def.PG), freeAddr(def.HTTP)
	cfg.Logger = newLogger(d.env.stderr, "warn", "text")
	if d.srv, err = server.Open(ctx, cfg); err != nil {
		remove()
		return nil, err
	}
	if err := mountSite(d.srv, cfg.Logger, ""); err != nil {
		remove()
		return nil, errors.Join(err, d.srv.Close())
	}
	serveCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- d.srv.Run(serveCtx) }()
	<-d.srv.Listening()
	d.show.started(d.srv.PGAddr(), time.Since(begin))
	return func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			fmt.Fprintf(d.env.stderr, "leat demo: stop: %v\n", err)
		}
		remove()
	}, nil
}

// freeAddr gives addr when nobody listens there, else a free port of its host.
func freeAddr(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		host, _, _ := net.SplitHostPort(addr)
		return net.JoinHostPort(host, "0")
	}
	_ = l.Close()
	return addr
}

func (d *demo) dial(ctx context.Context) (*pgconn.PgConn, error) {
	return pgconn.Connect(ctx, fmt.Sprintf("postgres://demo@%s/leat?sslmode=disable&application_name=leat-demo", d.srv.PGAddr()))
}

// define runs demo.sql.
func (d *demo) define(ctx context.Context) error {
	b, err := examples.FS.ReadFile("demo.sql")
	if err != nil {
		return err
	}
	for _, st := range sql.Split(string(b)) {
		if strings.TrimSpace(st.Text) == "" {
			continue
		}
		if _, err := d.conn.Exec(ctx, st.Text).ReadAll(); err != nil {
			return fmt.Errorf("%w\nin: %s", err, st.Text)
		}
		d.show.statement(st.Text)
	}
	return nil
}

// play loads the files while three subscribers show what their queries push.
func (d *demo) play(ctx context.Context) error {
	watchCtx, stop := context.WithCancel(ctx)
	defer stop()
	var watchers []chan error
	for _, q := range demoWatches {
		w, err := d.watch(watchCtx, q)
		if err != nil {
			return err
		}
		watchers = append(watchers, w)
	}
	for _, l := range demoLoads {
		if err := d.load(ctx, l.file, l.copySQL, l.header); err != nil {
			return err
		}
	}
	if err := d.show.waitLive(ctx, len(demoWatches)); err != nil {
		return err
	}
	stop()
	for _, w := range watchers {
		if err := <-w; err != nil && ctx.Err() != nil {
			return err
		}
	}
	d.show.liveDone()
	return nil
}

// watch subscribes to a push query on a connection of its own.
func (d *demo) watch(ctx context.Context, q demoWatch) (chan error, error) {
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() {
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		mrr := conn.Exec(ctx, q.sql)
		for mrr.NextResult() {
			rr := mrr.ResultReader()
			for rr.NextRow() {
				d.show.live(q.name, rr.Values())
			}
		}
		done <- mrr.Close()
	}()
	return done, nil
}

// load copies a file in chunks of whole lines.
func (d *demo) load(ctx context.Context, file, copySQL string, header bool) error {
	b, err := examples.FS.ReadFile(file)
	if err != nil {
		return err
	}
	total := len(b)
	var head []byte
	if header {
		i := bytes.IndexByte(b, '\n') + 1
		head, b = b[:i], b[i:]
	}
	begin, rows := time.Now(), int64(0)
	for len(b) > 0 {
		n := min(demoChunk, len(b))
		if i := bytes.LastIndexByte(b[:n], '\n'); i >= 0 && n < len(b) {
			n = i + 1
		}
		tag, err := d.conn.CopyFrom(ctx, io.MultiReader(bytes.NewReader(head), bytes.NewReader(b[:n])), copySQL)
		if err != nil {
			return fmt.Errorf("load %s: %w", file, err)
		}
		b, rows = b[n:], rows+tag.RowsAffected()
		d.show.progress(file, total-len(b), total, rows, time.Since(begin))
	}
	return nil
}

// check asks the questions and compares with the checked answers.
func (d *demo) check(ctx context.Context) (wrong int, err error) {
	d.show.answersHeader()
	for _, q := range demoQuestions {
		got, err := d.ask(ctx, q.sql)
		if err != nil {
			return wrong, fmt.Errorf("%s: %w", q.title, err)
		}
		want := q.want
		if q.wantSQL != "" {
			if want, err = d.ask(ctx, q.wantSQL); err != nil {
				return wrong, fmt.Errorf("%s: %w", q.title, err)
			}
		}
		if !d.show.answer(q.title, got, want) {
			wrong++
		}
	}
	d.show.verdict(len(demoQuestions), wrong)
	return wrong, nil
}

// ask gives the rows of a pull query, columns joined by " | ".
func (d *demo) ask(ctx context.Context, query string) ([]string, error) {
	res, err := d.conn.Exec(ctx, query).ReadAll()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range res {
		for _, row := range r.Rows {
			out = append(out, string(bytes.Join(row, []byte(" | "))))
		}
	}
	return out, nil
}
