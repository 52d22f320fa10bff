package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/leatdb/leat/sql/sqlerr"
)

// order is a message of a client.
type order struct {
	Op     string `json:"op"` // subscribe, credit, unsubscribe
	ID     string `json:"id"` // chosen by the client
	SQL    string `json:"sql"`
	Token  string `json:"token"`
	Slow   string `json:"slow"`
	Credit *int64 `json:"credit"` // rows that may be sent; absent: no bound
}

// message is what a client is sent besides rows.
type message struct {
	Event string `json:"event"` // schema, end, overflow, shutdown, failure
	ID    string `json:"id"`
	*described
	*ended
}

// socket is GET /v1/ws.
func (s *Site) socket(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil) // refuses other origins
	if err != nil {
		return // it has answered
	}
	c.SetReadLimit(1 << 20)
	ctx, cancel := context.WithCancel(r.Context())
	p := &plug{site: s, conn: c, req: r, ctx: ctx}
	p.mu.subs = map[string]*subscription{}
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		p.ping(ctx)
	}()
	p.listen(ctx)
	cancel()
	p.running.Wait()
	_ = c.CloseNow()
}

// plug is one client's WebSocket.
type plug struct {
	site    *Site
	conn    *websocket.Conn
	req     *http.Request
	ctx     context.Context // of the socket: a write cut off by a shorter one would end the socket
	running sync.WaitGroup
	mu      struct {
		sync.Mutex
		subs map[string]*subscription
	}
}

// subscription is one query on a socket.
type subscription struct {
	id     string
	cancel context.CancelFunc
	credit chan int64 // more rows may be sent
	bound  bool       // sends only what it has credit for
	left   int64
}

func (p *plug) ping(ctx context.Context) {
	t := time.NewTicker(p.site.cfg.HeartbeatEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		wait, cancel := context.WithTimeout(ctx, p.site.cfg.WriteTimeout)
		err := p.conn.Ping(wait)
		cancel()
		if err != nil {
			_ = p.conn.CloseNow() // ends listen
			return
		}
	}
}

// listen obeys the client until it goes.
func (p *plug) listen(ctx context.Context) {
	for {
		_, b, err := p.conn.Read(ctx)
		if err != nil {
			return
		}
		var o order
		if err := json.Unmarshal(b, &o); err != nil {
			p.tell("", sqlerr.New(sqlerr.InvalidJSON, "message is not valid JSON").WithDetail("%s.", err))
			continue
		}
		p.obey(ctx, o)
	}
}

func (p *plug) obey(ctx context.Context, o order) {
	p.mu.Lock()
	sub, n := p.mu.subs[o.ID], len(p.mu.subs)
	p.mu.Unlock()
	switch {
	case o.Op == "subscribe" && sub != nil:
		p.tell(o.ID, sqlerr.New(sqlerr.DuplicateObject, "subscription %q exists", o.ID))
	case o.Op == "subscribe" && n >= p.site.cfg.MaxSubscriptions:
		p.tell(o.ID, sqlerr.New(sqlerr.ConfigurationLimit, "a socket may have %d subscriptions", n))
	case o.Op == "subscribe":
		p.subscribe(ctx, o)
	case sub == nil:
		p.tell(o.ID, sqlerr.New(sqlerr.UndefinedObject, "there is no subscription %q, or no operation %q", o.ID, o.Op))
	case o.Op == "unsubscribe":
		sub.cancel()
	case o.Op == "credit" && o.Credit != nil:
		select {
		case sub.credit <- *o.Credit:
		case <-ctx.Done():
		}
	default:
		p.tell(o.ID, sqlerr.New(sqlerr.InvalidParameterValue, "unknown operation %q", o.Op))
	}
}

func (p *plug) subscribe(ctx context.Context, o order) {
	ctx, cancel := context.WithCancel(ctx)
	sub := &subscription{id: o.ID, cancel: cancel, credit: make(chan int64, 64), bound: o.Credit != nil}
	if sub.bound {
		sub.left = *o.Credit
	}
	p.mu.Lock()
	p.mu.subs[o.ID] = sub
	p.mu.Unlock()
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		defer cancel()
		last, err := p.run(ctx, sub, o)
		p.mu.Lock()
		delete(p.mu.subs, o.ID) // before its last message: the client may use the id again
		p.mu.Unlock()
		if err == nil && last != nil {
			err = p.write(encoded(last))
		}
		if err != nil {
			_ = p.conn.CloseNow() // the client takes nothing more
		}
	}()
}

// run sends a query's rows and gives the message that ends them, nil when the
// client has ended them. An error means that the socket is of no more use.
func (p *plug) run(ctx context.Context, sub *subscription, o order) (last *message, err error) {
	w, at, err := p.site.watch(p.req, o.SQL, o.Token, o.Slow)
	if err != nil {
		return failure(o.ID, err, o.SQL), nil
	}
	defer w.close()
	d := describe(w, at)
	if err := p.write(encoded(message{Event: "schema", ID: o.ID, described: &d})); err != nil {
		return nil, err
	}
	for {
		if !sub.mayGo(ctx) {
			return nil, nil
		}
		e, err := w.read(ctx)
		if err != nil {
			if ctx.Err() != nil && p.site.hub.ctx.Err() == nil {
				return nil, nil // unsubscribed
			}
			event, x := ending(p.site, err, o.SQL)
			return &message{Event: event, ID: o.ID, ended: &ended{x, w.position()}}, nil
		}
		sub.left -= int64(e.rows)
		if err := p.write(rowsMessage(o.ID, e)); err != nil {
			return nil, err
		}
	}
}

// mayGo waits for credit; false when the subscription ends first.
func (sub *subscription) mayGo(ctx context.Context) bool {
	for {
		if !sub.bound || sub.left > 0 {
			select {
			case n := <-sub.credit:
				sub.left += n
				continue
			default:
				return ctx.Err() == nil
			}
		}
		select {
		case n := <-sub.credit:
			sub.left += n
		case <-ctx.Done():
			return false
		}
	}
}

// rowsMessage is {"event":"rows","id":...,"rows":[...],"token":...}.
func rowsMessage(id string, e *entry) []byte {
	var b bytes.Buffer
	b.WriteString(`{"event":"rows","id":`)
	b.Write(encoded(id))
	b.WriteString(`,"rows":[`)
	first := true
	for line := range bytes.Lines(e.text) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.Write(bytes.TrimSuffix(line, []byte{'\n'}))
	}
	b.WriteByte(']')
	if e.token != "" {
		b.WriteString(`,"token":`)
		b.Write(encoded(e.token))
	}
	b.WriteByte('}')
	return b.Bytes()
}

func failure(id string, err error, text string) *message {
	x := problemOf(err, text)
	return &message{Event: "failure", ID: id, ended: &ended{Error: &x}}
}

// tell sends a failure on a socket whose end listen sees anyway.
func (p *plug) tell(id string, err error) { _ = p.write(encoded(failure(id, err, ""))) }

// write sends a message within the deadline (H4).
func (p *plug) write(b []byte) error {
	wait, cancel := context.WithTimeout(p.ctx, p.site.cfg.WriteTimeout)
	defer cancel()
	return p.conn.Write(wait, websocket.MessageText, b)
}
