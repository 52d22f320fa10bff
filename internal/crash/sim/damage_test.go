package sim

import (
	"context"
	"errors"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	damages = flag.Int("damages", 200, "TestDamage damages a data directory in twice so many places; 0: every byte of every file flipped, every file cut off there and removed")
	again   = flag.Int("again", 1, "every n-th damage that did no harm is followed by a write, a close and another start")
	judges  = flag.Int("judges", 6, "how many damaged nodes TestDamage opens at a time")
)

// place is where an image is damaged, and how; the zero place leaves it whole.
type place struct {
	kind damage
	file string
	at   int
}

type damage string

const (
	flip     damage = "flipped"
	truncate damage = "cut off"
	remove   damage = "removed"
)

// in gives the image with the damage in it.
func (p place) in(whole image) image {
	out := maps.Clone(whole)
	switch p.kind {
	case flip:
		b := slices.Clone(whole[p.file])
		b[p.at] ^= 0x41
		out[p.file] = b
	case truncate:
		out[p.file] = whole[p.file][:p.at]
	case remove:
		delete(out, p.file)
	}
	return out
}

// TestDamage damages a small data directory in one place, again and again: the
// node says so, or gives the answers it gave before, goes on and starts again.
// It never gives others.
func TestDamage(t *testing.T) {
	s, whole := small(t)
	b := newBench(t, s, whole)
	b.damage(t, "", func(place) bool { return false })
}

// TestDamageOfRunning damages the write-ahead logs of a node that was not
// closed. Nothing behind the last write tells that it was there, so damage to it
// may lose it, and a log that is cut off may lose its end; not what is before,
// and what is left is of one piece.
func TestDamageOfRunning(t *testing.T) {
	s, before, whole := running(t)
	b := newBench(t, s, whole)
	b.damage(t, ".wal", func(p place) bool { return p.kind != flip || p.at >= len(before[p.file]) })
}

// damage damages the files of a kind; mayLose tells where the end may get lost.
func (b *bench) damage(t *testing.T, ext string, mayLose func(place) bool) {
	b.mayLose = mayLose
	var places []place
	bytes, files := 0, 0
	for _, name := range b.whole.paths() {
		if !strings.HasSuffix(name, ext) {
			continue
		}
		bytes += len(b.whole[name])
		files++
		places = append(places, place{remove, name, 0})
		for i := range b.whole[name] {
			places = append(places, place{flip, name, i}, place{truncate, name, i})
		}
	}
	if *damages > 0 {
		rng := rand.New(rand.NewPCG(*seed, 5))
		rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		places = places[:min(2**damages, len(places))]
	}
	counts := b.judgeAll(t, places)
	t.Logf("campaign: %s, seed %d: %d files, %d bytes, %d answers, %d damages: %d stopped the start, %d were reported by a statement, %d by the next start, %d lost the end of a log, %d did no harm, every %d. of these went on and started again; wrong answers 0",
		t.Name(), *seed, files, bytes, len(b.answers), len(places), counts[refusedToOpen], counts[reported], counts[reportedLater], counts[lostTheEnd], counts[didNoHarm], *again)
	if counts[refusedToOpen] == 0 || counts[didNoHarm] == 0 {
		t.Error("all damages have the same verdict")
	}
}

// bench is a whole data directory and what it answers.
type bench struct {
	sim     *Sim
	whole   image
	answers []string
	mayLose func(place) bool
}

