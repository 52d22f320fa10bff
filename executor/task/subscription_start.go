package task

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// build makes the cores of all stages and places their inputs.
func (s *Subscription) build(ctx context.Context) error {
	p := s.plan.Stream
	resume, err := s.parseToken()
	if err != nil {
		return err
	}
	exchanges := map[int]*memTopic{}
	for _, stage := range p.Stages {
		if stage.Exchange != nil {
			exchanges[stage.ID] = newMemTopic(stage.Exchange.Partitions)
		}
		for part := range stage.Partitions {
			c, err := s.buildCore(ctx, stage, part, exchanges, resume)
			if err != nil {
				return err
			}
			s.mu.cores = append(s.mu.cores, c)
		}
	}
	return nil
}

func (s *Subscription) buildCore(
	ctx context.Context, stage *planner.Stage, part int32, exchanges map[int]*memTopic, resume *tokenBody,
) (*subCore, error) {
	cfg := &s.rt.cfg
	inner, err := newCore(cfg, TaskName("", stage.ID, part), stage, part, s.plan.Ksql, "")
	if err != nil {
		return nil, err
	}
	c := &subCore{core: inner, exchange: exchanges[stage.ID]}
	if stage.Exchange != nil {
		enc, err := exchangeEncoder(cfg.Schemas, s.plan.Stream, stage)
		if err != nil {
			return nil, err
		}
		c.sink = &sink{target: target{partitions: stage.Exchange.Partitions}, own: part, exchange: enc}
	}
	for i, in := range stage.Inputs {
		var source Log = cfg.Log
		if in.Exchange >= 0 {
			source = exchanges[in.Exchange]
		}
		f, err := newFeed(source, in, in.Topic, part, cfg.FetchBytes)
		if err != nil {
			return nil, err
		}
		f.use(cfg.Schemas)
		if in.Exchange < 0 {
			if err := s.place(ctx, f, stage, i, part, resume); err != nil {
				return nil, err
			}
		}
		c.feeds = append(c.feeds, f)
	}
	if err := s.remember(c); err != nil {
		return nil, err
	}
	c.joinTails(cfg)
	for _, f := range c.feeds {
		if f.tail != nil {
			s.tails = append(s.tails, f.tail)
		}
	}
	return c, nil
}

// leaveTails ends what the query shares of its rows with others. The query may go
// on meanwhile, for itself.
func (s *Subscription) leaveTails() {
	for _, r := range s.tails {
		r.leave()
	}
}

// place decides where an input begins.
func (s *Subscription) place(ctx context.Context, f *feed, stage *planner.Stage, index int, part int32, resume *tokenBody) error {
	if resume != nil {
		at, ok := resume.Next[tokenKey(stage.ID, index, part)]
		if !ok {
			return errToken()
		}
		f.seek(at)
		return nil
	}
	in := f.input
	start := in.Start
	if start.Kind == planner.StartDefault {
		start = s.plan.Stream.Start
	}
	if start.Kind == planner.StartDefault && in.Kind == tableResult {
		return s.preload(ctx, f, stage.Partitions, part)
	}
	if start.Kind == planner.StartLatest && in.Kind == tableResult && !in.Ksql && resumable(s.plan.Stream, true) {
		return s.preload(ctx, f, stage.Partitions, part)
	}
	at, err := startOffset(s.rt.cfg.Log, in.Topic, part, start)
	f.seek(at)
	return err
}

// remember passes the present rows of tables that start at their ends through
// the operators, so that a filter knows which rows passed, and shows none.
func (s *Subscription) remember(c *subCore) error {
	for _, f := range c.feeds {
		start := f.input.Start
		if start.Kind == planner.StartDefault {
			start = s.plan.Stream.Start
		}
		if start.Kind != planner.StartLatest {
			continue
		}
		for f.loading() {
			in, err := c.live()
			if err != nil {
				return err
			}
			if in == nil {
				break
			}
			if _, _, err := c.run(in, s.nowLocked()); err != nil {
				return err
			}
		}
	}
	return nil
}

// startOffset finds where a start is in a partition; the default is the end.
func startOffset(l Log, topic string, part int32, start planner.Start) (int64, error) {
	first, end, err := l.Offsets(topic, part)
	if err != nil {
		return 0, err
	}
	switch start.Kind {
	case planner.StartEarliest:
		return first, nil
	case planner.StartTime:
		return l.OffsetForTime(topic, part, start.Time)
	case planner.StartOffsets:
		if o, ok := start.Offsets[part]; ok {
			return min(max(o, first), end), nil
		}
	}
	return end, nil
}

