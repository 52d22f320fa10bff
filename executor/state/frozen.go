package state

// Frozen is an operator's state as of one moment, put together of bytes and
// views in the order in which Load reads them.
type Frozen struct {
	parts []frozenPart
}

type frozenPart struct {
	bytes []byte
	view  *View
	cold  *coldPart // of a store that is no table
}

// Bytes adds bytes, given.
func (f *Frozen) Bytes(b []byte) { f.parts = append(f.parts, frozenPart{bytes: b}) }

// Table adds a table.
func (f *Frozen) Table(t *Table) { f.parts = append(f.parts, frozenPart{view: t.Freeze()}) }

// Windows adds the tables of a store.
func (f *Frozen) Windows(s *WindowStore) {
	f.Bytes(AppendUvarint(nil, uint64(len(s.starts))))
	for i, start := range s.starts {
		f.Bytes(AppendWord(nil, start))
		f.Table(s.tables[i])
	}
}

// Sessions adds a store of sessions.
func (f *Frozen) Sessions(s *SessionStore) {
	f.Table(s.keys)
	f.slab(s.rows)
	var p coldPart
	if s.cold != nil && s.cold.stats.Rows > 0 {
		p = s.cold.freeze()
	}
	f.parts = append(f.parts, frozenPart{cold: &p})
}

// Join adds the buffer of a join.
func (f *Frozen) Join(b *JoinBuffer) {
	f.Bytes(AppendWord(nil, b.arrival))
	f.Table(b.keys)
	f.slab(b.rows)
	var linked, waits coldPart
	if b.cold != nil {
		linked, waits = b.cold.freeze()
	}
	f.parts = append(f.parts, frozenPart{cold: &linked}, frozenPart{cold: &waits})
}

func (f *Frozen) slab(s *Slab) { f.parts = append(f.parts, frozenPart{view: s.freeze()}) }

// Write writes it all: tables whole, or what changed in each since the last
// freeze but one.
func (f *Frozen) Write(w *Writer, whole bool) {
	for _, p := range f.parts {
		switch {
		case p.view != nil:
			p.view.Write(w, whole)
		case p.cold != nil:
			p.cold.write(w)
		default:
			w.Write(p.bytes)
		}
	}
}

// Spilled tells whether rows are outside of memory. They have no numbers that
// changes could name: it is written whole, and nothing goes on from it.
func (f *Frozen) Spilled() bool {
	for _, p := range f.parts {
		if p.view != nil && p.view.cold.is() || p.cold != nil && p.cold.is() {
			return true
		}
	}
	return false
}

// Release ends all views.
func (f *Frozen) Release() {
	for _, p := range f.parts {
		if p.view != nil {
			p.view.Release()
		}
		if p.cold != nil {
			p.cold.release()
		}
	}
}
