package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/sqlerr"
)

// described is what a client is told before the first row.
type described struct {
	Columns []columnInfo `json:"columns"`
	Key     []string     `json:"key,omitempty"`
	Table   bool         `json:"table"`
	Token   string       `json:"token,omitempty"`
}

func describe(w *watcher, token string) described {
	d := described{Columns: w.query.lines.names, Table: w.query.query.Table, Token: token}
	for _, k := range w.query.query.Key {
		d.Key = append(d.Key, d.Columns[k].Name)
	}
	return d
}

// watch plans a push query and joins those who watch it.
func (s *Site) watch(r *http.Request, text, token, slow string) (*watcher, string, error) {
	if slow != "" && slow != "cut" && slow != "latest" {
		return nil, "", sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for slow: %q", slow).WithHint("Values are cut and latest.")
	}
	if text == "" {
		return nil, "", sqlerr.New(sqlerr.InvalidParameterValue, "there is no sql")
	}
	q, err := s.plan(r, text)
	if err != nil {
		return nil, "", err
	}
	w, err := s.hub.join(userOf(r), q, token, slow == "latest")
	if err != nil {
		return nil, "", err
	}
	at, err := w.start(r.Context())
	if err != nil {
		w.close()
		return nil, "", err
	}
	return w, at, nil
}

func (s *Site) plan(r *http.Request, text string) (*server.Watch, error) {
	ss, _, err := s.open(r, nil)
	if err != nil {
		return nil, err
	}
	defer ss.Close()
	return ss.PlanWatch(text)
}

// stream is GET /v1/stream.
func (s *Site) stream(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	token := r.Header.Get("Last-Event-ID")
	if token == "" {
		token = v.Get("token")
	}
	text := v.Get("sql")
	reader, at, err := s.watch(r, text, token, v.Get("slow"))
	if err != nil {
		fail(w, err, text)
		return
	}
	defer reader.close()
	var f framer = &events{}
	w.Header().Set("Content-Type", typeEvents)
	if strings.Contains(r.Header.Get("Accept"), typeLines) || strings.Contains(r.Header.Get("Accept"), "ndjson") {
		f = &plainLines{marks: v.Get("tokens") == "on"}
		w.Header().Set("Content-Type", typeLines)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	out := s.timed(w)
	if err := out.send(f.begin(describe(reader, at))); err != nil {
		return
	}
	s.follow(r.Context(), out, reader, f, text)
}

// framer is how rows look on a stream.
type framer interface {
	begin(d described) []byte
	rows(e *entry) []byte
	heartbeat() []byte
	// end is the last frame; err is io.EOF at LIMIT.
	end(event string, p *problem, token string) []byte
}

// follow sends rows until the query or the client ends.
func (s *Site) follow(ctx context.Context, out *timedWriter, reader *watcher, f framer, text string) {
	for {
		wait, cancel := context.WithTimeout(ctx, s.cfg.HeartbeatEvery)
		e, err := reader.read(wait)
		cancel()
		var frame []byte
		switch {
		case err == nil:
			frame = f.rows(e)
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			frame = f.heartbeat()
		default:
			// The client may be gone as well; then nobody hears of it.
			_ = out.send(lastFrame(s, f, err, text, reader.position()))
			return
		}
		if err := out.send(frame); err != nil {
			return
		}
	}
}

func lastFrame(s *Site, f framer, err error, text, token string) []byte {
	event, p := ending(s, err, text)
	return f.end(event, p, token)
}

// ending names how a stream ended: end, overflow, shutdown or failure.
func ending(s *Site, err error, text string) (event string, p *problem) {
	if errors.Is(err, io.EOF) {
		return "end", nil
	}
	event = "failure"
	switch {
	case errors.Is(err, errOverflow):
		event = "overflow"
	case s.hub.ctx.Err() != nil:
		event, err = "shutdown", sqlerr.New(sqlerr.AdminShutdown, "the server is shutting down")
	}
	x := problemOf(err, text)
	return event, &x
}

// ended is the body of a last frame.
type ended struct {
	Error *problem `json:"error,omitempty"`
	Token string   `json:"token,omitempty"`
}

// events frames rows as server-sent events: one event a batch, its rows one a
// line, its id the token behind them all (H2).
type events struct{}

func event(name, id string, data []byte) []byte {
	var b bytes.Buffer
	if id != "" {
		b.WriteString("id: " + id + "\n")
	}
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	for line := range bytes.Lines(data) {
		b.WriteString("data: ")
		b.Write(bytes.TrimSuffix(line, []byte{'\n'}))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func (*events) begin(d described) []byte {
	return append([]byte("retry: 1000\n"), event("schema", d.Token, encoded(d))...)
}

func (*events) rows(e *entry) []byte {
	e.sse.Do(func() { e.sse.frame = event("", e.token, e.text) })
	return e.sse.frame
}

func (*events) heartbeat() []byte { return []byte(": still here\n\n") }

func (*events) end(name string, p *problem, token string) []byte {
	return event(name, token, encoded(ended{p, token}))
}

// plainLines frames rows as NDJSON. Lines of ours begin with "@" or hold an
// error.
type plainLines struct{ marks bool }

func (l *plainLines) mark(token string) []byte {
	if !l.marks || token == "" {
		return nil
	}
	return append(encoded(map[string]string{"@token": token}), '\n')
}

func (l *plainLines) begin(d described) []byte { return l.mark(d.Token) }

func (l *plainLines) rows(e *entry) []byte {
	if m := l.mark(e.token); m != nil {
		return append(bytes.Clone(e.text), m...)
	}
	return e.text
}

func (*plainLines) heartbeat() []byte { return []byte("\n") }

func (*plainLines) end(_ string, p *problem, token string) []byte {
	if p == nil {
		return nil
	}
	return append(encoded(ended{p, token}), '\n')
}
