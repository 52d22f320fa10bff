package expr

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// likeOp is LIKE and ILIKE. fixed is the matcher of a literal pattern.
type likeOp struct {
	n       *Like
	x, p    op
	fixed   *likeMatcher
	illegal error
}

func (c *compiler) like(n *Like) op {
	o := likeOp{n: n, x: c.node(n.X), p: c.node(n.Pattern)}
	if k, ok := n.Pattern.(*Const); ok {
		if s, isText := k.V.(string); isText {
			o.fixed, o.illegal = newLikeMatcher(s, n.Escape, n.Fold)
		}
	}
	return o
}

func (o likeOp) eval(f *frame, sel []int32) vec.Vec {
	x, p := o.x.eval(f, sel), o.p.eval(f, sel)
	out := boolVec(f.n)
	if x.Type.Kind == types.Unknown || p.Type.Kind == types.Unknown {
		return nullLogic(out, vec.NewBitmap(f.n), o.n.Logic)
	}
	valid := nullsOf(&x, &p)
	m, last := o.fixed, ""
	f.each(sel, func(i int) {
		if valid != nil && !valid.Get(i) {
			return
		}
		err := o.illegal
		if o.fixed == nil && err == nil && (m == nil || last != string(p.Str(i))) {
			last = string(p.Str(i))
			m, err = newLikeMatcher(last, o.n.Escape, o.n.Fold)
		}
		if err != nil {
			f.fail(i, err)
			return
		}
		out.Bits.SetTo(i, m.match(x.Str(i)) != o.n.Not)
	})
	return nullLogic(out, valid, o.n.Logic)
}

// likeMatcher matches a whole text. Common shapes have a fast form; the
// general one walks segments between the % signs.
type likeMatcher struct {
	shape likeShape
	lit   []byte     // of a fast shape
	segs  [][]likeCh // general: the parts between %
	fold  bool
}

type likeShape uint8

const (
	likeGeneral likeShape = iota
	likeExact
	likePrefix
	likeSuffix
	likeContains
)

// likeCh is one pattern character; any is "_".
type likeCh struct {
	r   rune
	any bool
}

func newLikeMatcher(pattern string, escape rune, fold bool) (*likeMatcher, error) {
	if fold {
		pattern = strings.ToLower(pattern)
	}
	m := &likeMatcher{segs: [][]likeCh{nil}, fold: fold}
	plain := true
	for i := 0; i < len(pattern); {
		r, n := utf8.DecodeRuneInString(pattern[i:])
		i += n
		last := &m.segs[len(m.segs)-1]
		switch {
		case escape != 0 && r == escape:
			if i >= len(pattern) {
				return nil, sqlerr.New(sqlerr.InvalidEscape, "LIKE pattern must not end with escape character")
			}
			r, n = utf8.DecodeRuneInString(pattern[i:])
			i += n
			*last = append(*last, likeCh{r: r})
		case r == '%':
			m.segs = append(m.segs, nil)
		case r == '_':
			plain = false
			*last = append(*last, likeCh{any: true})
		default:
			*last = append(*last, likeCh{r: r})
		}
	}
	if plain && utf8.ValidString(pattern) {
		m.specialise()
	}
	return m, nil
}

// specialise finds the fast form of a pattern without "_".
func (m *likeMatcher) specialise() {
	full := -1
	for i, s := range m.segs {
		if len(s) == 0 {
			continue
		}
		if full >= 0 {
			return
		}
		full = i
	}
	if full >= 0 {
		for _, c := range m.segs[full] {
			m.lit = utf8.AppendRune(m.lit, c.r)
		}
	}
	last := len(m.segs) - 1
	switch {
	case last == 0:
		m.shape = likeExact
	case full < 0:
		m.shape = likeContains
	case full == 0:
		m.shape = likePrefix
	case full == last:
		m.shape = likeSuffix
	default:
		m.shape = likeContains
	}
}

func (m *likeMatcher) match(s []byte) bool {
	if m.fold {
		s = bytes.ToLower(s)
	}
	switch m.shape {
	case likeExact:
		return bytes.Equal(s, m.lit)
	case likePrefix:
		return bytes.HasPrefix(s, m.lit)
	case likeSuffix:
		return bytes.HasSuffix(s, m.lit)
	case likeContains:
		return bytes.Contains(s, m.lit)
	}
	rest, ok := matchSeg(s, m.segs[0])
	if !ok {
		return false
	}
	if len(m.segs) == 1 {
		return len(rest) == 0
	}
	for _, seg := range m.segs[1 : len(m.segs)-1] {
		if rest, ok = findSeg(rest, seg); !ok {
			return false
		}
	}
	return endSeg(rest, m.segs[len(m.segs)-1])
}

// matchSeg matches seg at the front of s.
func matchSeg(s []byte, seg []likeCh) (rest []byte, ok bool) {
	for _, c := range seg {
		if len(s) == 0 {
			return nil, false
		}
		r, n := utf8.DecodeRune(s)
		if !c.any && r != c.r {
			return nil, false
		}
		s = s[n:]
	}
	return s, true
}

// findSeg matches seg at its first place in s.
func findSeg(s []byte, seg []likeCh) (rest []byte, ok bool) {
	for {
		if rest, ok = matchSeg(s, seg); ok {
			return rest, true
		}
		if len(s) == 0 {
			return nil, false
		}
		_, n := utf8.DecodeRune(s)
		s = s[n:]
	}
}

// endSeg matches seg at the end of s.
func endSeg(s []byte, seg []likeCh) bool {
	extra := utf8.RuneCount(s) - len(seg)
	if extra < 0 {
		return false
	}
	for ; extra > 0; extra-- {
		_, n := utf8.DecodeRune(s)
		s = s[n:]
	}
	rest, ok := matchSeg(s, seg)
	return ok && len(rest) == 0
}

// regexOp is ~ and its kin.
type regexOp struct {
	n    *Regex
	x, p op
}

func (c *compiler) regex(n *Regex) op { return regexOp{n, c.node(n.X), c.node(n.Pattern)} }

func (o regexOp) eval(f *frame, sel []int32) vec.Vec {
	x, p := o.x.eval(f, sel), o.p.eval(f, sel)
	out := boolVec(f.n)
	if x.Type.Kind == types.Unknown || p.Type.Kind == types.Unknown {
		return nullLogic(out, vec.NewBitmap(f.n), ThreeValued)
	}
	valid := nullsOf(&x, &p)
	flags := ""
	if o.n.Fold {
		flags = "i"
	}
	f.each(sel, func(i int) {
		if valid != nil && !valid.Get(i) {
			return
		}
		re, err := fn.CompileRegexp(string(p.Str(i)), flags)
		if err != nil {
			f.fail(i, err)
			return
		}
		out.Bits.SetTo(i, re.Match(x.Str(i)) != o.n.Not)
	})
	return nullLogic(out, valid, ThreeValued)
}