func newBench(t *testing.T, s *Sim, whole image) *bench {
	b := &bench{sim: s, whole: whole}
	n, err := b.open(t.Context(), place{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.abandon()
	if b.answers, err = n.answers(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// judgeAll judges places side by side and counts the verdicts.
func (b *bench) judgeAll(t *testing.T, places []place) map[verdict]int {
	todo := make(chan place)
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[verdict]int{}
	for range *judges {
		wg.Go(func() {
			for p := range todo {
				v, err := b.judge(t.Context(), p, p.at%*again == 0)
				mu.Lock()
				counts[v]++
				mu.Unlock()
				if err != nil {
					t.Errorf("seed %d: %s, %s at byte %d of %d: %v", *seed, p.file, p.kind, p.at, len(b.whole[p.file]), err)
				}
			}
		})
	}
	for _, p := range places {
		todo <- p
	}
	close(todo)
	wg.Wait()
	return counts
}

type verdict int

const (
	refusedToOpen verdict = iota
	reported
	reportedLater
	lostTheEnd
	didNoHarm
)

// open opens the image with a damage in it.
func (b *bench) open(ctx context.Context, p place) (*Node, error) {
	disk, err := p.in(b.whole).disk()
	if err != nil {
		return nil, err
	}
	return openNode(ctx, nodeConfig{disk: disk, clock: b.sim.clock.clone(), seed: 1, tune: b.sim.tune})
}

// judge opens a damaged image and asks it everything. When all is as it was and
// it is to go on, it writes, closes and opens again.
func (b *bench) judge(ctx context.Context, p place, goOn bool) (verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	n, err := b.open(ctx, p)
	if err != nil {
		return refusedToOpen, nil
	}
	known := newBook(writers)
	known.restore(b.sim.book.copy())
	good := didNoHarm
	err = n.unlessDead(func() error { return b.compare(ctx, n) })
	if err != nil && b.mayLose(p) {
		good = lostTheEnd
		known.mayLose(true)
		err = n.unlessDead(func() error { return check(ctx, n, known) })
		known.mayLose(false)
	}
	if err == nil && !goOn {
		n.abandon()
		return good, nil
	}
	if err == nil {
		err = n.unlessDead(func() error { return b.goOn(ctx, n, known) })
	}
	if err != nil {
		n.abandon()
		return reported, b.unreported(n, p, err)
	}
	n, err = openNode(ctx, nodeConfig{disk: n.disk, clock: n.clock, seed: 2, tune: b.sim.tune})
	if err != nil {
		return reportedLater, nil
	}
	defer n.abandon()
	if err := n.unlessDead(func() error { return errors.Join(check(ctx, n, known), checkBeyond(ctx, n)) }); err != nil {
		return reportedLater, b.unreported(n, p, err)
	}
	return good, nil
}

// compare asks everything.
func (b *bench) compare(ctx context.Context, n *Node) error {
	got, err := n.answers(ctx)
	if err != nil {
		return err
	}
	return sameRows(got, b.answers)
}

// goOn writes a row of each kind and closes in order.
func (b *bench) goOn(ctx context.Context, n *Node, known *book) error {
	s, err := n.session()
	if err != nil {
		return err
	}
	w := &writer{id: 0, node: n, book: known, s: s}
	err = w.run(ctx, func(s *state) { s.rows++ }, "INSERT INTO ev VALUES "+w.rows(known.of(0).acked.rows, 1))
	for _, text := range goneOn {
		if err == nil {
			_, err = s.exec(ctx, text)
		}
	}
	s.close()
	if err != nil {
		return err
	}
	n.srv.Checkpoint()
	if err := n.srv.Log().RunMaintenance(n.clock.Now().UnixMilli()); err != nil {
		return err
	}
	return n.srv.Close()
}

// answers are the rows of all relations, of the catalog and of a subscriber.
func (n *Node) answers(ctx context.Context) ([]string, error) {
	s, err := n.session()
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := awaitReplacements(ctx, n, s); err != nil {
		return nil, err
	}
	out, err := s.lines(ctx, "SELECT name, statement FROM leat.streams")
	if err != nil {
		return nil, err
	}
	roles, err := s.lines(ctx, "SELECT rolname, rolcanlogin FROM pg_roles")
	if err != nil {
		return nil, err
	}
	there, err := s.exec(ctx, "SELECT name FROM leat.streams ORDER BY name")
	if err != nil {
		return nil, err
	}
	out = append(out, roles...)
	for _, name := range there {
		rows, err := s.lines(ctx, "SELECT *, rowtime FROM "+name[0])
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, allRun(ctx, s)
}

// lines are the rows of a query in an order of their own, with the query.
func (c *session) lines(ctx context.Context, query string) ([]string, error) {
	rows, err := c.exec(ctx, query)
	if err != nil {
		return nil, err
	}
	out := joinRows(rows)
	slices.Sort(out)
	for i := range out {
		out[i] = query + ": " + out[i]
	}
	return out, nil
}

// unreported is err unless it says that data is damaged, rather than that
// answers differ, or the node ended. A query may stop and say why, but not for
// the sake of one checkpoint: there is another, or the journal is whole.
func (b *bench) unreported(n *Node, p place, err error) error {
	text := err.Error()
	if errors.Is(err, errStopped) && !n.dead() && strings.HasSuffix(p.file, ".ckpt") {
		return err
	}
	if n.dead() || errors.Is(err, errStopped) || strings.Contains(text, "XX001") || strings.Contains(text, "58030") || strings.Contains(text, "corrupt") {
		return nil
	}
	return err
}

// TestDamageIsJudged: a judge that passes over wrong answers would be worth
// nothing. The image is whole, and an answer is owed, or a row, that is not in it.
func TestDamageIsJudged(t *testing.T) {
	s, whole := small(t)
	b := newBench(t, s, whole)
	b.mayLose = func(place) bool { return false }
	if _, err := b.judge(t.Context(), place{}, true); err != nil {
		t.Fatal(err)
	}
	answers := b.answers
	b.answers = append(slices.Clone(answers), "another")
	if _, err := b.judge(t.Context(), place{}, true); err == nil {
		t.Error("an answer that is owed and not there went unnoticed")
	}
	b.answers = answers
	b.sim.book.try(0, func(st *state) { st.rows++ })
	b.sim.book.ack(0)
	if _, err := b.judge(t.Context(), place{}, true); err == nil {
		t.Error("a row that is owed and not there went unnoticed")
	}
}
