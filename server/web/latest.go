package web

import "slices"

// latest is the last row of each key, in the order of those rows.
type latest struct {
	rows  map[string]lastRow
	order []string // keys; one that came again stands twice, the last counts
	bytes int64
}

type lastRow struct {
	text []byte
	at   int // its place in order
}

// put replaces the row of a key; text is lent.
func (l *latest) put(key string, text []byte) {
	if l.rows == nil {
		l.rows = map[string]lastRow{}
	}
	if old, ok := l.rows[key]; ok {
		l.bytes -= int64(len(old.text) + len(key))
	}
	l.rows[key] = lastRow{slices.Clone(text), len(l.order)}
	l.order = append(l.order, key)
	l.bytes += int64(len(text) + len(key))
	if len(l.order) > 2*len(l.rows)+64 {
		l.compact()
	}
}

// compact forgets the places of replaced rows.
func (l *latest) compact() {
	live := l.order[:0]
	for i, k := range l.order {
		if r := l.rows[k]; r.at == i {
			r.at = len(live)
			l.rows[k] = r
			live = append(live, k)
		}
	}
	l.order = live
}

// take gives all rows as lines and forgets them.
func (l *latest) take() []byte {
	l.compact()
	var out []byte
	for _, k := range l.order {
		out = append(out, l.rows[k].text...)
	}
	*l = latest{}
	return slices.Clip(out)
}
