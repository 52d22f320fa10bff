package state

import "bytes"

// Load reads what a View of a slab of the same layout wrote: a whole one into
// any, changes into what the view before left. Rows have the numbers they had.
func (s *Slab) Load(in *Reader) { s.load(in, nil) }

// Load reads what a View of a table of the same layout wrote, as Slab.Load does.
func (t *Table) Load(in *Reader) { t.slab.load(in, t) }

// load is Load of a slab, or of the table that it is part of.
func (s *Slab) load(in *Reader, t *Table) {
	kind := in.Uvarint()
	switch {
	case kind == partChanges:
	case t != nil && kind <= partSpilled:
		t.Reset()
	case kind == partWhole:
		s.reset()
	default:
		in.Fail()
	}
	var keyed []Row // rows of changes: two may have had the same key for a moment
	next := uint64(0)
	for range in.Count() {
		x := in.Uvarint()
		r := Row(next + x>>1)
		if next += x>>1 + 1; next >= uint64(None) || in.Failed() {
			in.Fail()
			break
		}
		s.place(in, t, r, x&1 != 0)
		if t != nil && x&1 != 0 && !in.Failed() {
			if kind == partChanges {
				keyed = append(keyed, r)
			} else if t.twice(r) {
				in.Fail()
			}
		}
	}
	for _, r := range keyed {
		if t.twice(r) {
			in.Fail()
			break
		}
	}
	s.loaded()
	if kind == partSpilled {
		in.spilled = true
		t.loadSpilled(in)
	}
}

// relieveRows is how many rows a table takes in before it looks at its budget.
const relieveRows = 256

// loadSpilled reads rows without numbers. Only rows of this table leave memory:
// changes of others, by their numbers, may come yet.
func (t *Table) loadSpilled(in *Reader) {
	for i := range in.Count() {
		key := in.Bytes()
		if in.Failed() {
			return
		}
		r, fresh := t.upsert(tagOf(key), key)
		if !fresh {
			in.Fail()
			return
		}
		t.loadRow(in, r)
		if t.cold != nil && i%relieveRows == 0 {
			in.stop(t.slab.arena.budget.relieveBy(t))
		}
	}
}

// place puts a row in the place of what was there.
func (s *Slab) place(in *Reader, t *Table, r Row, live bool) {
	s.extend(r)
	if p := s.page(r); p.live>>(r%pageRows)&1 != 0 {
		if t != nil {
			t.Delete(r)
		} else {
			s.Free(r)
		}
	}
	if !live {
		return
	}
	s.n++
	s.enter(s.page(r), r)
	words := s.Words(r)
	if t != nil {
		key := in.Bytes()
		t.setKey(r, key)
		t.index.insert(tagOf(key), r)
		words = words[keyWords:]
	}
	s.fillRow(in, r, words)
}

func (s *Slab) fillRow(in *Reader, r Row, words []int64) {
	for i := range words {
		words[i] = in.Word()
	}
	for i := range s.blobs {
		s.SetBlob(r, i, in.Bytes())
	}
}

// loadRow reads all of a row but its key, and appendRow writes it.
func (t *Table) loadRow(in *Reader, r Row) { t.slab.fillRow(in, r, t.Words(r)) }

func (t *Table) appendRow(dst []byte, r Row) []byte {
	for _, w := range t.Peek(r) {
		dst = AppendWord(dst, w)
	}
	for i := range t.slab.blobs {
		dst = AppendBytes(dst, t.Blob(r, i))
	}
	return dst
}

// loaded finds the free rows. What was loaded is no change.
func (s *Slab) loaded() {
	s.holes, s.gaps, s.next = s.holes[:0], 0, 0
	for i, sp := range s.spans {
		first := Row(i) * spanRows
		if sp == nil {
			s.gaps++
			continue
		}
		if i < len(s.spans)-1 {
			s.fill(uint32(i), spanPages)
		}
		for j := range sp.pages {
			if p := s.page(first + Row(j*pageRows)); p.live != ^uint64(0) {
				p.hole = true
				s.holes = append(s.holes, first+Row(j*pageRows))
			}
		}
		s.next = first + Row(len(sp.pages)*pageRows)
	}
	s.birth = s.gen
	s.gen += 2
}

// twice tells whether a row's key has another row too.
func (t *Table) twice(r Row) bool {
	key := t.Key(r)
	tag := tagOf(key)
	slots := t.index.at(tag).slots
	mask := uint32(len(slots) - 1)
	for i := tag & mask; slots[i] != 0; i = (i + 1) & mask {
		if o := Row(slots[i]) - 1; uint32(slots[i]>>32) == tag && o != r && bytes.Equal(t.Key(o), key) {
			return true
		}
	}
	return false
}
