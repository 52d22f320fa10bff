package server

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// feeds tell those who LISTEN to a channel that is named like a stream or table
// of its changes: one reader of its topic for all of them.
type feeds struct {
	running sync.WaitGroup

	mu struct { // taken after Server.mu
		sync.Mutex
		byName map[string]*feed
		closed bool
	}
}

// feed follows one relation's topic.
type feed struct {
	srv  *Server
	rel  *catalog.Relation
	dec  *codec.Decoder
	next []int64 // by partition
	stop context.CancelFunc
}

// Bounds of what one round reads and tells, and the pause between two: what
// comes faster is told together.
const (
	feedBytes = 1 << 20
	feedKeys  = 100
	feedPause = 10 * time.Millisecond
)

// follow makes the feeds that run those that someone listens for. It is called
// after a LISTEN and after a change of the catalog.
func (s *Server) follow() {
	for _, name := range s.heard() {
		r, ok := s.catalog.Current().Relation("", name)
		if ok && r.Topic != "" && r.Name == name {
			s.startFeed(r)
		} else {
			s.feeds.end(name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds.endUnheard(s.mu.channels)
}

// heard lists the channels that someone listens to while the server answers.
func (s *Server) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mu.ready {
		return nil
	}
	return slices.Sorted(maps.Keys(s.mu.channels))
}

// startFeed follows a relation from its topic's ends, unless that is being done.
func (s *Server) startFeed(r *catalog.Relation) {
	if s.feeds.has(r) {
		return
	}
	f, err := s.newFeed(r)
	if err != nil {
		s.cfg.Logger.Error("listeners will not hear of changes", "relation", r.Name, "err", err)
		return
	}
	s.feeds.mu.Lock()
	defer s.feeds.mu.Unlock()
	if s.feeds.mu.closed || s.feeds.hasLocked(r) {
		return
	}
	s.feeds.endLocked(r.Name)
	if s.feeds.mu.byName == nil {
		s.feeds.mu.byName = map[string]*feed{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	s.feeds.mu.byName[r.Name] = f
	s.feeds.running.Go(func() {
		f.run(ctx)
		s.feeds.mu.Lock()
		defer s.feeds.mu.Unlock()
		if s.feeds.mu.byName[r.Name] == f {
			s.feeds.endLocked(r.Name)
		}
	})
}

func (fs *feeds) has(r *catalog.Relation) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.hasLocked(r)
}

// hasLocked tells whether a relation is followed, as it is now.
func (fs *feeds) hasLocked(r *catalog.Relation) bool {
	f := fs.mu.byName[r.Name]
	return f != nil && f.rel.OID == r.OID && f.rel.Topic == r.Topic
}

func (fs *feeds) end(name string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.endLocked(name)
}

func (fs *feeds) endLocked(name string) {
	if f := fs.mu.byName[name]; f != nil {
		f.stop()
		delete(fs.mu.byName, name)
	}
}

func (s *Server) newFeed(r *catalog.Relation) (*feed, error) {
	needed := make([]bool, len(r.Schema))
	for i, c := range r.Schema {
		needed[i] = c.Key
	}
	dec, err := codec.NewRelationDecoder(r, needed)
	if err != nil {
		return nil, err
	}
	dec.Use(s.catalog)
	f := &feed{srv: s, rel: r, dec: dec}
	for p := range r.Partitions {
		_, end, err := s.log.Offsets(r.Topic, p)
		if err != nil {
			return nil, err
		}
		f.next = append(f.next, end)
	}
	return f, nil
}

// endUnheard stops the feeds that nobody listens for.
func (fs *feeds) endUnheard(channels map[string][]*Session) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for name := range fs.mu.byName {
		if len(channels[name]) == 0 {
			fs.endLocked(name)
		}
	}
}

// close stops all feeds and waits for them.
func (fs *feeds) close() {
	fs.mu.Lock()
	fs.mu.closed = true
	for _, f := range fs.mu.byName {
		f.stop()
	}
	fs.mu.Unlock()
	fs.running.Wait()
}

// run tells of changes until the topic is dropped or nobody listens.
func (f *feed) run(ctx context.Context) {
	for {
		cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}}
		for p := range f.next {
			wait := f.srv.log.Wait(f.rel.Topic, int32(p), f.next[p])
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(wait)})
		}
		if i, _, _ := reflect.Select(cases); i == 0 {
			return
		}
		for p := range f.next {
			if err := f.read(int32(p)); err != nil {
				if !errors.Is(err, log.ErrUnknownTopic) {
					f.srv.cfg.Logger.Error("listeners do not hear of changes any more", "relation", f.rel.Name, "err", err)
				}
				return
			}
		}
		if f.srv.cfg.Sleep(ctx, feedPause) != nil {
			return
		}
	}
}

