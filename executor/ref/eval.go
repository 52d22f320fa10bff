package ref

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// one makes a batch of one record; schema gives the types of vals.
func one(schema types.Schema, vals types.Row, r Rec) *vec.Batch {
	b := &vec.Batch{N: 1, Ts: []int64{r.Ts}, Seq: []int32{r.Seq}}
	for i := range schema {
		b.Cols = append(b.Cols, vec.FromValues(schema[i].Type, vals[i:i+1]))
	}
	if r.Windowed {
		b.Win, b.WinEnd = []int64{r.Win}, []int64{r.WinEnd}
	}
	return b
}

// eval computes one expression over one record.
func (s *shared) eval(n expr.Node, schema types.Schema, vals types.Row, r Rec) (types.Value, error) {
	out, err := s.evalAll([]expr.Node{n}, schema, vals, r)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// evalAll computes expressions over one record, up to the first that fails.
func (s *shared) evalAll(ns []expr.Node, schema types.Schema, vals types.Row, r Rec) (types.Row, error) {
	out := make(types.Row, len(ns))
	var b *vec.Batch
	for i, n := range ns {
		if c, ok := n.(*expr.Column); ok {
			out[i] = vals[c.Index]
			continue
		}
		p, err := s.compiled(n)
		if err != nil {
			return nil, err
		}
		if b == nil {
			b = one(schema, vals, r)
		}
		ec := &expr.Context{Env: s.env}
		v, err := p.Eval(ec, b, nil)
		if err != nil {
			return nil, err
		}
		if len(ec.Errs.Errs) > 0 {
			return nil, ec.Errs.Errs[0]
		}
		out[i] = v.Value(0)
	}
	return out, nil
}

// compiled compiles an expression once.
func (s *shared) compiled(n expr.Node) (*expr.Program, error) {
	if p, ok := s.programs[n]; ok {
		return p, nil
	}
	p, err := expr.Compile(n)
	if err != nil {
		return nil, err
	}
	s.programs[n] = p
	return p, nil
}

// holds tells whether a condition is true.
func (s *shared) holds(n expr.Node, schema types.Schema, vals types.Row, r Rec) (bool, error) {
	x, err := s.eval(n, schema, vals, r)
	return x == true, err
}

func typesOf(ns []expr.Node) []types.Type {
	out := make([]types.Type, len(ns))
	for i, n := range ns {
		out[i] = n.Type()
	}
	return out
}

func columnTypes(s types.Schema, at []int) []types.Type {
	out := make([]types.Type, len(at))
	for i, c := range at {
		out[i] = s[c].Type
	}
	return out
}

func pick(vals types.Row, at []int) types.Row {
	out := make(types.Row, len(at))
	for i, c := range at {
		out[i] = vals[c]
	}
	return out
}

// keyOf encodes a key, with the window if there is one.
func keyOf(ts []types.Type, vals types.Row, r Rec) string {
	key := vec.EncodeKeyValues(nil, ts, vals)
	if r.Windowed {
		key = types.AppendKey(key, types.TBigInt, r.Win)
		key = types.AppendKey(key, types.TBigInt, r.WinEnd)
	}
	return string(key)
}

func hasNull(vals types.Row) bool {
	for _, v := range vals {
		if v == nil {
			return true
		}
	}
	return false
}

func nulls(n int) types.Row { return make(types.Row, n) }

func concat(a, b types.Row) types.Row { return append(append(types.Row{}, a...), b...) }
