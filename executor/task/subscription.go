package task

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// SubscribeOptions change how a push query runs.
type SubscribeOptions struct {
	// Token resumes behind what another subscription of the same plan gave.
	Token string
	// IdleTimeout closes windows by wall clock when no rows have come for so long; 0 never does.
	IdleTimeout time.Duration
	// OnError overrides the plan's: 'stop' ends the query at the first row that fails, otherwise it is counted.
	OnError string
}

// Subscription is a running push query: ephemeral tasks over committed data,
// without a journal. They work while Next or Ready is called and not otherwise,
// so a slow reader costs nobody but itself.
type Subscription struct {
	rt     *Runtime
	plan   *planner.Plan
	opt    SubscribeOptions
	closed chan struct{}
	once   sync.Once
	notify chan struct{}
	tails  []*tailReader // of all cores, as they were made
	mu     struct {
		sync.Mutex
		cores    []*subCore // by stage, then partition
		turn     int        // whose turn it is, modulo their number
		ready    []*vec.Batch
		token    string
		left     int64 // rows until LIMIT; -1 none
		err      error // io.EOF after the end
		stats    SubscriptionStats
		late     []LateRow
		tick     int64
		lastRows int64
		lastTime int64
	}
}

// SubscriptionStats are a push query's counters.
type SubscriptionStats struct {
	RowsIn, RowsOut, Late, Failed int64
	LastError                     *sqlerr.Error // of the last failed row
}

// subCore is a core and where its rows go.
type subCore struct {
	*core
	sink     *sink // nil in the last stage
	exchange *memTopic
}

// Subscribe starts a push query. Streams start at their ends unless the plan
// says otherwise; tables give their current rows first, then changes.
func (r *Runtime) Subscribe(ctx context.Context, plan *planner.Plan, opt SubscribeOptions) (*Subscription, error) {
	if plan.Stream == nil {
		return nil, sqlerr.New(sqlerr.InternalError, "a push query has no streaming plan")
	}
	s := &Subscription{rt: r, plan: plan, opt: opt, closed: make(chan struct{}), notify: make(chan struct{}, 1)}
	s.mu.left = -1
	if plan.Limit >= 0 {
		s.mu.left = plan.Limit
	}
	if opt.OnError == "" {
		s.opt.OnError = plan.Stream.OnError
	}
	if err := s.build(ctx); err != nil {
		s.leaveTails()
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.closed {
		s.leaveTails()
		return nil, sqlerr.New(sqlerr.AdminShutdown, "the server is shutting down")
	}
	r.mu.subs[s] = true
	return s, nil
}

// Next gives the next rows, at least one: the columns of the plan's stream
// schema, hidden ones included, in their order within each partition. io.EOF
// after LIMIT or Close. The batch is given.
func (s *Subscription) Next(ctx context.Context) (*vec.Batch, error) {
	for {
		b, waits, err := s.poll(ctx)
		if b != nil || err != nil {
			return b, err
		}
		switch waitAny(append([]<-chan struct{}{ctx.Done(), s.closed, s.notify}, waits...)) {
		case 0:
			return nil, ctx.Err()
		case 1:
			return nil, io.EOF
		}
	}
}

// poll gives a batch, or what to wait for.
func (s *Subscription) poll(ctx context.Context) (*vec.Batch, []<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pumpLocked(ctx)
	if len(s.mu.ready) > 0 {
		b := s.mu.ready[0]
		s.mu.ready = s.mu.ready[1:]
		if len(s.mu.ready) == 0 {
			s.mu.token = s.positionsLocked()
		}
		return b, nil, nil
	}
	if s.mu.err != nil {
		return nil, nil, s.mu.err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return nil, s.waitsLocked(), nil
}

// Ready tells whether Next would return at once. It does the work that is there
// to do.
func (s *Subscription) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pumpLocked(context.Background())
	return len(s.mu.ready) > 0 || s.mu.err != nil
}

// Close ends the query. It may be called from any goroutine, more than once.
func (s *Subscription) Close() error {
	s.once.Do(func() { close(s.closed) })
	s.leaveTails()
	s.rt.mu.Lock()
	delete(s.rt.mu.subs, s)
	s.rt.mu.Unlock()
	return nil
}

// Stats reads the counters.
func (s *Subscription) Stats() SubscriptionStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.stats
}

// Late lists the last late rows.
func (s *Subscription) Late() []LateRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]LateRow(nil), s.mu.late...)
}

// pumpLocked runs steps until there are rows to give, nothing to do, or ctx or
// the query has ended. It stops at the first rows: a token behind them must not
// be ahead of, or behind, another core's that nobody has been given. The cores
// take turns.
func (s *Subscription) pumpLocked(ctx context.Context) {
	if s.mu.left == 0 && len(s.mu.ready) == 0 {
		s.mu.err = io.EOF
	}
	for moved := true; moved && len(s.mu.ready) == 0 && s.mu.err == nil; {
		moved = false
		for range s.mu.cores {
			if s.endedLocked() || ctx.Err() != nil || len(s.mu.ready) > 0 {
				return
			}
			c := s.mu.cores[s.mu.turn%len(s.mu.cores)]
			s.mu.turn++
			in, err := c.live()
			if err == nil && in != nil {
				moved = true
				err = s.stepLocked(c, in)
			}
			if err != nil {
				s.mu.err = behind(err)
				return
			}
		}
		if !moved {
			moved, s.mu.err = s.tickLocked()
		}
	}
}

