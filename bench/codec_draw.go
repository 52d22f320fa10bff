package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// shuffled writes each object anew with its members in another order and up to
// three that no column is for among them.
func shuffled(lines [][]byte) [][]byte {
	g := &generator{state: 11}
	strange := []string{`"trace_id":"5f3c9a1e"`, `"retries":3`, `"meta":{"v":[1,2.5,null],"ok":true}`, `"note":"caf\u00e9 \"x\""`, `"weight":-1.25e-3`, `"flags":[]`}
	out := make([][]byte, len(lines))
	for i, text := range lines {
		members := objectMembers(text)
		for range g.below(4) {
			members = append(members, []byte(strange[g.below(int64(len(strange)))]))
		}
		for k := len(members) - 1; k > 0; k-- {
			j := g.below(int64(k + 1))
			members[k], members[j] = members[j], members[k]
		}
		out[i] = append(append([]byte{'{'}, bytes.Join(members, []byte{','})...), '}')
	}
	return out
}

// objectMembers cuts an object of scalars into `"name":value`, in its order.
func objectMembers(text []byte) [][]byte {
	d := json.NewDecoder(bytes.NewReader(text))
	var out [][]byte
	if _, err := d.Token(); err != nil {
		panic("BUG: a benchmark's record is no JSON: " + err.Error())
	}
	for d.More() {
		name, _ := d.Token()
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			panic("BUG: a benchmark's record is no JSON: " + err.Error())
		}
		out = append(out, fmt.Appendf(nil, "%q:%s", name, v))
	}
	return out
}

func newReading(g *generator) reading {
	return reading{
		Sensor: g.below(1e6), Seq: int32(g.below(1 << 30)), X: g.unit()*360 - 180, Y: g.unit()*180 - 90, Z: g.unit() * 1e-3,
		Temp: float64(g.below(1e4)) / 100, OK: g.below(8) > 0,
	}
}

func newOrder(g *generator) order {
	o := order{
		ID: g.below(1e12), Customer: customer{g.below(1e9), firstNames[g.below(11)] + " " + lastNames[g.below(9)], g.text(8) + "@" + g.text(9) + ".com"},
		Items: []item{}, Tags: []string{}, Scores: []float64{}, Props: map[string]string{}, Counts: map[string]int64{},
	}
	for range 1 + g.below(6) {
		o.Items = append(o.Items, item{"sku-" + itoa(g.below(1e5)), int32(1 + g.below(20)), float64(g.below(1e6)) / 100})
	}
	for range g.below(5) {
		o.Tags = append(o.Tags, g.text(12))
	}
	for range g.below(8) {
		o.Scores = append(o.Scores, float64(g.below(1000))/8)
	}
	for _, k := range []string{"channel", "campaign", "device", "country"}[:g.below(5)] {
		o.Props[k] = g.text(14)
	}
	for _, k := range []string{"views", "clicks", "returns"}[:g.below(4)] {
		o.Counts[k] = g.below(1e5)
	}
	return o
}

func newArticle(g *generator) article {
	return article{g.below(1e9), g.pad(40), firstNames[g.below(11)] + " " + lastNames[g.below(9)], g.pad(400)}
}

// articleLines are articles with quotes, line ends, \u escapes and text beyond ASCII.
func articleLines() [][]byte {
	g := &generator{state: 13}
	words := []string{`caf\u00e9`, `Grüße`, `\"quoted\"`, `line\nbreak`, `日本語`, `tab\there`, `\ud83c\udf0a`, `🌊`, `path\/to`, `naïve`}
	text := func(n int64) string {
		var b []byte
		for range n {
			if len(b) > 0 {
				b = append(b, ' ')
			}
			if g.below(4) == 0 {
				b = append(b, words[g.below(int64(len(words)))]...)
				continue
			}
			for range 2 + g.below(8) {
				b = utf8.AppendRune(b, rune('a'+g.below(26)))
			}
		}
		return string(b)
	}
	out := make([][]byte, shapeRecords)
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"id":%d,"title":"%s","author":"%s","body":"%s"}`, g.below(1e9), text(6), text(2), text(60))
	}
	return out
}