// preload gives a table's current rows to an input, and its changes from there.
func (s *Subscription) preload(ctx context.Context, f *feed, partitions, part int32) error {
	in := f.input
	rel := &catalog.Relation{
		Name: in.Relation, Topic: in.Topic, Kind: catalog.Table, Schema: in.Schema, Partitions: partitions,
		KeyFormat: in.KeyFormat, ValueFormat: in.ValFormat, WrapSingle: in.Wrap,
		Timestamp: in.Timestamp, Windowed: in.Windowed, Meaning: "leat",
	}
	if in.Ksql {
		rel.Meaning = "ksqldb"
	}
	t, err := s.rt.Table(rel)
	if err != nil {
		return err
	}
	rows, err := t.parts[part].freeze(ctx, t, &ScanOptions{})
	if err != nil {
		return err
	}
	f.seek(rows.next)
	for {
		b, err := rows.take(t)
		if b == nil || err != nil {
			return err
		}
		f.preload = append(f.preload, b)
	}
}

// waitsLocked are closed when an input from the log has more.
func (s *Subscription) waitsLocked() []<-chan struct{} {
	var out []<-chan struct{}
	for _, c := range s.mu.cores {
		for _, f := range c.feeds {
			if f.input.Exchange < 0 {
				out = append(out, s.rt.cfg.Log.Wait(f.cursor.topic, f.cursor.partition, f.cursor.next))
			}
		}
	}
	return out
}

// tokenBody is what a resume token says: the next offset of each input by
// "stage/input/partition".
type tokenBody struct {
	Plan string           `json:"plan"`
	Next map[string]int64 `json:"next"`
}

func tokenKey(stage, input int, part int32) string {
	return fmt.Sprintf("%d/%d/%d", stage, input, part)
}

// Token lets another subscription go on behind the rows that Next has given so
// far. It is exact, and "" when the query keeps state or is still sending a
// table's current rows.
func (s *Subscription) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mu.ready) == 0 && s.mu.token == "" {
		return s.positionsLocked()
	}
	return s.mu.token
}

func (s *Subscription) positionsLocked() string {
	if !resumable(s.plan.Stream, false) {
		return ""
	}
	t := tokenBody{Plan: s.plan.Stream.Hash, Next: map[string]int64{}}
	for _, c := range s.mu.cores {
		for i, f := range c.feeds {
			if f.loading() {
				return ""
			}
			t.Next[tokenKey(c.stage.ID, i, c.part)] = f.next
		}
	}
	b, err := json.Marshal(t)
	if err != nil {
		panic("BUG: a token that JSON cannot hold: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (s *Subscription) parseToken() (*tokenBody, error) {
	if s.opt.Token == "" {
		return nil, nil
	}
	if !resumable(s.plan.Stream, false) {
		return nil, sqlerr.Unsupported("resuming a push query that keeps state").
			WithHint("Create a materialized view and subscribe to it.")
	}
	var t tokenBody
	b, err := base64.RawURLEncoding.DecodeString(s.opt.Token)
	if err != nil || json.Unmarshal(b, &t) != nil || t.Plan != s.plan.Stream.Hash {
		return nil, errToken()
	}
	return &t, nil
}

func errToken() error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "resume token is not of this query")
}

// resumable tells whether the query keeps nothing between rows; with passing,
// or only a table's rows and which of them pass its filters.
func resumable(p *planner.StreamPlan, passing bool) bool {
	if len(p.Stages) != 1 {
		return false
	}
	var stateless func(n planner.Node) bool
	stateless = func(n planner.Node) bool {
		switch x := n.(type) {
		case *planner.InputNode, *planner.ProjectNode, *planner.ExplodeNode, *planner.RekeyNode:
		case *planner.ChangesNode:
			if !passing {
				return false
			}
		case *planner.FilterNode:
			if !passing && (x.Stateful || x.Result == tableResult) {
				return false
			}
		default:
			return false
		}
		for _, in := range n.Inputs() {
			if !stateless(in) {
				return false
			}
		}
		return true
	}
	return stateless(p.Stages[0].Root)
}

var _ Log = (*log.Log)(nil)
