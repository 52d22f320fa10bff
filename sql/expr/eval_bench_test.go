package expr

import (
	"fmt"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func benchBatch(n int) *vec.Batch {
	price, amount, url := make([]types.Value, n), make([]types.Value, n), make([]types.Value, n)
	for i := range n {
		price[i], amount[i] = int64(i*7919%10000), float64(i%100)
		url[i] = fmt.Sprintf("https://shop.example/%c/item%d", 'a'+i%7, i)
	}
	return &vec.Batch{N: n, Cols: []vec.Vec{
		vec.FromValues(types.TBigInt, price), vec.FromValues(types.TDouble, amount), vec.FromValues(types.TString, url)}}
}

func benchEval(b *testing.B, n Node, filter bool, rows int) {
	p, batch, c := MustCompile(n), benchBatch(rows), &Context{}
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if filter {
			_, err = p.EvalBool(c, batch, nil)
		} else {
			_, err = p.Eval(c, batch, nil)
		}
		if err != nil || len(c.Errs.Rows) > 0 {
			b.Fatal(err, c.Errs)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

// BenchmarkEval measures the shapes of spec/executor.md section 3.
func BenchmarkEval(b *testing.B) {
	price := &Column{Index: 0, T: types.TBigInt}
	amount := &Column{Index: 1, T: types.TDouble}
	url := &Column{Index: 2, T: types.TString}
	big := func(x int64) Node { return &Const{V: x, T: types.TBigInt} }
	text := func(s string) Node { return &Const{V: s, T: types.TString} }
	g := &gen{}
	for _, c := range []struct {
		name   string
		n      Node
		filter bool
	}{
		{"price+1", &Binary{Op: "+", L: price, R: big(1), T: types.TBigInt}, false},
		{"amount*0.908", &Binary{Op: "*", L: amount, R: &Const{V: 0.908, T: types.TDouble}, T: types.TDouble}, false},
		{"price>5000", &Compare{Op: ">", L: price, R: big(5000)}, true},
		{"price>5000-and-like", &And{Xs: []Node{&Compare{Op: ">", L: price, R: big(5000)},
			&Like{X: url, Pattern: text("%/a%"), Escape: '\\'}}}, true},
		{"upper", g.call("upper", url), false},
		{"length", g.call("length", url), false},
		{"split_part", g.call("split_part", url, text("/"), &Const{V: int64(4), T: types.TInt}), false},
		{"case", &Case{Whens: []Node{&Compare{Op: "<", L: price, R: big(3000)}}, Thens: []Node{big(1)}, Else: price, T: types.TBigInt}, false},
	} {
		for _, rows := range []int{1, 4096} {
			b.Run(fmt.Sprintf("%s/%d", c.name, rows), func(b *testing.B) { benchEval(b, c.n, c.filter, rows) })
		}
	}
}
