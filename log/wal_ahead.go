package log

import (
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// storeNext stores data as the entry behind the last one, in its term, without Raft, which has to bring the same bytes as
// that entry before any other (L11). may is asked for the index it would get and the term, while nobody else stores; false
// and a nil entry when it refuses.
func (w *wal) storeNext(data []byte, at time.Time, may func(index, term uint64) bool) (*raft.Log, error) {
	w.w.Lock()
	defer w.w.Unlock()
	last, err := w.LastIndex()
	if err != nil || last == 0 || !may(last+1, w.w.term) {
		return nil, err
	}
	l := &raft.Log{Index: last + 1, Term: w.w.term, Type: raft.LogCommand, Data: data, AppendedAt: at}
	if err := w.storeLocked([]*raft.Log{l}); err != nil {
		return nil, err
	}
	w.w.ahead = append(w.w.ahead, l)
	return l, nil
}

// behindLocked takes away the entries of Raft's that storeNext has stored. Another entry in the place of one of them would
// take back what has been answered: then nothing is stored any more.
func (w *wal) behindLocked(logs []*raft.Log) ([]*raft.Log, error) {
	if w.w.failed != nil {
		return nil, w.w.failed
	}
	for len(logs) > 0 && len(w.w.ahead) > 0 {
		l, a := logs[0], w.w.ahead[0]
		if l.Index != a.Index || l.Term != a.Term || l.Type != a.Type || len(l.Data) != len(a.Data) || &l.Data[0] != &a.Data[0] {
			return nil, w.failLocked(fmt.Errorf("entry %d of term %d is stored and answered, Raft has another one of term %d as entry %d",
				a.Index, a.Term, l.Term, l.Index))
		}
		logs, w.w.ahead = logs[1:], w.w.ahead[1:]
	}
	return logs, nil
}
