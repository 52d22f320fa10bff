package log

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// dataGroup is the state machine of a data group: topics with their partitions, tasks with their journals, and the
// counters that name them. Everything in it follows from the entries applied (L2).
type dataGroup struct {
	fs        vfs.FS
	dir       string // of the partitions; exists
	interval  int
	tailLimit int64
	fatal     func(error)

	// Of who holds fsm.mu.
	arena        []byte
	arenaSize    int
	touched      []*partition // with staged batches of the entry under way
	touchedAt    int64        // that entry's time
	untold       []*partition // whose readers are to be woken
	tail         tailQueue
	nextTopic    uint64
	nextProducer int64
	plans        planResults

	mu struct {
		sync.RWMutex
		topics map[string]*topicState
		byID   map[uint64]*topicState
		tasks  map[string]*taskState
	}
	obsolete obsoleteFiles
}

// topicState is one topic of the group.
type topicState struct {
	id         uint64
	config     TopicConfig // guarded by group.mu
	partitions []*partition
}

// taskState is one task: its epoch, positions and journal, whose offsets are epochs.
type taskState struct {
	id      uint64
	name    string
	journal *partition
	// Guarded by group.mu.
	epoch, trimEpoch      uint64
	inputs, start, pinned []InputPos
}

func newDataGroup(cfg Config, dir string) *dataGroup {
	g := &dataGroup{fs: cfg.FS, dir: dir, interval: cfg.IndexInterval, tailLimit: cfg.TailCacheBytes, fatal: cfg.Fatal}
	g.clear()
	return g
}

// clear makes the state what it is before the first entry.
func (g *dataGroup) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tail, g.plans = tailQueue{}, planResults{}
	g.nextTopic, g.nextProducer = 1, 1
	g.mu.topics = map[string]*topicState{}
	g.mu.byID = map[uint64]*topicState{}
	g.mu.tasks = map[string]*taskState{}
}

// apply executes one command. Batches of appends and journals are staged until the entry ends or a command of
// another kind comes.
func (g *dataGroup) apply(at place, c command) outcome {
	switch c := c.(type) {
	case appendCommand:
		return g.applyAppend(at, c)
	case journalCommand:
		return g.applyJournal(at, c)
	}
	g.flush()
	return g.applyRare(at, c)
}

func (g *dataGroup) applyRare(at place, c command) outcome {
	switch c := c.(type) {
	case createTopicCommand:
		return outcome{err: g.createTopic(c.config)}
	case alterTopicCommand:
		return outcome{err: g.alterTopic(c.config)}
	case dropTopicCommand:
		return outcome{err: g.dropTopic(c.name)}
	case activateCommand:
		return g.applyActivate(at, c)
	case trimCommand:
		return outcome{err: g.trimJournal(c)}
	case dropTaskCommand:
		return outcome{err: g.dropTask(c.task)}
	case newProducerCommand:
		g.nextProducer++
		return outcome{value: g.nextProducer - 1}
	case startsCommand:
		g.applyStarts(c)
		return outcome{}
	}
	return outcome{err: fmt.Errorf("command of kind %d does not belong to a data group", c.kind())}
}

// begin prepares for the commands of an entry of n bytes, whose small batches are copied into one buffer.
func (g *dataGroup) begin(n int) {
	g.arena, g.arenaSize = nil, min(n+n/8+2*batch.Pad, 64<<10)
}

// keep gives b in memory that stays, with batch.Pad readable bytes behind it that nobody changes: where it lies in the
// entry, which is the group's, or in a copy.
func (g *dataGroup) keep(b []byte) []byte {
	need := len(b) + batch.Pad
	if len(b) >= readInPlace && cap(b) >= need {
		return b
	}
	if cap(g.arena)-len(g.arena) < need {
		g.arena = make([]byte, 0, max(need, g.arenaSize))
	}
	at := len(g.arena)
	g.arena = append(g.arena, b...)
	g.arena = g.arena[:at+need]
	return g.arena[at : at+len(b) : at+need]
}

// partition finds a partition of a topic id.
func (g *dataGroup) partition(topic uint64, n int32) *partition {
	t := g.mu.byID[topic]
	if t == nil || n < 0 || int(n) >= len(t.partitions) {
		return nil
	}
	return t.partitions[n]
}

// lookup finds a partition by name, for readers.
func (g *dataGroup) lookup(topic string, n int32) (*partition, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	t := g.mu.topics[topic]
	if t == nil || n < 0 || int(n) >= len(t.partitions) {
		return nil, fmt.Errorf("%w: %s/%d", ErrUnknownTopic, topic, n)
	}
	return t.partitions[n], nil
}

// write stages a batch that carries its offset; the disk's refusal is fatal.
func (g *dataGroup) write(p *partition, b []byte, now int64) {
	if len(p.staged) == 0 {
		g.touched = append(g.touched, p)
	}
	g.touchedAt = now
	g.tail.push(p, int64(len(b)))
	if err := p.stage(b, now); err != nil {
		g.fatal(fmt.Errorf("apply: %w", err))
	}
}

// flush writes all staged batches, one write a partition, and makes them visible; announce tells.
func (g *dataGroup) flush() {
	for _, p := range g.touched {
		if err := p.flush(g.touchedAt); err != nil {
			g.fatal(fmt.Errorf("apply: %w", err))
		}
		if len(p.untold) > 0 {
			g.untold = append(g.untold, p)
		}
	}
	clear(g.touched)
	g.touched = g.touched[:0]
	for g.tail.bytes > g.tailLimit && g.tail.pop() {
		continue
	}
}

// end makes an entry visible.
func (g *dataGroup) end() { g.flush() }

// announce wakes the readers that wait for what became visible.
func (g *dataGroup) announce() {
	for _, p := range g.untold {
		p.announce()
	}
	clear(g.untold)
	g.untold = g.untold[:0]
}

// tailQueue is the order in which cached batches leave, over all partitions.
type tailQueue struct {
	items []tailItem
	head  int
	bytes int64
}

type tailItem struct {
	partition *partition
	bytes     int64
}

func (q *tailQueue) push(p *partition, n int64) {
	if q.head > 1024 && q.head > len(q.items)/2 {
		q.items = append(make([]tailItem, 0, len(q.items)), q.items[q.head:]...)
		q.head = 0
	}
	q.items = append(q.items, tailItem{p, n})
	q.bytes += n
}

// pop drops the oldest cached batch; false when there is none.
func (q *tailQueue) pop() bool {
	if q.head == len(q.items) {
		return false
	}
	it := q.items[q.head]
	q.items[q.head] = tailItem{}
	q.head++
	q.bytes -= it.bytes
	it.partition.dropTailOldest()
	return true
}

// obsoleteFiles are files and directories that no later manifest names. They are removed once such a manifest is
// durable (L5).
type obsoleteFiles struct {
	mu struct {
		sync.Mutex
		paths []string
	}
}

func (o *obsoleteFiles) add(paths ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mu.paths = append(o.mu.paths, paths...)
}

// take hands the list to a snapshot that is about to begin.
func (o *obsoleteFiles) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	paths := o.mu.paths
	o.mu.paths = nil
	return paths
}

func (o *obsoleteFiles) any() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.mu.paths) > 0
}
