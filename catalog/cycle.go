package catalog

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// CheckCycle refuses (42P17) a query that reads reads and writes to sink when
// what it writes would come back to it: through views, derived relations,
// INSERT queries and relations that share a topic. sink may be new. The caller
// keeps the catalog from changing. It is not part of Apply: a log may hold a
// cycle from before there was this check, and still has to give the same state.
func (s *Snapshot) CheckCycle(sink *Relation, reads []string) error {
	w := wayBack{s: s, sink: sink, seen: map[string]bool{}}
	reads = slices.Clone(reads)
	slices.Sort(reads)
	for _, name := range reads {
		if !w.find(name) {
			continue
		}
		slices.Reverse(w.path)
		e := sqlerr.New(sqlerr.InvalidObjectDefinition, "\"%s\" would feed itself", sink.Name).
			WithDetail("Its rows would go round without end: %s -> %s.", strings.Join(w.path, " -> "), sink.Name)
		if w.path[0] != sink.Name {
			e.WithHint("\"%s\" and \"%s\" are the same topic, \"%s\".", w.path[0], sink.Name, sink.Topic)
		}
		return e
	}
	return nil
}

// wayBack looks for sink upstream of a relation.
type wayBack struct {
	s    *Snapshot
	sink *Relation
	seen map[string]bool
	path []string // from the relation towards sink, which is the last
}

func (w *wayBack) find(name string) bool {
	r, ok := w.s.Relation("", name)
	if w.seen[name] || !ok {
		return false
	}
	w.seen[name] = true
	w.path = append(w.path, name)
	if w.same(r) || slices.ContainsFunc(w.sources(r), w.find) {
		return true
	}
	w.path = w.path[:len(w.path)-1]
	return false
}

func (w *wayBack) same(r *Relation) bool {
	return r.Name == w.sink.Name || r.Topic != "" && r.Topic == w.sink.Topic
}

// sources lists what flows into r: what its query reads, and what the queries
// that write to its topic read, by name.
func (w *wayBack) sources(r *Relation) []string {
	from := slices.Clone(r.Reads)
	for _, j := range w.s.Jobs() {
		sink, ok := w.s.AnyRelation(j.Sink)
		if ok && (sink.Name == r.Name || r.Topic != "" && sink.Topic == r.Topic) {
			from = append(from, j.Reads...)
		}
	}
	slices.Sort(from)
	return slices.Compact(from)
}
