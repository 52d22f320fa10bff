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
	words int
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

// Find gives the first session of a key, or None.
func (s *SessionStore) Find(key []byte) Row {
	k := s.keys.FindKey(key)
	if k == None {
		return None
	}
	return Row(s.keys.Words(k)[0]) - 1
}

// Next is the key's session after r, or None.
func (s *SessionStore) Next(r Row) Row { return Row(s.rows.Words(r)[sessNext]) - 1 }

// Span gives a session's bounds, both inclusive.
func (s *SessionStore) Span(r Row) (start, end int64) {
	w := s.rows.Words(r)
	return w[sessStart], w[sessEnd]
}

// Key is the session's key, lent.
func (s *SessionStore) Key(r Row) []byte { return s.keys.Key(Row(s.rows.Words(r)[sessKey]) - 1) }

// Words are the caller's words of a session.
func (s *SessionStore) Words(r Row) []int64 { return s.rows.Words(r)[sessHead:] }

// Blob is blob i of a session.
func (s *SessionStore) Blob(r Row, i int) []byte { return s.rows.Blob(r, i) }

// SetBlob copies p into blob i of a session.
func (s *SessionStore) SetBlob(r Row, i int, p []byte) { s.rows.SetBlob(r, i, p) }

// Alloc makes a session that is in no key's list yet: Link or Drop it.
func (s *SessionStore) Alloc() Row { return s.rows.Alloc() }

// Drop frees a session that was not linked.
func (s *SessionStore) Drop(r Row) { s.rows.Free(r) }

// Link enters a session into the list of its key.
func (s *SessionStore) Link(r Row, key []byte, start, end int64) {
	k, _ := s.keys.UpsertKey(key)
	w := s.rows.Words(r)
	w[sessKey], w[sessStart], w[sessEnd] = int64(k)+1, start, end
	at := &s.keys.Words(k)[0]
	for *at != 0 {
		next := s.rows.Words(Row(*at - 1))
		if next[sessStart] > start {
			break
		}
		at = &next[sessNext]
	}
	w[sessNext] = *at
	*at = int64(r) + 1
	s.byEnd.Push(end, start, r)
}

// Remove takes a session out and frees it; the key goes with its last session.
func (s *SessionStore) Remove(r Row) {
	w := s.rows.Words(r)
	k := Row(w[sessKey] - 1)
	head := &s.keys.Words(k)[0]
	at := head
	for *at != int64(r)+1 {
		if *at == 0 {
			panic("BUG: E1: a session that is not in its key's list")
		}
		at = &s.rows.Words(Row(*at - 1))[sessNext]
	}
	*at = w[sessNext]
	if *head == 0 {
		s.keys.Delete(k)
	}
	s.rows.Free(r)
}

// Ended lists the sessions with end < bound by end, start and key. They stay
// until removed, but are not listed again: the caller removes them.
func (s *SessionStore) Ended(bound int64, dst []Row) []Row {
	from := len(dst)
	for {
		end, start, r, ok := s.byEnd.Min()
		if !ok || end >= bound {
			break
		}
		s.byEnd.Pop()
		w := s.rows.Words(r)
		if w[sessKey] != 0 && w[sessEnd] == end && w[sessStart] == start {
			dst = append(dst, r)
		}
	}
	if len(dst)-from > 1 {
		slices.SortFunc(dst[from:], s.compare)
		dst = slices.Compact(dst)
	}
	return dst
}

// FirstEnd is the earliest end of a session; false when there is none.
func (s *SessionStore) FirstEnd() (int64, bool) {
	for {
		end, start, r, ok := s.byEnd.Min()
		if !ok {
			return 0, false
		}
		if w := s.rows.Words(r); w[sessKey] != 0 && w[sessEnd] == end && w[sessStart] == start {
			return end, true
		}
		s.byEnd.Pop()
	}
}

func (s *SessionStore) compare(a, b Row) int {
	x, y := s.rows.Words(a), s.rows.Words(b)
	if c := cmp.Compare(x[sessEnd], y[sessEnd]); c != 0 {
		return c
	}
	if c := cmp.Compare(x[sessStart], y[sessStart]); c != 0 {
		return c
	}
	return bytes.Compare(s.Key(a), s.Key(b))
}

// Len is the number of sessions.
func (s *SessionStore) Len() int { return s.rows.Len() }

// Bytes is the memory taken.
func (s *SessionStore) Bytes() int64 {
	return s.keys.Bytes() + s.rows.Bytes() + s.byEnd.Bytes()
}

// Save appends the sessions in a canonical order.
func (s *SessionStore) Save(dst []byte) []byte {
	dst = AppendUvarint(dst, uint64(s.keys.Len()))
	s.keys.Each(func(k Row) {
		dst = AppendBytes(dst, s.keys.Key(k))
		n := 0
		for r := Row(s.keys.Words(k)[0]) - 1; r != None; r = s.Next(r) {
			n++
		}
		dst = AppendUvarint(dst, uint64(n))
		for r := Row(s.keys.Words(k)[0]) - 1; r != None; r = s.Next(r) {
			start, end := s.Span(r)
			dst = AppendWord(AppendWord(dst, start), end)
			for _, w := range s.Words(r) {
				dst = AppendWord(dst, w)
			}
			for i := range s.rows.blobs {
				dst = AppendBytes(dst, s.Blob(r, i))
			}
		}
	})
	return dst
}

// Load reads saved sessions into an empty store.
func (s *SessionStore) Load(in *Reader) {
	for range in.Count() {
		key := in.Bytes()
		for range in.Count() {
			r := s.Alloc()
			start, end := in.Word(), in.Word()
			w := s.Words(r)
			for i := range w {
				w[i] = in.Word()
			}
			for i := range s.rows.blobs {
				s.SetBlob(r, i, in.Bytes())
			}
			if in.err != nil {
				return
			}
			s.Link(r, key, start, end)
		}
	}
}
