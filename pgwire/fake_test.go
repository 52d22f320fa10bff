package pgwire

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// fake is a database of a few words:
//
//	rows N        N integers, one batch      tail      rows of feed, until it closes
//	echo          parameter $1 as text       begin, commit, set N V, notice T
//	fail P        an error at byte P         copyin, copyout, boom, ""
type fake struct {
	mu struct {
		sync.Mutex
		sessions []*fakeSession
	}
	feed   chan int // rows of tail
	waited chan struct{}
}

func (f *fake) Startup(_ context.Context, s Startup, c Client) (Session, error) {
	if s.User == "nobody" {
		return nil, sqlerr.New(sqlerr.InvalidAuthorization, `role "nobody" does not exist`)
	}
	c.Parameter("server_version", "15.0 (fake)")
	fs := &fakeSession{fake: f, client: c, status: 'I', start: s}
	f.mu.Lock()
	f.mu.sessions = append(f.mu.sessions, fs)
	f.mu.Unlock()
	return fs, nil
}

type fakeSession struct {
	fake   *fake
	client Client
	start  Startup
	status byte
	copied strings.Builder
	closed bool
}

func (s *fakeSession) TxStatus() byte            { return s.status }
func (s *fakeSession) Style() *types.TextOptions { return &types.TextOptions{} }
func (s *fakeSession) Privileged() bool          { return s.start.User == "root" }
func (s *fakeSession) Answered()                 {}
func (s *fakeSession) Close()                    { s.closed = true }
func (s *fakeSession) Cursor(name string) ([]Column, bool, bool) {
	return fakeColumns, name == "declared_binary", strings.HasPrefix(name, "declared")
}
func (s *fakeSession) Failed() {
	if s.status == 'T' {
		s.status = 'E'
	}
}

func (s *fakeSession) Simple(ctx context.Context, text string, send func(*Result) error) error {
	for part := range strings.SplitSeq(text, ";") {
		r, err := s.run(ctx, strings.TrimSpace(part), nil)
		if err != nil {
			return err
		}
		if err := send(r); err != nil {
			return err
		}
	}
	return nil
}

var fakeColumns = []Column{{Name: "n", Type: types.TInt}}

func (s *fakeSession) Prepare(_ context.Context, text string, oids []uint32) (*Prepared, error) {
	p := &Prepared{Text: text}
	switch verb, _, _ := strings.Cut(text, " "); verb {
	case "rows", "tail":
		p.Columns = fakeColumns
	case "echo":
		t := types.TBigInt
		if len(oids) > 0 {
			t, _ = types.FromOID(oids[0])
		}
		p.Params = []types.Type{t}
		p.Columns = []Column{{Name: "echo", Type: t}}
	case "bad":
		return nil, sqlerr.New(sqlerr.SyntaxError, "syntax error").At(0)
	}
	return p, nil
}

func (s *fakeSession) Execute(ctx context.Context, p *Prepared, args []types.Value) (*Result, error) {
	return s.run(ctx, p.Text, append([]types.Value{}, args...))
}

func (s *fakeSession) run(ctx context.Context, text string, args []types.Value) (*Result, error) {
	verb, rest, _ := strings.Cut(text, " ")
	switch verb {
	case "":
		return &Result{Empty: true}, nil
	case "rows":
		n, _ := strconv.Atoi(rest)
		return &Result{Rows: &fakeRows{left: n}}, nil
	case "tail":
		return &Result{Rows: &fakeTail{fake: s.fake}}, nil
	case "echo":
		t := types.TBigInt
		if _, ok := args[0].(string); ok {
			t = types.TString
		}
		return &Result{Rows: &fakeEcho{t: t, v: args[0]}}, nil
	case "begin":
		s.status = 'T'
	case "commit":
		s.status = 'I'
	case "set":
		name, value, _ := strings.Cut(rest, " ")
		s.client.Parameter(name, value)
	case "notice":
		s.client.Notice("NOTICE", sqlerr.New(sqlerr.SuccessfulCompletion, "%s", rest))
	case "fail":
		at, _ := strconv.Atoi(strings.Fields(rest)[0])
		return nil, sqlerr.New(sqlerr.UndefinedColumn, "column does not exist").At(at).WithHint("Look.").WithDetail("More.")
	case "wait":
		s.fake.waited <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	case "bad":
		return nil, sqlerr.New(sqlerr.SyntaxError, "syntax error").At(0)
	case "boom":
		panic("BUG: boom")
	case "copyin":
		return &Result{CopyIn: &fakeCopyIn{s: s}}, nil
	case "copyout":
		return &Result{CopyOut: &fakeCopyOut{lines: []string{"a\t1\n", "b\t2\n"}}}, nil
	}
	return &Result{Tag: strings.ToUpper(verb)}, nil
}

