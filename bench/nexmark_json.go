package bench

import (
	"io"
	"strconv"
	"strings"
	"time"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// text draws 3 to limit letters, one in 13 a blank, without blanks at the ends.
func (g *generator) text(limit int) string {
	g.buf = g.buf[:0]
	for range 3 + g.below(int64(limit-3)) {
		g.buf = append(g.buf, g.letter(' '))
	}
	return strings.TrimSpace(string(g.buf))
}

// word draws a part of a URL: three or four letters, one in 13 an underscore.
func (g *generator) word() string {
	g.buf = g.buf[:0]
	for range 3 + g.below(2) {
		g.buf = append(g.buf, g.letter('_'))
	}
	return string(g.buf)
}

func (g *generator) letter(special byte) byte {
	if g.below(13) == 0 {
		return special
	}
	return byte('a' + g.below(26))
}

// pad draws letters, about n of them: a fifth more or less.
func (g *generator) pad(n int) string {
	if n <= 0 {
		return ""
	}
	fifth := int64(n / 5)
	size := int64(n) - fifth + g.below(2*fifth+1)
	g.buf = g.buf[:0]
	for int64(len(g.buf)) < size {
		x := g.next()
		for range 12 {
			g.buf = append(g.buf, byte('a'+x%26))
			x /= 26
		}
	}
	return string(g.buf[:size])
}

// line writes one JSON object; its texts need no escapes.
type line struct{ b []byte }

func (l *line) int(name string, v int64) {
	l.name(name)
	l.b = strconv.AppendInt(l.b, v, 10)
}

func (l *line) text(name, v string) {
	l.name(name)
	l.b = append(append(append(l.b, '"'), v...), '"')
}

func (l *line) time(name string, ms int64) {
	l.name(name)
	l.b = time.UnixMilli(ms).UTC().AppendFormat(append(l.b, '"'), "2006-01-02T15:04:05.000Z")
	l.b = append(l.b, '"')
}

func (l *line) name(name string) {
	if n := len(l.b); n == 0 || l.b[n-1] == '\n' {
		l.b = append(l.b, '{')
	} else {
		l.b = append(l.b, ',')
	}
	l.b = append(append(append(l.b, '"'), name...), '"', ':')
}

func (l *line) end() { l.b = append(l.b, '}', '\n') }

func (p *Person) line(l *line) {
	l.int("id", p.ID)
	l.text("name", p.Name)
	l.text("email", p.Email)
	l.text("credit_card", p.Card)
	l.text("city", p.City)
	l.text("state", p.State)
	l.time("date_time", p.At)
	l.text("extra", p.Text)
	l.end()
}

func (a *Auction) line(l *line) {
	l.int("id", a.ID)
	l.text("item_name", a.Item)
	l.text("description", a.Description)
	l.int("initial_bid", a.Initial)
	l.int("reserve", a.Reserve)
	l.time("date_time", a.At)
	l.time("expires", a.Expires)
	l.int("seller", a.Seller)
	l.int("category", a.Cat)
	l.text("extra", a.Text)
	l.end()
}

func (b *Bid) line(l *line) {
	l.int("auction", b.Auction)
	l.int("bidder", b.Bidder)
	l.int("price", b.Price)
	l.text("channel", b.Channel)
	l.text("url", b.URL)
	l.time("date_time", b.At)
	l.text("extra", b.Text)
	l.end()
}

// lineReader gives the JSON lines of n events, a few at a time.
type lineReader struct {
	n, at int
	write func(i int, l *line)
	buf   line
	rest  []byte
}

// Read implements io.Reader.
func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.at == r.n {
			return 0, io.EOF
		}
		r.buf.b = r.buf.b[:0]
		for len(r.buf.b) < 64<<10 && r.at < r.n {
			r.write(r.at, &r.buf)
			r.at++
		}
		r.rest = r.buf.b
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