// endedLocked tells whether Close has been called.
func (s *Subscription) endedLocked() bool {
	select {
	case <-s.closed:
		s.mu.ready, s.mu.err = nil, io.EOF
		return true
	default:
		return false
	}
}

// behind explains why a reader's next record is gone.
func behind(err error) error {
	if !errors.Is(err, log.ErrOffsetOutOfRange) {
		return err
	}
	return sqlerr.New(sqlerr.ObjectNotInState, "the query has fallen behind what its topic keeps").
		WithHint("Read faster, or raise the topic's retention.").Wrap(err)
}

func (s *Subscription) stepLocked(c *subCore, in *stepInput) error {
	now := s.nowLocked()
	s.mu.lastRows = now
	out, failures, err := c.run(in, now)
	if err != nil {
		return err
	}
	s.mu.stats.RowsIn += int64(in.rows)
	s.mu.stats.Late += int64(len(c.late))
	s.mu.late = append(s.mu.late, c.late...)
	if n := len(s.mu.late) - s.rt.cfg.LateKept; n > 0 {
		s.mu.late = s.mu.late[n:]
	}
	for i := range in.bad {
		if err := s.rejectLocked(in.bad[i].Err); err != nil {
			return err
		}
	}
	for i := range failures {
		if err := s.rejectLocked(sqlerr.From(failures[i].err)); err != nil {
			return err
		}
	}
	return s.giveLocked(c, out)
}

func (s *Subscription) rejectLocked(err *sqlerr.Error) error {
	if s.opt.OnError == "stop" {
		return err
	}
	s.mu.stats.Failed++
	s.mu.stats.LastError = err
	return nil
}

// giveLocked hands rows to the next stage, or to the reader.
func (s *Subscription) giveLocked(c *subCore, out []*vec.Batch) error {
	if c.sink != nil {
		o := outputs{limit: s.rt.cfg.OutputBytes}
		var failed error
		for _, b := range out {
			c.sink.write(&o, b, func(_ int32, err error) { failed = err })
		}
		appends, _ := o.finish()
		for _, a := range appends {
			c.exchange.append(a)
		}
		return failed
	}
	live := out[:0]
	for _, b := range out {
		if b.Len() > 0 {
			live = append(live, b)
		}
	}
	if len(live) == 0 {
		return nil
	}
	b := vec.ConcatBatches(live)
	if s.plan.Stream.Kind == planner.StreamResult && b.Tomb != nil {
		if b = withValues(b); b.Len() == 0 {
			return nil
		}
	}
	if s.mu.left >= 0 {
		if int64(b.Len()) > s.mu.left {
			b = b.Slice(0, int(s.mu.left))
		}
		s.mu.left -= int64(b.Len())
	}
	if b.Len() > 0 {
		s.mu.stats.RowsOut += int64(b.Len())
		s.mu.ready = append(s.mu.ready, b)
	}
	return nil
}

func (s *Subscription) nowLocked() int64 {
	s.mu.lastTime = max(s.mu.lastTime, s.rt.cfg.Clock.Now().UnixMilli())
	return s.mu.lastTime
}

// tickLocked closes idle windows when a Tick has come and nothing else has.
func (s *Subscription) tickLocked() (moved bool, err error) {
	now, idle := s.mu.tick, s.opt.IdleTimeout.Milliseconds()
	s.mu.tick = 0
	if now == 0 || idle <= 0 || s.mu.lastRows == 0 || now-s.mu.lastRows < idle {
		return false, nil
	}
	for _, c := range s.mu.cores {
		if !c.tree.Due(now) {
			continue
		}
		moved = true
		out, err := c.tick(now)
		if err == nil {
			err = s.giveLocked(c, out)
		}
		if err != nil {
			return false, err
		}
	}
	return moved, nil
}

func (r *Runtime) tickSubscriptions(now int64) {
	for _, s := range r.subscriptions() {
		s.mu.Lock()
		s.mu.tick = now
		s.mu.Unlock()
		select {
		case s.notify <- struct{}{}:
		default:
		}
	}
}

func (r *Runtime) closeSubscriptions() {
	for _, s := range r.subscriptions() {
		s.once.Do(func() { close(s.closed) })
		s.leaveTails()
	}
}

// subscriptions lists them in no order: each is on its own.
func (r *Runtime) subscriptions() []*Subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*Subscription, 0, len(r.mu.subs))
	for s := range r.mu.subs {
		out = append(out, s)
	}
	return out
}

// withValues drops the rows of a stream that have no value: ksqlDB's push
// queries do not show them.
func withValues(b *vec.Batch) *vec.Batch {
	out := *b
	out.Sel, out.Tomb = []int32{}, nil
	for i := range b.Len() {
		if row := b.Row(i); !b.Tomb.Get(row) {
			out.Sel = append(out.Sel, int32(row))
		}
	}
	return &out
}
