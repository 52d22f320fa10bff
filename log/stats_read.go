package log

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/raft"
)

// Stats reads the state of everything; the parts are not of one moment.
func (l *Log) Stats() Stats {
	var s Stats
	group := GroupStats{Group: dataGroupID}
	for _, p := range l.data.livePartitions() {
		if n := len(s.Topics); n == 0 || s.Topics[n-1].Name != p.name.topic {
			s.Topics = append(s.Topics, TopicStats{Name: p.name.topic, Internal: p.config.Internal})
		}
		t := &s.Topics[len(s.Topics)-1]
		ps, tail := p.stats(p.name.partition)
		t.Partitions = append(t.Partitions, ps)
		group.Partitions++
		group.TailBytes += tail
	}
	slices.SortFunc(s.Topics, func(a, b TopicStats) int { return strings.Compare(a.Name, b.Name) })
	group.Topics = len(s.Topics)
	l.data.mu.RLock()
	group.Tasks = len(l.data.mu.tasks)
	l.data.mu.RUnlock()
	s.Groups = []GroupStats{{Group: metaGroupID}, group}
	l.meta.stats(&s.Groups[0])
	l.nodes[0].stats(&s.Groups[1])
	return s
}

// Bytes is what the segments of a topic take; 0 for one that is not there.
func (l *Log) Bytes(topic string) (n int64) {
	for part := int32(0); ; part++ {
		p, err := l.data.lookup(topic, part)
		if err != nil {
			return n
		}
		s, _ := p.stats(part)
		n += s.Bytes
	}
}

func (p *partition) stats(n int32) (s PartitionStats, tailBytes int64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s = PartitionStats{Partition: n, Start: p.mu.start, End: p.mu.end, Segments: len(p.mu.segments)}
	for _, seg := range p.mu.segments {
		s.Bytes += seg.size
		if seg.last < p.mu.start {
			s.PinnedBytes += seg.size
		}
	}
	return s, p.mu.tailBytes
}

func (n *node) stats(s *GroupStats) {
	applied := n.fsm.applied.Load() // Raft may not know it yet (L10, L11)
	s.Term, s.CommitIndex, s.AppliedIndex = n.raft.CurrentTerm(), max(n.raft.CommitIndex(), applied), max(n.raft.AppliedIndex(), applied)
	s.WALBytes, s.LastFsync = n.wal.stats()
	s.Fsyncs, s.FsyncTime = n.wal.fsyncs.Load(), time.Duration(n.wal.fsyncTime.Load())
	s.Leader = n.raft.State() == raft.Leader
}