// read tells of what a partition has got.
func (f *feed) read(p int32) error {
	got, err := f.srv.log.Fetch(f.rel.Topic, p, f.next[p], feedBytes)
	if errors.Is(err, log.ErrOffsetOutOfRange) { // cleaned up before it was read
		f.next[p], _, err = f.srv.log.Offsets(f.rel.Topic, p)
		return err
	}
	if err != nil {
		return err
	}
	f.dec.Begin(p)
	rows := 0
	var reader batch.Reader
	for _, b := range got.Batches {
		if batch.IsControl(b.Bytes) {
			continue
		}
		if err := reader.Reset(b.Bytes, 0); err != nil {
			return err
		}
		var rec batch.Record
		for reader.Next(&rec) {
			if rec.Offset >= f.next[p] {
				f.dec.Add(&rec)
				rows++
			}
		}
		if err := reader.Err(); err != nil {
			return err
		}
	}
	f.next[p] = got.NextOffset
	if rows > 0 {
		b, _ := f.dec.Finish()
		f.tell(p, rows, b)
	}
	return nil
}

// tell notifies of the keys in a batch, each with the position behind its last
// change, or of many rows at once.
func (f *feed) tell(p int32, rows int, b *vec.Batch) {
	last := map[string]int{} // by key: its place in payloads
	var payloads []string
	for i := range b.Len() {
		row := b.Row(i)
		key := f.key(b, row)
		text := f.payload(key, b.Tomb != nil && b.Tomb.Get(row), 0, p, b.Offset[row]+1)
		if at, ok := last[key]; ok && key != "" {
			payloads[at] = text
			continue
		}
		last[key] = len(payloads)
		payloads = append(payloads, text)
	}
	if len(payloads) > feedKeys || len(payloads) == 0 || b.Len() > 1 && f.key(b, b.Row(0)) == "" {
		payloads = []string{f.payload("", false, rows, p, f.next[p])}
	}
	snap := f.srv.catalog.Current()
	for _, to := range f.srv.listeners(f.rel.Name) {
		if !to.mayHear(snap, f.rel) {
			continue
		}
		for _, text := range payloads {
			if len(text) < maxPayload {
				to.client.Notify(0, f.rel.Name, text)
			} else {
				to.client.Notify(0, f.rel.Name, f.payload("", false, 1, p, f.next[p]))
			}
		}
	}
}

// key is a row's key as a JSON object with the start of its window, "" when the
// relation has none.
func (f *feed) key(b *vec.Batch, row int) string {
	var dst []byte
	add := func(name string, t types.Type, v types.Value) {
		if len(dst) > 0 {
			dst = append(dst, ',')
		}
		dst = append(types.AppendJSON(dst, types.TString, name, types.JSONLeat), ':')
		dst = types.AppendJSON(dst, t, v, types.JSONLeat)
	}
	for i, c := range f.rel.Schema {
		if c.Key {
			add(c.Name, c.Type, b.Cols[i].Value(row))
		}
	}
	if b.Win != nil {
		add("window_start", types.TTimestamp, b.Win[row]*types.MicrosPerMilli)
	}
	if len(dst) == 0 {
		return ""
	}
	return "{" + string(dst) + "}"
}

// payload is {"key": ..., "deleted": true, "token": ...}, or {"rows": n, "token": ...}.
func (f *feed) payload(key string, deleted bool, rows int, p int32, next int64) string {
	token := positionText(map[partition]int64{{f.rel.Topic, p}: next})
	switch {
	case key == "":
		return `{"rows":` + strconv.Itoa(max(rows, 1)) + `,"token":"` + token + `"}`
	case deleted:
		return `{"key":` + key + `,"deleted":true,"token":"` + token + `"}`
	}
	return `{"key":` + key + `,"token":"` + token + `"}`
}
