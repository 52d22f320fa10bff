package state

import (
	"bytes"
	"cmp"
	"slices"
)

// SessionStore keeps the sessions of each key, ordered by start, with words and
// blobs of the caller's.
type SessionStore struct {
	keys  *Table // key -> first session+1
	rows  *Slab
	byEnd TimeHeap // (end, start); entries of removed sessions linger
	stale bool     // byEnd is yet to be made of the rows
	words int
	cold  *coldSessions // nil: all sessions are in memory
}

// Words of a session row before the caller's.
const (
	sessNext = iota // next session of the key + 1
	sessKey         // row of the key + 1; 0 in a freed row
	sessStart
	sessEnd
	sessHead // number of words above
)

// NewSessionStore makes an empty store; budget may be nil.
func NewSessionStore(words, blobs int, budget *Budget) *SessionStore {
	return &SessionStore{
		keys: NewTable(1, 0, budget), rows: NewSlab(sessHead+words, blobs, budget), words: words,
		byEnd: TimeHeap{budget: budget},
	}
}

// Find gives the first session of a key, or None. With a Spill it knows the keys
// of the last Want.
func (s *SessionStore) Find(key []byte) Row {
	k := s.keys.FindKey(key)
	if k == None {
		return None
	}
	return Row(s.keys.Peek(k)[0]) - 1
}

// Next is the key's session after r, or None.
func (s *SessionStore) Next(r Row) Row { return Row(s.rows.Peek(r)[sessNext]) - 1 }

// Span gives a session's bounds, both inclusive.
func (s *SessionStore) Span(r Row) (start, end int64) {
	w := s.rows.Peek(r)
	return w[sessStart], w[sessEnd]
}

// Key is the session's key, lent.
func (s *SessionStore) Key(r Row) []byte { return s.keys.Key(Row(s.rows.Peek(r)[sessKey]) - 1) }

// Words are the caller's words of a session.
func (s *SessionStore) Words(r Row) []int64 { return s.rows.Words(r)[sessHead:] }

// Blob is blob i of a session.
func (s *SessionStore) Blob(r Row, i int) []byte { return s.rows.Blob(r, i) }

// SetBlob copies p into blob i of a session.
func (s *SessionStore) SetBlob(r Row, i int, p []byte) { s.rows.SetBlob(r, i, p) }

// Alloc makes a session that is in no key's list yet: Link or Drop it.
func (s *SessionStore) Alloc() Row { return s.rows.Alloc() }

// Drop frees a session that is in no key's list.
func (s *SessionStore) Drop(r Row) { s.rows.Free(r) }

// Link enters a session into the list of its key.
func (s *SessionStore) Link(r Row, key []byte, start, end int64) {
	h := s.heap()
	k, _ := s.keys.UpsertKey(key)
	if s.cold != nil && s.cold.used != nil {
		mark(&s.cold.used, k, true)
	}
	w := s.rows.Words(r)
	w[sessKey], w[sessStart], w[sessEnd] = int64(k)+1, start, end
	before, next := None, s.keys.Peek(k)[0]
	for next != 0 && s.rows.Peek(Row(next - 1))[sessStart] <= start {
		before = Row(next - 1)
		next = s.rows.Peek(before)[sessNext]
	}
	w[sessNext] = next
	s.follow(k, before, int64(r)+1)
	h.Push(end, start, r)
}

// follow makes ref, a session + 1, the one after before, or the key's first.
func (s *SessionStore) follow(k, before Row, ref int64) {
	if before == None {
		s.keys.Words(k)[0] = ref
	} else {
		s.rows.Words(before)[sessNext] = ref
	}
}

// heap is byEnd, made of the rows if need be.
func (s *SessionStore) heap() *TimeHeap {
	if s.stale {
		s.stale = false
		s.byEnd.reset()
		s.rows.each(func(r Row) bool {
			if w := s.rows.Peek(r); w[sessKey] != 0 {
				s.byEnd.Push(w[sessEnd], w[sessStart], r)
			}
			return true
		})
	}
	return &s.byEnd
}

// Remove takes a session out and frees it; the key goes with its last session.
func (s *SessionStore) Remove(r Row) {
	w := s.rows.Peek(r)
	k := Row(w[sessKey] - 1)
	before, at := None, s.keys.Peek(k)[0]
	for at != int64(r)+1 {
		if at == 0 {
			panic("BUG: E1: a session that is not in its key's list")
		}
		before = Row(at - 1)
		at = s.rows.Peek(before)[sessNext]
	}
	if before == None && w[sessNext] == 0 {
		s.keys.Delete(k)
	} else {
		s.follow(k, before, w[sessNext])
	}
	s.rows.Free(r)
}

// Ended lists the sessions with end < bound by end, start and key: all of them,
// or the first ones and that there are more. They stay until removed, but are not
// listed again: the caller removes them.
func (s *SessionStore) Ended(bound int64, dst []Row) (rows []Row, more bool) {
	from, whole := len(dst), s.bringEnded(bound)
	h := s.heap()
	for {
		end, start, r, ok := h.Min()
		if !ok || end >= whole {
			break
		}
		h.Pop()
		w := s.rows.Peek(r)
		if w[sessKey] != 0 && w[sessEnd] == end && w[sessStart] == start {
			dst = append(dst, r)
		}
	}
	if len(dst)-from > 1 {
		slices.SortFunc(dst[from:], s.compare)
		dst = slices.Compact(dst)
	}
	return dst, whole < bound
}

// FirstEnd is the earliest end of a session; false when there is none.
func (s *SessionStore) FirstEnd() (first int64, ok bool) {
	if s.cold != nil {
		first, ok = s.cold.firstOutside()
	}
	h := s.heap()
	for {
		end, start, r, is := h.Min()
		if !is {
			return first, ok
		}
		if w := s.rows.Peek(r); w[sessKey] != 0 && w[sessEnd] == end && w[sessStart] == start {
			if ok {
				end = min(end, first)
			}
			return end, true
		}
		h.Pop()
	}
}

func (s *SessionStore) compare(a, b Row) int {
	x, y := s.rows.Peek(a), s.rows.Peek(b)
	if c := cmp.Compare(x[sessEnd], y[sessEnd]); c != 0 {
		return c
	}
	if c := cmp.Compare(x[sessStart], y[sessStart]); c != 0 {
		return c
	}
	return bytes.Compare(s.Key(a), s.Key(b))
}

// Len is the number of sessions.
func (s *SessionStore) Len() int { return s.rows.Len() + int(s.SpillStats().Rows) }

// Bytes is the memory taken.
func (s *SessionStore) Bytes() int64 {
	return s.keys.Bytes() + s.rows.Bytes() + s.byEnd.Bytes()
}

// Load reads what Frozen.Sessions gave.
func (s *SessionStore) Load(in *Reader) {
	s.keys.Load(in)
	s.rows.Load(in)
	s.stale = true
	s.loadSpilled(in)
}