// fakeRows gives its rows in batches of at most 3.
type fakeRows struct{ left, at int }

func (r *fakeRows) Columns() []Column     { return fakeColumns }
func (r *fakeRows) Ready() bool           { return true }
func (r *fakeRows) Tag(sent int64) string { return fmt.Sprintf("SELECT %d", sent) }
func (r *fakeRows) Close()                {}
func (r *fakeRows) Next(context.Context) (*vec.Batch, error) {
	if r.left == 0 {
		return nil, io.EOF
	}
	k := min(r.left, 3)
	vals := make([]types.Value, k)
	for i := range vals {
		r.at++
		vals[i] = int64(r.at)
	}
	r.left -= k
	return &vec.Batch{N: k, Cols: []vec.Vec{vec.FromValues(types.TInt, vals)}}, nil
}

// fakeTail waits for every row.
type fakeTail struct {
	fake *fake
}

func (r *fakeTail) Columns() []Column     { return fakeColumns }
func (r *fakeTail) Tag(sent int64) string { return fmt.Sprintf("SELECT %d", sent) }
func (r *fakeTail) Close()                {}
func (r *fakeTail) Ready() bool           { return len(r.fake.feed) > 0 }
func (r *fakeTail) Next(ctx context.Context) (*vec.Batch, error) {
	select {
	case n, ok := <-r.fake.feed:
		if !ok {
			return nil, io.EOF
		}
		return &vec.Batch{N: 1, Cols: []vec.Vec{vec.FromValues(types.TInt, []types.Value{int64(n)})}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type fakeEcho struct {
	t    types.Type
	v    types.Value
	sent bool
}

func (r *fakeEcho) Columns() []Column     { return []Column{{Name: "echo", Type: r.t}} }
func (r *fakeEcho) Ready() bool           { return true }
func (r *fakeEcho) Tag(sent int64) string { return fmt.Sprintf("SELECT %d", sent) }
func (r *fakeEcho) Close()                {}
func (r *fakeEcho) Next(context.Context) (*vec.Batch, error) {
	if r.sent {
		return nil, io.EOF
	}
	r.sent = true
	return &vec.Batch{N: 1, Cols: []vec.Vec{vec.FromValues(r.t, []types.Value{r.v})}}, nil
}

type fakeCopyIn struct{ s *fakeSession }

func (c *fakeCopyIn) Format() CopyFormat { return CopyFormat{Columns: 2} }
func (c *fakeCopyIn) Data(_ context.Context, chunk []byte) error {
	if string(chunk) == "bad\n" {
		return sqlerr.New(sqlerr.BadCopyFormat, "missing data")
	}
	c.s.copied.Write(chunk)
	return nil
}
func (c *fakeCopyIn) Done(context.Context) (string, error) {
	return fmt.Sprintf("COPY %d", strings.Count(c.s.copied.String(), "\n")), nil
}
func (c *fakeCopyIn) Fail(_ context.Context, reason string) error {
	return sqlerr.New(sqlerr.QueryCanceled, "COPY from stdin failed: %s", reason)
}

type fakeCopyOut struct{ lines []string }

func (c *fakeCopyOut) Format() CopyFormat { return CopyFormat{Columns: 2} }
func (c *fakeCopyOut) Ready() bool        { return true }
func (c *fakeCopyOut) Tag() string        { return "COPY 2" }
func (c *fakeCopyOut) Close()             {}
func (c *fakeCopyOut) Next(context.Context) ([]byte, error) {
	if len(c.lines) == 0 {
		return nil, io.EOF
	}
	l := c.lines[0]
	c.lines = c.lines[1:]
	return []byte(l), nil
}

// start serves a fake database on loopback.
func start(t *testing.T, change func(*Config)) (*fake, *Server, string) {
	t.Helper()
	f := &fake{feed: make(chan int, 100), waited: make(chan struct{})}
	cfg := DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	srv := New(cfg, f)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		srv.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return f, srv, l.Addr().String()
}

// wire is a client that speaks messages.
type wire struct {
	t  *testing.T
	nc net.Conn
	*pgproto3.Frontend
	key pgproto3.BackendKeyData
}

func dial(t *testing.T, addr string) *wire {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return &wire{t: t, nc: nc, Frontend: pgproto3.NewFrontend(nc, nc)}
}

// connect dials and starts a session.
func connect(t *testing.T, addr string) *wire {
	t.Helper()
	w := dial(t, addr)
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": "me"}})
	w.want("R S:server_version=15.0_(fake) K Z:I")
	return w
}

// put sends messages at once.
func (w *wire) put(ms ...pgproto3.FrontendMessage) {
	w.t.Helper()
	for _, m := range ms {
		w.Send(m)
	}
	if err := w.Flush(); err != nil {
		w.t.Fatal(err)
	}
}

// want compares the next messages with their short forms, separated by spaces
// (spaces inside are written _).
func (w *wire) want(expect string) {
	w.t.Helper()
	words := strings.Fields(expect)
	for i, word := range words {
		m, err := w.Receive()
		if err != nil {
			w.t.Fatalf("message %d of %q: %v", i, expect, err)
		}
		if k, ok := m.(*pgproto3.BackendKeyData); ok {
			w.key = pgproto3.BackendKeyData{ProcessID: k.ProcessID, SecretKey: append([]byte(nil), k.SecretKey...)}
		}
		if got := strings.ReplaceAll(short(m), " ", "_"); got != word {
			w.t.Fatalf("message %d of %q: got %s", i, expect, got)
		}
	}
}

// short is a message in a few characters.
func short(m pgproto3.BackendMessage) string {
	switch m := m.(type) {
	case *pgproto3.AuthenticationOk:
		return "R"
	case *pgproto3.ParameterStatus:
		return "S:" + m.Name + "=" + m.Value
	case *pgproto3.BackendKeyData:
		return "K"
	case *pgproto3.ReadyForQuery:
		return "Z:" + string(m.TxStatus)
	case *pgproto3.RowDescription:
		names := make([]string, len(m.Fields))
		for i, f := range m.Fields {
			names[i] = fmt.Sprintf("%s/%d/%d", f.Name, f.DataTypeOID, f.Format)
		}
		return "T:" + strings.Join(names, ",")
	case *pgproto3.DataRow:
		vals := make([]string, len(m.Values))
		for i, v := range m.Values {
			if vals[i] = string(v); v == nil {
				vals[i] = "NULL"
			}
		}
		return "D:" + strings.Join(vals, ",")
	case *pgproto3.CommandComplete:
		return "C:" + string(m.CommandTag)
	case *pgproto3.ErrorResponse:
		return fmt.Sprintf("E:%s/%s/%d", m.Severity, m.Code, m.Position)
	case *pgproto3.NoticeResponse:
		return "N:" + m.Message
	case *pgproto3.NotificationResponse:
		return "A:" + m.Channel + "=" + m.Payload
	case *pgproto3.ParameterDescription:
		return fmt.Sprint("t:", m.ParameterOIDs)
	}
	return bareShort(m)
}

func bareShort(m pgproto3.BackendMessage) string {
	switch m := m.(type) {
	case *pgproto3.EmptyQueryResponse:
		return "I"
	case *pgproto3.ParseComplete:
		return "1"
	case *pgproto3.BindComplete:
		return "2"
	case *pgproto3.CloseComplete:
		return "3"
	case *pgproto3.NoData:
		return "n"
	case *pgproto3.PortalSuspended:
		return "s"
	case *pgproto3.CopyInResponse:
		return "G"
	case *pgproto3.CopyOutResponse:
		return "H"
	case *pgproto3.CopyData:
		return "d:" + strings.TrimSuffix(string(m.Data), "\n")
	case *pgproto3.CopyDone:
		return "c"
	case *pgproto3.NegotiateProtocolVersion:
		return fmt.Sprintf("v:%d/%s", m.NewestMinorProtocol, strings.Join(m.UnrecognizedOptions, ","))
	}
	return fmt.Sprintf("%T", m)
}
